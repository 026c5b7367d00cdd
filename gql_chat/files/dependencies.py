"""The dependencies of everything that works with files, made once when the server starts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from gql_chat.files.in_flight import UploadsInFlight
from gql_chat.files.links import FileLinks
from gql_chat.files.pictures import Pictures
from gql_chat.files.policy import UploadPolicySource
from gql_chat.infra.storage.object_store import ObjectStore

ReadText: TypeAlias = Callable[[Path, str, str], Awaitable[str | None]]
"""Returns the text of the file at a path with a media type, of a user, None if it has none.

Raises Unreadable, RateLimited and Unavailable.
"""


@dataclass(frozen=True, slots=True)
class Files:
    """The store of files' bytes, links to them, the upload policy, the reader of texts, pictures for models.

    `in_flight` counts the bytes of uploads that are on their way.
    """

    store: ObjectStore
    links: FileLinks
    policy: UploadPolicySource
    read_text: ReadText
    pictures: Pictures
    in_flight: UploadsInFlight
