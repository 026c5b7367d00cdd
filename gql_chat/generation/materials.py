"""Materials: what files are to a model, loaded before a transaction begins, because a store may take its time."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from gql_chat.chats.models import ContentType, Message
from gql_chat.errors import Unavailable
from gql_chat.files.catalog import load_beginnings, load_files
from gql_chat.files.models import File
from gql_chat.files.pictures import NotShown, Pictures
from gql_chat.generation.prompt import Materials
from gql_chat.generation.quoting import Material

MAX_FILES = 32  # of a prompt, the newest; more than its budgets have room for
OWN_SECONDS = 30.0  # for what is said now, without which there is no point in asking
EARLIER_SECONDS = 4.0  # for what was said before, without which a reply is better than none
CHARACTERS_PER_TOKEN = 4  # at most, as tokens are estimated

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MaterialSource:
    """Where materials come from: texts from the database, cut to what a prompt may hold, pictures from the store."""

    pictures: Pictures
    max_file_tokens: int

    async def load(self, attachments: Sequence[Mapping[str, Any]], history: Sequence[Message]) -> Materials:
        """The files of what is said now, and of what was said before, oldest first.

        A file of the former whose store is down raises Unavailable; one of the latter is missing then, and says so.
        """
        own = _file_kinds([attachments])
        earlier = {
            file_id: kind
            for file_id, kind in _file_kinds(message.attachments for message in reversed(history)).items()
            if file_id not in own
        }
        kinds = dict([*own.items(), *earlier.items()][:MAX_FILES])
        if not kinds:
            return {}
        rows = await load_files(kinds)
        texts = await load_beginnings(
            [file_id for file_id, kind in kinds.items() if kind is ContentType.FILE],
            self.max_file_tokens * CHARACTERS_PER_TOKEN + 1,
        )
        materials = {
            file_id: Material(rows[file_id].name, text=texts.get(file_id, "")) if file_id in rows else DELETED
            for file_id, kind in kinds.items()
            if kind is ContentType.FILE or file_id not in rows
        }
        pictured = [rows[file_id] for file_id in kinds if file_id not in materials]
        shown = await asyncio.gather(*(self._show(file, is_own=file.id in own) for file in pictured))
        left_out = {file_id: NO_ROOM for file_id in [*own, *earlier][MAX_FILES:]}
        return {**materials, **dict(zip((file.id for file in pictured), shown, strict=True)), **left_out}

    async def _show(self, file: File, *, is_own: bool) -> Material:
        try:
            async with asyncio.timeout(OWN_SECONDS if is_own else EARLIER_SECONDS):
                return Material(file.name, url=await self.pictures.address_of(file))
        except NotShown as exc:
            return Material(file.name, missing=exc.fact)
        except (Unavailable, TimeoutError) as exc:
            if is_own:
                raise Unavailable("The file store cannot be reached now; nothing was sent. Try again later.") from exc
            log.warning("picture_left_out", file_id=file.id)
            return Material(file.name, missing="cannot be shown now: the store does not answer")


DELETED = Material("that was attached", missing="is not there any more")
NO_ROOM = Material("that was attached", missing="is left out: there is no room for it")


def _file_kinds(messages: Iterable[Sequence[Mapping[str, Any]]]) -> dict[str, ContentType]:
    """The files of these messages' attachments, each once, and what each is."""
    return {
        part["file_id"]: ContentType(part["type"])
        for attachments in messages
        for part in attachments
        if "file_id" in part
    }
