"""The attacks, each bounded in time and count.

Each runs as a process of its own: `python -m bench.abuse.attacks NAME PORT SECONDS`. An attack prints how many requests
the server accepted and how many it refused, by error code or HTTP status.
"""

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp

from bench.abuse.accounts import PASSWORD, register
from bench.abuse.large_provider import LargeProvider
from bench.abuse.sockets import connect, handshake, state_of, text_frame
from bench.documents import make_workbook

SECONDS = 6.0  # the usual length of an attack
CLIENTS = 8
HALF_REQUESTS = 1500
SILENT_SOCKETS = 1500
OPEN_CONNECTIONS, NEW_CONNECTIONS_PER_SECOND = 60, 150
PINGS_PER_WRITE = 1000
PARTS = 10
WORKBOOK_ROWS = 10_000
MB = 1024 * 1024

Outcomes = Counter[str]
Attack = Callable[[str, Outcomes], Awaitable[None]]

WIDE_SELECTION = "{" + "me{id}" * 990 + "}"
INTROSPECTION = (
    "{ "
    + " ".join(f"a{n}: __schema {{ types {{ name fields {{ name type {{ name }} }} }} }}" for n in range(49))
    + " }"
)
NESTED_LISTS = (
    "{ " + " ".join(f"a{n}: sessions {{ nodes {{ id messages {{ nodes {{ text }} }} }} }}" for n in range(49)) + " }"
)
SEARCHES = "{ " + " ".join(f'a{n}: search(query: "the {n}") {{ nodes {{ id }} }}' for n in range(50)) + " }"
LARGE_ANSWER = (
    "{ " + " ".join(f"a{n}: session(id: $id) {{ messages {{ nodes {{ text }} }} }}" for n in range(49)) + " }"
)
SEND = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { session { id } reply { id } } }"
CHANGE = "mutation ($input: UpdatePasswordInput!) { updatePassword(input: $input) { accessToken } }"
TEST_KEY = "mutation ($input: TestKeyInput!) { testKey(input: $input) { ok error { code } } }"
CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
CREATE_TOKEN = 'mutation { createAccessToken(input: {name: "a", scopes: [COMPLETIONS]}) { token } }'  # noqa: S105 - a document
PROMPT = [{"role": "user", "content": "a long answer"}]
CREATE_SESSION = "mutation { createSession(input: {}) { id } }"
CREATE_UPLOADS = """mutation ($session: ID!, $files: [UploadRequest!]!) {
    createUploads(sessionId: $session, files: $files) { url method headers } }"""
UPLOAD = "mutation ($session: ID!, $file: Upload!) { uploadFile(sessionId: $session, file: $file) { status } }"
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"


async def validation(origin: str, outcomes: Outcomes) -> None:
    """Send operations whose validation compares every pair of 990 selections, without an account."""
    await _flood(origin, outcomes, lambda _: {"query": WIDE_SELECTION})


async def introspection(origin: str, outcomes: Outcomes) -> None:
    """Request the schema 49 times in each operation, without an account."""
    await _flood(origin, outcomes, lambda _: {"query": INTROSPECTION})


async def new_documents(origin: str, outcomes: Outcomes) -> None:
    """Send operations that no cache knows, without an account."""
    await _flood(origin, outcomes, lambda number: {"query": f"{{ a{number}: __typename }}"})


async def large_new_documents(origin: str, outcomes: Outcomes) -> None:
    """Send documents of 1,900 tokens that no cache knows, without an account."""

    def document(number: int) -> dict[str, Any]:
        operations = " ".join(f"query q{n} {{ a{number}: __typename b: __typename }}" for n in range(190))
        return {"query": operations, "operationName": "q7"}

    await _flood(origin, outcomes, document)


async def nested_lists(origin: str, outcomes: Outcomes) -> None:
    """Request 49 lists of lists of messages in each operation."""
    async with aiohttp.ClientSession() as http:
        token = await _with_messages(http, origin, texts=["the answer " * 20] * 5)
    await _flood(origin, outcomes, lambda _: {"query": NESTED_LISTS}, token=token)


async def searches(origin: str, outcomes: Outcomes) -> None:
    """Search 50 times in each operation."""
    async with aiohttp.ClientSession() as http:
        token = await _with_messages(http, origin, texts=["the answer " * 20] * 5)
    await _flood(origin, outcomes, lambda _: {"query": SEARCHES}, token=token)


async def large_answers(origin: str, outcomes: Outcomes) -> None:
    """Request messages of 199,000 characters 49 times in each operation."""
    async with aiohttp.ClientSession() as http:
        token, session_id = await _with_session(http, origin, texts=["word " * 39_800] * 3)
    query = f"query ($id: ID!) {LARGE_ANSWER}"
    await _flood(origin, outcomes, lambda _: {"query": query, "variables": {"id": session_id}}, token=token)


async def half_requests(origin: str, outcomes: Outcomes) -> None:
    """Open connections, send half of a request's headers and wait."""
    await _hold(origin, outcomes, HALF_REQUESTS, b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Half: ")


async def slow_bodies(origin: str, outcomes: Outcomes) -> None:
    """Announce bodies of 1 MB and send none of them."""
    head = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    await _hold(origin, outcomes, HALF_REQUESTS, head + b"Content-Length: 1000000\r\n\r\n{")


async def silent_sockets(origin: str, outcomes: Outcomes) -> None:
    """Open WebSockets and never send a connection_init."""
    await _hold(origin, outcomes, SILENT_SOCKETS, handshake())


async def new_connections(origin: str, outcomes: Outcomes) -> None:
    """Ask for what is not there, on open connections without a pause, and on new ones 150 times a second."""

    async def ask(http: aiohttp.ClientSession) -> None:
        try:
            async with http.get(f"{origin}/nothing") as response:
                outcomes[str(response.status)] += 1
        except aiohttp.ClientError:
            outcomes["not connected"] += 1

    async def ask_without_a_pause(http: aiohttp.ClientSession) -> None:
        while True:
            await ask(http)

    async def ask_anew(http: aiohttp.ClientSession) -> None:
        async with asyncio.TaskGroup() as asking:
            while True:
                asking.create_task(ask(http))
                await asyncio.sleep(1 / NEW_CONNECTIONS_PER_SECOND)

    kept, new = aiohttp.TCPConnector(limit=OPEN_CONNECTIONS), aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=kept) as http, aiohttp.ClientSession(connector=new) as once:
        await _for_a_while([*(ask_without_a_pause(http) for _ in range(OPEN_CONNECTIONS)), ask_anew(once)])


async def unread_pongs(origin: str, outcomes: Outcomes) -> None:
    """Send pings (RFC 6455, 5.5.2) on one WebSocket as fast as possible and read none of the pongs."""
    reader, writer = await connect(origin)
    writer.write(handshake())
    await reader.readuntil(b"\r\n\r\n")
    writer.write(text_frame(b'{"type":"connection_init"}'))
    pings = (b"\x89\xfd" + bytes(4) + b"x" * 125) * PINGS_PER_WRITE
    deadline = time.monotonic() + SECONDS
    with suppress(TimeoutError, OSError):
        while time.monotonic() < deadline:
            writer.write(pings)
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + deadline - time.monotonic()):
                await writer.drain()
            outcomes["sent"] += PINGS_PER_WRITE
    await asyncio.sleep(max(deadline - time.monotonic(), 0))
    writer.transport.abort()


async def passwords(origin: str, outcomes: Outcomes) -> None:
    """Change the passwords of six accounts as fast as possible."""
    async with aiohttp.ClientSession() as http:
        tokens = [await register(http, origin) for _ in range(6)]

        async def change(token: str) -> None:
            passwords = itertools.cycle([PASSWORD, f"{PASSWORD} again"])
            current, following = next(passwords), next(passwords)
            while True:
                variables = {"input": {"currentPassword": current, "newPassword": following}}
                answer = await _post(http, origin, {"query": CHANGE, "variables": variables}, token, outcomes)
                if answer.get("errors"):
                    await asyncio.sleep(0.05)
                    continue
                token, current, following = answer["data"]["updatePassword"]["accessToken"], following, next(passwords)

        await _for_a_while(change(token) for token in tokens)


async def logins_of_one_network(origin: str, outcomes: Outcomes) -> None:
    """Guess passwords from ever new addresses of one IPv6 /48."""
    numbers = itertools.count()

    async def guess(http: aiohttp.ClientSession) -> None:
        while True:
            number = next(numbers)
            address = f"2001:db8:77:{number & 0xFFFF:x}::{number >> 16:x}"
            variables = {"input": {"login": f"nobody{number}", "password": PASSWORD}}
            payload = {"query": LOGIN, "variables": variables}
            await _post(http, origin, payload, None, outcomes, headers={"X-Forwarded-For": address})

    async with aiohttp.ClientSession() as http:
        await _for_a_while(guess(http) for _ in range(CLIENTS))


async def sends(origin: str, outcomes: Outcomes) -> None:
    """Send messages as fast as possible."""
    async with aiohttp.ClientSession() as http:
        token = await register(http, origin)
    await _flood(origin, outcomes, lambda _: {"query": SEND, "variables": {"input": {"text": "tokens=1"}}}, token=token)


async def key_tests(origin: str, outcomes: Outcomes) -> None:
    """Test keys against a server whose list of models has 50 MB."""
    async with LargeProvider() as base_url, aiohttp.ClientSession() as http:
        token = await register(http, origin)
        key = {"name": "k", "secret": "sk-of-the-attack", "model": "large", "baseUrl": base_url}
        payload = {"query": TEST_KEY, "variables": {"input": {"key": key}}}

        async def test() -> None:
            while True:
                answer = await _post(http, origin, payload, token, outcomes)
                await asyncio.sleep(0.05 if answer.get("errors") else 0)

        await _for_a_while(test() for _ in range(40))


async def endless_replies(origin: str, outcomes: Outcomes) -> None:
    """Receive replies of 40 MB each from a provider of one's own."""
    async with LargeProvider() as base_url, aiohttp.ClientSession() as http:
        token = await register(http, origin)
        await _create_key(http, origin, token, base_url)
        payload = {"query": SEND, "variables": {"input": {"text": "a long reply", "model": "large"}}}
        for _ in range(8):
            await _post(http, origin, payload, token, outcomes)
        await asyncio.sleep(SECONDS)


async def counted_completions(origin: str, outcomes: Outcomes) -> None:
    """Read ten completions at once from a provider of one's own, in which every event holds a count of tokens."""
    await _complete(origin, outcomes, {"model": "counted", "messages": PROMPT, "stream": True})


async def whole_completions(origin: str, outcomes: Outcomes) -> None:
    """Ask ten times at once for answers of 15 MB in one piece."""
    await _complete(origin, outcomes, {"model": "large", "messages": PROMPT})


async def unread_completions(origin: str, outcomes: Outcomes) -> None:
    """Ask for completions of 40 MB and read none of them."""
    await _complete(origin, outcomes, {"model": "large", "messages": PROMPT, "stream": True}, is_read=False)


async def large_prompts(origin: str, outcomes: Outcomes) -> None:
    """Send ten prompts of 9 MB at once, with as many values as are taken."""
    messages = [{"role": "user", "content": ""}] * 90_000 + [{"role": "user", "content": "x" * 6 * MB}]
    await _complete(origin, outcomes, {"model": "large", "messages": messages, "stream": True})


async def parallel_puts(origin: str, outcomes: Outcomes) -> None:
    """Put ten bodies of 20 MB at the address of one announced file."""
    async with aiohttp.ClientSession() as http:
        token, session_id = await _with_session(http, origin, texts=["tokens=1"])
        files = [{"name": "notes.txt", "sizeBytes": 20 * MB}]
        payload = {"query": CREATE_UPLOADS, "variables": {"session": session_id, "files": files}}
        (target,) = (await _post(http, origin, payload, token, Counter()))["data"]["createUploads"]

        path = target["url"].removeprefix(origin)
        head = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {20 * MB}\r\n\r\n".encode()

        async def put() -> None:
            reader, writer = await connect(origin)
            writer.write(head)
            with suppress(OSError):
                for _ in range(20):
                    writer.write(bytes(MB))
                    await writer.drain()
                    await asyncio.sleep(SECONDS / 40)
            outcomes[(await reader.readline()).decode()[9:12] or "closed"] += 1
            writer.transport.abort()

        await _for_a_while((put() for _ in range(PARTS)), seconds=SECONDS * 2)


async def documents(origin: str, outcomes: Outcomes) -> None:
    """Upload workbooks whose extraction takes seconds."""
    content = make_workbook(WORKBOOK_ROWS)
    async with aiohttp.ClientSession() as http:
        token, session_id = await _with_session(http, origin, texts=["tokens=1"])

        async def upload(number: int) -> None:
            form = aiohttp.FormData()
            operations = {"query": UPLOAD, "variables": {"session": session_id, "file": None}}
            form.add_field("operations", json.dumps(operations))
            form.add_field("map", '{"0": ["variables.file"]}')
            form.add_field("0", content, filename=f"book{number}.xlsx")
            headers = {"Authorization": f"Bearer {token}"}
            async with http.post(f"{origin}/graphql", data=form, headers=headers) as response:
                _count(await response.json(), response.status, outcomes)

        await _for_a_while(upload(number) for number in range(20))


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        *(validation, introspection, new_documents, large_new_documents, nested_lists, searches, large_answers),
        *(half_requests, slow_bodies, silent_sockets, new_connections, unread_pongs),
        *(passwords, logins_of_one_network),
        *(sends, key_tests, endless_replies, counted_completions, whole_completions, unread_completions, large_prompts),
        *(parallel_puts, documents),
    )
}


async def _flood(
    origin: str, outcomes: Outcomes, payload: Callable[[int], dict[str, Any]], *, token: str | None = None
) -> None:
    """Send the payloads from eight clients, each as fast as it is answered, until one was at least."""
    numbers, is_answered = itertools.count(), asyncio.Event()

    async def client() -> None:
        async with aiohttp.ClientSession() as http:
            while True:
                with suppress(aiohttp.ClientError):
                    await _post(http, origin, payload(next(numbers)), token, outcomes)
                    is_answered.set()

    await _for_a_while((client() for _ in range(CLIENTS)), until=is_answered)


async def _for_a_while(attacks: Any, *, seconds: float | None = None, until: asyncio.Event | None = None) -> None:
    tasks = [asyncio.ensure_future(attack) for attack in attacks]
    await asyncio.wait(tasks, timeout=seconds or SECONDS)
    if until is not None:
        await until.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _hold(origin: str, outcomes: Outcomes, count: int, data: bytes) -> None:
    """Open connections, send the same on each, and count those that are still open at the end."""
    writers = []
    for _ in range(count):
        try:
            async with asyncio.timeout(SECONDS):
                reader, writer = await connect(origin)
        except (OSError, TimeoutError):
            outcomes["not connected"] += 1
            continue
        writer.write(data)
        writers.append((reader, writer))
    await asyncio.sleep(SECONDS * 2.5)  # longer than the server's limit for headers
    outcomes.update(await asyncio.gather(*(state_of(reader) for reader, _ in writers)))
    for _, writer in writers:
        writer.transport.abort()


async def _complete(origin: str, outcomes: Outcomes, body: dict[str, Any], *, is_read: bool = True) -> None:
    """Request completions from a provider of one's own, ten at once and again as they end."""
    async with LargeProvider() as base_url, aiohttp.ClientSession() as http:
        token = await register(http, origin)
        await _create_key(http, origin, token, base_url, body["model"])
        created = await _post(http, origin, {"query": CREATE_TOKEN}, token, Counter())
        headers = {"Authorization": f"Bearer {created['data']['createAccessToken']['token']}"}
        content = json.dumps(body).encode()

        async def ask() -> None:
            while True:
                with suppress(aiohttp.ClientError):
                    address = f"{origin}/v1/chat/completions"
                    async with http.post(address, data=content, headers=headers) as response:
                        outcomes["answered" if response.ok else str(response.status)] += 1
                        if not response.ok:
                            await asyncio.sleep(0.05)
                        elif not is_read:
                            await asyncio.sleep(SECONDS)
                        async for _ in response.content.iter_any():
                            pass

        await _for_a_while(ask() for _ in range(PARTS))


async def _create_key(
    http: aiohttp.ClientSession, origin: str, token: str, base_url: str, model: str = "large"
) -> None:
    key = {"name": "k", "secret": "sk-of-the-attack", "model": model, "baseUrl": base_url}
    await _post(http, origin, {"query": CREATE_KEY, "variables": {"input": key}}, token, Counter())


async def _post(
    http: aiohttp.ClientSession,
    origin: str,
    payload: dict[str, Any],
    token: str | None,
    outcomes: Outcomes,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    authorization = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.post(f"{origin}/graphql", json=payload, headers={**authorization, **(headers or {})}) as response:
        if response.content_type != "application/json":
            outcomes[str(response.status)] += 1
            return {"errors": [response.status]}
        answer: dict[str, Any] = await response.json()
        _count(answer, response.status, outcomes)
        return answer


def _count(answer: dict[str, Any], status: int, outcomes: Outcomes) -> None:
    errors = answer.get("errors")
    outcomes[errors[0].get("extensions", {}).get("code", str(status)) if errors else "answered"] += 1


async def _with_messages(http: aiohttp.ClientSession, origin: str, *, texts: list[str]) -> str:
    return (await _with_session(http, origin, texts=texts))[0]


async def _with_session(http: aiohttp.ClientSession, origin: str, *, texts: list[str]) -> tuple[str, str]:
    """Register and send the texts in one session; return the token and the session's id."""
    token, session_id = await register(http, origin), None
    for text in texts:
        variables = {"input": {"text": f"{text} tokens=1", "sessionId": session_id, "wait": True}}
        sent = await _post(http, origin, {"query": SEND, "variables": variables}, token, Counter())
        session_id = sent["data"]["sendMessage"]["session"]["id"]
    assert session_id is not None
    return token, session_id


async def _run(name: str, port: int, seconds: float) -> None:
    global SECONDS  # noqa: PLW0603 - of this process, which runs one attack
    SECONDS = seconds
    outcomes: Outcomes = Counter()
    await ATTACKS[name](f"http://127.0.0.1:{port}", outcomes)
    print(json.dumps(outcomes))  # noqa: T201 - the result, read by the harness


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
