"""The command line: serve, migrate, schema, demo; config, keys, personas, usage, user."""

import click

from gql_chat import __version__
from gql_chat.cli.config import config_group
from gql_chat.cli.demo import demo_command
from gql_chat.cli.keys import keys_group
from gql_chat.cli.personas import personas_group
from gql_chat.cli.serving import migrate_command, schema_command, serve_command, worker_command
from gql_chat.cli.usage import usage_group
from gql_chat.cli.users import users_group

COMMANDS = [
    *(serve_command, worker_command, migrate_command, schema_command, demo_command),
    *(config_group, keys_group, personas_group, usage_group, users_group),
]


@click.group(help=__doc__, commands=COMMANDS)
@click.version_option(__version__, prog_name="gql-chat")
def main() -> None:
    """Settings come from `GQL_CHAT_…` variables or the YAML file that `GQL_CHAT_CONFIG` names."""
