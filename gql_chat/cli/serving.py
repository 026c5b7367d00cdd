"""`gql-chat serve`, `migrate` and `schema`."""

import asyncio
import sys

import click

from gql_chat.api.schema import published_schema
from gql_chat.cli.command import in_one_line, read_settings
from gql_chat.infra.migrations import migrate, migrations_folder
from gql_chat.web.server import Server


@click.command("serve")
@in_one_line
def serve_command() -> None:
    """Serve the API until it is stopped."""
    settings = read_settings()
    server = Server(settings)
    server.run()
    if not server.started:
        sys.exit(3)


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
