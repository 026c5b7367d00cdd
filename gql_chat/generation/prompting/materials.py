"""Materials: files as a model is given them, loaded before a transaction begins, because a store may be slow."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter

import structlog

from gql_chat.chats.models import Attachment, ContentType, FileAttachment, Message, MessageRole
from gql_chat.errors import Unavailable
from gql_chat.files.catalog import load_beginnings, load_files
from gql_chat.files.models import File
from gql_chat.files.pictures import NotShown, Pictures
from gql_chat.generation.prompting.prompt import Materials, PromptBudget
from gql_chat.generation.prompting.quoting import LEFT_OUT, Material

MAX_FILES = 32  # of a prompt, the newest; more than its budgets have room for
OWN_SECONDS = 30.0  # for the new message's files, without which the request is pointless
EARLIER_SECONDS = 4.0  # for earlier files: a reply without them is better than none
CHARACTERS_PER_TOKEN = 4  # at most, as tokens are estimated

log = structlog.get_logger(__name__)

_ATTACHMENTS = attrgetter("attachments")

DELETED = Material("that was attached", missing="is not there any more")
TOO_MANY = Material("that was attached", missing=LEFT_OUT)


@dataclass(frozen=True, slots=True)
class MaterialSource:
    """The sources of materials: texts from the database, cut to what a prompt may hold, and pictures from the store."""

    pictures: Pictures
    budget: PromptBudget

    async def load(self, attachments: Sequence[Attachment], earlier: Sequence[Message]) -> Materials:
        """Load the files of the new message, and of earlier ones, oldest first. No transaction may be open meanwhile.

        Images of replies are not loaded: a prompt holds only a remark on each.

        Raise Unavailable if a file of the new message cannot be fetched now. An earlier one is replaced by a remark.
        """
        if not attachments and not any(map(_ATTACHMENTS, earlier)):
            return {}  # as for most messages
        own = _kinds_of(attachments)
        said = [message for message in reversed(earlier) if message.role == MessageRole.USER]
        kinds = _kinds_of([*attachments, *(part for message in said for part in message.attachments)])
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
        most = self.budget.max_file_tokens * CHARACTERS_PER_TOKEN + 1  # one more than fits shows that there is more
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
                raise Unavailable("The file store cannot be reached now. Nothing was sent: try again later.") from exc
            log.warning("picture_left_out", file_id=file.id)
            return Material(file.name, missing="cannot be shown now: the file store does not answer")


def _kinds_of(attachments: Sequence[Attachment]) -> dict[str, ContentType]:
    """Return the ids of the files among the attachments in their order, each once, with their content types."""
    kinds: dict[str, ContentType] = {}
    for part in attachments:
        if isinstance(part, FileAttachment):
            kinds.setdefault(part.file_id, part.type)
    return kinds
