"""Which of the media types that we can answer in a client likes best (RFC 9110, 12.5.1)."""

from dataclasses import dataclass

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"

OFFERED = (JSON, GRAPHQL_RESPONSE, EVENT_STREAM)
"""In the order in which we choose for a client to which they are equal, as `*/*` says."""


@dataclass(frozen=True, slots=True)
class _Range:
    media_type: str
    quality: float
    position: int

    def matches(self, media_type: str) -> bool:
        return self.media_type in ("*/*", media_type) or self.media_type == media_type.partition("/")[0] + "/*"

    @property
    def specificity(self) -> int:
        return 2 - self.media_type.count("*")


def choose_media_type(accept: str | None) -> str | None:
    """The offered type of the highest quality, then the one named first; None when the client takes none of them."""
    if not accept or not accept.strip():
        return JSON
    ranges = [_parse_range(item, position) for position, item in enumerate(accept.split(","))]
    best: tuple[float, int, int] | None = None
    chosen = None
    for order, media_type in enumerate(OFFERED):
        matching = [candidate for candidate in ranges if candidate.matches(media_type)]
        if not matching:
            continue
        closest = max(matching, key=lambda candidate: candidate.specificity)
        rank = (-closest.quality, closest.position, order)
        if closest.quality > 0 and (best is None or rank < best):
            best, chosen = rank, media_type
    return chosen


def _parse_range(item: str, position: int) -> _Range:
    media_type, *parameters = (part.strip().lower() for part in item.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
    return _Range(media_type, quality, position)
