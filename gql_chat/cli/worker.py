"""`gql-chat worker`, which `gql-chat serve` starts several of."""

import socket
from collections.abc import Sequence

import click

from gql_chat.cli.command import read_settings, report_errors
from gql_chat.server.process import restrict_new_files
from gql_chat.server.worker import Worker


@click.command("worker", hidden=True)
@click.argument("link", type=int)
@click.argument("listeners", type=int, nargs=-1)
@report_errors
def command(link: int, listeners: Sequence[int]) -> None:
    """Serve on the sockets with the descriptors LISTENERS, for the supervisor at the other end of LINK."""
    restrict_new_files()
    sockets = [socket.socket(fileno=listener) for listener in listeners]
    Worker(read_settings(), socket.socket(fileno=link)).run(sockets)
