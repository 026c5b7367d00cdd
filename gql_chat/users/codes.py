"""Verification codes: six digits by email that prove control of an address.

A code is bound to a purpose, to the login that it was requested for, and to its recipient. It is valid for ten minutes,
for one use and for five wrong guesses; a newer code replaces it. All servers count by the database's clock. Nothing
here reveals whether an account exists: requests and guesses run the same queries, store the same rows and count against
the same limits either way.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gql_chat.errors import BadUserInput, CodeInvalid
from gql_chat.infra import clock
from gql_chat.infra.db.database import database_now, fetch_all
from gql_chat.infra.ids import new_id
from gql_chat.infra.mail.mailer import Email
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.infra.rate_limits.limiter import Limit, Rate, RateLimiter, place_rates, refund, require_rates
from gql_chat.users.code_recipients import (
    Account,
    find_account,
    find_recipient,
    make_code_email,
    make_taken_email,
)
from gql_chat.users.models import CodePurpose, VerificationCode
from gql_chat.users.names import NO_LOGIN, normalize_email, normalize_name

DIGITS = 6
LIFETIME = timedelta(minutes=10)
MAX_WRONG_GUESSES = 5
LOGIN_MAX_LENGTH = 300  # normalized

# A login counts whether or not there is such an account. A place is an IPv4 address, or a whole IPv6 site.
SENDS_PER_LOGIN = (Limit(1, per_seconds=60), Limit(5, per_seconds=3600))
SENDS_PER_PLACE = Limit(20, per_seconds=3600)
# 360 guesses a day find one of a million codes in five years, if new codes are requested all the time.
GUESSES_PER_LOGIN = (Limit(15, per_seconds=3600),)
GUESSES_PER_PLACE = Limit(60, per_seconds=3600)
# Of all accounts from everywhere: guesses at many accounts from many places find a code in 42 days. Right ones are not
# counted. An attacker can use it up, and then nobody's code is accepted until the attack ends.
WRONG_CODES = Limit(1000, per_seconds=3600)

# One statement, so that parallel guesses cannot exceed the limit. Only the newest code counts. A right guess is not
# counted: a client that verifies a code first must still be able to use it.
_GUESS = """
    UPDATE verification_codes SET attempts = attempts + CASE WHEN code_hash = $1 THEN 0 ELSE 1 END
    WHERE id = (SELECT id FROM verification_codes WHERE login_folded = $2 AND purpose = $3
                ORDER BY created_at DESC, id DESC LIMIT 1)
      AND attempts < $4 AND consumed_at IS NULL AND expires_at > $5
    RETURNING id, code_hash
"""


@dataclass(frozen=True, slots=True)
class RightCode:
    """A code that was guessed right and can still be used. `account` is the account whose password it resets."""

    id: str
    account: Account
    field: str | None

    async def use(self) -> None:
        """Use the code up, in the transaction of what it permits. Raises CodeInvalid if it was used meanwhile."""
        if not await VerificationCode.filter(id=self.id, consumed_at=None).update(consumed_at=clock.now()):
            raise code_invalid(self.field)


class Codes:
    """Creates, sends and checks codes. `key` is for their HMAC: without it, six digits are soon found from a hash."""

    def __init__(self, key: bytes, outbox: Outbox, limiter: RateLimiter, wrong_codes: Limit = WRONG_CODES) -> None:
        self._key = key
        self._outbox = outbox
        self._limiter = limiter
        self._wrong_codes = Rate("wrong codes", wrong_codes)

    async def send(
        self, login: str, purpose: CodePurpose, *, client_ip: str | None, user_id: str | None = None
    ) -> datetime:
        """Send a code by email, if there is a recipient, and return when it expires.

        `login` is the address to register or to change to, or the username or address of the account whose password
        is to be reset. `user_id` is the user whose address is to change. Raises BadUserInput, RateLimited.
        """
        if purpose is not CodePurpose.PASSWORD_RESET:
            login = normalize_email(login, field="login")
        name = _checked_name(login)
        await require_rates(self._limiter, self._rates("sent", client_ip, SENDS_PER_PLACE, name, SENDS_PER_LOGIN))
        account = await find_account(name)
        recipient = find_recipient(purpose, login, account, user_id)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        now = await database_now()
        await VerificationCode.create(
            id=new_id("code"),
            login_folded=name,
            purpose=purpose,
            code_hash=self._hash(code, name, purpose, recipient),
            attempts=0,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        self._outbox.enqueue(_make_email(login, purpose, code, account, recipient))
        return now + LIFETIME

    async def check(
        self,
        login: str,
        purpose: CodePurpose,
        code: str | None,
        *,
        client_ip: str | None,
        user_id: str | None = None,
        field: str | None = None,
    ) -> RightCode:
        """Check a guess outside a transaction, whose rollback could undo the counting. Call `use` in a transaction.

        Raises CodeInvalid, the same for a wrong, expired, used or replaced code, RateLimited, and BadUserInput if no
        code is given.
        """
        if code is None:
            message = f"This needs the code that `sendVerificationCode` with the purpose {purpose.value} sends."
            raise BadUserInput(message, field=field)
        name = _checked_name(login)
        rates = self._rates("guessed", client_ip, GUESSES_PER_PLACE, name, GUESSES_PER_LOGIN)
        await require_rates(self._limiter, [*rates, self._wrong_codes])
        account = await find_account(name)
        guess = self._hash(_normalize_digits(code), name, purpose, find_recipient(purpose, login, account, user_id))
        rows = await fetch_all(_GUESS, guess, name, purpose.value, MAX_WRONG_GUESSES, await database_now())
        if not rows or not hmac.compare_digest(rows[0]["code_hash"], guess):
            raise code_invalid(field)
        await refund(self._limiter, [self._wrong_codes])
        return RightCode(rows[0]["id"], account, field)

    def _rates(
        self, what: str, client_ip: str | None, per_place: Limit, name: str, per_login: Sequence[Limit]
    ) -> list[Rate]:
        # Hashed, because names can be long and are private in a shared store.
        login = hashlib.sha256(name.encode()).hexdigest()
        rates = place_rates(self._limiter, f"codes {what} from", client_ip, per_place)
        return rates + [Rate(f"codes {what} for:{limit.per_seconds}:{login}", limit) for limit in per_login]

    def _hash(self, code: str, name: str, purpose: CodePurpose, recipient: str | None) -> str:
        parts = [purpose, name, recipient or "", code]
        hashed = hmac.digest(self._key, "\0".join(parts).encode(), hashlib.sha256).hex()
        return secrets.token_hex(32) if recipient is None else hashed  # without a recipient, no guess is right


def code_invalid(field: str | None) -> CodeInvalid:
    """Return the error for every reason why a code is refused: the client must not learn which."""
    return CodeInvalid("This code is wrong, used up or expired; ask for another.", field=field)


def _checked_name(login: str) -> str:
    name = normalize_name(login.strip())
    if len(name) > LOGIN_MAX_LENGTH or "\0" in name:
        raise BadUserInput(NO_LOGIN, field="login")
    return name


def _make_email(login: str, purpose: CodePurpose, code: str, account: Account, recipient: str | None) -> Email | None:
    is_reset = purpose is CodePurpose.PASSWORD_RESET
    if recipient is not None:
        # A reset goes to the account's own spelling of its address: others that normalize alike may be other mailboxes.
        return make_code_email(account.email if is_reset else login, purpose, code, int(LIFETIME.total_seconds() // 60))
    return make_taken_email(account.email) if account.email and not is_reset else None


def _normalize_digits(code: str) -> str:
    # People type `123 456`, or the wide digits of Chinese keyboards.
    return "".join(normalize_name(code).split())
