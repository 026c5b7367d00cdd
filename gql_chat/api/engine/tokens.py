"""A look at a document's length in tokens, before graphql-core's lexer, which takes twenty times as long for each."""

import re

# The lexical grammar, without whitespace. A string without an end takes the rest, so each character is read once.
_TOKEN = re.compile(
    r"""
    (\#[^\n\r]*)                                            # a comment
    | \"{3} (?: [^"\\]++ | \\"{3} | \\ | "(?!"") )*+ (?:\"{3})?   # a block string
    | " (?: [^"\\\n\r]++ | \\. )*+ "?                            # a string
    | \.{3}
    | [_A-Za-z][_0-9A-Za-z]*+
    | -? [0-9]++ (?: \.[0-9]++ )? (?: [eE][+-]?[0-9]++ )?
    | [!$&()*:=@\[\]{|}]
    """,
    re.VERBOSE,
)


def is_too_long(query: str, max_tokens: int, max_comments: int) -> bool:
    """Return whether a document has more tokens or comments than these. One that is not GraphQL may pass."""
    tokens = comments = 0
    for match in _TOKEN.finditer(query):
        if match.lastindex:
            comments += 1
        else:
            tokens += 1
        if tokens > max_tokens or comments > max_comments:
            return True
    return False
