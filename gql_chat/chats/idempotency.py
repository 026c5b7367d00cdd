"""Idempotency keys: claimed in the transaction that stores an exchange, so that a repeat finds the first one."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

import msgspec
from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from gql_chat.chats.models import ChatSession, Message, SendClaim
from gql_chat.chats.pieces import complete
from gql_chat.chats.sessions import find_session
from gql_chat.errors import BadUserInput, Conflict, ConflictReason, QuotaExceeded
from gql_chat.infra import clock
from gql_chat.infra.db.combining import padded
from gql_chat.infra.db.database import delete_in_batches, fetch_models
from gql_chat.infra.db.quick import Quick
from gql_chat.infra.db.rows import insert_last
from gql_chat.infra.ids import new_id

KEY_MAX_LENGTH = 200
CLAIM_LIFETIME = timedelta(hours=24)
SELECT_CLAIM = Quick("SELECT * FROM send_claims WHERE user_id = $1 AND idempotency_key = $2")


class Exchange(msgspec.Struct, frozen=True):
    """A user's message and its reply, as stored. The reply may still be STREAMING."""

    session: ChatSession
    user_message: Message
    reply: Message


class IdempotencyClaim:
    """The claim of a request on its idempotency key: parallel requests and repeats under one key store one exchange.

    Enter it before anything is checked or charged, and return `first_answer` if there is one. Otherwise store the
    exchange in the block, and call `store` last in its transaction. If another request is first, the error that follows
    from it is suppressed, and `answer` is the other's exchange. Without a key, nothing is claimed or suppressed.
    """

    def __init__(self, user_id: str, idempotency_key: str | None, payload: object) -> None:
        """Take as `payload` everything that is asked for under the key, as plain data."""
        self.first_answer: Exchange | None = None
        self._user_id = user_id
        self._key = idempotency_key
        self._payload_hash = _hash(payload) if idempotency_key is not None else ""

    async def __aenter__(self) -> Self:
        """Look for the first answer. Raises BadUserInput, and Conflict if the key was used for another payload."""
        self.first_answer = await self._find_first_answer()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Suppress the error if a parallel request under the same key has been answered meanwhile."""
        if not isinstance(error, IntegrityError | Conflict | BadUserInput | QuotaExceeded):
            return False
        self.first_answer = await self._find_first_answer()
        return self.first_answer is not None

    @property
    def answer(self) -> Exchange:
        """The first answer, after a block whose error was suppressed."""
        assert self.first_answer is not None
        return self.first_answer

    async def store(self, exchange: Exchange) -> None:
        """Store the claim with the exchange. Raises IntegrityError if a parallel request was first."""
        if self._key is not None:
            claim = SendClaim(
                id=new_id("clm"),
                user_id=self._user_id,
                idempotency_key=self._key,
                payload_hash=self._payload_hash,
                user_message_id=exchange.user_message.id,
                reply_id=exchange.reply.id,
                created_at=clock.now(),
            )
            await insert_last(claim)

    async def _find_first_answer(self) -> Exchange | None:
        """Return the exchange that the key stands for, None if there is none or it was deleted."""
        if self._key is None:
            return None
        if not 0 < len(self._key) <= KEY_MAX_LENGTH or not self._key.isprintable():
            sentence = f"An idempotency key has 1 to {KEY_MAX_LENGTH} printable characters."
            raise BadUserInput(sentence, field="idempotency_key")
        claim = next(iter(await fetch_models(SendClaim, SELECT_CLAIM, self._user_id, self._key)), None)
        if claim is None:
            return None
        if claim.payload_hash != self._payload_hash:
            raise Conflict(
                "This idempotency key was used for something else; use a new one.",
                reason=ConflictReason.IDEMPOTENCY_KEY_REUSED,
                field="idempotency_key",
            )
        found = {row.id: row for row in await Message.filter(id__in=[claim.user_message_id, claim.reply_id])}
        await complete(list(found.values()))
        said, reply = found.get(claim.user_message_id), found.get(claim.reply_id)
        session = await find_session(self._user_id, reply.session_id) if reply else None
        return Exchange(session, said, reply) if session and said and reply else None


async def load_idempotency_keys(message_ids: Sequence[str]) -> list[str | None]:
    """Return for each message the key of the request that stored it, or that started the reply once more."""
    ids = padded(message_ids)
    claims = SendClaim.filter(Q(user_message_id__in=ids) | Q(reply_id__in=ids))
    columns = ("idempotency_key", "user_message_id", "user_message__created_at", "reply_id", "reply__created_at")
    found: dict[str, str] = {}
    for key, said_id, said_at, reply_id, reply_at in await claims.order_by("created_at", "id").values_list(*columns):
        found.setdefault(reply_id, key)
        if said_at == reply_at:  # stored together: not by a request for another reply
            found.setdefault(said_id, key)
    return [found.get(message_id) for message_id in message_ids]


async def delete_old_claims() -> None:
    """Delete the claims that are older than CLAIM_LIFETIME."""
    await delete_in_batches("send_claims", "created_at <= $1", clock.now() - CLAIM_LIFETIME)


def _hash(payload: object) -> str:
    """Return the same for equal payloads, whatever the order of their keys."""
    return hashlib.sha256(msgspec.json.encode(payload, order="deterministic")).hexdigest()
