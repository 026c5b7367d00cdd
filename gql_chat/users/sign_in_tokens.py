"""Tokens of a sign-in: a short-lived access JWT and a single-use refresh token.

A refresh token holds the sign-in's id, a generation and an HMAC-SHA256 over both. The database stores no token, only
the current generation: a leaked table signs nobody in, an old token is recognized at any age, and the new token that a
parallel tab received can be computed again.
"""

import hashlib
import hmac
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import jwt
from jwt.types import Options

from gql_chat.errors import TokenExpired, Unauthenticated
from gql_chat.infra import base64url, clock
from gql_chat.users.models import Scope

ISSUER = "gql-chat"
ALGORITHM = "HS256"
REQUIRED: Options = {
    "require": ["iss", "sub", "sid", "jti", "iat", "exp"],  # otherwise PyJWT accepts tokens without exp
    "verify_iat": False,  # it would refuse a new token of another worker whose clock is a second ahead
    "verify_exp": False,  # checked below, by our clock
}
GENERATION_BYTES = 4
VERIFIED_TOKENS = 4_096  # whose signatures need no second check: a socket sends its token with each operation


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """The content of an access token."""

    user_id: str
    sign_in_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """The content of a refresh token with a valid signature. Only the database knows the current generation."""

    sign_in_id: str
    generation: int


class SignInTokens:
    """Signs and reads both kinds of token. Each key has 32 bytes."""

    def __init__(self, *, access_key: bytes, refresh_key: bytes, access_lifetime: timedelta) -> None:
        self._access_key = access_key
        self._refresh_key = refresh_key
        self._access_lifetime = access_lifetime
        self._verified_claims = lru_cache(VERIFIED_TOKENS)(self._verify_access)

    def sign_access(self, user_id: str, sign_in_id: str, scopes: Iterable[Scope]) -> tuple[str, datetime]:
        """Return an access token and its expiry (RFC 7519; whole seconds). Clients can read the scopes in it.

        This server does not: a user who becomes an admin, or ceases to be one, need not sign in again.
        """
        issued_at = clock.now().replace(microsecond=0)
        expires_at = issued_at + self._access_lifetime
        claims = {
            "iss": ISSUER,
            "sub": user_id,
            "sid": sign_in_id,
            "scope": " ".join(scope.value for scope in scopes),  # RFC 9068, 2.2.3
            "jti": uuid.uuid4().hex,
            "iat": issued_at,
            "exp": expires_at,
        }
        return jwt.encode(claims, self._access_key, algorithm=ALGORITHM), expires_at

    def read_access(self, token: str) -> AccessClaims:
        """Return the content of an access token. Raises TokenExpired, or Unauthenticated if it is not ours."""
        claims = self._verified_claims(token)
        if claims.expires_at <= clock.now():
            raise TokenExpired
        return claims

    def _verify_access(self, token: str) -> AccessClaims:
        try:
            claims = jwt.decode(token, self._access_key, algorithms=[ALGORITHM], issuer=ISSUER, options=REQUIRED)
        except jwt.InvalidTokenError as exc:
            raise Unauthenticated("The access token is not valid; sign in again.") from exc
        expires_at = datetime.fromtimestamp(claims["exp"], tz=UTC)
        return AccessClaims(claims["sub"], claims["sid"], expires_at)

    def sign_refresh(self, sign_in_id: str, generation: int) -> str:
        """Return the refresh token of this generation. The same arguments give the same token."""
        body = generation.to_bytes(GENERATION_BYTES) + sign_in_id.encode()
        return base64url.encode(self._mac(body) + body)

    def read_refresh(self, token: str) -> RefreshClaims:
        """Return the content of a refresh token. Raises Unauthenticated if this server did not sign it."""
        try:
            raw = base64url.decode(token)
        except ValueError:
            raw = b""
        mac, body = raw[:32], raw[32:]
        if not hmac.compare_digest(mac, self._mac(body)):
            raise Unauthenticated("The refresh token is not valid; sign in again.")
        return RefreshClaims(body[GENERATION_BYTES:].decode(), int.from_bytes(body[:GENERATION_BYTES]))

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._refresh_key, body, hashlib.sha256)
