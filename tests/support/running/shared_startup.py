"""The parts of a server's start that are alike for each, done once per process: tests start hundreds in one."""

import gc
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache, partial
from types import SimpleNamespace
from typing import Any, ClassVar
from unittest.mock import patch

import pytest
from tortoise.apps import Apps
from tortoise.models import Model

from gql_chat.api.engine import documents, requests
from gql_chat.api.engine.documents import Document, Documents, Refusal
from gql_chat.api.engine.fields.costs import read_costs
from gql_chat.infra.mail import mailer
from gql_chat.infra.tasks.periodic import Work, run_in_turn
from gql_chat.server import server, services
from gql_chat.users.passwords.hashing import Passwords

LOWEST_COST = 4  # that bcrypt has
_KEPT_CHARACTERS = 5_000  # of one document: longer ones are attacks, which no other test repeats


def share_startup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the servers of this process share what each would compute alike. Forked servers share nothing."""
    monkeypatch.setattr(documents, "read_costs", cache(read_costs))
    monkeypatch.setattr(Apps, "_build_initial_querysets", _once_per_engine(Apps._build_initial_querysets))
    monkeypatch.setattr(server, "_tune_interpreter", lambda: None)
    monkeypatch.setattr(services, "run_in_turn", _run_first_before_the_start)
    # A hash takes 0.2 s of CPU otherwise. Servers that run as processes hash as they should.
    monkeypatch.setattr(services, "Passwords", partial(Passwords, cost=LOWEST_COST))
    # It reads the certificates of the system: 20 ms. Tests that trust others hand a context in.
    monkeypatch.setattr(mailer, "ssl", SimpleNamespace(create_default_context=cache(ssl.create_default_context)))


@contextmanager
def shared_documents() -> Iterator[None]:
    """Let a server that starts in the block accept at once the documents that an earlier one has accepted."""
    with patch.object(requests, "Documents", _SharedDocuments):
        yield


def pause_garbage_collector() -> None:
    """Do not look for garbage while tests are collected: nearly all that is made then stays."""
    gc.freeze()
    gc.disable()


def tune_interpreter() -> None:
    """Do once, after the collection, what a server does when it starts: no test's garbage is frozen as well."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 100)


class _SharedDocuments(Documents):
    """The valid documents of all servers. That one is valid depends on the schema, the limits and the rules alone."""

    _valid: ClassVar[dict[Any, Document]] = {}

    def examine(self, query: str) -> Document | Refusal:
        key = (self._schema, self._limits, self._rules, query)
        if found := self._valid.get(key):
            return found
        examined = super().examine(query)
        if isinstance(examined, Document) and len(query) < _KEPT_CHARACTERS:
            self._valid[key] = examined
        return examined


@asynccontextmanager
async def _run_first_before_the_start(
    seconds: float, works: Mapping[str, Work], *, at_once: bool = False
) -> AsyncIterator[None]:
    """Do the housekeeping of a start before the server listens, so that no test counts its statements as a request's.

    If that fails, it goes on as it does in servers.
    """
    is_due = at_once
    with suppress(Exception):
        for work in works.values() if at_once else ():
            await work()
        is_due = False
    async with run_in_turn(seconds, works, at_once=is_due):
        yield


def _once_per_engine(build: Callable[[Apps], None]) -> Callable[[Apps], None]:
    """Leave the ORM's models as they are unless other models or the other database came in between."""
    built: dict[type[Model], tuple[Any, frozenset[type[Model]]]] = {}

    def build_if_other(self: Apps) -> None:
        models = frozenset(model for app in self.apps.values() for model in app.values())
        wanted = {model: (type(model._meta.db), models) for model in models}
        if any(built.get(model) != state for model, state in wanted.items()):
            build(self)
            built.update(wanted)

    return build_if_other
