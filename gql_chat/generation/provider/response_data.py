"""The data beside an answer's text, as the provider sent it: id, model, fingerprint, finish reason, usage."""

from typing import Any

import msgspec

_MAX_TEXT_LENGTH = 200  # characters
_MAX_USAGE_BYTES = 2048
_MAX_HEADS = 4  # Azure's first chunk has an empty id


class _Head(msgspec.Struct, gc=False):
    id: Any = None
    model: Any = None
    system_fingerprint: Any = None


_decode_head = msgspec.json.Decoder(_Head).decode


class ResponseData:
    """Collects the data of one answer while it arrives. It keeps 3 KB at most, whatever a server sends."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._usage: msgspec.Raw | None = None
        self._heads_left = _MAX_HEADS

    @property
    def needs_head(self) -> bool:
        """Whether the next chunk is to be read for the id and the names: the first one that has an id is the last."""
        return self._heads_left > 0

    def note_head(self, chunk: bytes) -> None:
        """Read the id, the model and the fingerprint of a chunk, or of a whole answer."""
        self._heads_left -= 1
        try:
            head = _decode_head(chunk)
        except (ValueError, RecursionError):
            return
        for name in head.__struct_fields__:
            self._note(name, getattr(head, name))
        if "id" in self._texts:
            self._heads_left = 0

    def note_finish_reason(self, reason: str) -> None:
        """Keep the reason in the provider's own word."""
        self._note("finish_reason", reason)

    def note_usage(self, usage: Any) -> None:
        """Keep the usage with all that a provider counts; the last one of an answer wins."""
        try:
            encoded = msgspec.json.encode(usage)
        except (ValueError, OverflowError, RecursionError):
            return
        self._usage = msgspec.Raw(encoded) if len(encoded) <= _MAX_USAGE_BYTES else None

    def as_json(self) -> str | None:
        """Return an object with the names that the provider gave a value; None if there is none."""
        data: dict[str, Any] = dict(self._texts)
        if self._usage is not None:
            data["usage"] = self._usage
        return msgspec.json.encode(data).decode() if data else None

    def _note(self, name: str, value: Any) -> None:
        if isinstance(value, str) and 0 < len(value) <= _MAX_TEXT_LENGTH and value.isprintable():
            self._texts[name] = value
