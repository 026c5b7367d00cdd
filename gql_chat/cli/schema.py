"""`gql-chat schema`."""

import click

from gql_chat.api.schema import published_schema


@click.command("schema")
def command() -> None:
    """Print the GraphQL schema."""
    click.echo(published_schema(), nl=False)
