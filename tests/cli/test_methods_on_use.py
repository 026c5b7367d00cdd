"""Dataclasses of a server: their methods are compiled when they are called, and do the same."""

import sys
from dataclasses import FrozenInstanceError, dataclass, replace
from typing import Any

import pytest

from gql_chat.cli.methods_on_use import compiling_methods_on_use

IN_ONE_TEXT = sys.version_info >= (3, 13)  # from Python 3.13 on


def make(**options: bool) -> Any:
    @dataclass(**options)
    class Point:
        """A point."""

        x: int
        y: int = 0

    return Point


def is_compiled(kind: Any, name: str) -> bool:
    return bool(vars(kind)[name].__code__.co_filename == "<string>")


@pytest.fixture(
    params=[{}, {"frozen": True}, {"order": True}, {"frozen": True, "slots": True, "order": True}],
    ids=["usual", "frozen", "ordered", "all"],
)
def options(request: pytest.FixtureRequest) -> dict[str, bool]:
    """Draw options of a dataclass."""
    chosen: dict[str, bool] = request.param
    return chosen


def test_methods_that_are_compiled_on_use_do_the_same(options: dict[str, bool]) -> None:
    usual = make(**options)
    with compiling_methods_on_use():
        lazy = make(**options)
    for kind in (usual, lazy, usual, lazy):
        one, same, other = kind(1), kind(1), kind(1, 2)
        assert (one == same, one == other, one != other, one == 1) == (True, False, True, False)
        assert repr(other) == f"{make.__qualname__}.<locals>.Point(x=1, y=2)"
        assert replace(one, y=2) == other
        if options.get("order"):
            assert (one < other, one <= same, other > one, one >= other) == (True, True, True, False)
        if options.get("frozen"):
            assert len({one, same, other}) == 2
            with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
                one.x = 2
            with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
                del one.x
        else:
            one.x = 2
            assert one != same
            with pytest.raises(TypeError, match="unhashable"):
                hash(one)


@pytest.mark.skipif(IN_ONE_TEXT, reason="Python compiles all methods of a dataclass at once")
def test_a_method_is_compiled_when_it_is_first_called() -> None:
    with compiling_methods_on_use():
        point = make(frozen=True)
    assert is_compiled(point, "__init__")
    assert not is_compiled(point, "__eq__")
    assert point(1) == point(1)
    assert is_compiled(point, "__eq__")
    assert not is_compiled(point, "__hash__")
    assert point.__eq__.__qualname__ == f"{make.__qualname__}.<locals>.Point.__eq__"


def test_a_subclass_finds_the_method_of_the_class_that_has_it() -> None:
    with compiling_methods_on_use():
        point = make(order=True)

    class Other(point):  # type: ignore[misc, valid-type]
        def __lt__(self, other: object) -> bool:
            return bool(super().__lt__(other))

    assert Other(1) < Other(2)
    assert not Other(2) < Other(1)
    assert is_compiled(point, "__lt__")
    assert not is_compiled(Other, "__lt__")


@pytest.mark.skipif(IN_ONE_TEXT, reason="Python compiles all methods of a dataclass at once")
def test_dataclasses_after_the_block_are_as_usual() -> None:
    with pytest.raises(ZeroDivisionError), compiling_methods_on_use():
        1 / 0  # noqa: B018
    assert is_compiled(make(), "__eq__")
