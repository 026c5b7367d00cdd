"""Files that are put and fetched by signed addresses, as clients do."""

from typing import Any

from tests.support.client import Client

CREATE = """mutation ($session: ID!, $files: [UploadRequest!]!) {
    createUploads(sessionId: $session, files: $files) { method url headers file { id } } }"""
COMPLETE = "mutation ($ids: [ID!]!) { completeUploads(fileIds: $ids) { status } }"
FILE = "query ($id: ID!) { node(id: $id) { ... on File { status downloadUrl } } }"


async def put_file(client: Client, session_id: str, name: str, content: bytes) -> tuple[str, str]:
    """Upload a file until it is READY and return its id, and the address that it was put to."""
    announced = [{"name": name, "sizeBytes": len(content)}]
    (target,) = (await client.run(CREATE, session=session_id, files=announced))["createUploads"]
    async with client.http.request(target["method"], target["url"], data=content, headers=target["headers"]) as put:
        assert put.ok, await put.text()
    file_id: str = target["file"]["id"]
    assert (await client.run(COMPLETE, ids=[file_id]))["completeUploads"] == [{"status": "READY"}]
    return file_id, target["url"]


async def fetch_file(client: Client, file_id: str) -> tuple[bytes, str]:
    """Return the bytes of a file, and the address that they came from."""
    found: dict[str, Any] = (await client.run(FILE, id=file_id))["node"]
    async with client.http.get(found["downloadUrl"]) as got:
        assert got.ok, await got.text()
        return await got.read(), found["downloadUrl"]
