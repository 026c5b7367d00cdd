"""A plugin that pytest loads before the conftest, so that what takes longest to start begins at once."""

import os
from importlib import import_module

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Let the server that forks import everything while this process does, with pytest-xdist. Each takes a processor.

    Without it nothing else of ours is imported: a copy of this folder, in which pytest runs, is found only later.
    """
    options = early_config.known_args_namespace
    if getattr(options, "numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        import_module("tests.support.running.files_in_memory").keep_files_in_memory()
        import_module("tests.support.running.forkserver").start_server()
