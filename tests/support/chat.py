"""The whole server on the test's own loop, over real sockets, with the scriptable model behind it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from gql_chat.api.engine.context import Services
from gql_chat.infra import clock
from gql_chat.infra.ids import new_id
from gql_chat.server.server import Server
from gql_chat.settings import Settings, load_settings
from gql_chat.users.models import User, UserRole, UserStatus
from gql_chat.users.passwords.hashing import Passwords, sign_in_from
from gql_chat.users.sign_ins import ClientInfo
from tests.support.client import Client
from tests.support.demo import DemoServer
from tests.support.running.in_loop import run_in_loop
from tests.support.running.shared_startup import shared_documents

SECRET_KEY = "a secret key of tests, long enough to be taken"
NO_PASSWORD = "no hash, so nobody signs in by password"


@dataclass
class Chat:
    """A running server."""

    server: Server
    demo: DemoServer
    http: aiohttp.ClientSession

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:port`."""
        return self.server.origin

    @property
    def services(self) -> Services:
        """The services that its resolvers use."""
        return self.server.application.services

    @property
    def stranger(self) -> Client:
        """A client that is not signed in."""
        return Client(self.http, self.origin)

    async def sign_up(self, name: str, role: UserRole = UserRole.USER, password: str | None = None) -> Client:
        """Create a user and sign in, without the time that bcrypt takes."""
        now = clock.now()
        password_hash = await Passwords(cost=4).hash(password, sign_in_from(None)) if password else NO_PASSWORD
        user = await User.create(
            id=new_id("usr"),
            username=name,
            username_folded=name,
            email=f"{name}@example.com",
            email_folded=f"{name}@example.com",
            password_hash=password_hash,
            role=role,
            status=UserStatus.ACTIVE,
            created_at=now,
            updated_at=now,
        )
        return await self.sign_in(user.id)

    async def sign_in(self, user_id: str) -> Client:
        """Sign the user in once more."""
        pair = await self.services.sign_ins.open(await User.get(id=user_id), ClientInfo())
        return Client(self.http, self.origin, pair.access_token, user_id, pair.refresh_token)


def settings_of(database_url: str, data_dir: Path, demo: DemoServer, **more: Any) -> Settings:
    """Return settings of a server whose own key leads to the scriptable model."""
    values = {
        "PORT": "0",
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET_KEY,
        "OPENAI_API_KEY": "sk-server-key-of-tests",
        "OPENAI_BASE_URL": demo.base_url,
        "OPENAI_MODEL": "demo",
        "ALLOWED_NETWORKS": "127.0.0.0/8",
        "RATE_LIMITS": "off",  # all come from one address here
        "DRAIN_SECONDS": 0,  # many tests leave a reply that never ends
        # A test's HTTP client keeps a connection for 15 s, and would meet the server's end of it on a slow machine.
        "KEEP_ALIVE_TIMEOUT_SECONDS": 60,
        # On a slow machine a reply that a test leaves waiting must not fail before the test ends.
        "LLM_FIRST_TOKEN_TIMEOUT_SECONDS": 600,
        "LLM_BETWEEN_TOKENS_TIMEOUT_SECONDS": 600,
        **more,
    }
    return load_settings({f"GQL_CHAT_{name}": str(value) for name, value in values.items()})


@asynccontextmanager
async def run_chat(database_url: str, data_dir: Path, **more: Any) -> AsyncIterator[Chat]:
    """Run a server on a free port until the block ends. `more` are settings without their prefix."""
    async with DemoServer(pace_seconds=0) as demo, aiohttp.ClientSession() as http, AsyncExitStack() as stack:
        server = Server(settings_of(database_url, data_dir, demo, **more), banner=False)
        with shared_documents():
            await stack.enter_async_context(run_in_loop(server))
        yield Chat(server, demo, http)
