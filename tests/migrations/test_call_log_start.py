"""Calls that were deleted before their number came from buckets are not counted after the upgrade."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from gql_chat.infra.db.database import execute, fetch_all
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.usage.call_log import CallFilter, CallListing, list_calls
from gql_chat.users.models import UserRole
from gql_chat.users.viewer import Viewer
from tests.support.stored.earlier_versions import migrate_before

USERS = (new_id("usr"), new_id("usr"))
INSERT_USER = """
INSERT INTO users (id, username, username_folded, email, email_folded, password_hash, role, status, created_at,
    updated_at, change_count)
VALUES ($1, $1, $1, $1, $1, 'none', 'USER', 'ACTIVE', '2026-11-21T00:00Z', '2026-11-21T00:00Z', 0)
"""
INSERT_CALL = """
INSERT INTO calls (id, user_id, purpose, model, endpoint, is_server_key, keeps_contents, status, request_messages,
    request_parameters, duration_ms, created_at)
VALUES ($1, $2, 'REPLY', 'demo', 'https://api.example', true, false, 'SUCCESS', '[]', '{}', 1, $3)
"""
INSERT_BUCKET = """
INSERT INTO usage_buckets (user_id, bucket_at, key_id, model, calls, errors, prompt_tokens, completion_tokens,
    duration_ms) VALUES ($1, $2, '', 'demo', 2, 0, 0, 0, 2)
"""
DAYS, FIRST = 9, datetime(2026, 11, 1, 7, 45, tzinfo=UTC)


async def store(user_id: str, *, kept_days: int) -> None:
    """Store two calls a day, of which those of the first days have been deleted, but for one that ended late."""
    await execute(INSERT_USER, user_id)
    for day in range(DAYS):
        bucket_at = FIRST + timedelta(days=day)
        await execute(INSERT_BUCKET, user_id, bucket_at)
        if day >= DAYS - kept_days or day == 2:
            await execute(INSERT_CALL, f"{user_id[4:]}{day}a", user_id, bucket_at)
        if day >= DAYS - kept_days:
            last = timedelta(minutes=14, seconds=59, microseconds=999_999)
            await execute(INSERT_CALL, f"{user_id[4:]}{day}b", user_id, bucket_at + last)


async def test_calls_are_counted_after_the_upgrade_as_before(blank_database_url: str, tmp_path: Path) -> None:
    await migrate_before(blank_database_url, tmp_path, 24)
    async with open_database(blank_database_url, model_modules()):
        await store(USERS[0], kept_days=5)
        await store(USERS[1], kept_days=DAYS)
    await migrate(blank_database_url, migrations_folder())
    async with open_database(blank_database_url, model_modules()):
        for user_id, number in zip(USERS, (11, 2 * DAYS), strict=True):
            listing = list_calls(Viewer(user_id, UserRole.USER, "tok", None), CallFilter())
            assert isinstance(listing, CallListing)
            assert await listing.count() == number
        [start] = await fetch_all("SELECT * FROM call_log_start WHERE complete_from = $1", FIRST + timedelta(days=5))
        assert start["id"] == "log"


async def test_a_log_without_deletions_is_complete(blank_database_url: str, tmp_path: Path) -> None:
    await migrate_before(blank_database_url, tmp_path, 24)
    async with open_database(blank_database_url, model_modules()):
        await execute(INSERT_USER, USERS[0])
        await execute(INSERT_BUCKET, USERS[0], FIRST)
        for name in "ab":
            await execute(INSERT_CALL, f"call_{name}", USERS[0], FIRST + timedelta(minutes=14))
    await migrate(blank_database_url, migrations_folder())
    async with open_database(blank_database_url, model_modules()):
        assert await fetch_all("SELECT * FROM call_log_start") == []
