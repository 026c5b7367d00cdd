"""`gql-chat migrate`."""

import click

from gql_chat.cli.command import read_settings, report_errors
from gql_chat.infra.db.migrations import migrate, migrations_folder


@click.command("migrate")
@report_errors
async def command() -> None:
    """Create or update the database's tables.

    Safe to run from several machines at once.
    """
    applied = await migrate(read_settings().database_url.get_secret_value(), migrations_folder())
    click.echo("\n".join(f"applied {name}" for name in applied) or "the database is up to date")
