"""`gql-chat serve`, `migrate` and `schema`, and `worker`, which `serve` starts several of."""

import asyncio
import socket
import sys
from collections.abc import Sequence

import click

from gql_chat.api.schema import published_schema
from gql_chat.cli.command import in_one_line, read_settings
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.server.server import Server
from gql_chat.server.supervisor import Supervisor
from gql_chat.server.worker import Worker


@click.command("serve")
@in_one_line
def serve_command() -> None:
    """Serve the API until it is stopped."""
    settings = read_settings()
    if settings.workers > 1:
        if not Supervisor(settings, [sys.executable, "-m", "gql_chat", "worker"]).run():
            sys.exit(1)
        return
    server = Server(settings)
    server.run()
    if not server.started:
        sys.exit(3)


@click.command("worker", hidden=True)
@click.argument("link", type=int)
@click.argument("listeners", type=int, nargs=-1)
@in_one_line
def worker_command(link: int, listeners: Sequence[int]) -> None:
    """Serve on the sockets of these descriptors, for the supervisor at the other end of that one."""
    sockets = [socket.socket(fileno=listener) for listener in listeners]
    Worker(read_settings(), socket.socket(fileno=link)).run(sockets)


@click.command("migrate")
@in_one_line
def migrate_command() -> None:
    """Bring the database's tables up to date; safe to run at once from many places."""
    applied = asyncio.run(migrate(read_settings().database_url.get_secret_value(), migrations_folder()))
    click.echo("\n".join(f"applied {name}" for name in applied) or "the database is up to date")


@click.command("schema")
def schema_command() -> None:
    """Print the GraphQL schema."""
    click.echo(published_schema(), nl=False)
