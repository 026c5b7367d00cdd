"""What a server does at intervals."""

import asyncio
from datetime import timedelta
from pathlib import Path

from gql_chat.chats.idempotency import CLAIM_LIFETIME
from gql_chat.chats.models import SendClaim
from gql_chat.infra import clock
from tests.support.chat import run_chat


async def test_what_has_expired_is_deleted_at_the_start(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path) as chat:
        ada = await chat.sign_up("ada")
        sent = await ada.send("hello", idempotencyKey="1")
        await ada.watch_to_end(sent["reply"]["id"])
        assert await SendClaim.all().update(created_at=clock.now() - CLAIM_LIFETIME - timedelta(seconds=1)) == 1
    async with run_chat(sqlite_url, tmp_path), asyncio.timeout(20):
        while await SendClaim.all().count():  # a server that runs for less than an interval would keep it for ever
            await asyncio.sleep(0)
