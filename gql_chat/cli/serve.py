"""`gql-chat serve`."""

import os
import sys

import click

from gql_chat.cli import import_quickly
from gql_chat.cli.command import read_settings, report_errors
from gql_chat.server.process import restrict_new_files
from gql_chat.server.supervisor import Supervisor
from gql_chat.settings import variable_of


@click.command("serve")
@click.option("--host", help="The address to listen on, in place of GQL_CHAT_HOST.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port, in place of GQL_CHAT_PORT. 0 takes a free one.")
@report_errors
def command(host: str | None, port: int | None) -> None:
    """Serve the API until it is stopped."""
    restrict_new_files()
    for name, value in (("host", host), ("port", port)):
        if value is not None:
            os.environ[variable_of(name)] = str(value)  # of workers too
    settings = read_settings()
    if settings.workers > 1:
        if not Supervisor(settings, [sys.executable, "-m", "gql_chat", "worker"]).run():
            sys.exit(1)
        return
    # Not imported by a supervisor, which would have it beside its workers, and start twice as late.
    server = import_quickly("gql_chat.server.server").Server(settings)
    server.run()
    if not server.started:
        sys.exit(3)
