"""Dependencies of the verbs of files, in a folder or in a bucket, without a server."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gql_chat.files.dependencies import Files
from gql_chat.files.extraction.extractor import Extractor, Unreadable
from gql_chat.files.in_flight import UploadsInFlight
from gql_chat.files.links import FileLinks, ServedLinks
from gql_chat.files.pictures import Pictures
from gql_chat.files.policy import UploadPolicy, UploadPolicySource
from gql_chat.infra.storage.object_store import ObjectStore

ORIGIN = "http://chat.test"
POLICY = UploadPolicy(
    max_size_bytes=1_000_000,
    allowed_extensions=("txt", "png", "pdf"),
    max_files_per_message=3,
    quota_bytes_per_user=10_000_000,
)


def files_in(store: ObjectStore, links: FileLinks | None = None, extractor: Extractor | None = None) -> Files:
    """Return files with a reader that returns a text as it is, but refuses one that begins with `broken`.

    A caller that has images prepared passes an extractor, and closes it.
    """
    pictures = Pictures(store, extractor or Extractor(), links, max_edge_pixels=100)
    in_flight = UploadsInFlight(max_bytes_per_user=10_000_000, max_bytes=100_000_000)
    return Files(store, links or ServedLinks(b"a key of tests"), source_of(POLICY), read_text, pictures, in_flight)


def with_policy(files: Files, **more: Any) -> Files:
    """Return the same files under another policy."""
    return replace(files, policy=source_of(replace(files.policy.current, **more)))


def source_of(policy: UploadPolicy) -> UploadPolicySource:
    """Return a source whose policy never changes."""
    return UploadPolicySource("upload policy", policy, lambda: policy)


async def read_text(path: Path, media_type: str, user_id: str) -> str | None:
    """Read a text file. See `files_in`."""
    if media_type != "text/plain":
        return None
    text = path.read_text()
    if text.startswith("broken"):
        raise Unreadable("This file is broken.")
    return text


async def content_of(store: ObjectStore, key: str) -> bytes:
    """Return the bytes of an object."""
    return b"".join([chunk async for chunk in await store.open(key)])


async def pieces(*contents: bytes) -> AsyncIterator[bytes]:
    """Yield the pieces as the body of a request arrives."""
    for content in contents:
        yield content
