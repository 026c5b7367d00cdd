"""Fixtures for every test."""

from tests.services import (
    blank_database_url,
    blank_postgres_url,
    blank_sqlite_url,
    database_url,
    postgres_server,
    postgres_url,
    sqlite_template,
    sqlite_url,
)

__all__ = [
    "blank_database_url",
    "blank_postgres_url",
    "blank_sqlite_url",
    "database_url",
    "postgres_server",
    "postgres_url",
    "sqlite_template",
    "sqlite_url",
]
