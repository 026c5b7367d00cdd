"""The ids of a request: the client's where they are well formed, told in every response, known to what serves it."""

import re
from collections.abc import Mapping

import aiohttp
import pytest
from starlette.types import Scope

from gql_chat.infra.telemetry.request_context import RequestInfo, bind_request, current_request
from gql_chat.web.middleware.request_id import read_request_info
from tests.support.chat import Chat

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


def info_of(headers: Mapping[str, str], **scope: object) -> RequestInfo:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    full: Scope = {"type": "http", "method": "POST", "path": "/", "headers": raw, **scope}
    return read_request_info(full)


@pytest.mark.parametrize("request_id", ["a", "x" * 128, "5f3c-A:b._9"])
def test_a_plain_request_id_is_kept(request_id: str) -> None:
    assert info_of({"X-Request-ID": request_id}).request_id == request_id


@pytest.mark.parametrize("hostile", ["", "x" * 129, "a b", "a\n", '"}{"', "\x1b[2J", "a\x00", "é", "<b>", "a/b", "%0a"])
def test_a_hostile_request_id_is_replaced(hostile: str) -> None:
    made = info_of({"X-Request-ID": hostile}).request_id
    assert re.fullmatch("[0-9a-z]{12}", made)
    assert made != info_of({"X-Request-ID": hostile}).request_id


@pytest.mark.parametrize("traceparent", [TRACEPARENT, TRACEPARENT[:-1] + "0", f"cc{TRACEPARENT[2:]}-more-of-it"])
def test_a_trace_goes_on(traceparent: str) -> None:
    info = info_of({"traceparent": traceparent})
    assert (info.trace_id, info.traceparent) == (TRACE_ID, traceparent)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        TRACEPARENT.upper(),
        TRACEPARENT + "-more",
        TRACEPARENT + "\n",
        f"ff{TRACEPARENT[2:]}",
        TRACEPARENT[3:],
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID[:-1]}-00f067aa0ba902b7-01",
        f"cc{TRACEPARENT[2:]}more",
    ],
)
def test_of_a_wrong_traceparent_nothing_is_kept(wrong: str) -> None:
    info = info_of({"traceparent": wrong})
    assert info.traceparent is None
    assert info.trace_id != TRACE_ID
    assert len(info.trace_id) == 32


def test_what_is_kept_of_a_client_is_bounded_and_plain() -> None:
    info = info_of({"User-Agent": "a" * 5000}, raw_path=b"/a%1b[2J\x1b\xff" + b"b" * 5000)
    assert info.user_agent == "a" * 500
    assert info.path is not None
    assert len(info.path) == 200
    assert info.path.startswith("/a%1b[2J??bbb")


def test_who_serves_nobody_has_no_request() -> None:
    assert current_request() is None
    with bind_request(info := info_of({})):
        assert current_request() is info
    assert current_request() is None


@pytest.mark.parametrize("path", ["/graphql", "/graphiql/", "/healthz", "/nowhere"])
async def test_every_response_tells_its_ids(chat: Chat, path: str) -> None:
    headers = {"X-Request-ID": "mine-1", "traceparent": TRACEPARENT}
    async with chat.http.get(chat.origin + path, headers=headers) as response:
        assert response.headers.getall("x-request-id") == ["mine-1"]
        assert response.headers.getall("x-trace-id") == [TRACE_ID]
    async with chat.http.get(chat.origin + path, headers={"X-Request-ID": "not mine"}) as response:
        assert (len(response.headers["x-request-id"]), len(response.headers["x-trace-id"])) == (12, 32)


async def test_an_upgrade_tells_them_too(chat: Chat) -> None:
    headers = {"X-Request-ID": "mine-2", "traceparent": TRACEPARENT}
    url, protocols = f"{chat.origin}/graphql", ["graphql-transport-ws"]
    async with chat.http.ws_connect(url, protocols=protocols, headers=headers) as socket:
        response: aiohttp.ClientResponse = socket._response
        assert (response.headers["x-request-id"], response.headers["x-trace-id"]) == ("mine-2", TRACE_ID)


@pytest.mark.parametrize(
    ("host", "scheme", "origin"),
    [
        ("chat.example.com", "https", "https://chat.example.com"),
        ("127.0.0.1:8000", "http", "http://127.0.0.1:8000"),
        ("[::1]:8000", "wss", "https://[::1]:8000"),
        ("chat.example.com", "ws", "http://chat.example.com"),
        ('evil"/><script>', "http", "http://10.0.0.7:8000"),
        ("user@evil.test", "http", "http://10.0.0.7:8000"),
        ("a b", "http", "http://10.0.0.7:8000"),
        ("", "http", "http://10.0.0.7:8000"),
    ],
)
def test_the_origin_is_the_host_that_the_client_named_if_it_is_one(host: str, scheme: str, origin: str) -> None:
    assert info_of({"Host": host}, scheme=scheme, server=("10.0.0.7", 8000)).origin == origin
