"""The cookbook's page for Graphcache, on top of urql's: the cache shows what happened without asking again."""

import asyncio
import re
from pathlib import Path

import pytest

from gql_chat.chats.models import ChatSession
from tests.clients.node import HERE as CLIENTS
from tests.docs.pages import ROOT, blocks, run
from tests.support.chat import Chat
from tests.support.demo import Driven

COUNTED = "1, 2, 3, 4, 5. 🎉"
SERVER = "http://127.0.0.1:8000"
IMPORTED = 'import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from "@urql/core"\n'
OWN_IMPORTS = IMPORTED.replace("cacheExchange, ", "") + 'import { cache } from "./cache.js"\n'
OWN_FORWARD = re.compile(r"forwardSubscription: .*?\n {6}\}\),\n {4}\}\),", re.DOTALL)

# Graphcache complains about keys, fragments and fields by console.warn. Whatever it complains about fails the program.
STRICT = """
console.warn = console.error = (complaint) => { console.log(complaint); process.exit(1) }
let requests = 0
const { fetch: plain } = globalThis
globalThis.fetch = (...request) => { requests += 1; return plain(...request) }
"""
# `elsewhere` is another device of the user, which does not share the cache. `shown` waits for what a query shows.
TOOLS = """
const elsewhere = async (query) => {
  const headers = { "Content-Type": "application/json", ...(await authorization()) }
  const response = await plain(url, { method: "POST", headers, body: JSON.stringify({ query }) })
  const { data, errors } = await response.json()
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}
const shown = (query, variables, isIt) => new Promise((resolve, reject) => {
  client.query(query, variables).subscribe(({ data, error, stale }) => {
    if (error) reject(error)
    else if (data && !stale && isIt(data)) resolve(data)
  })
})
const titlesOf = ({ sessions }) => sessions.nodes.map(({ title }) => title).join()
const SESSIONS = gql`query ($after: String, $filter: SessionFilter) {
  sessions(first: 2, after: $after, filter: $filter) { nodes { id title } pageInfo { hasNextPage endCursor } }
}`
const CHAT = gql`query ($id: ID!, $before: String) {
  session(id: $id) {
    id
    messages(last: 2, before: $before) { nodes { id role text status } pageInfo { startCursor } }
  }
}`
const chatOf = ({ session }) => session.messages.nodes.map(({ text }) => text).join()
"""
LISTS = """
const created = []
for (const title of ["odd 1", "even 2", "odd 3", "even 4"]) {
  created.push((await elsewhere(`mutation { createSession(input: {title: "${title}"}) { id } }`)).createSession.id)
}
const whole = (titles) => (data) => titlesOf(data) === titles
const { sessions: { pageInfo } } = await shown(SESSIONS, {}, whole("even 4,odd 3"))
const second = { after: pageInfo.endCursor }
await shown(SESSIONS, second, whole("even 4,odd 3,even 2,odd 1"))

const asked = requests
await elsewhere(`mutation { updateSession(input: {id: "${created[1]}", title: "renamed"}) { id } }`)
await client.mutation(gql`mutation { createSession(input: { title: "even 6" }) { id title } }`, {})
await shown(SESSIONS, {}, whole("even 6,even 4,odd 3,renamed,odd 1"))
const input = `{ sessionId: "${created[0]}", text: "Hi", wait: true }`
await elsewhere(`mutation { sendMessage(input: ${input}) { reply { id } } }`)
await shown(SESSIONS, {}, whole("odd 1,even 6,even 4,odd 3,renamed"))
await elsewhere(`mutation { deleteSessions(ids: ["${created[2]}"]) }`)
await shown(SESSIONS, second, whole("odd 1,even 6,even 4,renamed"))
console.log("requests:", requests - asked)

await shown(SESSIONS, { filter: { title: "even" } }, whole("even 6,even 4"))
await elsewhere(`mutation { updateSession(input: {id: "${created[1]}", title: "even 8"}) { id } }`)
await elsewhere(`mutation { updateSession(input: {id: "${created[3]}", title: "another"}) { id } }`)
await shown(SESSIONS, { filter: { title: "even" } }, whole("even 6,even 8"))
await shown(SESSIONS, {}, whole("odd 1,even 6,another,even 8"))

const { send } = WebSocket.prototype
const positions = []
WebSocket.prototype.send = function (frame) {
  const { type, payload } = JSON.parse(frame)
  if (type === "subscribe") positions.push(payload.variables.after)
  return send.call(this, frame)
}
const { changesCursor } = await elsewhere("{ changesCursor }")
socket.terminate()
await elsewhere(`mutation { updateSession(input: {id: "${created[1]}", title: "meanwhile"}) { id } }`)
await shown(SESSIONS, {}, whole("odd 1,even 6,another,meanwhile"))
console.log("resumed:", positions.length === 1 && positions[0] === changesCursor)
"""
GROWTH = """
const { createSession: { id } } = await elsewhere("mutation { createSession(input: {}) { id } }")
await shown(CHAT, { id }, ({ session }) => session.messages.nodes.length === 0)
const texts = new Set()
client.query(CHAT, { id }).subscribe(({ data }) => texts.add(data.session.messages.nodes.at(-1)?.text))
const SAY = gql`mutation ($id: ID!, $text: String!) {
  sendMessage(input: { sessionId: $id, text: $text }) { reply { id status } }
}`
const say = async (text) => (await client.mutation(SAY, { id, text })).data.sendMessage.reply.id
const asked = requests
const reply = await say("first")
const watching = client.subscription(WATCH, { id: reply }).subscribe(() => {})
await shown(CHAT, { id }, (data) => chatOf(data) === "first,one")
globalThis.fetch = async (...request) => {
  const response = await plain(...request)
  return new Response((await response.text()).replace('"text":"one"', '"text":""'), response)
}
const older = await client.query(CHAT, { id }, { requestPolicy: "network-only" })
globalThis.fetch = (...request) => { requests += 1; return plain(...request) }
console.log("after an older answer:", chatOf(older.data), chatOf(client.readQuery(CHAT, { id }).data))
await elsewhere(`mutation { updateSession(input: { id: "${id}", title: "one was shown" }) { id } }`)
const isSettled = ({ session }) => session.messages.nodes[1].status === "COMPLETED"
await shown(CHAT, { id }, (data) => chatOf(data) === "first,one two" && isSettled(data))
watching.unsubscribe()
await say("second")
await shown(CHAT, { id }, (data) => chatOf(data) === "first,one two,second,three")
console.log("requests:", requests - asked, "texts:", [...texts].filter((text) => text?.startsWith("one")).join("|"))

await elsewhere(`mutation { regenerateReply(messageId: "${reply}") { reply { id } } }`)
await shown(CHAT, { id }, (data) => chatOf(data) === "first,other")
"""


@pytest.fixture
async def server(chat: Chat) -> Chat:
    await chat.sign_up("ada", password="correct horse battery")
    return chat


async def run_page(server: Chat, folder: Path, rest: str) -> str:
    """Run the page's modules and urql's program with them in this folder, then `rest`. Return what they print."""
    (folder / "node_modules").symlink_to(CLIENTS / "node_modules")
    (folder / "schema.graphql").symlink_to(ROOT / "schema" / "schema.graphql")
    introspect, cache, forward, follow = blocks("docs/cookbook/graphcache.md", "js")
    await run("node", "--input-type=module", program=introspect, cwd=folder)
    (folder / "cache.js").write_text(cache, encoding="utf-8")
    set_up, sign_in, watch = blocks("docs/cookbook/urql.md", "js")
    program = set_up.replace(IMPORTED, OWN_IMPORTS).replace("    cacheExchange,\n", "    cache,\n")
    program, forwards = OWN_FORWARD.subn("forwardSubscription,\n    }),", program)
    assert ("cacheExchange" in program, forwards) == (False, 1)
    end = "await socket.dispose()\n"
    assert watch.endswith(end)
    program = "\n".join(
        (program, STRICT, forward, sign_in, follow, watch.removesuffix(end), TOOLS, rest, "process.exit()")
    )
    return await run("node", "--input-type=module", program=program.replace(SERVER, server.origin), cwd=folder)


async def answer(driven: Driven, text: str) -> None:
    call = await driven.next_call()
    await call.send(text)
    await call.finish()


async def test_lists_show_what_other_devices_did(server: Chat, tmp_path: Path) -> None:
    assert await run_page(server, tmp_path, LISTS) == f"{COUNTED} COMPLETED\nrequests: 1\nresumed: true\n"


async def test_a_chat_shows_a_reply_while_it_grows(server: Chat, tmp_path: Path) -> None:
    driven = server.demo.drive("demo")
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(run_page(server, tmp_path, GROWTH))
        await answer(driven, "counted")
        call = await driven.next_call()
        await call.send("one")
        while not await ChatSession.filter(title="one was shown").exists():
            await asyncio.sleep(0.05)
        await call.send(" two")
        await call.finish()
        for text in ("three", "other"):
            await answer(driven, text)
    assert running.result().splitlines() == [
        "counted COMPLETED",
        "after an older answer: first,one first,one",
        "requests: 2 texts: one|one two",
    ]
