"""The command line: serve, migrate, schema, user, keys, personas, demo."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from gql_chat import __version__
from gql_chat.api.schema import published_schema
from gql_chat.errors import BadUserInput, GqlChatError, NotFound
from gql_chat.infra.db import model_modules, open_database
from gql_chat.infra.keyset import MAX_LIMIT, PageRequest
from gql_chat.infra.logging import configure_logging
from gql_chat.infra.migrations import ReferencesBroken, SchemaIsNewer, migrate, migrations_folder
from gql_chat.keys.keyring import reseal_all
from gql_chat.personas.parsing import parse_personas
from gql_chat.settings import Settings, SettingsError, load_settings
from gql_chat.users.administration import NEWEST_FIRST, UserChanges, list_users, update_user
from gql_chat.users.models import User, UserRole, UserStatus
from gql_chat.users.names import find_by_login
from gql_chat.users.passwords import Passwords
from gql_chat.users.registration import Registration, create_user
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
def user() -> None:
    """Accounts, for whoever runs the server; a running one takes every change within two seconds."""


@user.command("create")
@click.argument("username")
@click.argument("email")
@click.option("--admin", is_flag=True, help="An admin: who also manages users, groups and configuration.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
@_in_one_line
def create_command(username: str, email: str, admin: bool, password_stdin: bool) -> None:
    """Make an account, whether or not registration is open."""
    settings = _settings()
    registration = Registration(username, email, _read_password(password_stdin))
    _show(asyncio.run(_create_user(settings, registration, UserRole.ADMIN if admin else UserRole.USER)))


@user.command()
@click.argument("login")
@_in_one_line
def promote(login: str) -> None:
    """Make a user, by username or e-mail, an admin."""
    _show(asyncio.run(_change_user(_settings(), login, UserChanges(role=UserRole.ADMIN))))


@user.command()
@click.argument("login")
@_in_one_line
def demote(login: str) -> None:
    """Make an admin a mere user."""
    _show(asyncio.run(_change_user(_settings(), login, UserChanges(role=UserRole.USER))))


@user.command()
@click.argument("login")
@_in_one_line
def disable(login: str) -> None:
    """Sign a user out everywhere, and in no more."""
    _show(asyncio.run(_change_user(_settings(), login, UserChanges(status=UserStatus.DISABLED))))


@user.command()
@click.argument("login")
@_in_one_line
def enable(login: str) -> None:
    """Let a disabled user sign in again."""
    _show(asyncio.run(_change_user(_settings(), login, UserChanges(status=UserStatus.ACTIVE))))


@user.command("list")
@click.argument("search", default="")
@_in_one_line
def list_command(search: str) -> None:
    """Show users, the newest first: all, or those with SEARCH in username, e-mail or nickname."""
    asyncio.run(_show_users(_settings(), search))


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


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[None]:
    url = settings.database_url.get_secret_value()
    await require_migrated(url)
    async with open_database(url, model_modules()):
        yield


async def _rotate(settings: Settings) -> int:
    async with _database(settings):
        return await reseal_all(secret_box(settings))


async def _create_user(settings: Settings, registration: Registration, role: UserRole) -> User:
    if settings.is_embedded:  # as `serve` does: the first admin can be made before the first start
        await migrate(settings.database_url.get_secret_value(), migrations_folder())
    async with _database(settings):
        return await create_user(registration, role, passwords=Passwords())


async def _change_user(settings: Settings, login: str, changes: UserChanges) -> User:
    async with _database(settings):
        found = await find_by_login(login)
        if found is None:
            raise NotFound(f"Nobody is called {login}.")
        return await update_user(found.id, changes)


async def _show_users(settings: Settings, search: str) -> None:
    request = PageRequest(MAX_LIMIT)
    async with _database(settings):
        while True:
            page = await list_users(search, request)
            for row in page.rows:
                _show(row)
            if not page.has_next:
                return
            request = PageRequest(MAX_LIMIT, after=NEWEST_FIRST.cursor(page.rows[-1]))


def _show(row: User) -> None:
    last_login = f"{row.last_login_at:%Y-%m-%d}" if row.last_login_at else "never"
    line = "\t".join(_printable(text) for text in (row.username, row.email, row.role, row.status, last_login))
    click.echo(line)


def _printable(text: str) -> str:
    # What somebody registers must not move the cursor of an operator's terminal.
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _read_password(from_stdin: bool) -> str:
    if not from_stdin and sys.stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return password
    try:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    except UnicodeDecodeError as exc:
        raise BadUserInput("The password is not UTF-8 text.") from exc
