"""Substring indexes, as the generator of migrations compares them."""

from tortoise.indexes import Index

from gql_chat.infra.db.substring_index import SubstringIndex


def test_an_index_on_another_column_is_another_index() -> None:
    index = SubstringIndex(column="text", name="by_text")
    assert index == SubstringIndex(column="text", name="by_text")
    assert index != SubstringIndex(column="title", name="by_text")
    assert index != Index(fields=("text",), name="another")
    assert index != "by_text"
