"""Fixtures for every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.object_stores import s3_endpoint, s3_place
from tests.support.services import (
    blank_database_url,
    blank_postgres_url,
    blank_sqlite_url,
    database_url,
    own_redis,
    postgres,
    postgres_databases,
    postgres_url,
    redis_server,
    redis_url,
    sqlite_template,
    sqlite_url,
)

__all__ = [
    "blank_database_url",
    "blank_postgres_url",
    "blank_sqlite_url",
    "database_url",
    "own_redis",
    "postgres",
    "postgres_databases",
    "postgres_url",
    "redis_server",
    "redis_url",
    "s3_endpoint",
    "s3_place",
    "sqlite_template",
    "sqlite_url",
]


@pytest.fixture
async def chat(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """The whole server on SQLite."""
    async with run_chat(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture
async def chat_on_each(database_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """The whole server, on SQLite and on PostgreSQL."""
    async with run_chat(database_url, tmp_path) as running:
        yield running


@pytest.fixture
async def ada(chat: Chat) -> Client:
    """A user."""
    return await chat.sign_up("ada")


@pytest.fixture
async def bob(chat: Chat) -> Client:
    """Another user."""
    return await chat.sign_up("bob")
