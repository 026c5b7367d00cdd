"""GraphQL operations with files: https://github.com/jaydenseric/graphql-multipart-request-spec, parsed while received.

The parts are the `operations`, the `map` of files to variables, and the files. Each file is written to a temporary file
up to its limit, whatever the headers announce.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from gql_chat.api.engine.requests import MalformedRequest
from gql_chat.errors import PayloadTooLarge
from gql_chat.files.dependencies import Files
from gql_chat.files.incoming import IncomingFile, NamedIncomingFile
from gql_chat.files.reservations import quota_exceeded, remaining_bytes
from gql_chat.web.graphql.json_decoding import decode_json
from gql_chat.web.headers import read_header

MULTIPART = "multipart/form-data"
MAX_FILES = 20  # of one request
MAX_HEADERS_BYTES = 4096  # of a part, roughly
_NO_FORM = f"The body is not {MULTIPART}."


def is_multipart(request: Request) -> bool:
    """Return whether the body is a form, which may hold files."""
    return (read_header(request.scope, b"content-type") or "").partition(";")[0].strip().lower() == MULTIPART


@asynccontextmanager
async def read_multipart(request: Request, user_id: str, *, files: Files, max_fields_bytes: int) -> AsyncIterator[Any]:
    """Read the operation of a user, with files as variables, that exist for as long as the block runs.

    The bytes of a body that announces its length are reserved before it is read, those of another as they arrive.
    Raises MalformedRequest, PayloadTooLarge and QuotaExceeded as soon as too many bytes are announced or have arrived,
    RateLimited and Unavailable if too many bytes are on their way at the moment.
    """
    policy = files.policy.current
    left_bytes = await remaining_bytes(user_id, policy)
    try:
        form = _Form(_boundary(request), max_fields_bytes, policy.max_size_bytes)
    except FormParserError as exc:  # a boundary that is too long
        raise MalformedRequest(_NO_FORM) from exc
    # Besides the files: both fields, and what surrounds each part.
    max_bytes = left_bytes + 2 * max_fields_bytes + (MAX_FILES + 2) * MAX_HEADERS_BYTES
    announced_bytes, received_bytes = int(request.headers.get("content-length", 0)), 0
    if announced_bytes > max_bytes:
        raise quota_exceeded(left_bytes, policy)
    with files.in_flight.reserve(user_id, announced_bytes) as reservation:
        try:
            async for chunk in request.stream():
                received_bytes += len(chunk)
                if received_bytes > max_bytes:
                    raise quota_exceeded(left_bytes, policy)
                reservation.cover(received_bytes)
                await form.feed(chunk)
            yield await form.finish()
        finally:
            form.close()


@dataclass(slots=True)
class _Part:
    """A part of the form: the bytes of a field are collected here, those of a file in `file`."""

    name: str
    filename: str | None
    content: bytearray = field(default_factory=bytearray)
    file: IncomingFile | None = None


class _Form:
    """A parser of the body; the events of one chunk are handled before the next is parsed."""

    def __init__(self, boundary: bytes, max_fields_bytes: int, max_file_bytes: int) -> None:
        self._events: list[tuple[str, bytes]] = []
        self._parser = MultipartParser(
            boundary,
            {
                "on_header_field": lambda data, start, end: self._events.append(("header", data[start:end])),
                "on_header_value": lambda data, start, end: self._events.append(("value", data[start:end])),
                "on_header_end": lambda: self._events.append(("header end", b"")),
                "on_headers_finished": lambda: self._events.append(("part", b"")),
                "on_part_data": lambda data, start, end: self._events.append(("data", data[start:end])),
                "on_part_end": lambda: self._events.append(("part end", b"")),
                "on_end": lambda: self._events.append(("end", b"")),
            },
            max_header_size=MAX_HEADERS_BYTES,
        )
        self._max_fields_bytes, self._max_file_bytes = max_fields_bytes, max_file_bytes
        self._bytes_left = max_fields_bytes  # of the whole body; grows once the map gives the number of files
        self._header, self._value = bytearray(), bytearray()
        self._disposition = b""
        self._part: _Part | None = None
        self._operations: dict[str, Any] | None = None
        self._paths: dict[str, list[str]] | None = None
        self._files: dict[str, NamedIncomingFile] = {}
        self._is_over = False

    async def feed(self, chunk: bytes) -> None:
        """Parse the next chunk of the body."""
        self._bytes_left -= len(chunk)
        try:
            self._parser.write(chunk)
        except FormParserError as exc:
            raise MalformedRequest(_NO_FORM) from exc
        events, self._events = self._events, []
        for kind, data in events:
            await self._take(kind, data)
        if self._bytes_left < 0:
            raise PayloadTooLarge("The form is larger than `operations`, `map` and the files may be together.")

    async def finish(self) -> dict[str, Any]:
        """Return the operation once the whole body has arrived."""
        if not self._is_over or self._operations is None or self._paths is None:
            raise MalformedRequest("The form is incomplete, or has no `operations` and `map`.")
        for name, paths in self._paths.items():
            if name not in self._files:
                raise MalformedRequest(f"The map names a file `{name}` that is not in the form.")
            for path in paths:
                _put(self._operations, path, self._files[name])
        return self._operations

    def close(self) -> None:
        """Delete the temporary files."""
        if self._part and self._part.file:
            self._part.file.close()
        for file in self._files.values():
            file.incoming.close()

    async def _take(self, kind: str, data: bytes) -> None:
        match kind:
            case "header":
                self._header += data
            case "value":
                self._value += data
            case "header end":
                if bytes(self._header).lower() == b"content-disposition":
                    self._disposition = bytes(self._value)
                self._header.clear()
                self._value.clear()
            case "part":
                self._begin_part()
            case "data":
                await self._take_data(data)
            case "part end":
                await self._end_part()
            case _:
                self._is_over = True

    def _begin_part(self) -> None:
        _, options = parse_options_header(self._disposition)
        name, filename = (_text(options.get(key)) for key in (b"name", b"filename"))
        self._disposition = b""
        if name is None:
            raise MalformedRequest("A part of the form has no name.")
        self._part = part = _Part(name, filename)
        if name == "operations" and self._operations is None:
            return
        if name == "map" and self._operations is not None and self._paths is None:
            return
        if self._paths is None:
            raise MalformedRequest("Send the `operations` first, then the `map`, then the files.")
        if name not in self._paths or name in self._files or filename is None:
            raise MalformedRequest(f"The part `{name}` is not a file that the map names, or is there twice.")
        part.file = IncomingFile(self._max_file_bytes)

    async def _take_data(self, data: bytes) -> None:
        assert self._part is not None, "data comes within a part"
        if self._part.file is not None:
            await self._part.file.write(data)
            return
        self._part.content += data
        if len(self._part.content) > self._max_fields_bytes:
            raise MalformedRequest(f"`{self._part.name}` is larger than {self._max_fields_bytes} bytes.")

    async def _end_part(self) -> None:
        assert self._part is not None, "a part ends that has begun"
        part, self._part = self._part, None
        if part.file is not None:
            self._files[part.name] = NamedIncomingFile(part.filename or "", part.file)
            await part.file.finish()
        elif part.name == "operations":
            self._operations = _parse_object(part)
        else:
            self._paths = _parse_map(part)
            self._bytes_left += len(self._paths) * (self._max_file_bytes + MAX_HEADERS_BYTES)


def _boundary(request: Request) -> bytes:
    _, options = parse_options_header(request.headers.get("content-type"))
    if not options.get(b"boundary"):
        raise MalformedRequest(f"{MULTIPART} needs a boundary.")
    return options[b"boundary"]


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def _parse_object(part: _Part) -> dict[str, Any]:
    try:
        parsed = decode_json(part.content)
    except ValueError as exc:
        raise MalformedRequest(f"`{part.name}` is not JSON in UTF-8.") from exc
    if not isinstance(parsed, dict):
        raise MalformedRequest(f"`{part.name}` is not a JSON object; batches are not supported.")
    return parsed


def _parse_map(part: _Part) -> dict[str, list[str]]:
    paths = _parse_object(part)
    if len(paths) > MAX_FILES:
        raise MalformedRequest(f"Send at most {MAX_FILES} files at once.")
    for listed in paths.values():
        if not isinstance(listed, list) or not listed or not all(isinstance(path, str) for path in listed):
            raise MalformedRequest("The map must give each file a list of paths such as `variables.file`.")
    return paths


def _put(operations: dict[str, Any], path: str, file: NamedIncomingFile) -> None:
    """Replace the null at the path among the variables by the file."""
    first, *steps = path.split(".")
    place: Any = operations.get("variables")
    if first != "variables" or not steps:
        raise _no_place(path)
    for step in steps[:-1]:
        place = _at(place, step, path)
    if _at(place, steps[-1], path) is not None:
        raise _no_place(path)
    place[int(steps[-1]) if isinstance(place, list) else steps[-1]] = file


def _at(place: Any, step: str, path: str) -> Any:
    if isinstance(place, dict) and step in place:
        return place[step]
    if isinstance(place, list) and step.isdecimal() and step.isascii() and len(step) < 9 and int(step) < len(place):
        return place[int(step)]
    raise _no_place(path)


def _no_place(path: str) -> MalformedRequest:
    return MalformedRequest(f"The map names `{path}`, which is not a null among the variables.")
