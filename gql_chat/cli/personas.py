"""`gql-chat personas …`."""

from pathlib import Path

import click

from gql_chat.cli.command import report_errors
from gql_chat.personas.parsing import parse_personas, read_text
from gql_chat.settings import check_settings


@click.group("personas")
def command() -> None:
    """Check the personas file."""


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@report_errors
def check(file: Path | None) -> None:
    """Print the personas of FILE.

    By default of the file of the settings. If it has an error, print the first one and its line.
    """
    file = file or check_settings().personas_file
    for persona in parse_personas(read_text(file, str(file)), str(file)):
        click.echo(persona.name)
