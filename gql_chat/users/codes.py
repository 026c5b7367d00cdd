"""Verification codes: six digits by mail that prove who reads an address.

A code is bound to a purpose, to the login that it was asked for, and to whom it was mailed to. It is good for ten
minutes, for one use and for five wrong guesses; a newer one replaces it. Nothing here tells whether an account exists:
asking and guessing do the same queries, keep the same rows and count against the same limits either way.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gql_chat.errors import BadUserInput, CodeInvalid
from gql_chat.infra import clock
from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.ids import new_id
from gql_chat.infra.mail.mailer import Email
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.infra.net.addresses import site_of
from gql_chat.infra.rate_limits.limiter import Limit, Rate, RateLimiter, require_rates
from gql_chat.users.code_holders import Holder, find_holder, find_whom
from gql_chat.users.letters import code_letter, taken_letter
from gql_chat.users.models import CodePurpose, VerificationCode
from gql_chat.users.names import checked_email, folded

DIGITS = 6
LIFETIME = timedelta(minutes=10)
MAX_WRONG_GUESSES = 5
LOGIN_MAX_LENGTH = 300  # folded

# Of a login, whether or not there is such an account; of a place, an IPv4 address or all of an IPv6 site's.
SENDS_PER_LOGIN = (Limit(1, per_seconds=60), Limit(5, per_seconds=3600))
SENDS_PER_PLACE = Limit(20, per_seconds=3600)
# 360 guesses a day find one of a million codes in five years, if somebody asks for new ones all the time.
GUESSES_PER_LOGIN = (Limit(15, per_seconds=3600),)
GUESSES_PER_PLACE = Limit(60, per_seconds=3600)

# One statement, so that no number of parallel guesses gets more than its share. The newest code is the only one, and
# a right guess is not counted: who verifies a code first must be able to use it then.
_GUESS = """
    UPDATE verification_codes SET attempts = attempts + CASE WHEN code_hash = $1 THEN 0 ELSE 1 END
    WHERE id = (SELECT id FROM verification_codes WHERE login_folded = $2 AND purpose = $3
                ORDER BY created_at DESC, id DESC LIMIT 1)
      AND attempts < $4 AND consumed_at IS NULL AND expires_at > $5
    RETURNING id, code_hash
"""


@dataclass(frozen=True, slots=True)
class RightCode:
    """A code that was guessed right and can still be used. `holder` is whose password it resets."""

    id: str
    holder: Holder
    field: str | None

    async def use(self) -> None:
        """To be called in the transaction of what the code permits. Raises CodeInvalid if somebody was first."""
        if not await VerificationCode.filter(id=self.id, consumed_at=None).update(consumed_at=clock.now()):
            raise code_invalid(self.field)


class Codes:
    """Makes, mails and checks codes. `key` is what they are hashed with: without one, six digits are soon found."""

    def __init__(self, key: bytes, outbox: Outbox, limiter: RateLimiter) -> None:
        self._key = key
        self._outbox = outbox
        self._limiter = limiter

    async def send(
        self, login: str, purpose: CodePurpose, *, client_ip: str | None, user_id: str | None = None
    ) -> datetime:
        """Mail a code, if there is anybody to mail one to, and say until when it is good.

        `login` is the address to register or to change to, or the username or address of the account whose password
        is to be reset; `user_id` is whose address is to change. Raises BadUserInput, RateLimited.
        """
        if purpose is not CodePurpose.PASSWORD_RESET:
            login = checked_email(login, field="login")
        name = _checked_name(login)
        await self._require_rates("sent", client_ip, SENDS_PER_PLACE, name, SENDS_PER_LOGIN)
        holder = await find_holder(name)
        whom = find_whom(purpose, login, holder, user_id)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        now = clock.now()
        await VerificationCode.create(
            id=new_id("code"),
            login_folded=name,
            purpose=purpose,
            code_hash=self._hash(code, name, purpose, whom),
            attempts=0,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        self._outbox.enqueue(_letter(login, purpose, code, holder, whom))
        return now + LIFETIME

    async def check(
        self,
        login: str,
        purpose: CodePurpose,
        code: str,
        *,
        client_ip: str | None,
        user_id: str | None = None,
        field: str | None = None,
    ) -> RightCode:
        """Guess a code. Not within a transaction, whose end could undo the counting; `use` what comes back in one.

        Raises CodeInvalid, the same for wrong, expired, used and replaced ones, and RateLimited.
        """
        name = _checked_name(login)
        await self._require_rates("guessed", client_ip, GUESSES_PER_PLACE, name, GUESSES_PER_LOGIN)
        holder = await find_holder(name)
        guess = self._hash(_plain(code), name, purpose, find_whom(purpose, login, holder, user_id))
        rows = await fetch_all(_GUESS, guess, name, purpose.value, MAX_WRONG_GUESSES, clock.now())
        if not rows or not hmac.compare_digest(rows[0]["code_hash"], guess):
            raise code_invalid(field)
        return RightCode(rows[0]["id"], holder, field)

    def _hash(self, code: str, name: str, purpose: CodePurpose, whom: str | None) -> str:
        parts = [purpose, name, whom or "", code]
        hashed = hmac.digest(self._key, "\0".join(parts).encode(), hashlib.sha256).hex()
        return secrets.token_hex(32) if whom is None else hashed  # for nobody, no guess is right

    async def _require_rates(
        self, what: str, client_ip: str | None, per_place: Limit, name: str, per_login: Sequence[Limit]
    ) -> None:
        # Hashed, because names can be long and are nobody's business in a shared store.
        login = hashlib.sha256(name.encode()).hexdigest()
        rates = [Rate(f"codes {what} from:{site_of(client_ip)}", per_place)]
        rates += [Rate(f"codes {what} for:{limit.per_seconds}:{login}", limit) for limit in per_login]
        await require_rates(self._limiter, rates)


def code_invalid(field: str | None) -> CodeInvalid:
    """One and the same for whatever is the matter with a code."""
    return CodeInvalid("This code is wrong, used up or expired; ask for another.", field=field)


def _checked_name(login: str) -> str:
    name = folded(login.strip())
    if len(name) > LOGIN_MAX_LENGTH or "\0" in name:
        raise BadUserInput("This is neither a username nor an e-mail address.", field="login")
    return name


def _letter(login: str, purpose: CodePurpose, code: str, holder: Holder, whom: str | None) -> Email | None:
    if whom is not None:
        # A reset's goes to the account's own spelling of its address: others that fold to it may be other mailboxes.
        to = holder.email if purpose is CodePurpose.PASSWORD_RESET and holder.email else login
        return code_letter(to, purpose, code, minutes=int(LIFETIME.total_seconds() // 60))
    return taken_letter(holder.email) if purpose is not CodePurpose.PASSWORD_RESET and holder.email else None


def _plain(code: str) -> str:
    """As it was sent, however it was typed: `123 456`, or with the wide digits of Chinese keyboards."""
    return "".join(folded(code).split())
