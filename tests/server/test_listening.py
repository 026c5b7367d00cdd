"""Sockets to listen on, and the refusal where there can be none."""

import asyncio
import contextlib
import socket

import pytest
import uvloop

from gql_chat.server import CannotStart
from gql_chat.server.listening import ACCEPTED_AT_ONCE, accepting_many, listen


def test_a_free_port_is_taken_and_can_be_connected_to() -> None:
    (listener,) = listen("127.0.0.1", 0)
    with listener, socket.create_connection(listener.getsockname()):
        pass


def test_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotStart) as refused:
            listen("127.0.0.1", port)
        assert str(refused.value) == f"GQL_CHAT_PORT: another program listens on port {port} of 127.0.0.1"


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("192.0.2.1", "192.0.2.1 is not an address of this machine"),
        ("no-such-host.invalid", "there is no host no-such-host.invalid"),
        ("x" * 300, f"there is no host {'x' * 300}"),
    ],
)
def test_an_address_of_somebody_else_is_told(host: str, said: str) -> None:
    with pytest.raises(CannotStart) as refused:
        listen(host, 0)
    assert str(refused.value) == f"GQL_CHAT_HOST: {said}"


def test_what_was_opened_is_closed_when_another_address_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = free.getsockname()
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", one) for one in (address, ("127.0.0.1", taken))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
        with pytest.raises(CannotStart):
            listen("a-host", taken)
        with socket.create_server(address):  # nobody listens there any more
            pass


def test_a_server_that_hung_up_on_a_client_is_followed_by_another_at_once() -> None:
    [listener] = listen("127.0.0.1", 0)
    address = listener.getsockname()
    with listener, socket.create_connection(address) as client:
        listener.setblocking(True)
        listener.accept()[0].close()
        assert client.recv(1) == b""
    [again] = listen(*address)  # although the system keeps the old connection for a minute
    again.close()


async def test_a_connection_sends_at_once_what_it_is_given() -> None:
    accepted: asyncio.Queue[int] = asyncio.Queue()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.put_nowait(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    [listener] = listen("127.0.0.1", 0)
    async with await asyncio.start_server(accept, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        assert await accepted.get() == 1  # else an answer's body waits 40 ms for the client to confirm its head
        writer.close()


def test_many_connections_are_accepted_in_a_turn_of_the_event_loop() -> None:
    assert uvloop.run(turns_until_accepted(40)) <= 40 / ACCEPTED_AT_ONCE + 2


async def turns_until_accepted(count: int) -> int:
    """Return the turns of the loop until so many clients that have connected at once are accepted."""
    loop, accepted, turns = asyncio.get_running_loop(), list[asyncio.BaseTransport](), 0

    class Accepting(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted.append(transport)

    async with contextlib.AsyncExitStack() as opened:
        listeners = accepting_many(listen("127.0.0.1", 0))
        for listener in listeners:
            opened.enter_context(listener)
            await opened.enter_async_context(await loop.create_server(Accepting, sock=listener))
        for _ in range(count):
            opened.enter_context(socket.create_connection(listeners[0].getsockname()))
        while len(accepted) < count:
            await asyncio.sleep(0)
            turns += 1
        for transport in accepted:
            transport.close()
    return turns
