"""What every command does: reads settings, opens the database, and tells in one line what went wrong."""

import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any

import click

from gql_chat.cli.demo_chat import DemoFailed
from gql_chat.errors import GqlChatError
from gql_chat.infra.db.database import model_modules, open_database
from gql_chat.infra.db.migrations import ReferencesBroken, SchemaIsNewer
from gql_chat.infra.db.preflight import DatabaseUnusable
from gql_chat.infra.telemetry.logging import configure_logging
from gql_chat.server.cannot_start import CannotStart
from gql_chat.server.database import require_migrated
from gql_chat.settings import Settings, SettingsError, load_settings

LENT_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")  # which the store of files may be reached by

EXPECTED = (SettingsError, CannotStart, DemoFailed, GqlChatError, SchemaIsNewer, ReferencesBroken)


def in_one_line(command: Callable[..., None]) -> Callable[..., None]:
    """A command that tells what is expected to go wrong in one line, and ends with 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except EXPECTED as exc:
            raise click.ClickException("\n".join(map(printable, str(exc).splitlines()))) from None
        except DatabaseUnusable as exc:
            raise click.ClickException(f"GQL_CHAT_DATABASE_URL: {exc}") from None
        except sqlite3.Error as exc:
            raise click.ClickException(f"The database cannot be used: {exc}.") from None

    return run


def printable(text: str) -> str:
    """What somebody registers, or types, must not move the cursor of an operator's terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def read_settings(log_level: str | None = None) -> Settings:
    """The settings, logging as they say; `log_level` is for a command whose default is another."""
    settings = load_settings()
    is_chosen = "log_level" in settings.model_fields_set
    configure_logging(
        settings.log_level if is_chosen or log_level is None else log_level,
        settings.log_format,
        access=settings.access_log,
        secrets=[*settings.secrets(), *filter(None, map(os.environ.get, LENT_SECRETS))],
    )
    return settings


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[None]:
    """The database for the length of a command. Raises CannotStart where tables are missing."""
    url = settings.database_url.get_secret_value()
    await require_migrated(url)
    async with open_database(url, model_modules()):
        yield
