"""`gql-chat keys …`."""

import asyncio

import click

from gql_chat.cli.command import in_one_line, opened_database, read_settings
from gql_chat.keys.keyring import reseal_all
from gql_chat.server.account_services import make_secret_box
from gql_chat.settings import Settings


@click.group("keys")
def keys_group() -> None:
    """Users' keys."""


@keys_group.command()
@in_one_line
def rotate() -> None:
    """Seal every secret with the first of GQL_CHAT_MASTER_KEYS; the others can then be removed."""
    count, unreadable = asyncio.run(_rotate(read_settings()))
    click.echo(f"{count} secret(s) sealed again")
    if unreadable:
        raise click.ClickException(
            f"{len(unreadable)} cannot be opened with these GQL_CHAT_MASTER_KEYS and this GQL_CHAT_SECRET_KEY, and "
            f"were left as they are: {', '.join(unreadable)}"
        )


async def _rotate(settings: Settings) -> tuple[int, list[str]]:
    async with opened_database(settings):
        return await reseal_all(make_secret_box(settings))
