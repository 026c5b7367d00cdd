"""Methods of dataclasses that are compiled when they are first called (decision 96).

A server imports 400 dataclasses. Python 3.11 and 3.12 compile each method of each as a text of its own, and nothing
calls most of them.
"""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

_ON_USE = frozenset(
    {"__repr__", "__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__setattr__", "__delattr__"}
)  # not `__init__`, whose signature is read


@contextmanager
def compiling_methods_on_use() -> Iterator[None]:
    """Let dataclasses that are made in the block have methods that are compiled when they are called."""
    of_module = vars(dataclasses)
    make = of_module.get("_create_fn")
    if make is None:  # From Python 3.13 on, the methods of a class are one text.
        yield
        return
    of_module["_create_fn"] = partial(_make_on_use, make)
    try:
        yield
    finally:
        of_module["_create_fn"] = make


def _make_on_use(make: Callable[..., Any], name: str, *args: Any, **more: Any) -> Any:
    if name not in _ON_USE:
        return make(name, *args, **more)

    def method(self: Any, *arguments: Any) -> Any:
        made = make(name, *args, **more)
        made.__qualname__ = method.__qualname__
        for owner in type(self).__mro__:
            if vars(owner).get(name) is method:
                setattr(owner, name, made)
        return made(self, *arguments)

    method.__name__ = name
    return method
