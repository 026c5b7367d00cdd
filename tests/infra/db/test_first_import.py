"""Tortoise is imported without its slowest parts, and is whole afterwards. SQLite counts no memory."""

import inspect
import re
import subprocess
import sys

import pytest
from tortoise.exceptions import ValidationError
from tortoise.validators import DomainNameValidator, validate_domain_name

from gql_chat.infra.db import import_tortoise


def test_no_source_of_tortoise_is_parsed_and_no_domain_names_are_compiled() -> None:
    code = """import sys; texts = []
sys.addaudithook(lambda event, details: texts.append(str(details[0])) if event == "compile" else None)
import gql_chat.infra.db, tortoise.models, tortoise.validators
assert not any("class Model" in text for text in texts)
assert not vars(tortoise.validators.validate_domain_name).keys() & {"regex", "_accept_idna_regex"}"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_sqlite_does_not_count_its_memory() -> None:
    code = """import ctypes, sqlite3, _sqlite3, gql_chat.cli.serve
sqlite3.connect(":memory:").execute("CREATE TABLE one (id)")
assert ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used() == 0"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_domain_names_are_still_validated() -> None:
    validate_domain_name("bücher.example")
    DomainNameValidator(accept_idna=False)("example.org")
    with pytest.raises(ValidationError):
        validate_domain_name("bü cher.example")


def test_a_second_import_changes_nothing() -> None:
    get_source, compile_regex = inspect.getsource, re.compile
    import_tortoise()
    assert (inspect.getsource, re.compile) == (get_source, compile_regex)
    validate_domain_name("bücher.example")
