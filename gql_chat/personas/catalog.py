"""The personas in use: read from a file when the server starts, and again whenever the file changes."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from gql_chat.errors import found
from gql_chat.infra.reloading import CHECK_INTERVAL_SECONDS, Reloadable
from gql_chat.infra.tasks.periodic import run_every
from gql_chat.personas.parsing import Persona, parse_personas, read_text


class PersonaCatalog(Reloadable[tuple[Persona, ...]]):
    """The personas of one file. Use with `async with`; entering raises BadUserInput if the file has a fault.

    A later edit with a fault is logged, and the personas stay as they were.
    """

    def __init__(self, path: Path, *, check_interval_seconds: float = CHECK_INTERVAL_SECONDS) -> None:
        super().__init__(path.name, (), self._parse_if_changed)
        self._path = path
        self._check_interval_seconds = check_interval_seconds
        self._text: str | None = None
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.reload()
        await self._open.enter_async_context(
            run_every(self._check_interval_seconds, self.reload_if_changed, "personas watcher")
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def default(self) -> Persona:
        """The first persona of the file."""
        return self.current[0]

    def find(self, name: str) -> Persona | None:
        """Return the persona of this name, or None."""
        return next((persona for persona in self.current if persona.name == name), None)

    def get(self, name: str) -> Persona:
        """Return the persona of this name. Raises NotFound."""
        return found(self.find(name), "persona")

    def pick(self, *names: str | None) -> Persona:
        """Return the first of these names that exists, otherwise the default: a stored name may have left the file."""
        personas = (self.find(name) for name in names if name is not None)
        return next(filter(None, personas), self.default)

    def _parse_if_changed(self) -> tuple[Persona, ...]:
        text = read_text(self._path, self._path.name)
        if text == self._text:
            return self.current
        personas = parse_personas(text, self._path.name)
        self._text = text
        return personas
