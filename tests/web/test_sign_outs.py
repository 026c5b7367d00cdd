"""Live connections end with the credential behind them, whoever ended it and wherever, and those of others go on."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import orjson
import pytest

from gql_chat.chats.models import Message
from gql_chat.infra import clock
from gql_chat.server.services import SWEEP_SECONDS
from gql_chat.users.models import AccessToken, SignIn, User, UserRole, UserStatus
from gql_chat.users.passwords.hashing import Passwords
from tests.support.chat import Chat, run_chat
from tests.support.client import WATCH, Client, Screen
from tests.support.demo.driven import Driven, DrivenCall

PASSWORD = "correct horse battery"
LOGOUT = """mutation ($token: String!, $everywhere: Boolean! = false) {
    logout(refreshToken: $token, everywhere: $everywhere) }"""
REFRESH = "mutation ($token: String!) { refreshTokens(refreshToken: $token) { accessToken } }"
CHANGE_PASSWORD = """mutation ($old: String!) {
    updatePassword(input: {currentPassword: $old, newPassword: "staple of another kind"}) { accessToken } }"""
DELETE = "mutation ($password: String!) { deleteAccount(password: $password) }"
REVOKE = "mutation ($id: ID!) { revokeAccessToken(id: $id) }"
CREATE_TOKEN = """mutation ($expiresAt: DateTime) {
    createAccessToken(input: {name: "script", scopes: [CHAT], expiresAt: $expiresAt}) { token } }"""
DISABLE = "mutation ($id: ID!) { updateUser(input: {id: $id, status: DISABLED}) { status } }"

SIGNED_OUT = [{"closed": 4401, "reason": "UNAUTHENTICATED"}, {"error": "UNAUTHENTICATED"}]
EXPIRED = [{"closed": 4403, "reason": "TOKEN_EXPIRED"}, {"error": "TOKEN_EXPIRED"}]
PATIENCE_SECONDS = 10  # of a busy machine; without the sweep, what is not announced never comes

Watch = AsyncGenerator[dict[str, Any], None]
Start = Callable[[Client, str], Awaitable[list[Watch]]]
End = Callable[[Chat, Client, Client], Awaitable[Any]]


@pytest.fixture(autouse=True)
def _no_sweep_and_cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql_chat.server.services.SWEEP_SECONDS", 3600)
    monkeypatch.setattr("gql_chat.server.services.Passwords", partial(Passwords, cost=4))


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start watchers over both transports, who have seen the first word."""
    async with AsyncExitStack() as stack:

        async def start_both(client: Client, reply_id: str) -> list[Watch]:
            watchers = [by_websocket(client, reply_id), by_event_stream(client, reply_id)]
            for watcher in watchers:
                await stack.enter_async_context(aclosing(watcher))
                assert (await anext(watcher))["text"] == "seen "
            return watchers

        yield start_both


async def by_websocket(client: Client, reply_id: str, offset: int = 0) -> Watch:
    """Yield the events of a reply, and at last how the socket was closed."""
    async with client.connect() as socket:
        payload = {"query": WATCH, "variables": {"id": reply_id, "offset": offset}}
        await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": payload})
        while True:
            frame = await socket.raw.receive()
            if frame.type is aiohttp.WSMsgType.CLOSE:
                yield {"closed": frame.data, "reason": frame.extra}
                return
            if (event := orjson.loads(frame.data))["type"] == "next":
                yield event["payload"]["data"]["reply"]


async def by_event_stream(client: Client, reply_id: str, offset: int = 0) -> Watch:
    """Yield the same over server-sent events, which end with an error."""
    headers = {"Authorization": f"Bearer {client.token}", "Accept": "text/event-stream"}
    body = {"query": WATCH, "variables": {"id": reply_id, "offset": offset}}
    async with client.http.post(f"{client.origin}/graphql", json=body, headers=headers) as response:
        while event := await response.content.readuntil(b"\n\n"):
            if not event.startswith(b"event: next\ndata: "):
                continue
            result = orjson.loads(event.removeprefix(b"event: next\ndata: "))
            if "errors" not in result:
                yield result["data"]["reply"]
                continue
            assert (await response.content.read()) == b"event: complete\ndata:\n\n"
            yield {"error": result["errors"][0]["extensions"]["code"]}
            return


async def begin_replies(driven: Driven, *clients: Client) -> tuple[list[str], list[DrivenCall]]:
    """Let each client send a message. Return the replies' ids and the calls for them, in the order of the clients."""
    replies, calls = [], []
    for client in clients:
        replies.append((await client.send())["reply"]["id"])
        calls.append(await driven.next_call())
    return replies, calls


async def next_of(watchers: list[Watch]) -> list[dict[str, Any]]:
    """Return the next event of each, which comes soon."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [await anext(watcher) for watcher in watchers]


async def create_token(client: Client, lifetime: timedelta | None = None) -> Client:
    """Return the same user by a personal access token for chats."""
    expires_at = (clock.now() + lifetime).isoformat() if lifetime else None
    payload = (await client.run(CREATE_TOKEN, expiresAt=expires_at))["createAccessToken"]
    return Client(client.http, client.origin, payload["token"], client.user_id)


async def log_out(chat: Chat, here: Client, there: Client) -> None:
    await chat.stranger.run(LOGOUT, token=here.refresh_token)


async def log_out_everywhere(chat: Chat, here: Client, there: Client) -> None:
    await chat.stranger.run(LOGOUT, token=there.refresh_token, everywhere=True)


async def replay_a_refresh_token(chat: Chat, here: Client, there: Client) -> None:
    await chat.stranger.run(REFRESH, token=here.refresh_token)
    await SignIn.filter(id=await sign_in_of(here)).update(rotated_at=clock.now() - timedelta(minutes=1))
    [error] = (await chat.stranger.post(REFRESH, token=here.refresh_token))["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def change_the_password(chat: Chat, here: Client, there: Client) -> None:
    await there.run(CHANGE_PASSWORD, old=PASSWORD)


async def disable_the_user(chat: Chat, here: Client, there: Client) -> None:
    admin = await chat.sign_up("admin", UserRole.ADMIN)
    await admin.run(DISABLE, id=here.user_id)


async def sign_in_of(client: Client) -> str:
    """Return the id of the sign-in, which its access token names."""
    assert client.token is not None
    sign_in_id: str = jwt.decode(client.token, options={"verify_signature": False})["sid"]
    return sign_in_id


@pytest.mark.parametrize("end", [log_out, replay_a_refresh_token])
async def test_the_end_of_a_sign_in_is_heard_at_once_by_its_own_connections_alone(
    chat: Chat, start: Start, end: End
) -> None:
    driven = chat.demo.drive("demo")
    there = await chat.sign_up("ada")
    here, script = await chat.sign_in(there.user_id), await create_token(there)
    reply_id = (await there.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send("seen ")
    ending = await start(here, reply_id)
    staying = [*await start(there, reply_id), *await start(script, reply_id)]
    await end(chat, here, there)
    assert await next_of(ending) == SIGNED_OUT
    await call.send("on")
    assert [event["text"] for event in await next_of(staying)] == ["on"] * 4
    await call.finish()
    assert [event["message"]["text"] for event in await next_of(staying)] == ["seen on"] * 4


@pytest.mark.parametrize("end", [change_the_password, disable_the_user])
async def test_the_end_of_all_credentials_is_heard_at_once_by_all_connections_of_the_user(
    chat: Chat, start: Start, end: End
) -> None:
    driven = chat.demo.drive("demo")
    there, bob = await chat.sign_up("ada", password=PASSWORD), await chat.sign_up("bob")
    here, script = await chat.sign_in(there.user_id), await create_token(there)
    replies, calls = await begin_replies(driven, there, bob)
    for call in calls:
        await call.send("seen ")
    ending = [watcher for client in (here, there, script) for watcher in await start(client, replies[0])]
    staying = await start(bob, replies[1])
    await end(chat, here, there)
    assert await next_of(ending) == SIGNED_OUT * 3
    await calls[1].send("on")
    assert [event["text"] for event in await next_of(staying)] == ["on"] * 2


async def test_the_end_of_an_account_stops_its_replies_and_ends_its_connections(chat: Chat, start: Start) -> None:
    driven = chat.demo.drive("demo")
    there, bob = await chat.sign_up("ada", password=PASSWORD), await chat.sign_up("bob")
    here = await chat.sign_in(there.user_id)
    replies, calls = await begin_replies(driven, there, bob)
    for call in calls:
        await call.send("seen ")
    by_socket, by_events = await start(here, replies[0])
    staying = await start(bob, replies[1])
    await there.run(DELETE, password=PASSWORD)
    async with asyncio.timeout(PATIENCE_SECONDS):
        *_, closed = [event async for event in by_socket]
        assert closed == SIGNED_OUT[0]
        assert [event async for event in by_events] != []
    await calls[1].send("on")
    assert [event["text"] for event in await next_of(staying)] == ["on"] * 2


async def test_logout_everywhere_ends_connections_of_all_sign_ins_and_none_of_tokens(chat: Chat, start: Start) -> None:
    driven = chat.demo.drive("demo")
    there = await chat.sign_up("ada")
    here, script = await chat.sign_in(there.user_id), await create_token(there)
    reply_id = (await there.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send("seen ")
    ending = [*await start(here, reply_id), *await start(there, reply_id)]
    staying = await start(script, reply_id)
    await log_out_everywhere(chat, here, there)
    assert await next_of(ending) == SIGNED_OUT * 2
    await call.send("on")
    assert [event["text"] for event in await next_of(staying)] == ["on"] * 2


async def test_a_revoked_token_ends_its_own_connections_alone(chat: Chat, start: Start) -> None:
    driven = chat.demo.drive("demo")
    ada = await chat.sign_up("ada")
    script, other = await create_token(ada), await create_token(ada)
    reply_id = (await ada.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send("seen ")
    ending = await start(script, reply_id)
    [token] = await AccessToken.filter(last_used_at__not_isnull=True)
    staying = [*await start(ada, reply_id), *await start(other, reply_id)]
    await ada.run(REVOKE, id=token.id)
    assert await next_of(ending) == SIGNED_OUT
    await call.send("on")
    assert [event["text"] for event in await next_of(staying)] == ["on"] * 4


async def disable_in_the_database(here: Client) -> None:
    await User.filter(id=here.user_id).update(status=UserStatus.DISABLED)


async def revoke_in_the_database(here: Client) -> None:
    await SignIn.filter(user_id=here.user_id).update(revoked_at=clock.now())


async def delete_from_the_database(here: Client) -> None:
    await User.filter(id=here.user_id).delete()


@pytest.mark.parametrize("end", [disable_in_the_database, revoke_in_the_database, delete_from_the_database])
async def test_what_another_process_ends_is_found_by_the_sweep(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    start: Start,
    end: Callable[[Client], Awaitable[None]],
) -> None:
    monkeypatch.setattr("gql_chat.server.services.SWEEP_SECONDS", 0.05)
    async with run_chat(database_url, tmp_path) as chat:
        driven = chat.demo.drive("demo")
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        replies, calls = await begin_replies(driven, ada, bob)
        for call in calls:
            await call.send("seen ")
        ending, staying = await start(ada, replies[0]), await start(bob, replies[1])
        await end(ada)
        assert await next_of(ending) == SIGNED_OUT
        await calls[1].send("on")
        assert [event["text"] for event in await next_of(staying)] == ["on"] * 2


def test_the_sweep_looks_often_enough() -> None:
    assert SWEEP_SECONDS <= 1.0


async def test_a_reply_goes_on_when_its_watcher_is_signed_out(chat: Chat, start: Start) -> None:
    driven = chat.demo.drive("demo")
    here = await chat.sign_up("ada")
    reply_id = (await here.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send("seen ")
    ending = await start(here, reply_id)
    await log_out_everywhere(chat, here, here)
    assert await next_of(ending) == SIGNED_OUT
    await call.send("unseen")
    await call.finish()
    back = await chat.sign_in(here.user_id)
    assert (await back.watch_to_end(reply_id, offset=5, had="seen ")).text == "seen unseen"
    assert (await Message.get(id=reply_id)).status == "COMPLETED"


async def test_connections_end_when_their_token_expires_and_a_fresh_one_goes_on_at_the_offset(
    chat: Chat, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    driven = chat.demo.drive("demo")
    ada = await chat.sign_up("ada")
    script = await create_token(ada, lifetime=timedelta(hours=1))
    reply_id = (await ada.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send("seen ")
    [token] = await AccessToken.all()
    assert token.expires_at is not None
    almost = token.expires_at - timedelta(seconds=1)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: almost)
        ending = await start(script, reply_id)
        assert await next_of(ending) == EXPIRED
    await call.send("unseen while away, ")
    screen = Screen({"TEXT": "seen ".encode("utf-16-le")})
    async with aclosing(by_websocket(await create_token(ada), reply_id, offset=len("seen "))) as fresh:
        screen.take(await anext(fresh))
        assert screen.text == "seen unseen while away, "
        await call.send("and on")
        screen.take(await anext(fresh))
        assert screen.text == "seen unseen while away, and on"


async def test_an_expired_token_opens_no_connection(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await chat.sign_up("ada")
    later = clock.now() + timedelta(minutes=15)
    monkeypatch.setattr(clock, "now", lambda: later)
    async with chat.http.ws_connect(f"{chat.origin}/graphql", protocols=["graphql-transport-ws"]) as socket:
        await socket.send_json({"type": "connection_init", "payload": {"Authorization": f"Bearer {ada.token}"}})
        frame = await socket.receive()
        assert (frame.data, frame.extra) == (4403, "TOKEN_EXPIRED")
