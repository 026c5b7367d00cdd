"""`gql-chat personas …`."""

from pathlib import Path

import click

from gql_chat.cli.command import in_one_line
from gql_chat.errors import BadUserInput
from gql_chat.personas.parsing import Persona, parse_personas
from gql_chat.settings import check_settings


@click.group("personas")
def personas_group() -> None:
    """Personas."""


@personas_group.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@in_one_line
def check_command(file: Path | None) -> None:
    """Say whether a personas file is good, and which personas it holds."""
    for persona in read_personas(file or check_settings().personas_file):
        click.echo(persona.name)


def read_personas(file: Path) -> tuple[Persona, ...]:
    """What the file holds. Raises BadUserInput with the line at fault."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadUserInput(f"{file}: is not UTF-8 text") from exc
    return parse_personas(text, str(file))
