"""Taking over: a reply whose worker died goes on here, as `continueReply` does, but its watchers see it only grow."""

import asyncio
from dataclasses import dataclass, field

import structlog
from msgspec.structs import asdict, replace

from gql_chat.chats import messages, sessions
from gql_chat.chats.idempotency import Exchange, IdempotencyClaim
from gql_chat.chats.leases import LeaseRenewed
from gql_chat.chats.models import Message
from gql_chat.errors import Unavailable
from gql_chat.generation.dead_replies import CloseCall, SettledMeanwhile, Successor
from gql_chat.generation.job import ReplyJob
from gql_chat.infra.db.database import transaction
from gql_chat.usage import ledger
from gql_chat.workflows.branching import get_answered
from gql_chat.workflows.starting import ReplyStarter

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CrashSuccessor(Successor):
    """Goes on with each reply of dead workers once: one that breaks off twice may be what kills them."""

    starter: ReplyStarter
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """For the transactions, because those of one user's replies would wait for each other's rows."""

    @property
    def is_leaving(self) -> bool:
        return self.starter.runner.draining

    async def take_over(self, reply: Message, close_call: CloseCall) -> bool:
        if reply.stop_requested_at is not None or await ledger.was_broken_off(reply.id):
            return False
        try:
            job = await self._open(reply, close_call)
        except (SettledMeanwhile, LeaseRenewed, Unavailable):  # another worker has it, or the next round may
            raise
        except Exception as exc:  # noqa: BLE001 - whatever keeps it from going on, it must be settled
            log.warning("reply_not_continued_after_crash", message_id=reply.id, reason=repr(exc))
            return False
        if job is None:
            return False
        self.starter.runner.start(job)
        log.warning("reply_continued_after_crash", message_id=reply.id)
        return True

    async def _open(self, reply: Message, close_call: CloseCall) -> ReplyJob | None:
        """Give the reply to this worker, with a new call. Return None if it has no open call, which names its user."""
        starter, dead = self.starter, await ledger.find_open(reply.id)
        if dead is None:
            return None
        session = await sessions.get_session(dead.user_id, reply.session_id)
        route = await starter.router.get_route_again(dead.user_id, session, reply)
        budget = starter.budget_of(session, route)
        said, earlier = await get_answered(reply, budget.max_messages)
        loaded = await starter.materials.load(said.attachments, earlier)
        claim, exchange = IdempotencyClaim(dead.user_id, None, None), Exchange(session, said, reply)
        async with self._turn, transaction():
            usage, writer = await close_call(), starter.assign_writer(route)
            if not await messages.take_over_dead(reply, usage, **asdict(writer)):
                raise SettledMeanwhile
            reply.key_id, reply.model = writer.key_id, writer.model
            job = await starter.open_reply(claim, exchange, route, earlier, loaded, budget=budget, added=[])
        return replace(job, usage=usage)
