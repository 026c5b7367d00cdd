"""Materials: what files are to a model, loaded before a transaction begins, because a store may take its time."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from gql_chat.chats.models import ContentType, Message
from gql_chat.errors import Unavailable
from gql_chat.files.catalog import load_beginnings, load_files
from gql_chat.files.models import File
from gql_chat.files.pictures import NotShown, Pictures
from gql_chat.generation.prompting.prompt import Materials, PromptBudget
from gql_chat.generation.prompting.quoting import Material

MAX_FILES = 32  # of a prompt, the newest; more than its budgets have room for
OWN_SECONDS = 30.0  # for what is said now, without which there is no point in asking
EARLIER_SECONDS = 4.0  # for what was said before, without which a reply is better than none
CHARACTERS_PER_TOKEN = 4  # at most, as tokens are estimated

log = structlog.get_logger(__name__)

DELETED = Material("that was attached", missing="is not there any more")
TOO_MANY = Material("that was attached", missing="is left out: there is no room for it")


@dataclass(frozen=True, slots=True)
class MaterialSource:
    """Where materials come from: texts from the database, cut to what a prompt may hold, pictures from the store."""

    pictures: Pictures
    budget: PromptBudget

    async def load(self, attachments: Sequence[Mapping[str, Any]], earlier: Sequence[Message]) -> Materials:
        """The files of what is said now, and of what was said before, oldest first. No transaction is open meanwhile.

        Raises Unavailable if one of the former cannot be fetched now. One of the latter is missing then, and says so.
        """
        own = _kinds_of(attachments)
        kinds = _kinds_of([*attachments, *(part for message in reversed(earlier) for part in message.attachments)])
        if not kinds:
            return {}
        wanted = list(kinds)[:MAX_FILES]
        files = await load_files(wanted)
        quoted = [file for file_id, file in files.items() if kinds[file_id] is ContentType.FILE]
        pictured = [file for file_id, file in files.items() if kinds[file_id] is not ContentType.FILE]
        return {
            **dict.fromkeys(kinds, TOO_MANY),
            **dict.fromkeys(wanted, DELETED),
            **await self._quote_all(quoted),
            **await self._show_all(pictured, own),
        }

    async def _quote_all(self, files: Sequence[File]) -> dict[str, Material]:
        most = self.budget.max_file_tokens * CHARACTERS_PER_TOKEN + 1  # from which one sees that there is more
        texts = await load_beginnings([file.id for file in files], most)
        return {file.id: Material(file.name, text=texts.get(file.id, "")) for file in files}

    async def _show_all(self, files: Sequence[File], own: Collection[str]) -> dict[str, Material]:
        shown = await asyncio.gather(*(self._show(file, file.id in own) for file in files), return_exceptions=True)
        for outcome in shown:
            if isinstance(outcome, BaseException):
                raise outcome
        return {file.id: outcome for file, outcome in zip(files, shown, strict=True) if isinstance(outcome, Material)}

    async def _show(self, file: File, is_own: bool) -> Material:
        try:
            async with asyncio.timeout(OWN_SECONDS if is_own else EARLIER_SECONDS):
                return Material(file.name, url=await self.pictures.url_of(file))
        except NotShown as exc:
            return Material(file.name, missing=exc.fact)
        except (Unavailable, TimeoutError) as exc:
            if is_own:
                raise Unavailable(
                    "The file store cannot be reached now, so nothing was sent; try again later."
                ) from exc
            log.warning("picture_left_out", file_id=file.id)
            return Material(file.name, missing="cannot be shown now: the file store does not answer")


def _kinds_of(attachments: Sequence[Mapping[str, Any]]) -> dict[str, ContentType]:
    """The files among them in their order, each once, and what each is."""
    kinds: dict[str, ContentType] = {}
    for part in attachments:
        if "file_id" in part:
            kinds.setdefault(part["file_id"], ContentType(part["type"]))
    return kinds
