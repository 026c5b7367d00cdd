"""`gql-chat user …`."""

import asyncio
import sys
from pathlib import Path

import click

from gql_chat.cli.command import CommandFailed, opened_database, printable, read_settings, report_errors
from gql_chat.files.removal import delete_pending_objects
from gql_chat.infra.db.keyset import MAX_LIMIT, PageRequest
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.server.file_services import open_store
from gql_chat.settings import Settings
from gql_chat.users.administration import NEWEST_FIRST, UserChanges, list_users, update_user
from gql_chat.users.models import User, UserRole, UserStatus
from gql_chat.users.names import get_by_login
from gql_chat.users.passwords import Passwords
from gql_chat.users.registration import Registration, create_user
from gql_chat.workflows.account_export import export_account
from gql_chat.workflows.deletion import erase_account


@click.group("user")
def command() -> None:
    """Manage accounts.

    A running server applies every change within two seconds.
    """


@command.command("create")
@click.argument("username")
@click.argument("email")
@click.option("--admin", is_flag=True, help="Make an admin, who also manages users, groups and configuration.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
@report_errors
def create_command(username: str, email: str, admin: bool, password_stdin: bool) -> None:
    """Create an account, even if registration is closed."""
    settings = read_settings()
    registration = Registration(username, email, _read_password(password_stdin))
    _show(asyncio.run(_create_user(settings, registration, UserRole.ADMIN if admin else UserRole.USER)))


@command.command()
@click.argument("login")
@report_errors
def promote(login: str) -> None:
    """Make a user an admin. LOGIN is a username or e-mail address, here and below."""
    _show(asyncio.run(_change_user(read_settings(), login, UserChanges(role=UserRole.ADMIN))))


@command.command()
@click.argument("login")
@report_errors
def demote(login: str) -> None:
    """Make an admin an ordinary user."""
    _show(asyncio.run(_change_user(read_settings(), login, UserChanges(role=UserRole.USER))))


@command.command()
@click.argument("login")
@report_errors
def disable(login: str) -> None:
    """Sign a user out everywhere and refuse further sign-ins."""
    _show(asyncio.run(_change_user(read_settings(), login, UserChanges(status=UserStatus.DISABLED))))


@command.command()
@click.argument("login")
@report_errors
def enable(login: str) -> None:
    """Let a disabled user sign in again."""
    _show(asyncio.run(_change_user(read_settings(), login, UserChanges(status=UserStatus.ACTIVE))))


@command.command()
@click.argument("login")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@report_errors
def export(login: str, file: Path) -> None:
    """Write everything that an account owns to a new zip file: sessions, messages, files, keys without secrets."""
    asyncio.run(_export(read_settings(), login, file))


@command.command()
@click.argument("login")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@report_errors
def erase(login: str, yes: bool) -> None:
    """Delete an account and everything that it owns: sessions, messages, files, keys. This cannot be undone."""
    asyncio.run(_erase(read_settings(), login, yes))


@command.command("list")
@click.argument("search", default="")
@report_errors
def list_command(search: str) -> None:
    """List users, newest first: all, or those with SEARCH in their username, e-mail address or nickname."""
    asyncio.run(_show_users(read_settings(), search))


async def _create_user(settings: Settings, registration: Registration, role: UserRole) -> User:
    if settings.is_embedded:  # as `serve` does, so that the first admin can be created before the first start
        await migrate(settings.database_url.get_secret_value(), migrations_folder())
    async with opened_database(settings):
        return await create_user(registration, role, passwords=Passwords())


async def _change_user(settings: Settings, login: str, changes: UserChanges) -> User:
    async with opened_database(settings):
        return await update_user((await get_by_login(login)).id, changes)


async def _erase(settings: Settings, login: str, is_confirmed: bool) -> None:
    async with opened_database(settings):
        user = await get_by_login(login)
        if not is_confirmed:
            name = printable(f"{user.username} <{user.email}>")
            click.confirm(f"Erase {name} and everything that they own? This cannot be undone.", abort=True)
        await erase_account(user)
        # A running server would do this within seconds, but there may be none.
        await delete_pending_objects(open_store(settings)[0])
    click.echo("erased")


async def _export(settings: Settings, login: str, target: Path) -> None:
    async with opened_database(settings):
        try:
            counts = await export_account(await get_by_login(login), target, store=open_store(settings)[0])
        except FileExistsError as exc:
            raise CommandFailed(f"{target} exists already: choose another name.") from exc
        except OSError as exc:
            raise CommandFailed(f"{target} cannot be written: {exc.strerror}.") from exc
    for name, count in counts.items():
        click.echo(f"{name}\t{count}")


async def _show_users(settings: Settings, search: str) -> None:
    request = PageRequest(MAX_LIMIT)
    async with opened_database(settings):
        while True:
            page = await list_users(search, request)
            for row in page.rows:
                _show(row)
            if not page.has_next:
                return
            request = PageRequest(MAX_LIMIT, after=NEWEST_FIRST.cursor(page.rows[-1]))


def _show(row: User) -> None:
    last_login = f"{row.last_login_at:%Y-%m-%d}" if row.last_login_at else "never"
    line = "\t".join(printable(text) for text in (row.username, row.email, row.role, row.status, last_login))
    click.echo(line)


def _read_password(from_stdin: bool) -> str:
    if not from_stdin and sys.stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return password
    try:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    except UnicodeDecodeError as exc:
        raise CommandFailed("The password is not UTF-8 text.") from exc
