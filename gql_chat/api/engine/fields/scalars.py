"""Scalars that GraphQL lacks."""

from datetime import UTC, datetime
from typing import NewType

import strawberry

from gql_chat.files.incoming import NamedIncomingFile

MAX_SAFE_INTEGER = 2**53  # the largest that a JSON number carries through JavaScript unharmed

BigInt = NewType("BigInt", int)


def _parse_big_int(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MAX_SAFE_INTEGER:
        raise ValueError(f"BigInt takes whole numbers up to {MAX_SAFE_INTEGER}.")
    return value


BIG_INT = strawberry.scalar(
    name="BigInt",
    description="An integer beyond 32 bits, as a JSON number of at most 2^53.",
    serialize=int,
    parse_value=_parse_big_int,
)


def _parse_date_time(value: object) -> datetime:
    moment = _read_date_time(value)
    if moment is None:
        raise ValueError("DateTime takes ISO 8601 with an offset, such as 2026-11-21T12:00:00Z.")
    return moment


def _read_date_time(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="A point in time in ISO 8601 format. Responses are in UTC; inputs may have any offset.",
    specified_by_url="https://www.iso.org/iso-8601-date-and-time-format.html",
    serialize=datetime.isoformat,
    parse_value=_parse_date_time,
)

Upload = NewType("Upload", NamedIncomingFile)


def _parse_upload(value: object) -> NamedIncomingFile:
    if not isinstance(value, NamedIncomingFile):
        raise ValueError("Upload takes a file of a multipart request, to which its map leads.")  # noqa: TRY004 - GraphQL's
    return value


UPLOAD = strawberry.scalar(
    name="Upload",
    description="A file of a multipart request. Only a variable can hold one.",
    specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
    serialize=str,
    parse_value=_parse_upload,
)
