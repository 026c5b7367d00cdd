"""The personas in use: read from a file when the server starts, and again whenever the file changes."""

import asyncio
import contextlib
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from gql_chat.errors import BadUserInput, NotFound
from gql_chat.personas.parsing import Persona, parse_personas

# The file is small, so it is read and compared. Unlike notifications and modification times that works through editors
# that rename, Kubernetes' swapped links and network mounts, and for two edits in one tick of the file system's clock.
CHECK_INTERVAL_SECONDS = 1.0

log = structlog.get_logger(__name__)


class PersonaCatalog:
    """The personas of one file, to be used with `async with`; entering raises BadUserInput if the file has a fault.

    A later edit with a fault is logged, and the personas stay as they were.
    """

    def __init__(self, path: Path, *, check_interval_seconds: float = CHECK_INTERVAL_SECONDS) -> None:
        self._path = path
        self._check_interval_seconds = check_interval_seconds
        self._text = ""
        self._told_fault = ""
        self._personas: tuple[Persona, ...] = ()
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.reload()
        self._watcher = asyncio.create_task(self._watch(), name="personas watcher")
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher

    def all(self) -> tuple[Persona, ...]:
        """All personas, in file order."""
        return self._personas

    @property
    def default(self) -> Persona:
        """The first of the file."""
        return self._personas[0]

    def find(self, name: str) -> Persona | None:
        """The persona of this name, else None."""
        return next((persona for persona in self._personas if persona.name == name), None)

    def get(self, name: str) -> Persona:
        """The persona of this name. Raises NotFound."""
        persona = self.find(name)
        if persona is None:
            raise NotFound("There is no such persona.")
        return persona

    def pick(self, *names: str | None) -> Persona:
        """The first of these names that there is, else the default: a name may be kept that has left the file since."""
        found = (self.find(name) for name in names if name is not None)
        return next(filter(None, found), self.default)

    async def reload(self) -> None:
        """Read the file now. Raises BadUserInput, with the line of the fault, and keeps the personas as they were."""
        self._take(await self._read())

    async def reload_if_changed(self) -> None:
        """What the watcher does at every look: take an edit; a fault is logged once, and the personas stay."""
        try:
            text = await self._read()
            if text == self._text:
                return
            self._take(text)
        except BadUserInput as exc:
            self._tell_once(exc.message)
        else:
            self._told_fault = ""
            log.info("personas reloaded", path=str(self._path), names=[persona.name for persona in self._personas])

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._check_interval_seconds)
            await self.reload_if_changed()

    def _tell_once(self, fault: str) -> None:
        if fault != self._told_fault:
            self._told_fault = fault
            log.warning("the personas stay as they were", path=str(self._path), reason=fault)

    async def _read(self) -> str:
        try:
            return await asyncio.to_thread(self._path.read_text, encoding="utf-8-sig")
        except OSError as exc:
            raise BadUserInput(f"{self._path.name}: cannot be read: {exc.strerror}") from exc
        except UnicodeDecodeError as exc:
            raise BadUserInput(f"{self._path.name}: is not UTF-8 text") from exc

    def _take(self, text: str) -> None:
        self._text = text  # also when it has a fault, so that it is parsed once and not at every look
        self._personas = parse_personas(text, self._path.name)
