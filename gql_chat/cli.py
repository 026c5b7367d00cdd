"""The command line: serve, migrate, schema, keys, personas, demo."""

import asyncio
import sqlite3
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from gql_chat import __version__
from gql_chat.api.schema import published_schema
from gql_chat.errors import BadUserInput, GqlChatError
from gql_chat.infra.db import model_modules, open_database
from gql_chat.infra.logging import configure_logging
from gql_chat.infra.migrations import ReferencesBroken, SchemaIsNewer, migrate, migrations_folder
from gql_chat.keys.keyring import reseal_all
from gql_chat.personas.parsing import parse_personas
from gql_chat.settings import Settings, SettingsError, load_settings
from gql_chat.web.demo_client import DemoFailed, run_demo
from gql_chat.web.server import Server
from gql_chat.web.services import CannotStart, require_migrated, secret_box

EXPECTED = (SettingsError, CannotStart, DemoFailed, GqlChatError, SchemaIsNewer, ReferencesBroken)


def _in_one_line(command: Callable[..., None]) -> Callable[..., None]:
    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except EXPECTED as exc:
            raise click.ClickException(str(exc)) from None
        except sqlite3.Error as exc:
            raise click.ClickException(f"The database cannot be used: {exc}.") from None

    return run


@click.group(help=__doc__)
@click.version_option(__version__, prog_name="gql-chat")
def main() -> None:
    """Settings come from `GQL_CHAT_…` variables or the YAML file that `GQL_CHAT_CONFIG` names."""


@main.command()
@_in_one_line
def serve() -> None:
    """Serve the API until it is stopped."""
    settings = _settings()
    server = Server(settings)
    server.run()
    if not server.started:
        sys.exit(3)


@main.command("migrate")
@_in_one_line
def migrate_command() -> None:
    """Bring the database's tables up to date; safe to run at once from many places."""
    applied = asyncio.run(migrate(_settings().database_url.get_secret_value(), migrations_folder()))
    click.echo("\n".join(f"applied {name}" for name in applied) or "the database is up to date")


@main.command("schema")
def schema_command() -> None:
    """Print the GraphQL schema."""
    click.echo(published_schema(), nl=False)


@main.group()
def keys() -> None:
    """Users' keys."""


@keys.command()
@_in_one_line
def rotate() -> None:
    """Seal every secret with the first of GQL_CHAT_MASTER_KEYS; the others can then be removed."""
    click.echo(f"{asyncio.run(_rotate(_settings()))} secret(s) sealed again")


@main.group()
def personas() -> None:
    """Personas."""


@personas.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@_in_one_line
def check_personas(file: Path | None) -> None:
    """Say whether a personas file is good, and which personas it holds."""
    path = file or _settings().personas_file
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadUserInput(f"{path}: is not UTF-8 text") from exc
    for persona in parse_personas(text, str(path)):
        click.echo(persona.name)


@main.command()
@click.argument("message", default="What can you do?")
@click.option("--url", help="A running server; default: the one of these settings, started if it is not running.")
@_in_one_line
def demo(message: str, url: str | None) -> None:
    """Register a throw-away user, send a message and print the reply as it streams."""
    asyncio.run(run_demo(message, url=url, settings=_settings(log_level="WARNING") if url is None else None))


def _settings(log_level: str | None = None) -> Settings:
    """The settings, logging as they say; `log_level` is for a command whose default is another."""
    settings = load_settings()
    is_chosen = "log_level" in settings.model_fields_set
    configure_logging(settings.log_level if is_chosen or log_level is None else log_level, settings.log_format)
    return settings


async def _rotate(settings: Settings) -> int:
    url = settings.database_url.get_secret_value()
    await require_migrated(url)
    async with open_database(url, model_modules()):
        return await reseal_all(secret_box(settings))
