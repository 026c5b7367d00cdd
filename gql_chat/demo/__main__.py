"""The demo server alone: `python -m gql_chat.demo --port 9000`."""

import asyncio
import contextlib

import click

from gql_chat.demo.server import MODELS, DemoServer


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=9000, show_default=True, help="0 takes any free port.")
@click.option("--pace-seconds", default=0.02, show_default=True, help="Pause between two tokens.")
def main(host: str, port: int, pace_seconds: float) -> None:
    """Serve OpenAI's chat completions, answered by a small rule-based model, until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(host, port, pace_seconds))


async def _serve(host: str, port: int, pace_seconds: float) -> None:
    async with DemoServer(host=host, port=port, pace_seconds=pace_seconds) as server:
        click.echo(f"Serving {' and '.join(MODELS)} on {server.base_url} (Ctrl-C ends)")
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    main()
