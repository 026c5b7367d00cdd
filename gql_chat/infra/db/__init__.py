"""Access to SQLite and PostgreSQL: connections, transactions, migrations, pagination.

Tortoise is imported here first, without two parts that serve nobody here and take a seventh of a server's start:

- It parses its own source, for descriptions of `Model`'s fields in comments. It has none, and ours are arguments.
- It compiles a regular expression of domain names in all languages. No table of ours has such a column.

SQLite is configured here, because that is possible only while no connection is open.
"""

import ctypes
import inspect
import re
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import Any

_SQLITE_CONFIG_MEMSTATUS = 9

_ALL_LANGUAGES = "\u00a1-\uffff"


def import_tortoise() -> None:
    """Import Tortoise. Its validator of domain names is made whole when it is used."""
    get_source, compile_regex = inspect.getsource, re.compile

    def get_source_of_others(object: Any) -> str:  # noqa: A002 - its name in inspect
        if isinstance(object, type):
            raise OSError  # as for a class without a source
        return get_source(object)

    def compile_others(pattern: Any, flags: Any = 0) -> Any:
        return compile_regex("" if _ALL_LANGUAGES in str(pattern) else pattern, flags)

    inspect.getsource, re.compile = get_source_of_others, compile_others
    try:
        models: Any = import_module("tortoise.models")
        validators: Any = import_module("tortoise.validators")
    finally:
        inspect.getsource, re.compile = get_source, compile_regex
    models._get_comments = lambda cls: {}
    _compile_on_use(validators)


def _compile_on_use(validators: Any) -> None:
    for name in ("regex", "_accept_idna_regex"):
        vars(validators.validate_domain_name).pop(name, None)
    regex = cached_property(lambda self: self._accept_idna_regex)
    regex.__set_name__(validators.DomainNameValidator, "regex")
    validators.DomainNameValidator.regex = regex


def _leave_out_memory_statistics() -> None:
    """Have SQLite not count its memory, for which it takes a lock at each allocation. Nothing here asks for the count.

    Nothing changes if a connection is open already, or if the library is a part of Python that shows no functions.
    https://www.sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigmemstatus
    """
    module = find_spec("_sqlite3")
    try:
        library = ctypes.CDLL(module.origin if module else None)
        library.sqlite3_memory_used.restype = ctypes.c_int64
        library.sqlite3_config.argtypes = [ctypes.c_int]  # those that follow are variadic
    except (OSError, AttributeError):
        return
    counts = not library.sqlite3_compileoption_used(b"DEFAULT_MEMSTATUS=0")
    if counts and library.sqlite3_memory_used() == 0:  # so no connection is open, and it may begin again
        library.sqlite3_shutdown()
        library.sqlite3_config(_SQLITE_CONFIG_MEMSTATUS, 0)


_leave_out_memory_statistics()
import_tortoise()
