"""The uploads that docs/files.md shows, run as they stand there."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter

from tests.clients.node import HERE as NODE_MODULES
from tests.docs.pages import blocks, run
from tests.support.chat import Chat
from tests.support.client import Client

PAGE = "docs/files.md"
ANNOUNCE = """mutation ($s: ID!, $files: [UploadRequest!]!) {
    createUploads(sessionId: $s, files: $files) { file { id } url } }"""
COMPLETE = "mutation ($ids: [ID!]!) { completeUploads(fileIds: $ids) { status } }"
# What a page has of its own: a file that was chosen, and a function that runs an operation.
AROUND = """
const [url, token, sessionId] = process.argv.slice(2)
const file = new File([await (await import("node:fs/promises")).readFile("REPORT")], "report.pdf")
const input = { files: [file] }
async function graphql(query, variables) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" }
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) })
  return (await response.json()).data
}
"""


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Return the file that the page uploads."""
    writer = PdfWriter()
    writer.add_blank_page(width=72, height=72)
    writer.write(tmp_path / "report.pdf")
    return tmp_path / "report.pdf"


async def run_js(chat: Chat, ada: Client, report: Path, code: str, shown: str) -> dict[str, Any]:
    """Run a block in a page's surroundings, and return what `shown` is after it."""
    code = code.replace("'/graphql'", "url")
    program = AROUND.replace("REPORT", str(report)) + code + f"\nconsole.log(JSON.stringify({shown}))"
    node = ("node", "--input-type=module", "-", f"{chat.origin}/graphql", str(ada.token), await ada.new_session())
    found: dict[str, Any] = json.loads(await run(*node, program=program, cwd=NODE_MODULES))
    return found


async def test_a_form_of_curl_uploads_a_file(chat: Chat, ada: Client, report: Path) -> None:
    program = blocks(PAGE, "sh")[0].replace("http://localhost:8000", chat.origin)
    printed = await run(
        "sh", "-eu", program=program, cwd=report.parent, TOKEN=str(ada.token), SESSION=await ada.new_session()
    )
    assert json.loads(printed)["data"]["uploadFile"]["status"] == "READY"


async def test_a_form_of_a_page_uploads_a_file(chat: Chat, ada: Client, report: Path) -> None:
    form = blocks(PAGE, "js")[0]
    uploaded = await run_js(chat, ada, report, form, "data.uploadFile")
    assert (uploaded["status"], uploaded["failure"]) == ("READY", None)


async def test_a_page_uploads_a_file_in_three_steps(chat: Chat, ada: Client, report: Path) -> None:
    done = await run_js(chat, ada, report, blocks(PAGE, "js")[1], "done")
    assert (done["status"], done["failure"]) == ("READY", None)


async def test_curl_puts_the_bytes_of_an_announced_file(chat: Chat, ada: Client, report: Path) -> None:
    files = [{"name": "report.pdf", "sizeBytes": report.stat().st_size}]
    [target] = (await ada.run(ANNOUNCE, s=await ada.new_session(), files=files))["createUploads"]
    await run("sh", "-eu", program=blocks(PAGE, "sh")[1], cwd=report.parent, URL=target["url"])
    assert (await ada.run(COMPLETE, ids=[target["file"]["id"]]))["completeUploads"] == [{"status": "READY"}]


async def test_the_reports_of_usage_run(chat: Chat, sqlite_url: str, tmp_path: Path) -> None:
    await (await chat.sign_up("ada")).send("Hello", wait=True)
    report = blocks("docs/administration.md", "sh")[1].replace("gql-chat", f"{sys.executable} -m gql_chat")
    printed = await run("sh", "-eu", program=report, cwd=tmp_path, GQL_CHAT_DATABASE_URL=sqlite_url)
    assert "ada" in printed
    assert (tmp_path / "year.csv").read_text("utf-8").startswith("month,")
