"""Idempotency keys: claimed in the transaction that stores the message, so a repeat can only find the first answer."""

import hashlib
from datetime import timedelta

import msgspec

from gql_chat.chats.models import Message, SendClaim
from gql_chat.errors import BadUserInput, Conflict
from gql_chat.infra import clock
from gql_chat.infra.db.expiry import delete_rows
from gql_chat.infra.ids import new_id

KEY_MAX_LENGTH = 200
CLAIM_LIFETIME = timedelta(hours=24)


def payload_hash(payload: object) -> str:
    """The same for equal payloads of plain data, whatever the order of their keys."""
    return hashlib.sha256(msgspec.json.encode(payload, order="deterministic")).hexdigest()


async def find_claimed(user_id: str, idempotency_key: str, hashed: str) -> tuple[Message, Message] | None:
    """The user's message and the reply that this key stands for, None once they were deleted.

    Raises Conflict if it stands for another payload.
    """
    if not 0 < len(idempotency_key) <= KEY_MAX_LENGTH or not idempotency_key.isprintable():
        sentence = f"An idempotency key has 1 to {KEY_MAX_LENGTH} printable characters."
        raise BadUserInput(sentence, field="idempotency_key")
    claim = await SendClaim.get_or_none(user_id=user_id, idempotency_key=idempotency_key)
    if claim is None:
        return None
    if claim.payload_hash != hashed:
        raise Conflict("This idempotency key was used for something else.", field="idempotency_key")
    found = {message.id: message for message in await Message.filter(id__in=[claim.user_message_id, claim.reply_id])}
    said, reply = found.get(claim.user_message_id), found.get(claim.reply_id)
    return (said, reply) if said and reply else None


async def claim(user_id: str, idempotency_key: str, hashed: str, said: Message, reply: Message) -> None:
    """To be called in the transaction that stores both messages; raises IntegrityError if somebody was first."""
    await SendClaim.create(
        id=new_id("clm"),
        user_id=user_id,
        idempotency_key=idempotency_key,
        payload_hash=hashed,
        user_message_id=said.id,
        reply_id=reply.id,
        created_at=clock.now(),
    )


async def delete_old_claims() -> None:
    """Forget keys that nobody repeats any more."""
    await delete_rows("send_claims", "created_at <= $1", clock.now() - CLAIM_LIFETIME)
