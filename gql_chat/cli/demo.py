"""`gql-chat demo`."""

import asyncio

import click

from gql_chat.cli.command import in_one_line, read_settings
from gql_chat.cli.demo_chat import run_demo


@click.command("demo")
@click.argument("message", default="What can you do?")
@click.option("--url", help="A running server; default: the one of these settings, started if it is not running.")
@in_one_line
def demo_command(message: str, url: str | None) -> None:
    """Register a throw-away user, send a message and print the reply as it streams."""
    asyncio.run(run_demo(message, url=url, settings=read_settings(log_level="WARNING") if url is None else None))
