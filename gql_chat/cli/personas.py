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
    """Print the personas of FILE, by default the file of the settings, or the first error and its line."""
    file = file or check_settings().personas_file
    for persona in parse_personas(read_text(file, str(file)), str(file)):
        click.echo(persona.name)
