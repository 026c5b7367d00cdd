"""What the verbs of this room need, made once when the server starts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from gql_chat.files.links import FileLinks
from gql_chat.files.pictures import Pictures
from gql_chat.files.policy import UploadPolicySource
from gql_chat.infra.storage.object_store import ObjectStore

ReadText: TypeAlias = Callable[[Path, str], Awaitable[str | None]]
"""Reads the text of a file of this media type, None where it has none. Raises Unreadable."""


@dataclass(frozen=True, slots=True)
class Files:
    """Bytes lie in the store, links lead to them, the policy says which are taken, and texts are read from them.

    Models are shown the pictures among them.
    """

    store: ObjectStore
    links: FileLinks
    policy: UploadPolicySource
    read_text: ReadText
    pictures: Pictures
