"""Modules that are compiled from another tree than their file's."""

import ast
import importlib.machinery
import os
from collections.abc import Callable
from typing import Any


def compile_as(tree_of: Callable[[str], ast.Module | None]) -> None:
    """Compile each module that is imported from now on from the tree that `tree_of` returns for its path, if any."""
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        path = os.path.realpath(self.get_filename(fullname))
        tree = tree_of(path)
        return original(self, fullname) if tree is None else compile(tree, path, "exec")

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
