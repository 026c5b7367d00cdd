"""`gql-chat serve`."""

import sys

import click

from gql_chat.cli.command import read_settings, report_errors
from gql_chat.server.process_limits import restrict_new_files
from gql_chat.server.server import Server
from gql_chat.server.supervisor import Supervisor


@click.command("serve")
@report_errors
def command() -> None:
    """Serve the API until it is stopped."""
    restrict_new_files()
    settings = read_settings()
    if settings.workers > 1:
        if not Supervisor(settings, [sys.executable, "-m", "gql_chat", "worker"]).run():
            sys.exit(1)
        return
    server = Server(settings)
    server.run()
    if not server.started:
        sys.exit(3)
