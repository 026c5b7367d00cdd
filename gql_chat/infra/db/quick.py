"""Statements that are known to be short: on SQLite the event loop runs them itself."""


class Quick(str):
    """SQL that reads or writes a few rows by their keys.

    A visit to the thread of SQLite's connection costs ten times as much as such a statement. Decision record:
    docs/decisions/0045-short-statements-in-the-loop.md.
    """

    __slots__ = ()
