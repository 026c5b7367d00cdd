"""Codes and credentials that have ended: when their rows go."""

from datetime import timedelta

from gql_chat.infra import clock
from gql_chat.infra.db.database import delete_in_batches

# So that a replay of an old refresh token is still told apart, and users see which of their tokens has just expired.
KEPT_AFTER_END = timedelta(days=30)


async def delete_expired() -> None:
    """Delete codes that expired, and sign-ins and personal access tokens that ended long ago."""
    now = clock.now()
    await delete_in_batches("verification_codes", "expires_at <= $1", now)
    long_ago = now - KEPT_AFTER_END
    await delete_in_batches("sign_ins", "revoked_at <= $1 OR expires_at <= $1 OR ends_at <= $1", long_ago)
    await delete_in_batches("access_tokens", "expires_at <= $1", long_ago)
