"""`gql-chat personas …`."""

from pathlib import Path

import click

from gql_chat.cli.command import in_one_line, read_settings
from gql_chat.errors import BadUserInput
from gql_chat.personas.parsing import parse_personas


@click.group("personas")
def personas_group() -> None:
    """Personas."""


@personas_group.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@in_one_line
def check_command(file: Path | None) -> None:
    """Say whether a personas file is good, and which personas it holds."""
    path = file or read_settings().personas_file
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadUserInput(f"{path}: is not UTF-8 text") from exc
    for persona in parse_personas(text, str(path)):
        click.echo(persona.name)
