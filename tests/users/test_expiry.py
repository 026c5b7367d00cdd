"""What has ended goes after its time, and nothing else does."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import AsyncMock

import pytest

from gql_chat.chats.idempotency import CLAIM_LIFETIME, delete_old_claims
from gql_chat.chats.models import SendClaim
from gql_chat.infra import clock
from gql_chat.infra.db import database as database_module
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.users import credentials
from gql_chat.users.credentials import KEPT_AFTER_END, delete_expired
from gql_chat.users.models import AccessToken, CodePurpose, SignIn, User, UserRole, UserStatus, VerificationCode
from tests.support.chat import Chat, run_chat

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LONG_AGO = NOW - KEPT_AFTER_END
MOMENT = timedelta(microseconds=1)
NEVER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
async def user_id(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """Yield a user of an open database. Its clock and this server's stand still for `delete_expired`."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(credentials, "database_now", AsyncMock(return_value=NOW))
    async with open_database(database_url, model_modules()):
        name = new_id("usr")
        yield (await User.create(
            id=name, username=name, username_folded=name, email=name, email_folded=name, password_hash="none",
            role=UserRole.USER, status=UserStatus.ACTIVE, created_at=NOW, updated_at=NOW,
        )).id  # fmt: skip


async def add_code(expires_at: datetime) -> str:
    code = await VerificationCode.create(
        id=new_id("code"), login_folded="ada", purpose=CodePurpose.REGISTER, code_hash="none", attempts=0,
        created_at=NOW, expires_at=expires_at,
    )  # fmt: skip
    return code.id


async def add_sign_in(
    user_id: str, *, expires_at: datetime = NEVER, ends_at: datetime = NEVER, revoked_at: datetime | None = None
) -> str:
    sign_in = await SignIn.create(
        id=new_id("tok"), user_id=user_id, generation=0, rotated_at=NOW, expires_at=expires_at, ends_at=ends_at,
        revoked_at=revoked_at, created_at=NOW,
    )  # fmt: skip
    return sign_in.id


async def add_token(user_id: str, expires_at: datetime | None) -> str:
    token = await AccessToken.create(
        id=new_id("tok"), user_id=user_id, name="script", token_hash=new_id("tok"), scopes=[], created_at=NOW,
        expires_at=expires_at,
    )  # fmt: skip
    return token.id


async def test_codes_go_when_they_expire(user_id: str) -> None:
    await add_code(NOW)
    kept = await add_code(NOW + MOMENT)
    await delete_expired()
    assert [code.id for code in await VerificationCode.all()] == [kept]


async def test_sign_ins_go_thirty_days_after_they_end_however_they_do(user_id: str) -> None:
    kept = [await add_sign_in(user_id)]
    for end in ("expires_at", "ends_at", "revoked_at"):
        await add_sign_in(user_id, **{end: LONG_AGO})
        kept.append(await add_sign_in(user_id, **{end: LONG_AGO + MOMENT}))
    await delete_expired()
    assert [sign_in.id for sign_in in await SignIn.all().order_by("id")] == kept


async def test_access_tokens_go_thirty_days_after_they_expire(user_id: str) -> None:
    await add_token(user_id, LONG_AGO)
    kept = [await add_token(user_id, LONG_AGO + MOMENT), await add_token(user_id, None)]
    await delete_expired()
    assert [token.id for token in await AccessToken.all().order_by("id")] == kept


async def test_more_than_a_batch_goes_at_once(user_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BATCH_ROWS", 2)
    for _ in range(5):
        await add_code(NOW)
    assert await database_module.delete_in_batches("verification_codes", "expires_at <= $1", NOW) == 5
    assert await VerificationCode.all().count() == 0


async def test_a_sends_key_is_forgotten_after_a_day_and_its_messages_stay(
    chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await chat_on_each.sign_up("ada")
    sent = await ada.send("hello", idempotencyKey="1")
    await ada.watch_to_end(sent["reply"]["id"])
    [claim] = await SendClaim.all()
    monkeypatch.setattr(clock, "now", lambda: claim.created_at + CLAIM_LIFETIME - MOMENT)
    await delete_old_claims()
    assert await SendClaim.all().count() == 1
    monkeypatch.setattr(clock, "now", lambda: claim.created_at + CLAIM_LIFETIME)
    await delete_old_claims()
    assert await SendClaim.all().count() == 0
    monkeypatch.undo()
    assert (await ada.message(sent["reply"]["id"]))["status"] == "COMPLETED"
    assert (await ada.send("hello", idempotencyKey="1"))["reply"]["id"] != sent["reply"]["id"]


async def test_a_running_server_keeps_house(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql_chat.server.services.HOUSEKEEPING_SECONDS", 0.01)
    async with run_chat(sqlite_url, tmp_path), asyncio.timeout(10):
        await add_code(clock.now() - MOMENT)
        while await VerificationCode.all().exists():
            await asyncio.sleep(0.01)
