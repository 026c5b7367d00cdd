"""`gql-chat user …`."""

import sys
from pathlib import Path

import click

from gql_chat.cli.command import CommandFailed, opened_database, printable, read_settings, report_errors
from gql_chat.files.removal import delete_pending_objects
from gql_chat.infra.db.keyset import MAX_LIMIT, PageRequest
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.server.file_services import open_store
from gql_chat.users.administration import NEWEST_FIRST, UserChanges, list_users, update_user
from gql_chat.users.models import User, UserRole, UserStatus
from gql_chat.users.names import get_by_login
from gql_chat.users.passwords.hashing import Passwords
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
async def create_command(username: str, email: str, admin: bool, password_stdin: bool) -> None:
    """Create an account, even if registration is closed."""
    settings = read_settings()
    registration = Registration(username, email, _read_password(password_stdin))
    role = UserRole.ADMIN if admin else UserRole.USER
    if settings.is_embedded:  # as `serve` does, so that the first admin can be created before the first start
        await migrate(settings.database_url.get_secret_value(), migrations_folder())
    async with opened_database(settings):
        _show(await create_user(registration, role, passwords=Passwords()))


@command.command()
@click.argument("login")
@report_errors
async def promote(login: str) -> None:
    """Make a user an admin. LOGIN is a username or email address, here and below."""
    await _change_user(login, UserChanges(role=UserRole.ADMIN))


@command.command()
@click.argument("login")
@report_errors
async def demote(login: str) -> None:
    """Make an admin an ordinary user."""
    await _change_user(login, UserChanges(role=UserRole.USER))


@command.command()
@click.argument("login")
@report_errors
async def disable(login: str) -> None:
    """Sign a user out everywhere and refuse further sign-ins."""
    await _change_user(login, UserChanges(status=UserStatus.DISABLED))


@command.command()
@click.argument("login")
@report_errors
async def enable(login: str) -> None:
    """Let a disabled user sign in again."""
    await _change_user(login, UserChanges(status=UserStatus.ACTIVE))


@command.command()
@click.argument("login")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@report_errors
async def export(login: str, file: Path) -> None:
    """Write what an account owns to a new zip file.

    That is sessions, messages, files, keys without their secrets, and the rest.
    """
    settings = read_settings()
    async with opened_database(settings):
        try:
            counts = await export_account(await get_by_login(login), file, store=open_store(settings)[0])
        except FileExistsError as exc:
            raise CommandFailed(f"{file} exists already: choose another name.") from exc
        except OSError as exc:
            raise CommandFailed(f"{file} cannot be written: {exc.strerror}.") from exc
    for name, count in counts.items():
        click.echo(f"{name}\t{count}")


@command.command()
@click.argument("login")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@report_errors
async def erase(login: str, yes: bool) -> None:
    """Delete an account and all that it owns.

    That is sessions, messages, files and keys. This cannot be undone.
    """
    settings = read_settings()
    async with opened_database(settings):
        user = await get_by_login(login)
        if not yes:
            name = printable(f"{user.username} <{user.email}>")
            click.confirm(f"Erase {name} and everything that they own? This cannot be undone.", abort=True)
        await erase_account(user)
        # A running server would do this within seconds, but there may be none.
        await delete_pending_objects(open_store(settings)[0])
    click.echo("erased")


@command.command("list")
@click.argument("search", default="")
@report_errors
async def list_command(search: str) -> None:
    """List users, newest first.

    All, or those with SEARCH in their username, email address or nickname.
    """
    request = PageRequest(MAX_LIMIT)
    async with opened_database(read_settings()):
        while True:
            page = await list_users(search).fetch(request)
            for row in page.rows:
                _show(row)
            if not page.has_next:
                return
            request = PageRequest(MAX_LIMIT, after=NEWEST_FIRST.cursor(page.rows[-1]))


async def _change_user(login: str, changes: UserChanges) -> None:
    async with opened_database(read_settings()):
        _show(await update_user((await get_by_login(login)).id, changes))


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
