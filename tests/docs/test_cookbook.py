"""The cookbook's pages and the quick start: the blocks of a page are one program, which runs as it stands there."""

import asyncio
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from gql_chat.users.models import SignIn
from tests.clients.node import HERE as NODE_MODULES
from tests.docs.pages import DOCS, ROOT, blocks, languages, run
from tests.support.chat import Chat, run_chat
from tests.support.client import Client

SERVER = "http://127.0.0.1:8000"
COUNTED = "1, 2, 3, 4, 5. 🎉"

# What a test runs, by page; other languages of these pages are for people to read.
RUN = {
    "cookbook/apollo.md": {"js"},
    "cookbook/curl.md": {"sh"},
    "cookbook/graphcache.md": {"js"},  # by test_graphcache.py
    "cookbook/graphql-ws.md": {"js"},
    "cookbook/java.md": {"java"},
    "cookbook/python.md": {"python"},
    "cookbook/react.md": {"js"},
    "cookbook/relay.md": {"js"},
    "cookbook/tokens.md": {"js"},
    "cookbook/urql.md": {"js"},
    "quick-start.md": {"sh"},
}
# Part of a page that is not run: the page says so.
NOT_COMPILED = {"cookbook/kotlin.md": {"kotlin"}, "cookbook/swift.md": {"swift"}}
# Markup, which the text around it explains; GraphQL, which test_graphql.py validates.
NEVER_RUN = {"jsx", "graphql", "mermaid"}

# What the pages leave to the application.
SHOW_WITH_REACT = """
import { createClient } from "graphql-ws"
import { createElement } from "react"
globalThis.IS_REACT_NATIVE_TEST_ENVIRONMENT = true
const { create } = await import("react-test-renderer")
const client = createClient({ url: "ws://SERVER/graphql", connectionParams: { Authorization: "Bearer TOKEN" } })
function Reply() {
  const { text, status } = useReply(client, "REPLY")
  useEffect(() => {
    if (status !== "STREAMING") { console.log(text, status); client.dispose() }
  }, [status])
  return text
}
create(createElement(Reply))
"""
WATCH_WITH_RELAY = """
credential.token = "TOKEN"
const operation = (kind, name, text) => ({ name, operationKind: kind, text, id: null, metadata: {} })
const end = (observable) => new Promise((resolve, reject) => {
  const seen = []
  observable.subscribe({ next: (value) => seen.push(value), error: reject, complete: () => resolve(seen) })
})
const SEND = "mutation Send($text: String!) { sendMessage(input: { text: $text }) { reply { id } } }"
const [sent] = await end(network.execute(operation("mutation", "Send", SEND), { text: "Count to 5" }, {}))
const variables = { id: sent.data.sendMessage.reply.id, offset: 0 }
const seen = await end(network.execute(operation("subscription", "WatchSubscription", SUBSCRIPTION), variables, {}))
const { text, status } = seen.at(-1).data.reply.message
console.log(text, status)
await socket.dispose()
"""

# In place of the page's own `token` and `authorization`, as docs/cookbook/tokens.md says.
OWN_TOKEN = re.compile(r"^let token\n.*?^const authorization = [^\n]*\n", re.MULTILINE | re.DOTALL)
SET_TOKEN = re.compile(r"^token = (.*)\.accessToken$", re.MULTILINE)
PAGES_WITH_APOLLO = """
token = "TOKEN"
async function titlesOf(query, filter) {
  const variables = { first: 2, filter }
  const listed = client.watchQuery({ query, variables })
  const watching = listed.subscribe(() => {})
  let page = (await client.query({ query, variables })).data.sessions.pageInfo
  while (page.hasNextPage) {
    page = (await listed.fetchMore({ variables: { after: page.endCursor } })).data.sessions.pageInfo
  }
  watching.unsubscribe()
  return client.readQuery({ query, variables }).sessions.edges.map(({ node }) => node.title)
}
const SESSIONS = gql`query ($first: Int, $after: String, $filter: SessionFilter) {
  sessions(first: $first, after: $after, filter: $filter) {
    edges { node { id title } }
    pageInfo { hasNextPage endCursor }
  }
}`
console.log(await titlesOf(SESSIONS), await titlesOf(SESSIONS, { title: "odd" }), await titlesOf(SESSIONS))
await socket.dispose()
client.stop()
"""


@pytest.fixture
async def server(chat: Chat) -> Chat:
    await chat.sign_up("ada", password="correct horse battery")
    return chat


def program_of(server: Chat, page: str, language: str) -> str:
    """Return a page's blocks as one program for this server."""
    return "\n".join(blocks(page, language)).replace(SERVER, server.origin)


async def run_js(server: Chat, page: str, rest: str = "") -> str:
    program = program_of(server, page, "js") + rest.replace("SERVER", server.origin.removeprefix("http://"))
    return await run("node", "--input-type=module", program=program, cwd=NODE_MODULES)


def test_every_page_of_the_cookbook_is_run_or_says_that_it_is_not() -> None:
    pages = [str(path.relative_to(DOCS)) for path in (DOCS / "cookbook").glob("*.md")]
    for page in [*pages, "quick-start.md"]:
        expected = RUN.get(page, set()) | NOT_COMPILED.get(page, set())
        assert languages(f"docs/{page}") - NEVER_RUN == expected, page
    for page in NOT_COMPILED:
        assert "**This page was not compiled**" in (DOCS / page).read_text("utf-8")


@pytest.mark.parametrize("page", ["cookbook/apollo.md", "cookbook/graphql-ws.md", "cookbook/urql.md"])
async def test_a_javascript_client_watches_a_reply_to_its_end(server: Chat, page: str) -> None:
    assert await run_js(server, f"docs/{page}") == f"{COUNTED} COMPLETED\n"


@pytest.mark.parametrize("page", ["cookbook/apollo.md", "cookbook/graphql-ws.md", "cookbook/urql.md"])
async def test_a_javascript_client_outlives_its_token_while_a_reply_is_written(
    page: str, sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path / "data", ACCESS_TOKEN_SECONDS=5) as chat:
        await chat.sign_up("ada", password="correct horse battery")
        module = tmp_path / "tokens.mjs"
        module.write_text(program_of(chat, "docs/cookbook/tokens.md", "js"), encoding="utf-8")
        program, imports = program_of(chat, f"docs/{page}", "js"), f'import {{ authorization, keep }} from "{module}"\n'
        program, own = OWN_TOKEN.subn(imports, program)
        program, sets = SET_TOKEN.subn(r"keep(\1)", program.replace("{ accessToken", "{ accessToken refreshToken"))
        assert (own, sets) == (1, 1)
        driven = chat.demo.drive("demo")
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(run("node", "--input-type=module", program=program, cwd=NODE_MODULES))
            call = await driven.next_call()
            await call.send("before")
            while not await SignIn.filter(generation=1).exists():
                await asyncio.sleep(0.05)
            await call.send(", after")
            await call.finish()
        assert watching.result() == "before, after COMPLETED\n"


async def test_the_cache_of_apollo_joins_pages_and_keeps_lists_with_other_filters_apart(server: Chat) -> None:
    ada = await server.sign_up("grace")
    for title in ("odd 1", "even 2", "odd 3", "even 4", "odd 5"):
        await ada.run("mutation ($title: String) { createSession(input: {title: $title}) { id } }", title=title)
    program = blocks("docs/cookbook/apollo.md", "js")[0].replace(SERVER, server.origin)
    program += PAGES_WITH_APOLLO.replace("TOKEN", str(ada.token))
    printed = await run("node", "--input-type=module", program=program, cwd=NODE_MODULES)
    every = "[ 'odd 5', 'even 4', 'odd 3', 'even 2', 'odd 1' ]"
    assert printed == f"{every} [ 'odd 5', 'odd 3', 'odd 1' ] {every}\n"


async def test_a_subscription_that_fails_is_an_error_of_the_page_for_apollo(server: Chat) -> None:
    program = program_of(server, "docs/cookbook/apollo.md", "js")
    missing = program.replace("variables: { id: reply.id }", 'variables: { id: "msg_00000000000000000000000000" }')
    assert missing != program
    with pytest.raises(AssertionError, match="(?s)CombinedGraphQLErrors.*NOT_FOUND"):
        await run("node", "--input-type=module", program=missing, cwd=NODE_MODULES)


async def test_the_react_hook_shows_a_reply_to_its_end(server: Chat) -> None:
    ada = await server.sign_up("grace")
    reply_id = (await ada.send("Count to 5"))["reply"]["id"]
    rest = SHOW_WITH_REACT.replace("TOKEN", str(ada.token)).replace("REPLY", reply_id)
    assert await run_js(server, "docs/cookbook/react.md", rest) == f"{COUNTED} COMPLETED\n"


async def test_relays_network_layer_sends_and_watches(server: Chat) -> None:
    ada = await server.sign_up("grace")
    (subscription,) = blocks("docs/cookbook/relay.md", "graphql")
    rest = f"const SUBSCRIPTION = `{subscription}`" + WATCH_WITH_RELAY.replace("TOKEN", str(ada.token))
    assert await run_js(server, "docs/cookbook/relay.md", rest) == f"{COUNTED} COMPLETED\n"


async def test_python_watches_by_an_event_stream_and_by_a_websocket(server: Chat, tmp_path: Path) -> None:
    program = program_of(server, "docs/cookbook/python.md", "python")
    printed = await run(sys.executable, "-", program=program, cwd=tmp_path)
    assert printed == f"{COUNTED} COMPLETED\n1, 2, 3, 4. 🎉 COMPLETED\n"


async def test_curl_watches_by_an_event_stream(server: Chat, tmp_path: Path) -> None:
    program = program_of(server, "docs/cookbook/curl.md", "sh")
    printed = await run("sh", "-eu", program=program, cwd=tmp_path)
    assert f'{{"data":{{"reply":{{"message":{{"status":"COMPLETED","text":"{COUNTED}"}}}}}}}}' in printed
    assert "event: complete\ndata:\n\n" in printed
    assert printed.endswith('{"data":{"sendMessage":{"reply":{"status":"COMPLETED","text":"1, 2, 3. 🎉"}}}}')


async def test_the_first_message_of_the_quick_start_is_answered(server: Chat, tmp_path: Path) -> None:
    program = program_of(server, "docs/quick-start.md", "sh")
    printed = await run("sh", "-eu", program=program, cwd=tmp_path)
    assert printed == f'{{"data":{{"sendMessage":{{"reply":{{"status":"COMPLETED","text":"{COUNTED}"}}}}}}}}'


@pytest.mark.parametrize(("page", "language"), [("kotlin", "kotlin"), ("swift", "swift")])
async def test_a_page_that_is_not_compiled_sends_what_is_answered_in_lines_as_it_reads_them(
    chat: Chat, ada: Client, page: str, language: str
) -> None:
    (found,) = re.findall(
        r'"""\s*(subscription .*?)"""', "".join(blocks(f"docs/cookbook/{page}.md", language)), re.DOTALL
    )
    reply_id = (await ada.send("Count to 5", wait=True))["reply"]["id"]
    body = {"query": found.replace("${'$'}", "$"), "variables": {"id": reply_id, "offset": 9}}
    headers = {"Authorization": f"Bearer {ada.token}", "Accept": "text/event-stream"}
    async with chat.http.post(f"{chat.origin}/graphql", json=body, headers=headers) as response:
        lines = (await response.text()).split("\n")
    events = [json.loads(line.removeprefix("data: "))["data"]["reply"] for line in lines if line.startswith("data: ")]
    assert events == [{"kind": "TEXT", "offset": 9, "text": COUNTED[9:]}, {"message": {"status": "COMPLETED"}}]
    assert "event: complete" in lines
    assert {line for line in lines if not line.startswith("data: ")} == {
        "event: next",
        "event: complete",
        "data:",
        ":",
        "",
    }


@pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java here")
async def test_java_watches_by_an_event_stream(server: Chat, tmp_path: Path) -> None:
    program = program_of(server, "docs/cookbook/java.md", "java")
    (tmp_path / "Watch.java").write_text(program, encoding="utf-8")
    printed = await run("java", "Watch.java", program="", cwd=tmp_path)
    assert printed == f"{COUNTED} COMPLETED\n"


@pytest.mark.parametrize(
    "page", ["apollo", "graphcache", "graphql-ws", "relay", "urql", "../clients/graphql-sse", "../clients/openai"]
)
def test_a_page_names_the_packages_that_its_program_imports(page: str) -> None:
    path = f"docs/cookbook/{page}.md"
    imported = re.findall(r"""^import .* from ["']((?:@[\w-]+/)?[\w-]+)""", "\n".join(blocks(path, "js")), re.MULTILINE)
    [command] = re.findall(r"`npm install ([^`]+)`", (ROOT / path).read_text("utf-8"))
    assert set(imported) - {"node"} <= set(command.split())
