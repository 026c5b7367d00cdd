"""`gql-chat config …`."""

import click

from gql_chat.cli.command import in_one_line
from gql_chat.cli.personas import read_personas
from gql_chat.settings import check_settings, effective_settings


@click.group("config")
def config_group() -> None:
    """Settings."""


@config_group.command("check")
@in_one_line
def check_command() -> None:
    """Say what is wrong with the settings, a line for each fault, or print all of them, without secrets.

    A line is `variable=value`, a tab and where that comes from. Nothing is made, and nothing is connected to.
    """
    settings = check_settings()
    read_personas(settings.personas_file)
    for variable, value, source in effective_settings(settings):
        click.echo(f"{variable}={value}\t{source}")
