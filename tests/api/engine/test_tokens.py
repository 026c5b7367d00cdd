"""The quick count of a document's tokens is that of graphql-core's lexer."""

import pytest
from graphql import GraphQLSyntaxError, Lexer, Source, TokenKind
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.api.engine.complexity import is_too_long

TOKENS = st.sampled_from(
    [
        *"{}$!():=@[]|&,", "...", "a", "_b1", "on", "1", "-2.5e+3", "0", "#", '# x { "', "\ufeff",
        '""', '"x \\" \\\\ #"', '"""a " "" \\""" # b"""', '""""""', '"""\n\\""""""',
    ]
)  # fmt: skip


def count(query: str) -> tuple[int, int]:
    lexer = Lexer(Source(query))
    kinds = []
    while (token := lexer.lookahead()).kind is not TokenKind.EOF:
        kinds.append(token.kind)
        lexer.token = token
    comments, previous = 0, lexer.token.prev
    while previous is not None:
        comments += previous.kind is TokenKind.COMMENT
        previous = previous.prev
    return len(kinds), comments


@given(st.lists(st.tuples(TOKENS, st.sampled_from([" ", "\n", "\t", "\r\n"])), max_size=12))
def test_it_counts_as_the_lexer_does(pieces: list[tuple[str, str]]) -> None:
    query = "".join(token + gap for token, gap in pieces)
    try:
        tokens, comments = count(query + "\n{")
    except GraphQLSyntaxError:
        return
    assert not is_too_long(query + "\n{", tokens, comments)
    assert is_too_long(query + "\n{", tokens - 1, comments)
    assert comments == 0 or is_too_long(query + "\n{", tokens, comments - 1)


@pytest.mark.parametrize("piece", ['"', '"""', '\\"', "\\", '"""a" ', "{", "#\n", "-", "1e", "...", '"\\'])
def test_a_hostile_document_is_read_once(piece: str) -> None:
    is_too_long(piece * (200_000 // len(piece)), 10**6, 10**6)  # would take minutes if it were read again and again
