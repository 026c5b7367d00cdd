"""The media type of a response by the Accept header."""

import pytest

from gql_chat.web.graphql.content_negotiation import choose_media_type

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
STREAM = "text/event-stream"
PARTS = "multipart/mixed;subscriptionspec=1.0"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/*", STREAM),
        ("text/html", None),
        (f"{JSON};q=0", None),
        (f"{GRAPHQL},{JSON};q=0.9", GRAPHQL),  # Apollo Client 4
        (f"{GRAPHQL}, application/graphql+json, {JSON}, {STREAM}, multipart/mixed", GRAPHQL),  # urql
        (f"{JSON}, {STREAM}", JSON),
        (f"{STREAM}, {JSON}", STREAM),
        (f"{JSON};q=0.5, {STREAM};q=0.6", STREAM),
        (f"*/*, {JSON};q=0.1", GRAPHQL),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),  # a browser's address bar
        (f"{JSON};q=high, {GRAPHQL};q=0.2", GRAPHQL),
        ("multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json", PARTS),  # Apollo Client 4
        ('multipart/mixed; boundary="graphql"; subscriptionSpec="1.0", application/json', PARTS),  # Apollo's for Kotlin
        ("multipart/mixed;deferSpec=20220824,application/json", JSON),
        ("Application/JSON ; charset=utf-8", JSON),
    ],
)
def test_the_type_of_the_highest_quality_is_chosen_then_the_first(accept: str | None, chosen: str | None) -> None:
    assert choose_media_type(accept) == chosen
