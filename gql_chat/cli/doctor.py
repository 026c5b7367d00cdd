"""`gql-chat doctor`."""

import asyncio
import sys
from collections.abc import AsyncIterator
from importlib import import_module
from typing import NamedTuple

import click

from gql_chat.cli.command import opened_database, read_settings, report_errors
from gql_chat.errors import Unavailable
from gql_chat.files.links import StoreLinks
from gql_chat.files.models import File, FileStatus
from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, execute, fetch_all, transaction
from gql_chat.infra.db.failures import CannotStore
from gql_chat.infra.db.migrations import SchemaIsNewer, list_pending, migrations_folder
from gql_chat.infra.db.opening import DatabaseUnusable, require_undamaged
from gql_chat.infra.mail.mailer import EmailNotSent, SmtpMailer
from gql_chat.keys.secret_sealing import list_unreadable
from gql_chat.server import CannotStart
from gql_chat.server.account_services import make_mailer, make_secret_box
from gql_chat.server.file_services import open_checked_store
from gql_chat.settings import (
    Settings,
    check_settings,
    database_exists,
    effective_settings,
    secret_key_file,
    written,
)
from gql_chat.web.endpoints.pages import Pages

# Between this machine and PostgreSQL. Lifetimes of tokens and links are counted by one clock and checked by the other.
MAX_CLOCK_SECONDS = 5.0
NEWEST_FILES = 20  # that are looked for in the store


class Line(NamedTuple):
    """One line of the screen."""

    part: str
    detail: str
    is_good: bool = True


@click.command("doctor")
@report_errors
async def command() -> None:
    """Check everything that a server with these settings needs.

    Prints one line for each part. The exit code is 1 if a part cannot work. Sends no email and changes no data.
    """
    settings = read_settings(default_log_level="CRITICAL", makes_secret_key=False)
    is_healthy = True
    async for line in examine(settings):
        is_healthy &= line.is_good
        mark = click.style("ok  ", fg="green") if line.is_good else click.style("FAIL", fg="red")
        click.echo(f"{mark}  {line.part:<10}  {line.detail}")
    if not is_healthy:
        sys.exit(1)


async def examine(settings: Settings) -> AsyncIterator[Line]:
    """Yield what is found, in the order in which a server would need it."""
    yield _settings()
    if line := _secret_key(settings):
        yield line
    async for line in _database(settings):
        yield line
    yield await _redis(settings)
    yield await _store(settings)
    yield await _mail(settings)
    # The API needs none.
    yield Line("pages", "built" if Pages().are_built else "not built: run `make pages`")


def _settings() -> Line:
    given: dict[str, list[str]] = {"environment": [], "file": []}
    for variable, _, source in effective_settings(check_settings()):
        if source != "default":
            given[source].append(variable)
    parts = [f"from the {source}: {', '.join(names)}" for source, names in given.items() if names]
    return Line("settings", "; ".join([*parts, "all others are defaults"]))


def _secret_key(settings: Settings) -> Line | None:
    """Return a line about the file of the secret key. None if the settings contain the key."""
    if "secret_key" in check_settings().model_fields_set:
        return None
    file = secret_key_file(settings)
    if file.exists():
        return Line("secret_key", str(file))
    if not database_exists(settings):
        return Line("secret_key", f"{file} will be created by the first start")
    remedy = "restore it; the next start makes another, which opens no user's key and ends every sign-in"
    return Line("secret_key", f"{file} is missing: {remedy}", is_good=False)


async def _database(settings: Settings) -> AsyncIterator[Line]:
    url = settings.database_url.get_secret_value()
    if settings.is_embedded and not database_exists(settings):
        yield Line("database", f"{written(settings.database_url)} will be created by the first start")
        return
    try:
        if settings.is_embedded:
            await asyncio.to_thread(require_undamaged, url)
        pending = await list_pending(url, migrations_folder())
    except (DatabaseUnusable, SchemaIsNewer) as exc:
        yield Line("database", str(exc), is_good=False)
        return
    yield Line("database", written(settings.database_url))
    remedy = "the next start applies them" if settings.is_embedded else "run `gql-chat migrate`"
    detail = f"{len(pending)} are missing: {remedy}" if pending else "all are applied"
    yield Line("migrations", detail, is_good=settings.is_embedded or not pending)
    if not pending:
        async with opened_database(settings):
            if refusal := await _refusal_to_store():
                yield refusal
            yield await _clock()
            yield await _keys(settings)
            if line := await _files(settings):
                yield line


async def _refusal_to_store() -> Line | None:
    """Return a line if the database is read only."""
    try:
        async with transaction():
            await execute("DELETE FROM aerich WHERE version = ''")  # there is none
    except CannotStore as exc:
        return Line("database", f"nothing can be stored: {exc.__cause__}", is_good=False)
    return None


async def _clock() -> Line:
    here = clock.now()
    if dialect() == "sqlite":
        return Line("clock", f"{here:%Y-%m-%d %H:%M:%S} UTC")
    [row] = await fetch_all("SELECT now() AS now")
    seconds = (here - row["now"]).total_seconds()
    detail = f"{here:%Y-%m-%d %H:%M:%S} UTC, {seconds:+.1f} s beside the database's"
    return Line("clock", detail, is_good=abs(seconds) <= MAX_CLOCK_SECONDS)


async def _keys(settings: Settings) -> Line:
    count, unreadable = await list_unreadable(make_secret_box(settings))
    if unreadable:
        detail = f"{len(unreadable)} of {count} secret(s) cannot be decrypted with these master keys"
        return Line("keys", f"{detail}: {', '.join(unreadable)}", is_good=False)
    return Line("keys", f"{count} secret(s) can be decrypted")


async def _files(settings: Settings) -> Line | None:
    """Return a line if there are files and the store can be used. Some may be missing, but not all."""
    newest = File.filter(status=FileStatus.READY).order_by("-id").limit(NEWEST_FILES)
    keys = [str(key) for (key,) in await newest.values_list("object_key")]
    if not keys:
        return None
    try:
        store, _ = await open_checked_store(settings)
        found = len([key for key in keys if await store.find_size(key) is not None])
    except (CannotStart, Unavailable):
        return None  # the line of the store says why
    return Line("files", f"{found} of the newest {len(keys)} file(s) are in the store", is_good=found > 0)


async def _redis(settings: Settings) -> Line:
    if settings.redis_url is None:
        return Line("redis", "not used; a single server does not need it")
    # As a server does: not imported without Redis.
    redis_services = import_module("gql_chat.server.redis_services")
    try:
        await redis_services.require_redis(settings)
    except CannotStart as exc:
        return Line("redis", str(exc), is_good=False)
    return Line("redis", written(settings.redis_url))


async def _store(settings: Settings) -> Line:
    try:
        store, links = await open_checked_store(settings)
        if isinstance(links, StoreLinks):
            await store.find_size("gql-chat-doctor")
    except (CannotStart, Unavailable) as exc:
        return Line("store", str(exc), is_good=False)
    return Line("store", written(settings.store_url))


async def _mail(settings: Settings) -> Line:
    mailer = make_mailer(settings)
    if not isinstance(mailer, SmtpMailer):
        return Line("mail", "printed on the console, not sent")
    try:
        await mailer.check()
    except EmailNotSent as exc:
        return Line("mail", f"{settings.smtp_host}: {exc}", is_good=False)
    return Line("mail", f"{settings.smtp_host}:{settings.smtp_port} accepts the sign-in")
