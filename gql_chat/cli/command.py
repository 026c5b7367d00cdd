"""Parts of every command: settings, the database, and expected errors in one line."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any

import click
import structlog

from gql_chat.errors import GqlChatError
from gql_chat.infra.db.failures import CannotStore
from gql_chat.infra.db.migrations import ReferencesBroken, SchemaIsNewer
from gql_chat.infra.db.opening import DatabaseUnusable, model_modules, open_database
from gql_chat.infra.telemetry.logging import configure_logging
from gql_chat.server import CannotStart
from gql_chat.server.database import require_migrated
from gql_chat.settings import Settings, SettingsError, load_settings, secret_key_file

log = structlog.get_logger(__name__)

STORE_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")  # variables that may hold the file store's credentials


class CommandFailed(Exception):
    """A command cannot do what was asked; the message says why."""


EXPECTED = (CommandFailed, SettingsError, CannotStart, GqlChatError, SchemaIsNewer, ReferencesBroken)


def report_errors(command: Callable[..., Coroutine[Any, Any, None] | None]) -> Callable[..., None]:
    """Run a command, which may be async. Where it fails as expected, end with code 1 and one line on standard error."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            running = command(*args, **kwargs)
            if running is not None:
                asyncio.run(running)
        except CannotStore as exc:  # an operator can do something about the reason
            reason = printable(str(exc.__cause__ or "read only, or its disk is full"))
            raise click.ClickException(f"GQL_CHAT_DATABASE_URL: nothing can be stored: {reason}") from None
        except EXPECTED as exc:
            raise click.ClickException("\n".join(map(printable, str(exc).splitlines()))) from None
        except DatabaseUnusable as exc:
            raise click.ClickException(f"GQL_CHAT_DATABASE_URL: {exc}") from None
        except sqlite3.Error as exc:
            raise click.ClickException(f"The database cannot be used: {exc}.") from None

    return run


def printable(text: str) -> str:
    """Replace what could move the cursor of the operator's terminal: users chose the text."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def read_settings(default_log_level: str | None = None, *, makes_secret_key: bool = True) -> Settings:
    """Load the settings and configure logging; `default_log_level` takes the place of the setting's own default."""
    settings = load_settings(makes_secret_key=makes_secret_key)
    is_chosen = "log_level" in settings.model_fields_set
    configure_logging(
        settings.log_level if is_chosen or default_log_level is None else default_log_level,
        settings.log_format,
        access=settings.access_log,
        secrets=[*settings.secrets(), *filter(None, map(os.environ.get, STORE_SECRETS))],
    )
    if settings.replaces_secret_key:
        log.warning("secret_key_is_new", file=str(secret_key_file(settings)), see="docs/production.md")
    return settings


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[None]:
    """Open the database for the length of a command. Raises CannotStart if migrations are missing."""
    url = settings.database_url.get_secret_value()
    await require_migrated(url)
    async with open_database(url, model_modules()):
        yield
