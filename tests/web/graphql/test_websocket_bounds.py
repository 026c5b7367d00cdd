"""How many WebSockets a user and an address may have open, and for how long one without `connection_init` or token."""

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.toy import GOOD_TOKEN
from tests.support.toy_server import run_toy_server
from tests.web.graphql.test_websocket import PROTOCOL, connected, initialised


async def test_a_client_that_does_not_initialise_is_closed_with_4408_and_one_that_did_is_not() -> None:
    async with (
        run_toy_server(init_timeout_seconds=0.5) as server,
        initialised(server) as client,
        connected(server) as stranger,
    ):
        assert await client.hear() == {"type": "connection_ack"}
        await stranger.say(type="ping")
        assert await stranger.hear() == {"type": "pong"}
        assert await stranger.hear_closing() == (4408, "Connection initialisation timeout")
        await client.say(type="ping")
        assert await client.hear() == {"type": "pong"}


async def test_a_client_without_a_token_is_closed_with_4401_after_its_operation() -> None:
    async with run_toy_server(anonymous_seconds=0.2) as server, initialised(server) as client:
        assert await client.hear() == {"type": "connection_ack"}
        await client.subscribe("1", "{ hello }")
        assert (await client.hear_all("1"))[0]["data"]
        assert await client.hear_closing() == (4401, "Connect again with a token")


async def test_a_client_with_a_token_is_not_taken_for_anonymous() -> None:
    async with (
        run_toy_server(anonymous_seconds=0.1) as server,
        initialised(server) as anonymous,
        initialised(server, Authorization=GOOD_TOKEN) as client,
    ):
        assert await anonymous.hear() == {"type": "connection_ack"}
        assert (await anonymous.hear_closing())[0] == 4401
        assert await client.hear() == {"type": "connection_ack"}
        await client.say(type="ping")
        assert await client.hear() == {"type": "pong"}


async def test_connections_of_a_user_over_the_limit_are_closed_with_1013_and_those_of_others_are_not() -> None:
    token = GOOD_TOKEN
    async with run_toy_server(max_per_user=2) as server:
        async with initialised(server, Authorization=token) as one, initialised(server, Authorization=token) as two:
            for client in (one, two):
                assert await client.hear() == {"type": "connection_ack"}
            async with initialised(server, Authorization=token) as three:
                assert await three.hear_closing() == (1013, "Too many connections of this user")
            async with initialised(server) as anonymous:
                assert await anonymous.hear() == {"type": "connection_ack"}
        while server.over_websocket.connections:
            await asyncio.sleep(0.01)
        async with initialised(server, Authorization=token) as again:
            assert await again.hear() == {"type": "connection_ack"}


async def test_connections_of_an_address_over_the_limit_get_503_with_retry_after() -> None:
    async with run_toy_server(max_per_address=1) as server, initialised(server):
        with pytest.raises(InvalidStatus) as refused:
            await connect(server.ws_url, subprotocols=[PROTOCOL])
        assert (refused.value.response.status_code, refused.value.response.headers["retry-after"]) == (503, "30")
