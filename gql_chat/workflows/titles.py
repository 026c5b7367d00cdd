"""Titles that a model makes from the first exchange: when somebody asks, or by itself after a session's first reply."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog

from gql_chat.chats import messages, sessions
from gql_chat.chats.models import ChatSession, FileAttachment, FinishReason, Message, MessageRole, MessageStatus
from gql_chat.chats.titles import cleaned_title, replace_title, rule_title
from gql_chat.errors import BadUserInput, KeyRequired, NotFound, ProviderFailed, RateLimited, Unavailable
from gql_chat.files.catalog import load_files
from gql_chat.generation.accounting import About
from gql_chat.generation.prompting.prompt import ChatMessage, Materials, PromptBudget, build_prompt
from gql_chat.generation.provider.llm import Endpoint
from gql_chat.usage.models import CallPurpose
from gql_chat.workflows.key_choice import endpoint_of
from gql_chat.workflows.service import Generation, TitleMode
from gql_chat.workflows.side_calls import side_call
from gql_chat.workflows.starting import Sent, choose

PERSONA = "You give conversations their titles."
REQUEST = (
    "Write a title for this conversation: two to six words, in the language that the user writes in, without quotation "
    "marks or a full stop. Answer with the title alone."
)
QUOTED_CHARACTERS = 2000  # of what each of the two said
BUDGET = PromptBudget(max_messages=3, max_tokens=20_000, max_file_tokens=1000, max_files_tokens=2000)
ANSWER_MAX_TOKENS = 2000  # most of it for models that think first
ANSWER_MAX_CHARACTERS = 8000
MODEL_SECONDS = 30.0  # somebody may be waiting, and the rule is good enough

log = structlog.get_logger(__name__)


def follow_first_reply(user_id: str, sent: Sent, *, generation: Generation) -> None:
    """See to it that the session has a title by the model once this reply is there, if one is wanted; returns at once.

    Only where the reply is the session's first and the title is the rule's.
    """
    said, session = sent.user_message, sent.session
    is_first = said.order == 1 and session.message_count == 2 and session.title == rule_title(said.text)
    if generation.titles is TitleMode.MODEL and is_first and sent.reply.status is MessageStatus.STREAMING:
        generation.background.start(f"title of {session.id}", _see_to_title(user_id, sent, generation))


async def generate_title(user_id: str, session_id: str, *, generation: Generation) -> ChatSession:
    """Give the session a title made from its first exchange, by the model if it has a good one, else by the rule.

    A title that somebody gave meanwhile stays. Raises NotFound, and BadUserInput for a session without messages.
    """
    session = await sessions.get_session(user_id, session_id)
    exchange = await messages.list_first_exchange(session.id)
    if not exchange:
        raise BadUserInput("There is nothing yet that a title could be made from.", field="session_id")
    return await _give_title(user_id, session, exchange, generation)


async def _see_to_title(user_id: str, sent: Sent, generation: Generation) -> None:
    await generation.runner.wait(sent.reply.id)
    reply = await messages.find_message(user_id, sent.reply.id)
    if reply is None or reply.status is MessageStatus.FAILED or not reply.text:
        return
    with suppress(NotFound):  # deleted meanwhile
        await _give_title(user_id, sent.session, [sent.user_message, reply], generation)


async def _give_title(
    user_id: str, session: ChatSession, exchange: Sequence[Message], generation: Generation
) -> ChatSession:
    title = await _title_by_model(user_id, session, exchange, generation) or await _title_by_rule(exchange[0])
    return await replace_title(user_id, session.id, session.title, title or session.title)


async def _title_by_rule(said: Message) -> str:
    """The first sentence; of a message without words the name of its first file."""
    ids = [part.file_id for part in said.attachments if isinstance(part, FileAttachment)]
    files = await load_files(ids) if ids else {}
    return rule_title("\n".join([said.text, *(files[file_id].name for file_id in ids if file_id in files)]))


async def _title_by_model(
    user_id: str, session: ChatSession, exchange: Sequence[Message], generation: Generation
) -> str | None:
    """None where no model can be asked, or gives none."""
    try:
        async with asyncio.timeout(MODEL_SECONDS):
            choice = await choose(user_id, session, key_id=None, model=None, generation=generation)
            endpoint = endpoint_of(choice, {}, box=generation.box, server_key=generation.server_key)
            about = About(user_id, CallPurpose.TITLE, choice.key, session.id)
            materials = await generation.materials.load((), exchange)
            answer = await _ask(about, _terse(endpoint), _title_prompt(exchange, materials), generation)
    except (KeyRequired, ProviderFailed, RateLimited, Unavailable, TimeoutError) as exc:
        log.info("title_by_rule", session_id=session.id, reason=type(exc).__name__)
        return None
    return cleaned_title(answer)


async def _ask(about: About, endpoint: Endpoint, prompt: Sequence[ChatMessage], generation: Generation) -> str:
    """The answer's text, empty if it is too long to be one. All calls for titles are made here."""
    entry = side_call(about, generation.ledger, endpoint, prompt, quotas=generation.quotas)
    async with entry as side, generation.llm.stream(endpoint, prompt) as call:
        side.call = call
        async for increment in call:
            side.text += increment.text
            if len(side.text) > ANSWER_MAX_CHARACTERS:
                return ""
    return "" if call.finish_reason is FinishReason.LENGTH else side.text


def _title_prompt(exchange: Sequence[Message], materials: Materials) -> list[ChatMessage]:
    quoted = [
        Message(role=message.role, text=message.text[:QUOTED_CHARACTERS], attachments=message.attachments)
        for message in exchange
    ]
    request = Message(role=MessageRole.USER, text=REQUEST, attachments=[])
    return build_prompt(PERSONA, quoted, request, BUDGET, materials).messages


def _terse(endpoint: Endpoint) -> Endpoint:
    """The endpoint without what the key asks of replies: their format, their stops, their length."""
    ours = ("response_format", "stop")
    kept: dict[str, Any] = {name: value for name, value in endpoint.parameters.items() if name not in ours}
    return replace(endpoint, parameters={**kept, "max_tokens": ANSWER_MAX_TOKENS})
