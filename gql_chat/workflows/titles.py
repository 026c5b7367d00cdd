"""Titles that a model makes from the first exchange: on request, or in the background after a session's first reply."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import structlog

from gql_chat.chats import messages, paths, sessions
from gql_chat.chats.idempotency import Exchange
from gql_chat.chats.models import ChatSession, FileAttachment, FinishReason, Message, MessageRole, MessageStatus
from gql_chat.chats.titles import cleaned_title, replace_title, rule_title
from gql_chat.errors import BadUserInput, KeyRequired, NotFound, ProviderFailed, RateLimited, Unavailable
from gql_chat.files.catalog import load_files
from gql_chat.generation.accounting import CallContext
from gql_chat.generation.prompting.alternation import ChatMessage, fold_system_prompt
from gql_chat.generation.prompting.materials import MaterialSource
from gql_chat.generation.prompting.prompt import Materials, PromptBudget, build_prompt
from gql_chat.generation.provider.completion import Increment
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.runner import Runner
from gql_chat.infra.tasks.background import BackgroundTasks
from gql_chat.usage.models import CallPurpose
from gql_chat.workflows.call_limits import CallLimits
from gql_chat.workflows.routing import ModelRouter, Route
from gql_chat.workflows.side_calls import SideCalls

PERSONA = "You give conversations their titles."
REQUEST = (
    "Write a title for this conversation: two to six words, in the language that the user writes in, without quotation "
    "marks or a full stop. Answer with the title alone."
)
QUOTED_CHARACTERS = 2000  # of each of the two messages
BUDGET = PromptBudget(max_messages=3, max_tokens=20_000, max_file_tokens=1000, max_files_tokens=2000)
ANSWER_MAX_TOKENS = 2000  # most of it for models that think first
ANSWER_MAX_CHARACTERS = 8000
MODEL_SECONDS = 30.0  # a user may be waiting, and the rule's title is good enough
LOOK_SECONDS = 2.0  # between looks whether the session is still there, as often as for a reply

log = structlog.get_logger(__name__)


class TitleMode(StrEnum):
    """The way in which new sessions get their titles: by the model after the first reply, or by the rule alone."""

    MODEL = "model"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class TitleMaker:
    """Makes titles with the models that answer in the sessions, on request or in the background."""

    mode: TitleMode
    calls: SideCalls
    router: ModelRouter
    materials: MaterialSource
    limits: CallLimits
    runner: Runner
    background: BackgroundTasks

    def follow_first_reply(self, user_id: str, exchange: Exchange) -> None:
        """Have the model make the session's title once this reply has settled, if the mode says so; return at once.

        Only the first reply of a session is followed, and only if the title is the rule's.
        """
        if self.mode is TitleMode.RULE:
            return
        said, session = exchange.user_message, exchange.session
        if said.order == 1 and session.message_count == 2 and session.title == rule_title(said.text):
            self.background.start(f"title of {session.id}", self._replace_when_settled(user_id, exchange))

    async def generate_title(self, user_id: str, session_id: str) -> ChatSession:
        """Replace the session's title by one made from its first exchange, by the model or else by the rule.

        A title that the user gives meanwhile stays. Raises NotFound, RateLimited, and BadUserInput for a session
        without messages.
        """
        session = await sessions.get_session(user_id, session_id)
        exchange = await paths.list_first_exchange(session.id)
        if not exchange:
            raise BadUserInput("The session has no messages to make a title from.", field="session_id")
        await self.limits.require_title(user_id)
        return await self._replace_title(user_id, session, exchange)

    async def _replace_when_settled(self, user_id: str, exchange: Exchange) -> None:
        await self.runner.wait(exchange.reply.id)
        reply = await messages.find_message(user_id, exchange.reply.id)
        if reply is None or reply.status is MessageStatus.FAILED or not reply.text:
            return
        with suppress(NotFound):  # deleted meanwhile
            await self._replace_title(user_id, exchange.session, [exchange.user_message, reply])

    async def _replace_title(self, user_id: str, session: ChatSession, exchange: Sequence[Message]) -> ChatSession:
        title = await self._find_title_by_model(user_id, session, exchange) or await _title_by_rule(exchange[0])
        return await replace_title(user_id, session.id, session.title, title or session.title)

    async def _find_title_by_model(self, user_id: str, session: ChatSession, exchange: Sequence[Message]) -> str | None:
        """Return the model's title, None if no model can be asked or its answer holds no title."""
        try:
            async with asyncio.timeout(MODEL_SECONDS):
                route = await self._get_route(user_id, session, exchange[-1])
                context = CallContext(user_id, CallPurpose.TITLE, route.key, session.id)
                loaded = await self.materials.load((), exchange)
                answer = await self._ask_while_wanted(context, route.endpoint, _title_prompt(exchange, loaded))
        except (BadUserInput, KeyRequired, ProviderFailed, RateLimited, Unavailable, TimeoutError) as exc:
            log.info("title_by_rule", session_id=session.id, reason=type(exc).__name__)
            return None
        return cleaned_title(answer)

    async def _get_route(self, user_id: str, session: ChatSession, last: Message) -> Route:
        """Return the route of the reply: its text does not go to another provider for a title."""
        if last.role is MessageRole.ASSISTANT:
            return await self.router.get_route_again(user_id, session, last)
        return await self.router.get_route(user_id, session)

    async def _ask_while_wanted(self, context: CallContext, endpoint: Endpoint, prompt: Sequence[ChatMessage]) -> str:
        """Return the answer as `_ask` does. Once the session is gone, end the call and raise NotFound."""
        asking = asyncio.create_task(self._ask(context, _terse(endpoint), prompt))
        try:
            while not (await asyncio.wait({asking}, timeout=LOOK_SECONDS))[0]:
                with suppress(Unavailable):
                    await sessions.get_session(context.user_id, context.session_id or "")
            return asking.result()
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask(self, context: CallContext, endpoint: Endpoint, prompt: Sequence[ChatMessage]) -> str:
        """Return the answer's text, empty if it is too long for a title."""
        if endpoint.folds_system_prompt:
            prompt = fold_system_prompt(prompt)
        async with self.calls.ask(context, endpoint, prompt) as (side, call):

            def take(increment: Increment) -> bool:
                side.received += increment.text[:ANSWER_MAX_CHARACTERS]
                return len(side.received) < ANSWER_MAX_CHARACTERS

            await call.read(take)
        is_too_long = call.finish_reason is FinishReason.LENGTH or len(side.received) >= ANSWER_MAX_CHARACTERS
        return "" if is_too_long else side.text


async def _title_by_rule(said: Message) -> str:
    """Return the first sentence, or the name of the first file of a message without text."""
    ids = [part.file_id for part in said.attachments if isinstance(part, FileAttachment)]
    files = await load_files(ids) if ids else {}
    return rule_title("\n".join([said.text, *(files[file_id].name for file_id in ids if file_id in files)]))


def _title_prompt(exchange: Sequence[Message], materials: Materials) -> list[ChatMessage]:
    quoted = [
        Message(role=message.role, text=message.text[:QUOTED_CHARACTERS], attachments=message.attachments)
        for message in exchange
    ]
    request = Message(role=MessageRole.USER, text=REQUEST, attachments=[])
    return build_prompt(PERSONA, quoted, request, BUDGET, materials).messages


def _terse(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint without the key's parameters for replies: their format, stops and length."""
    ours = ("response_format", "stop")
    kept: dict[str, Any] = {name: value for name, value in endpoint.parameters.items() if name not in ours}
    return replace(endpoint, parameters={**kept, "max_tokens": ANSWER_MAX_TOKENS})
