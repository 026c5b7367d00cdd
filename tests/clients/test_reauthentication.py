"""npm's graphql-ws when the token behind its socket ends: it asks for a fresh one or gives up, by the close code."""

from datetime import timedelta

import pytest

from gql_chat.infra import clock
from tests.clients.node import start_client
from tests.support.chat import Chat
from tests.support.client import Client

LOGOUT = "mutation ($token: String!) { logout(refreshToken: $token) }"
ACCESS_TOKEN_LIFETIME = timedelta(minutes=15)


def arguments(ada: Client, reply_id: str) -> dict[str, str | None]:
    """Return the arguments that the client starts with."""
    return {
        "url": f"{ada.origin}/graphql",
        "accessToken": ada.token,
        "refreshToken": ada.refresh_token,
        "messageId": reply_id,
    }


async def test_graphql_ws_goes_on_at_its_offset_with_a_fresh_token(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send("seen ")
    almost_expired = clock.now().replace(microsecond=0) + ACCESS_TOKEN_LIFETIME - timedelta(seconds=2)
    monkeypatch.setattr(clock, "now", lambda: almost_expired)
    async with start_client("graphql_ws_refresh.mjs", **arguments(ada, reply_id)) as lines:
        assert await anext(lines) == {"connected": 1}
        assert await anext(lines) == {"next": {"kind": "TEXT", "offset": 0, "text": "seen "}}
        assert await anext(lines) == {"closed": 4403}
        await call.send("unseen")
        assert await anext(lines) == {"refreshed": True}
        assert await anext(lines) == {"connected": 2}
        assert await anext(lines) == {"next": {"kind": "TEXT", "offset": 5, "text": "unseen"}}
        await call.finish()
        assert [line async for line in lines] == [
            {"next": {"message": {"status": "COMPLETED", "text": "seen unseen"}}},
            {"complete": True},
            {"text": "seen unseen"},
            {"closed": 1000},
        ]


async def test_graphql_ws_takes_a_sign_out_for_final(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    await (await driven.next_call()).send("seen ")
    async with start_client("graphql_ws_refresh.mjs", **arguments(ada, reply_id)) as lines:
        assert await anext(lines) == {"connected": 1}
        assert "next" in await anext(lines)
        await chat.stranger.run(LOGOUT, token=ada.refresh_token)
        assert [line async for line in lines] == [
            {"closed": 4401},
            {"error": {"code": 4401, "reason": "UNAUTHENTICATED"}},
            {"text": "seen "},
        ]
