"""Statements that are known to be short: on SQLite the event loop runs them itself."""


class Quick(str):
    """SQL that reads or writes a few rows by their keys.

    A visit to the thread of SQLite's connection costs ten times as much as such a statement. Decision record:
    docs/decisions/0045-short-statements-in-the-loop.md.
    """

    __slots__ = ()


class Joined(Quick):
    """An INSERT of one row that SQLite runs at the end of a transaction, with the same INSERTs of its other units.

    So each index that collects what a statement adds, as a full-text index does, stores all of it at once. The units
    of work write and read the table in no other way.
    """

    __slots__ = ()
