"""A message is sent: checked, stored at the end of its session, and answered."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from gql_chat.chats import branches, claims, messages, sessions
from gql_chat.chats.models import ChatSession, FileAttachment, Message, UrlAttachment
from gql_chat.errors import BadUserInput
from gql_chat.generation.job import ReplyJob
from gql_chat.generation.prompting.attaching import NewAttachment, attach
from gql_chat.generation.prompting.prompt import PromptBudget, build_prompt
from gql_chat.infra.db.database import transaction
from gql_chat.keys.parameters import checked_parameters
from gql_chat.personas.catalog import PersonaCatalog
from gql_chat.workflows.key_choice import endpoint_of
from gql_chat.workflows.service import Generation
from gql_chat.workflows.starting import Once, Sent, choose, persona_of, record, start_once, writer_of
from gql_chat.workflows.titles import follow_first_reply

TEXT_MAX_LENGTH = 200_000  # characters of one message
MAX_ATTACHMENTS = 20
URL_MAX_LENGTH = 2048


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to send; `parameters` have snake_case names."""

    text: str
    session_id: str | None = None
    attachments: Sequence[NewAttachment] = ()
    key_id: str | None = None
    model: str | None = None
    persona: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    parent_id: str | None = None
    idempotency_key: str | None = None


async def send_message(user_id: str, draft: Draft, *, generation: Generation) -> Sent:
    """Store the message, start its reply and return; the reply goes on whoever watches.

    Raises BadUserInput, NotFound, KeyRequired, Unavailable, and Conflict for a stale parent, a reply that is still
    being written, or an idempotency key of another payload.
    """
    draft = _checked(draft, generation.personas)
    once = Once(draft.idempotency_key, claims.payload_hash(asdict(draft)))
    store = partial(_store, user_id, draft, once, generation)
    sent = await start_once(user_id, once, store, generation=generation)
    follow_first_reply(user_id, sent, generation=generation)
    return sent


async def _store(user_id: str, draft: Draft, once: Once, generation: Generation) -> tuple[Sent, ReplyJob]:
    session = await sessions.get_session(user_id, draft.session_id) if draft.session_id else None
    choice = await choose(user_id, session, key_id=draft.key_id, model=draft.model, generation=generation)
    endpoint = endpoint_of(choice, draft.parameters, box=generation.box, server_key=generation.server_key)
    attachments = await attach(user_id, draft.session_id, draft.attachments, policy=generation.files.policy.current)
    words, writer = branches.UserContent(draft.text, attachments), writer_of(choice, generation)
    earlier = await messages.list_newest(session.id, generation.budget.max_messages) if session else []
    materials = await generation.materials.load(attachments, earlier)
    async with transaction():
        session = await _open_session(user_id, draft)
        history = await _history(session, earlier, generation.budget)
        head = history[-1] if history else None
        branches.require_settled(session, head)
        order = head.order + 1 if head else 1
        sent = Sent(session, *await branches.append_exchange(session, order, words, writer))
        persona = await persona_of(user_id, session.persona, generation.personas)
        prompt = build_prompt(persona.content, history, sent.user_message, generation.budget, materials)
        job = await record(user_id, once, choice, sent, endpoint, prompt, generation=generation)
    return sent, job


async def _history(session: ChatSession, earlier: list[Message], budget: PromptBudget) -> list[Message]:
    """The session's newest messages, now that it is locked: those that were read before, if nothing came since.

    Their last may be streaming again, or longer by now; what comes before it never changes.
    """
    if earlier and earlier[-1].id == session.head_id:
        return [*earlier[:-1], *await messages.list_path(session.head_id, 1)]
    return await messages.list_newest(session.id, budget.max_messages) if session.head_id else []


async def _open_session(user_id: str, draft: Draft) -> ChatSession:
    if draft.session_id is None:
        return await sessions.insert_session(user_id, sessions.SessionDraft(persona=draft.persona))
    session = await sessions.lock_session(user_id, draft.session_id)
    branches.require_active(session, field="session_id")
    if draft.parent_id is not None:
        branches.require_head(session, draft.parent_id)
    session.persona = draft.persona or session.persona
    return session


def checked_text(text: str, attachments: Sequence[FileAttachment | NewAttachment]) -> str:
    """Return the text of a message with these attachments, fit to be stored. Raises BadUserInput."""
    text = text.replace("\0", "")  # PostgreSQL refuses NUL
    if not text.strip() and not attachments:
        raise BadUserInput("A message needs some text or an attachment.", field="text")
    if len(text) > TEXT_MAX_LENGTH:
        raise BadUserInput(f"A message has at most {TEXT_MAX_LENGTH} characters.", field="text")
    if len(attachments) > MAX_ATTACHMENTS:
        raise BadUserInput(f"A message has at most {MAX_ATTACHMENTS} attachments.", field="attachments")
    for attachment in attachments:
        if isinstance(attachment, UrlAttachment):
            _require_web_url(attachment.url)
    return text


def _checked(draft: Draft, personas: PersonaCatalog) -> Draft:
    text = checked_text(draft.text, draft.attachments)
    if draft.parent_id is not None and draft.session_id is None:
        raise BadUserInput("A parent needs its session: give sessionId too.", field="session_id")
    if draft.persona is not None:
        personas.get(draft.persona)
    parameters = checked_parameters(draft.parameters)
    model = sessions.checked_model(draft.model)
    return replace(draft, text=text, parameters=parameters, model=model)


def _require_web_url(url: str) -> None:
    # Passed on to the provider, never fetched here.
    if not url.startswith(("https://", "http://")) or len(url) > URL_MAX_LENGTH or not url.isprintable() or " " in url:
        raise BadUserInput("An attachment's address is an http(s) URL.", field="attachments")
