"""Files by multipart requests: in their places, within their limits, and never half kept."""

import io
import json
import tempfile
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.requests import Request
from starlette.types import Message

from gql_chat.api.engine.requests import MalformedRequest
from gql_chat.errors import QuotaExceeded
from gql_chat.files.models import File
from gql_chat.web.graphql.multipart import read_multipart
from tests.support.chat import Chat, run_chat
from tests.support.client import UPLOAD, Client

BOUNDARY = "a-boundary"


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where files lie while they come; empty again in the end."""
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def part(name: str, content: bytes | str, filename: str | None = None) -> bytes:
    named = f'name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {named}\r\n\r\n".encode()
    return head + (content if isinstance(content, bytes) else content.encode()) + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
OPERATIONS = json.dumps({"query": UPLOAD, "variables": {"id": "ses_none", "file": None}})
MAP = '{"0": ["variables.file"]}'
FILE = part("0", "hello", "notes.txt")


async def post(client: Client, body: Any, content_type: str = f"multipart/form-data; boundary={BOUNDARY}") -> Any:
    """Return status and answer."""
    headers = {"content-type": content_type} | ({"authorization": f"Bearer {client.token}"} if client.token else {})
    async with client.http.post(f"{client.origin}/graphql", data=body, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def test_a_form_as_apollo_and_urql_send_it_uploads(ada: Client, spool: Path) -> None:
    session_id = await ada.new_session()
    operations = {"operationName": "Upload", "query": UPLOAD, "variables": {"id": session_id, "file": None}}
    body = (
        part("operations", json.dumps(operations))
        + part("map", MAP)
        + part("0", b"h\xc3\xa9", "Gr\u00fc\u00dfe.txt")
        + END
    )
    status, answer = await post(ada, body)
    assert status == 200
    uploaded = answer["data"]["uploadFile"]
    assert (uploaded["name"], uploaded["sizeBytes"], uploaded["status"]) == ("Grüße.txt", 3, "READY")
    assert [*spool.iterdir()] == []


async def test_several_files_go_where_the_map_leads(ada: Client) -> None:
    session_id = await ada.new_session()
    query = """mutation ($id: ID!, $a: Upload!, $b: Upload!) {
        one: uploadFile(sessionId: $id, file: $a) { name } two: uploadFile(sessionId: $id, file: $b) { name }
        three: uploadFile(sessionId: $id, file: $a) { name } }"""
    operations = {"query": query, "variables": {"id": session_id, "a": None, "b": None}}
    response = await ada.post_form(
        ("operations", json.dumps(operations), None),
        ("map", '{"x": ["variables.b"], "y": ["variables.a"]}', None),
        ("x", "of b", "b.txt"),
        ("y", "of a", "a.txt"),
    )
    assert await response.json() == {
        "data": {"one": {"name": "a.txt"}, "two": {"name": "b.txt"}, "three": {"name": "a.txt"}}
    }


BAD_FORMS = {
    "no form": (b"hello", "The body is not multipart/form-data."),
    "nothing": (b"", "The form is incomplete, or has no `operations` and `map`."),
    "no map": (part("operations", OPERATIONS) + END, "The form is incomplete, or has no `operations` and `map`."),
    "a file first": (FILE + END, "Send the `operations` first, then the `map`, then the files."),
    "the map first": (part("map", MAP), "Send the `operations` first, then the `map`, then the files."),
    "a part without a name": (
        FILE.replace(b' name="0";', b"") + END, "A part of the form has no name.",
    ),
    "operations that are no JSON": (part("operations", "{") + END, "`operations` is not JSON in UTF-8."),
    "a batch": (part("operations", "[]") + END, "`operations` is not a JSON object; batches are not supported."),
    "a map that is a list": (
        part("operations", OPERATIONS) + part("map", "[]") + END,
        "`map` is not a JSON object; batches are not supported.",
    ),
    "a map of nothing": (
        part("operations", OPERATIONS) + part("map", '{"0": []}') + END,
        "The map must give each file a list of paths such as `variables.file`.",
    ),
    "too many files": (
        part("operations", OPERATIONS) + part("map", json.dumps({str(n): ["variables.file"] for n in range(21)})) + END,
        "Send at most 20 files at once.",
    ),
    "a file that did not come": (
        part("operations", OPERATIONS) + part("map", MAP) + END, "The map names a file `0` that is not in the form.",
    ),
    "a file that nobody named": (
        part("operations", OPERATIONS) + part("map", MAP) + part("1", "x", "x.txt"),
        "The part `1` is not a file that the map names, or is there twice.",
    ),
    "a file that comes twice": (
        part("operations", OPERATIONS) + part("map", MAP) + FILE + FILE,
        "The part `0` is not a file that the map names, or is there twice.",
    ),
    "a field for a file": (
        part("operations", OPERATIONS) + part("map", MAP) + part("0", "x"),
        "The part `0` is not a file that the map names, or is there twice.",
    ),
    "a form that breaks off": (
        part("operations", OPERATIONS) + part("map", MAP) + FILE,
        "The form is incomplete, or has no `operations` and `map`.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "sentence"), BAD_FORMS.values(), ids=BAD_FORMS)
async def test_a_bad_form_is_a_bad_request(ada: Client, spool: Path, body: bytes, sentence: str) -> None:
    status, answer = await post(ada, body)
    assert (status, answer["errors"][0]["message"]) == (400, sentence)
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert [*spool.iterdir()] == []


@pytest.mark.parametrize(
    "path",
    ["variables", "variables.id", "variables.none", "variables.file.0", "query", "variables.list.2",
     "variables.list.-1", "variables.list.x", "variables..file", "", "variables.list.99999999999999999999",
     "0.variables.file"],
)  # fmt: skip
async def test_a_map_that_leads_to_no_null_is_a_bad_request(ada: Client, path: str) -> None:
    operations = {"query": UPLOAD, "variables": {"id": "x", "file": None, "list": [None, "x"]}}
    body = part("operations", json.dumps(operations)) + part("map", json.dumps({"0": [path]})) + FILE + END
    status, answer = await post(ada, body)
    assert status == 400
    sentence = f"The map names `{path}`, which is not a null among the variables."
    assert answer["errors"][0]["message"] == sentence


async def test_a_form_without_a_boundary_is_a_bad_request(ada: Client) -> None:
    assert (await post(ada, b"x", "multipart/form-data"))[0] == 400


async def test_a_boundary_that_no_form_may_have_is_a_bad_request(ada: Client) -> None:
    status, answer = await post(ada, b"x", f"multipart/form-data; boundary={'b' * 257}")
    assert (status, answer["errors"][0]["message"]) == (400, "The body is not multipart/form-data.")


async def test_without_a_token_nothing_is_read(chat: Chat, spool: Path) -> None:
    """See that a page of another site, which can make a browser send a form but not a token, uploads nothing."""
    body = part("operations", OPERATIONS) + part("map", MAP) + FILE + END
    for token, code in ((None, "UNAUTHENTICATED"), ("nonsense", "UNAUTHENTICATED")):
        status, answer = await post(Client(chat.http, chat.origin, token), body)
        assert (status, answer["errors"][0]["extensions"]["code"]) == (401, code)
    assert [*spool.iterdir()] == []


async def test_a_file_that_is_too_large_is_refused_before_it_has_all_come(
    sqlite_url: str, tmp_path: Path, spool: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, UPLOAD_MAX_SIZE_BYTES=1000) as chat:
        ada = await chat.sign_up("ada")
        head = part("operations", OPERATIONS) + part("map", MAP) + part("0", b"", "a.txt").removesuffix(b"\r\n")
        sent = 0

        async def body() -> Any:
            nonlocal sent
            yield head
            for _ in range(10_000):
                sent += 65_536
                yield b"x" * 65_536

        try:
            status, answer = await post(ada, body())
        except aiohttp.ClientConnectionError:  # it was still writing when the server had closed
            status, answer = 413, None
        assert status == 413
        if answer is not None:
            assert answer["errors"][0] == {
                "message": "The file is too large. A file may have at most 1000 bytes.",
                "extensions": {"code": "PAYLOAD_TOO_LARGE"},
            }
        assert sent < 100 * 65_536
        assert await File.all().count() == 0
        assert [*spool.iterdir()] == []


async def test_what_is_sent_after_the_end_is_not_read_for_ever(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, UPLOAD_MAX_SIZE_BYTES=1000) as chat:
        ada = await chat.sign_up("ada")
        whole = part("operations", OPERATIONS) + part("map", MAP) + FILE + END
        try:
            status, _ = await post(ada, io.BytesIO(whole + b"\r\n" * 2_000_000))
        except aiohttp.ClientConnectionError:
            status = 413
        assert status == 413


async def test_an_upload_is_a_variable_of_a_multipart_request_and_nothing_else(ada: Client) -> None:
    session_id = await ada.new_session()
    response = await ada.post(UPLOAD, id=session_id, file="hello")
    assert response["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    response = await ada.post(f'mutation {{ uploadFile(sessionId: "{session_id}", file: "x") {{ id }} }}')
    assert response["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("excess", [0, 1])
async def test_a_field_may_have_as_many_bytes_as_are_allowed_and_not_one_more(
    chat: Chat, ada: Client, excess: int
) -> None:
    body = part("operations", OPERATIONS) + part("map", MAP) + FILE + END

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    content_type = f"multipart/form-data; boundary={BOUNDARY}".encode()
    request = Request({"type": "http", "method": "POST", "headers": [(b"content-type", content_type)]}, receive)
    reading = read_multipart(request, ada.user_id, files=chat.services.files, max_fields_bytes=len(OPERATIONS) - excess)
    if excess:
        with pytest.raises(MalformedRequest, match=f"`operations` is larger than {len(OPERATIONS) - 1} bytes"):
            async with reading:
                pass
    else:
        async with reading as payload:
            assert payload["query"] == UPLOAD


async def test_operations_without_files_may_come_as_a_form_too(ada: Client) -> None:
    operations = json.dumps({"query": "{ me { username } }", "variables": {}})
    body = part("operations", operations) + part("map", "{}") + END
    assert await post(ada, body) == (200, {"data": {"me": {"username": "ada"}}})


@pytest.mark.parametrize("announces", [True, False])
async def test_files_beyond_the_quota_are_refused_before_they_are_read(
    sqlite_url: str, tmp_path: Path, spool: Path, announces: bool
) -> None:
    reads = 0
    chunk = b"x" * 65536
    body = part("operations", OPERATIONS) + part("map", MAP) + part("0", "", "a.txt")[:-2]

    async with run_chat(sqlite_url, tmp_path, UPLOAD_QUOTA_BYTES_PER_USER=1000) as chat:
        ada = await chat.sign_up("ada")

        async def receive() -> Message:
            nonlocal reads
            reads += 1
            return {"type": "http.request", "body": body if reads == 1 else chunk, "more_body": True}

        headers = [(b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode())]
        if announces:
            headers.append((b"content-length", str(380 * 1024**2).encode()))
        request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
        with pytest.raises(QuotaExceeded, match="1000 bytes in all, and 1000 are left"):
            async with read_multipart(request, ada.user_id, files=chat.services.files, max_fields_bytes=1024 * 1024):
                pass
    assert reads <= (0 if announces else 40)
    assert list(spool.iterdir()) == []


async def test_the_bytes_of_a_user_that_are_on_their_way_are_bounded(
    sqlite_url: str, tmp_path: Path, spool: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, UPLOAD_IN_FLIGHT_BYTES_PER_USER=1024**2) as chat:
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        with chat.services.files.in_flight.reserve(ada.user_id, 1024**2):
            body = part("operations", OPERATIONS) + part("map", MAP) + FILE + END
            status, answer = await post(ada, body)
            error = answer["errors"][0]["extensions"]
            assert (status, error["code"], error["retryAfterSeconds"]) == (429, "RATE_LIMITED", 10)
            session_id = await bob.new_session()
            assert (await bob.upload(session_id, "hello", "a.txt"))["status"] == "READY"
        session_id = await ada.new_session()
        assert (await ada.upload(session_id, "hello", "a.txt"))["status"] == "READY"
