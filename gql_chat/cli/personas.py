"""`gql-chat personas …`."""

from pathlib import Path

import click

from gql_chat.cli.command import report_errors
from gql_chat.errors import BadUserInput
from gql_chat.personas.parsing import Persona, parse_personas
from gql_chat.settings import check_settings


@click.group("personas")
def command() -> None:
    """Check the personas file."""


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@report_errors
def check(file: Path | None) -> None:
    """Print the personas of FILE, by default the file of the settings, or the first error and its line."""
    for persona in read_personas(file or check_settings().personas_file):
        click.echo(persona.name)


def read_personas(file: Path) -> tuple[Persona, ...]:
    """Read a personas file. Raises BadUserInput with the line at fault."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadUserInput(f"{file}: is not UTF-8 text") from exc
    return parse_personas(text, str(file))
