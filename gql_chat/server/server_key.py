"""The server's own key, made from settings, which follow the configuration file, and from what admins store."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib import import_module

from gql_chat.errors import BadUserInput
from gql_chat.infra.crypto import SecretBox
from gql_chat.infra.reloading import CHECK_INTERVAL_SECONDS
from gql_chat.infra.signals import Signals
from gql_chat.infra.tasks.background import BackgroundTasks
from gql_chat.infra.tasks.periodic import run_every
from gql_chat.keys.server_key import SERVER_KEY, ServerKey, ServerKeys, ServerKeySettings
from gql_chat.server.listening import listen, origin_of
from gql_chat.settings import Settings, follows_file, reread
from gql_chat.settings.types import is_loopback

DEMO_MODEL = "demo"
LOOK_SECONDS = 1.0  # after a change by another process, until it holds here; with Redis at once


@asynccontextmanager
async def open_server_keys(settings: Settings, box: SecretBox, signals: Signals) -> AsyncIterator[ServerKeys]:
    """Open the server's key, with the tasks that follow the configuration and the database, which must be open."""
    async with AsyncExitStack() as stack:
        from_settings = ServerKeySettings("server key", _server_key_of(settings), partial(_reread, settings))
        server_keys = ServerKeys(
            box,
            from_settings,
            await stack.enter_async_context(_open_demo(settings)),
            signals=signals,
            background=await stack.enter_async_context(BackgroundTasks()),
            lending_fault=_lending_fault(settings),
        )
        await server_keys.refresh()
        stack.enter_context(signals.subscribe(SERVER_KEY, server_keys.receive))
        if follows_file(settings):
            follow = from_settings.reload_if_changed
            await stack.enter_async_context(run_every(CHECK_INTERVAL_SECONDS, follow, "server key of the settings"))
        if not settings.is_embedded:  # with SQLite no other server changes it
            await stack.enter_async_context(run_every(LOOK_SECONDS, server_keys.refresh, "server key"))
        yield server_keys


def _server_key_of(settings: Settings) -> ServerKey | None:
    if settings.openai_api_key is None:
        return None
    secret = settings.openai_api_key.get_secret_value()
    headers = {name: value.get_secret_value() for name, value in settings.openai_headers.items()}
    return ServerKey(settings.openai_base_url, settings.openai_model, secret, headers=headers)


@asynccontextmanager
async def _open_demo(settings: Settings) -> AsyncIterator[ServerKey | None]:
    if settings.openai_api_key is not None or not settings.demo_model:
        yield None
        return
    [listener] = listen("127.0.0.1", 0)
    with listener:
        serving = asyncio.create_task(_serve_demo(listener), name="demo model")
        try:
            yield ServerKey(f"{origin_of(listener)}/v1", DEMO_MODEL, "demo")
        finally:
            serving.cancel()
            await asyncio.wait({serving})


async def _serve_demo(listener: socket.socket) -> None:
    # Imported beside other work, and not by servers with a model of their own. Until then, connections wait.
    demo = await asyncio.to_thread(import_module, "gql_chat.demo")
    async with demo.DemoServer(listener=listener):
        await asyncio.Event().wait()


def _reread(settings: Settings) -> ServerKey | None:
    fresh = _server_key_of(reread(settings))
    if fresh is not None and (fault := _lending_fault(settings)):
        raise BadUserInput(fault)
    return fresh


def _lending_fault(settings: Settings) -> str | None:
    """Return why these settings do not let a running server lend a key, None if they do.

    They must say so where strangers may register: the rules that hold at a start have not seen the key.
    """
    if settings.registration == "closed" or is_loopback(settings.host):
        return None
    if "registration" in settings.model_fields_set and settings.monthly_tokens_per_user is not None:
        return None
    return (
        "Strangers may register on this server and would use the key. Set GQL_CHAT_REGISTRATION, and "
        "GQL_CHAT_MONTHLY_TOKENS_PER_USER unless registration is closed, and restart the server first."
    )
