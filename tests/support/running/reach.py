"""Which tests start a process or a service: found by following what a test and its fixtures mention."""

import inspect
from collections.abc import Collection, Iterator
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

PROGRAMS = frozenset({"create_subprocess_exec", "fork_gql_chat", "fork_python", "Supervisor"})
STARTERS = PROGRAMS | {
    "subprocess",
    "Popen",
    "ThreadedMotoServer",
    "running_postgres",
    "measure_on_each",
    "Sandbox",
    "Extractor",
    "upload",
}
"""Names whose mention starts a process, or a thread that serves. An uploaded file is read in a process."""
SERVICES = ("postgres", "redis", "bucket")
"""What the values of parameters begin with by which a test asks for a service."""
OURS = ("tests.", "bench.")


def starts_programs(test: pytest.Function) -> bool:
    """Return whether the test starts programs such as `gql-chat`, which take longer than anything else."""
    return _mentions_any(test, PROGRAMS)


def starts_processes(test: pytest.Function) -> bool:
    """Return whether the test starts processes or services, by what it calls or by its fixtures."""
    parameters = test.callspec.params.values() if hasattr(test, "callspec") else ()
    wants_service = any(isinstance(value, str) and value.lower().startswith(SERVICES) for value in parameters)
    return wants_service or _mentions_any(test, STARTERS)


def _mentions_any(test: pytest.Function, names: frozenset[str]) -> bool:
    used = set(test.fixturenames)
    fixtures = [found[-1].func for name, found in test._fixtureinfo.name2fixturedefs.items() if name in used]
    return any(names & _mentioned(function) for function in (test.function, *fixtures))


@cache
def _mentioned(function: Any) -> frozenset[str]:
    return frozenset(_mentions(function))


def _mentions(function: Any) -> Iterator[str]:
    """Yield every name that the function's code mentions, and that functions of ours mention that it names."""
    waiting, seen = [inspect.unwrap(function)], set[int]()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        names, more = _mentioned_itself(found)
        yield from names
        waiting += more


@cache
def _mentioned_itself(found: Any) -> tuple[Collection[str], list[Any]]:
    """Return the names in the code of a function, and what of ours they stand for; of a class, its functions."""
    if inspect.isclass(found):
        return (), [inspect.unwrap(value) for value in vars(found).values() if callable(value)]
    if not isinstance(found, FunctionType):
        return (), []
    names = set(_names(found.__code__))
    return names, [value for name in names for value in _ours(found.__globals__, name, names)]


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _ours(scope: dict[str, Any], name: str, names: set[str]) -> Iterator[Any]:
    """Yield what the name stands for in the scope, if it is ours; of a module, the things that are named with it."""
    value = scope.get(name)
    if isinstance(value, ModuleType) and value.__name__.startswith(OURS):
        yield from (inspect.unwrap(vars(value)[other]) for other in names & vars(value).keys())
    elif callable(value) and str(getattr(value, "__module__", "")).startswith(OURS):
        yield inspect.unwrap(value)
