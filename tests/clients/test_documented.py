"""The JavaScript of the pages, run as it stands there."""

from contextlib import aclosing
from pathlib import Path

from tests.clients.node import start_client
from tests.clients.test_real_server import PIECES, TEXT, ws_url
from tests.support.backing_services.proxy import proxied
from tests.support.chat import Chat
from tests.support.client import Client, Screen

A_MINUTE_AND_MORE = 12  # attempts, with waits of up to 1, 2, 4, 8, 10, 10 … s


async def test_the_readmes_client_outlives_a_server_that_is_away_for_a_minute(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send(TEXT[:10])
    async with proxied(chat.origin) as proxy:
        arguments = {
            "page": "README.md",
            "holds": "client.iterate",
            "places": {"ws://127.0.0.1:8000/graphql": f"{proxy.url}/graphql".replace("http", "ws", 1)},
            "given": {"accessToken": ada.token, "replyId": reply_id},
            "faster": 100,
        }
        async with start_client("documented.mjs", **arguments) as lines:
            assert await anext(lines) == {"attempt": 1}
            await proxy.connected.wait()
            proxy.vanish()
            for number in range(2, 2 + A_MINUTE_AND_MORE):
                assert await anext(lines) == {"attempt": number}
            await call.send(TEXT[10:])
            await call.finish()
            await proxy.start()
            rest = [line async for line in lines]
    assert rest[-1] == {"log": [TEXT, "COMPLETED"]}
    assert all("attempt" in line for line in rest[:-1])


async def test_a_react_component_shows_every_delta_however_many_come_between_two_renders(
    chat: Chat, ada: Client, tmp_path: Path
) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call, ready, seen = await driven.next_call(), tmp_path / "ready", Screen()
    arguments = {"url": ws_url(chat), "token": ada.token, "messageId": reply_id, "busyUntil": str(ready)}
    async with start_client("apollo_react.mjs", **arguments) as lines, aclosing(ada.watch(reply_id)) as watched:
        assert await anext(lines) == {"shown": ""}
        await call.send(PIECES[0])
        assert await anext(lines) == {"shown": PIECES[0]}
        for number, piece in enumerate(PIECES[1:], start=2):
            await call.send(piece)
            while seen.text != "".join(PIECES[:number]):  # so that each is an event of its own
                seen.take(await anext(watched))
        await call.finish()
        ready.touch()
        *_, shown, ended = [line async for line in lines]
    assert (shown, ended) == ({"shown": TEXT}, {"status": "COMPLETED"})
