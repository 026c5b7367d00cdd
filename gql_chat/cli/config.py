"""`gql-chat config …`."""

import click

from gql_chat.cli.command import report_errors
from gql_chat.personas.parsing import parse_personas, read_text
from gql_chat.server.server import read_trusted_documents
from gql_chat.settings import check_settings, effective_settings


@click.group("config")
def command() -> None:
    """Check the settings."""


@command.command()
@report_errors
def check() -> None:
    """Print every setting and its source, or one line for each wrong setting.

    A line is `variable=value`, a tab, and `environment`, `file` or `default`. Secrets are not shown. Nothing is
    created or connected to.
    """
    settings = check_settings()
    file = settings.personas_file
    read_trusted_documents(settings)
    parse_personas(read_text(file, str(file)), str(file))
    for variable, value, source in effective_settings(settings):
        click.echo(f"{variable}={value}\t{source}")
