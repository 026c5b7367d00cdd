"""`gql-chat keys …`."""

import click

from gql_chat.cli.command import opened_database, read_settings, report_errors
from gql_chat.keys.secret_sealing import reseal_all
from gql_chat.server.account_services import make_secret_box


@click.group("keys")
def command() -> None:
    """Manage the encryption of users' keys."""


@command.command()
@report_errors
async def rotate() -> None:
    """Re-encrypt every secret.

    By the first of GQL_CHAT_MASTER_KEYS. You can remove the others afterwards.
    """
    settings = read_settings()
    async with opened_database(settings):
        count, unreadable = await reseal_all(make_secret_box(settings))
    click.echo(f"{count} secret(s) re-encrypted")
    if unreadable:
        raise click.ClickException(
            f"{len(unreadable)} secret(s) cannot be decrypted with these GQL_CHAT_MASTER_KEYS and this "
            f"GQL_CHAT_SECRET_KEY, and were left unchanged: {', '.join(unreadable)}"
        )
