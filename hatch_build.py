"""A hook of the build: a wheel without pages says so."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesHook(BuildHookInterface):  # type: ignore[type-arg]  # what configures it is not used
    """Warns about a wheel that will serve no pages."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Look for the pages, unless it is an editable install, which finds them later."""
        if version == "standard" and not (Path(self.root) / "gql_chat/web/built_pages/index.html").exists():
            self.app.display_warning("This wheel has no pages: run `make pages` first to have it serve them.")
