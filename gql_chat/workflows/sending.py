"""Sending: a message is checked, stored at the end of its session, and answered."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import asdict, replace
from tortoise.exceptions import IntegrityError

from gql_chat.chats import branches, paths, sessions
from gql_chat.chats.idempotency import Exchange, IdempotencyClaim
from gql_chat.chats.models import Attachment, ChatSession, Message, UrlAttachment
from gql_chat.chats.recent import RecentMessages
from gql_chat.chats.session_fields import checked_model
from gql_chat.errors import BadUserInput, found
from gql_chat.files.policy import UploadPolicy
from gql_chat.generation.job import ReplyJob
from gql_chat.generation.prompting.attaching import NewAttachment, attach
from gql_chat.generation.prompting.prompt import Materials, PromptBudget
from gql_chat.infra.db.database import in_turn, transaction, unit_of_work
from gql_chat.infra.db.failures import TransactionConflict
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.keys.parameters import checked_parameters
from gql_chat.workflows.routing import Route
from gql_chat.workflows.standing import Standing, find_standing, find_standing_of_new
from gql_chat.workflows.starting import ReplyStarter
from gql_chat.workflows.titles import TitleMaker

TEXT_MAX_LENGTH = 200_000  # characters of one message
MAX_ATTACHMENTS = 20
URL_MAX_LENGTH = 2048
# At a unit of work, which is undone if one of the user's replies settles meanwhile: less than a transaction would take.
ATTEMPTS = 3
# Parameters of signed links: X-Amz-Signature, X-Goog-Signature, q-signature of Tencent, sig of Azure …
SIGNATURE = re.compile(r"[?&]([\w-]*signature|sig)=", re.IGNORECASE)


_Stored: TypeAlias = tuple[Exchange, ReplyJob, list[Message]]
"""The exchange, the job that writes its reply, and the messages before it that the prompt may have."""


class Draft(msgspec.Struct, frozen=True):
    """A message to send; `parameters` have snake_case names."""

    text: str
    session_id: str | None = None
    attachments: Sequence[NewAttachment] = ()
    key_id: str | None = None
    model: str | None = None
    persona: str | None = None
    parameters: Mapping[str, Any] = msgspec.field(default_factory=dict)
    history_messages: int | None = None
    parent_id: str | None = None
    idempotency_key: str | None = None


async def send_message(
    user_id: str, draft: Draft, *, starter: ReplyStarter, upload_policy: UploadPolicy, titles: TitleMaker
) -> Exchange:
    """Store the message, start its reply and return; the reply is written whether anybody watches or not.

    Raises BadUserInput, NotFound, KeyRequired, RateLimited, Unavailable, and Conflict for a stale parent, a reply
    that is still being written, or an idempotency key of another payload.
    """
    draft = _checked(draft, starter)
    payload = asdict(draft) if draft.idempotency_key is not None else None
    async with IdempotencyClaim(user_id, draft.idempotency_key, payload) as claim:
        if claim.first_answer is not None:
            return claim.first_answer
        await starter.require_send(user_id)
        standing = await _get_standing(user_id, draft.session_id)
        session = standing.session if standing else None
        route = await starter.router.get_route(
            user_id, session, key_id=draft.key_id, model=draft.model, parameters=draft.parameters
        )
        attachments = await attach(user_id, draft.session_id, draft.attachments, policy=upload_policy)
        budget = starter.budget_of(session, route, draft.history_messages)
        earlier = await _earlier(session, budget.max_messages, starter.recent) if session else []
        loaded = await starter.materials.load(attachments, earlier)
        sending = _Sending(user_id, draft, starter, claim, standing, route, attachments, budget, earlier, loaded)
        exchange, job, history = await sending.store()
        starter.runner.start(job)
        most = starter.materials.budget.max_messages
        starter.recent.keep(exchange.session, [*history, exchange.user_message, exchange.reply][-most:])
        titles.follow_first_reply(user_id, exchange)
        return exchange
    await starter.limits.refund_send(user_id)
    return claim.answer


class _Sending(msgspec.Struct, frozen=True):
    """A message that is ready to be stored: all that is known before the session is locked."""

    user_id: str
    draft: Draft
    starter: ReplyStarter
    claim: IdempotencyClaim
    standing: Standing | None
    route: Route
    attachments: Sequence[Attachment]
    budget: PromptBudget
    earlier: list[Message]
    loaded: Materials

    async def store(self) -> _Stored:
        """Store the message after those that the user is sending already. Raises Conflict, NotFound and QuotaExceeded.

        Each of them changes the user's row, which the next one requires to be as it was read.
        """
        async with in_turn(self.user_id) as has_waited:
            return await self._store_at_once(has_waited) or await self._store_locked()

    async def _store_at_once(self, has_waited: bool) -> _Stored | None:
        """Store the message by one unit of work. Return None if that needs a lock, or rows change again and again."""
        for attempt in range(ATTEMPTS):
            is_known = self.standing is not None and not (has_waited or attempt)
            standing = self.standing if is_known else await self._read_again()
            if standing is None or not self._continues(standing):
                return None
            history = [*self.earlier[:-1], standing.head] if standing.head else []
            standing.session.persona = self.draft.persona or standing.session.persona
            try:
                async with unit_of_work():
                    return await self._append(standing.session, history, standing)
            except TransactionConflict:
                continue
            except IntegrityError:
                return None
        return None

    async def _store_locked(self) -> _Stored:
        """Store the message in a transaction that locks the session."""

        @repeated_on_conflict
        async def store() -> _Stored:
            async with transaction():
                session = await _open_session(self.user_id, self.draft, self.route)
                history = await _history(session, self.earlier, self.budget.max_messages)
                branches.require_settled(session, history[-1] if history else None)
                return await self._append(session, history, None)

        return await store()

    async def _read_again(self) -> Standing | None:
        if self.draft.session_id is None:
            return await find_standing_of_new(_new_session(self.user_id, self.draft, self.route))
        return await find_standing(self.user_id, self.draft.session_id)

    def _continues(self, standing: Standing) -> bool:
        head_id = standing.session.head_id
        known_id = self.earlier[-1].id if self.earlier else None
        is_known = known_id == head_id and self.draft.parent_id in (None, head_id)
        return is_known and self.starter.fits_one_unit(standing, self.route, self.loaded)

    async def _append(self, session: ChatSession, history: list[Message], standing: Standing | None) -> _Stored:
        place = branches.Place.after(session, history[-1] if history else None)
        content = branches.UserContent(self.draft.text, self.attachments)
        writer, is_locked = self.starter.assign_writer(self.route), standing is None
        said, reply = await branches.append_exchange(session, place, content, writer, is_locked=is_locked)
        exchange = Exchange(session, said, reply)
        job = await self.starter.open_reply(
            self.claim,
            exchange,
            self.route,
            history,
            self.loaded,
            budget=self.budget,
            added=[said, reply],
            standing=standing,
        )
        return exchange, job, history


async def _get_standing(user_id: str, session_id: str | None) -> Standing | None:
    """Return what the message is appended to, None for a new session. Raises NotFound."""
    if session_id is None:
        return None
    return found(await find_standing(user_id, session_id), "session")


async def _open_session(user_id: str, draft: Draft, route: Route) -> ChatSession:
    if draft.session_id is None:
        return _new_session(user_id, draft, route)
    session = await sessions.lock_session(user_id, draft.session_id)
    branches.require_active(session, field="session_id")
    if draft.parent_id is not None:
        branches.require_head(session, draft.parent_id)
    session.persona = draft.persona or session.persona
    return session


def _new_session(user_id: str, draft: Draft, route: Route) -> ChatSession:
    # What the first message names stays: the next one must not go to another provider.
    is_named = draft.key_id is not None or draft.model is not None
    key_id = route.key.id if route.key and is_named else None
    return sessions.new_session(user_id, sessions.SessionDraft(persona=draft.persona, key_id=key_id, model=draft.model))


async def _earlier(session: ChatSession, max_messages: int, recent: RecentMessages) -> list[Message]:
    """Return the newest messages of the session as far as they are known before it is locked."""
    return recent.find(session, max_messages) or await paths.list_path(session.head_id, max_messages)


async def _history(session: ChatSession, earlier: list[Message], max_messages: int) -> list[Message]:
    """Return the newest messages of the locked session: those that were read before, if nothing was added since.

    The last of them may be streaming again, or longer by now. A message before it never changes.
    """
    if earlier and earlier[-1].id == session.head_id:
        return [*earlier[:-1], *await paths.list_path(session.head_id, 1)]
    return await paths.list_path(session.head_id, max_messages)


def require_few(attachments: Sequence[object]) -> None:
    """Raise BadUserInput for too many attachments of one message."""
    if len(attachments) > MAX_ATTACHMENTS:
        raise BadUserInput(f"A message has at most {MAX_ATTACHMENTS} attachments.", field="attachments")


def checked_text(text: str, attachments: Sequence[Attachment | NewAttachment]) -> str:
    """Return the text of a message with these attachments, fit to be stored. Raises BadUserInput."""
    text = text.replace("\0", "")  # PostgreSQL refuses NUL
    if not text.strip() and not attachments:
        raise BadUserInput("A message needs some text or an attachment.", field="text")
    if len(text) > TEXT_MAX_LENGTH:
        raise BadUserInput(f"A message has at most {TEXT_MAX_LENGTH} characters.", field="text")
    require_few(attachments)
    for attachment in attachments:
        if isinstance(attachment, UrlAttachment):
            _require_lasting_web_url(attachment.url)
    return text


def _checked(draft: Draft, starter: ReplyStarter) -> Draft:
    text = checked_text(draft.text, draft.attachments)
    if draft.parent_id is not None and draft.session_id is None:
        raise BadUserInput("A parent needs its session: give sessionId too.", field="session_id")
    if draft.persona is not None:
        starter.personas.get(draft.persona)
    starter.materials.budget.require_messages(draft.history_messages)
    parameters = checked_parameters(draft.parameters)
    return replace(draft, text=text, parameters=parameters, model=checked_model(draft.model))


def _require_lasting_web_url(url: str) -> None:
    # Sent to the provider, never fetched here.
    is_http = url.startswith(("https://", "http://"))
    if not (is_http and len(url) <= URL_MAX_LENGTH and url.isprintable() and " " not in url):
        sentence = f"The URL of an attachment is http(s) and has at most {URL_MAX_LENGTH} characters."
        raise BadUserInput(sentence, field="attachments")
    if SIGNATURE.search(url):
        sentence = (
            "The URL of an attachment holds a signature, which would be stored with the message and soon expire. "
            "Upload the file, or give a public URL."
        )
        raise BadUserInput(sentence, field="attachments")
