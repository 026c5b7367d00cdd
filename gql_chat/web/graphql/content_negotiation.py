"""The choice among the media types of responses by the client's Accept header (RFC 9110, 12.5.1)."""

from functools import lru_cache

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"
SUBSCRIPTION_PARTS = "multipart/mixed;subscriptionspec=1.0"  # other multiparts are for @defer, which is not offered

OFFERED = (JSON, GRAPHQL_RESPONSE, EVENT_STREAM, SUBSCRIPTION_PARTS)
"""In the order of our preference, for a client that has none, as one that sends `*/*`."""

KEPT_HEADERS = 200  # clients send few different ones
KEPT_LENGTH = 200  # characters; those of browsers have 140

_SUBSCRIPTION_SPECS = ("subscriptionspec=1.0", 'subscriptionspec="1.0"')


def choose_media_type(accept: str | None) -> str | None:
    """Return the offered type of the highest quality, among equals the one named first, or None if none is accepted."""
    if not accept or accept == JSON:
        return JSON
    return _choose_kept(accept) if len(accept) <= KEPT_LENGTH else _choose(accept)


def _choose(accept: str) -> str | None:
    if not accept.strip():
        return JSON
    qualities: dict[str, tuple[float, int]] = {}
    for position, item in enumerate(accept.split(",")):
        media_range, quality = _parse_range(item)
        qualities.setdefault(media_range, (quality, -position))
    ranked = [(rank, media_type) for media_type in OFFERED if (rank := _closest(media_type, qualities)) and rank[0] > 0]
    return max(ranked, key=lambda pair: pair[0])[1] if ranked else None


_choose_kept = lru_cache(KEPT_HEADERS)(_choose)


def _closest(media_type: str, qualities: dict[str, tuple[float, int]]) -> tuple[float, int] | None:
    """Return the quality and negated position of the most specific range that matches."""
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((qualities[media_range] for media_range in ranges if media_range in qualities), None)


def _parse_range(item: str) -> tuple[str, float]:
    media_type, *parameters = (part.strip().lower() for part in item.split(";"))
    if media_type == "multipart/mixed" and any("".join(one.split()) in _SUBSCRIPTION_SPECS for one in parameters):
        media_type = SUBSCRIPTION_PARTS
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return media_type, float(value)
            except ValueError:
                return media_type, 0.0
    return media_type, 1.0
