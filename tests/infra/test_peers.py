"""A worker that ends asks whether another one serves."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from gql_chat.infra import peers as peers_module
from gql_chat.infra.peers import Peers
from gql_chat.infra.signals import NoSignals, SignalHandler, SignalPayload


class Bus:
    """Signals within the test, delivered at once to all other workers."""

    def __init__(self, others: "list[Bus]") -> None:
        self._others = others
        self._handlers: dict[str, SignalHandler] = {}
        others.append(self)

    def send(self, topic: str, payload: SignalPayload) -> None:
        for other in self._others:
            if other is not self and topic in other._handlers:
                other._handlers[topic](payload)

    @contextmanager
    def subscribe(self, topic: str, handler: SignalHandler) -> Iterator[None]:
        self._handlers[topic] = handler
        yield


@pytest.mark.parametrize(
    ("others_serve", "is_any_serving"), [([], False), ([False, False], False), ([False, True], True)]
)
async def test_only_workers_that_serve_answer(
    others_serve: list[bool], is_any_serving: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers_module, "ANSWER_SECONDS", 0.01)
    buses: list[Bus] = []
    with ExitStack() as stack:
        asking = Peers(Bus(buses), serves=lambda: False)
        stack.enter_context(asking.answering())
        for serves in others_serve:
            stack.enter_context(Peers(Bus(buses), serves=lambda serves=serves: serves).answering())  # type: ignore[misc]
        assert await asking.is_any_serving() is is_any_serving
        assert await asking.is_any_serving() is is_any_serving


async def test_without_signals_there_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers_module, "ANSWER_SECONDS", 0.01)
    assert await Peers(NoSignals(), serves=lambda: True).is_any_serving() is False
