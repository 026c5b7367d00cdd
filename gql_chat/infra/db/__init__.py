"""Access to SQLite and PostgreSQL: connections, transactions, migrations, pagination.

Tortoise is imported here first, without two parts that serve nobody here and take a seventh of a server's start:

- It parses its own source, for descriptions of `Model`'s fields in comments. It has none, and ours are arguments.
- It compiles a regular expression of domain names in all languages. No table of ours has such a column.
"""

import inspect
import re
from functools import cached_property
from importlib import import_module
from typing import Any

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


import_tortoise()
