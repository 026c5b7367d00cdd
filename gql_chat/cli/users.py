"""`gql-chat user …`."""

import asyncio
import sys
from pathlib import Path

import click

from gql_chat.cli.command import in_one_line, opened_database, printable, read_settings
from gql_chat.errors import BadUserInput
from gql_chat.files.removal import remove_doomed
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
def users_group() -> None:
    """Accounts, for whoever runs the server; a running one takes every change within two seconds."""


@users_group.command("create")
@click.argument("username")
@click.argument("email")
@click.option("--admin", is_flag=True, help="An admin: who also manages users, groups and configuration.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
@in_one_line
def create_command(username: str, email: str, admin: bool, password_stdin: bool) -> None:
    """Make an account, whether or not registration is open."""
    settings = read_settings()
    registration = Registration(username, email, _read_password(password_stdin))
    _show(asyncio.run(_create_user(settings, registration, UserRole.ADMIN if admin else UserRole.USER)))


@users_group.command()
@click.argument("login")
@in_one_line
def promote(login: str) -> None:
    """Make a user, by username or e-mail, an admin."""
    _show(asyncio.run(_change_user(read_settings(), login, UserChanges(role=UserRole.ADMIN))))


@users_group.command()
@click.argument("login")
@in_one_line
def demote(login: str) -> None:
    """Make an admin a mere user."""
    _show(asyncio.run(_change_user(read_settings(), login, UserChanges(role=UserRole.USER))))


@users_group.command()
@click.argument("login")
@in_one_line
def disable(login: str) -> None:
    """Sign a user out everywhere, and in no more."""
    _show(asyncio.run(_change_user(read_settings(), login, UserChanges(status=UserStatus.DISABLED))))


@users_group.command()
@click.argument("login")
@in_one_line
def enable(login: str) -> None:
    """Let a disabled user sign in again."""
    _show(asyncio.run(_change_user(read_settings(), login, UserChanges(status=UserStatus.ACTIVE))))


@users_group.command()
@click.argument("login")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@in_one_line
def export(login: str, file: Path) -> None:
    """Write all that an account owns into a new zip: sessions, messages, files, keys without secrets."""
    asyncio.run(_export(read_settings(), login, file))


@users_group.command()
@click.argument("login")
@click.option("--yes", is_flag=True, help="Do not ask whether that is meant.")
@in_one_line
def erase(login: str, yes: bool) -> None:
    """Delete an account with all it owns: sessions, messages, files, keys. There is no way back."""
    asyncio.run(_erase(read_settings(), login, yes))


@users_group.command("list")
@click.argument("search", default="")
@in_one_line
def list_command(search: str) -> None:
    """Show users, the newest first: all, or those with SEARCH in username, e-mail or nickname."""
    asyncio.run(_show_users(read_settings(), search))


async def _create_user(settings: Settings, registration: Registration, role: UserRole) -> User:
    if settings.is_embedded:  # as `serve` does: the first admin can be made before the first start
        await migrate(settings.database_url.get_secret_value(), migrations_folder())
    async with opened_database(settings):
        return await create_user(registration, role, passwords=Passwords())


async def _change_user(settings: Settings, login: str, changes: UserChanges) -> User:
    async with opened_database(settings):
        return await update_user((await get_by_login(login)).id, changes)


async def _erase(settings: Settings, login: str, is_meant: bool) -> None:
    async with opened_database(settings):
        user = await get_by_login(login)
        if not is_meant:
            name = printable(f"{user.username} <{user.email}>")
            click.confirm(f"Erase {name} with all that they own, for good?", abort=True)
        await erase_account(user)
        # A server would do so a little later; there may be none.
        await remove_doomed(open_store(settings)[0])
    click.echo("erased")


async def _export(settings: Settings, login: str, target: Path) -> None:
    async with opened_database(settings):
        try:
            counts = await export_account(await get_by_login(login), target, store=open_store(settings)[0])
        except FileExistsError as exc:
            raise BadUserInput(f"{target}: is there already") from exc
        except OSError as exc:
            raise BadUserInput(f"{target}: cannot be written: {exc.strerror}") from exc
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
        raise BadUserInput("The password is not UTF-8 text.") from exc
