"""The command line: `gql-chat NAME` is `command` in the module of that name."""

import gc
import os
import sys
from importlib import import_module
from types import ModuleType
from typing import Any, cast

import click

from gql_chat import __version__
from gql_chat.cli.methods_on_use import compiling_methods_on_use

# Their help stands here, because to read it from the commands would import all that they need.
COMMANDS = {
    "config": "Check the settings.",
    "demo": "Send a message to the demo model and watch the reply.",
    "doctor": "Check everything that a server with these settings needs.",
    "keys": "Manage the encryption of users' keys.",
    "migrate": "Create or update the database's tables.",
    "personas": "Check the personas file.",
    "schema": "Print the GraphQL schema.",
    "serve": "Serve the API until it is stopped.",
    "usage": "Report calls to models and tokens.",
    "user": "Manage accounts.",
}
HIDDEN = ("worker",)


def import_quickly(name: str) -> Any:
    """Import a module that imports much. Almost all that is made lives for ever: there is no look for garbage."""
    gc.disable()
    with compiling_methods_on_use():
        module = import_module(name)
    gc.freeze()
    gc.unfreeze()  # both together make all of it old, without a look at it
    gc.enable()
    return module


class LazyGroup(click.Group):
    """Commands that are imported when they are invoked, which takes most of them a second of CPU time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names that the help shows."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name not in (*COMMANDS, *HIDDEN):
            return None
        # We use neither. structlog imports rich where it is installed, a twentieth of a server's start, and pydantic
        # looks for plugins in the metadata of all packages.
        sys.modules.setdefault("rich", cast(ModuleType, None))
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
        command: click.Command = import_quickly(f"gql_chat.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Ctrl-C ends it in one line; a server that is asked to end has done nothing wrong."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("\ngql-chat is stopped.")
            ctx.exit(0 if ctx.invoked_subcommand == "serve" else 130)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@click.group(cls=LazyGroup)
@click.version_option(__version__, prog_name="gql-chat")
def main() -> None:
    """Run and manage a gql-chat server.

    Settings come from GQL_CHAT_… variables or from the YAML file that GQL_CHAT_CONFIG names.
    """
