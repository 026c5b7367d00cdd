"""Fixtures for every test, and the order in which tests run."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
import uvloop

from tests.support.backing_services.fixtures import (
    blank_database_url,
    blank_postgres_url,
    blank_sqlite_url,
    database_url,
    own_redis,
    postgres,
    postgres_databases,
    postgres_url,
    redis_cluster,
    redis_server,
    redis_url,
    sqlite_template,
    sqlite_url,
)
from tests.support.backing_services.object_stores import s3_endpoint, s3_place
from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.demo.server import DemoServer
from tests.support.running.examples import configure_examples
from tests.support.running.files_in_memory import keep_files_in_memory
from tests.support.running.reach import starts_processes, starts_programs
from tests.support.running.shared_startup import pause_garbage_collector, share_startup, tune_interpreter
from tests.support.running.steady_loop import BY_THE_CLOCK, SteadyLoop
from tests.support.running.workers import APART

# uvloop's clock has whole milliseconds: not for the faults, which are judged by the clock.
ON_PYTHONS_LOOP = APART

pytest_plugins = ["tests.support.running.workers", "tests.support.running.skips"]
__all__ = [
    "blank_database_url",
    "blank_postgres_url",
    "blank_sqlite_url",
    "database_url",
    "own_redis",
    "postgres",
    "postgres_databases",
    "postgres_url",
    "redis_cluster",
    "redis_server",
    "redis_url",
    "s3_endpoint",
    "s3_place",
    "sqlite_template",
    "sqlite_url",
]


def pytest_configure(config: pytest.Config) -> None:
    """Share what servers compute alike, and no loggers: one would keep the configuration of one test for all others."""
    keep_files_in_memory()
    pause_garbage_collector()
    configure_examples(fast=config.getoption("--fast"))
    patch = pytest.MonkeyPatch()
    patch.setattr(structlog, "configure", partial(_configure_uncached, structlog.configure))
    share_startup(patch)
    # As servers do. A traceback by rich, with all local variables, stops the event loop for a second on a busy machine:
    # in an outage of the database, connections ran into their time limits meanwhile.
    structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback


def pytest_collection_finish() -> None:
    """Let the garbage collector leave out the thousands of collected tests."""
    tune_interpreter()


def _configure_uncached(configure: Callable[..., None], **settings: Any) -> None:
    configure(**{**settings, "cache_logger_on_first_use": False})


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run tests on the event loop of servers, which takes a tenth less of their CPU time. Rooms may say otherwise."""
    if item.nodeid.startswith(BY_THE_CLOCK):
        return {"steady": SteadyLoop}
    if item.nodeid.startswith(ON_PYTHONS_LOOP):
        return {"asyncio": asyncio.new_event_loop}
    return {"uvloop": uvloop.new_event_loop}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of the inner loop."""
    parser.addoption(
        "--fast", action="store_true", help="Run only tests that start no process and no service, on fewer examples."
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that start processes or services and put them first, or leave them out of a fast run.

    pytest-xdist gives the front of the list to one worker, and a worker that has nothing left to do takes from its end:
    so the long tests begin first, one after the other, and what a package of them shares is started once. The faults
    are at the very front (see tests/support/running/workers.py).
    """
    tests = [item for item in items if isinstance(item, pytest.Function)]
    programs = [test for test in tests if starts_programs(test)]
    services = [test for test in tests if test not in programs and starts_processes(test)]
    for test in (*programs, *services):
        test.add_marker("processes")
    others = [item for item in items if item.get_closest_marker("processes") is None]
    if config.getoption("--fast"):
        config.hook.pytest_deselected(items=[*programs, *services])
        items[:] = others
    else:
        items[:] = sorted([*programs, *services, *others], key=lambda item: not item.nodeid.startswith(APART))


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Undo what a test's `configure_logging` did: levels, handlers and structlog hold for the whole process."""
    levels = {logger: logger.level for logger in _loggers()}
    yield
    if not structlog.is_configured():
        return
    structlog.reset_defaults()
    logging.captureWarnings(False)
    for handler in list(logging.root.handlers):
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            logging.root.removeHandler(handler)
    for logger in _loggers():
        logger.setLevel(levels.get(logger, logging.NOTSET))


def _loggers() -> list[logging.Logger]:
    loggers = list(logging.root.manager.loggerDict.values())
    return [logging.root, *(logger for logger in loggers if isinstance(logger, logging.Logger))]


@pytest.fixture
async def demo() -> AsyncIterator[DemoServer]:
    """Run a provider, whose model a test can script."""
    async with DemoServer() as running:
        yield running


@pytest.fixture
async def chat(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """Run the whole server on SQLite."""
    async with run_chat(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture
async def chat_on_each(database_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """Run the whole server, on SQLite and on PostgreSQL."""
    async with run_chat(database_url, tmp_path) as running:
        yield running


@pytest.fixture
async def ada(chat: Chat) -> Client:
    """Sign up a user."""
    return await chat.sign_up("ada")


@pytest.fixture
async def bob(chat: Chat) -> Client:
    """Sign up another user."""
    return await chat.sign_up("bob")
