"""The images that an answer contains, in the forms in which providers send them beside its text or as parts of it.

OpenRouter, Vercel, LiteLLM: `images` of a message or delta. Others: parts of the content, of the type `image_url`,
`output_image` or `image`, or Gemini's `inline_data`.
"""

import binascii
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from gql_chat.generation.provider.sources import is_address

MAX_IMAGES = 8
MAX_IMAGES_BYTES = 20 * 1024 * 1024  # decoded, of one answer together

TOO_MANY = f"more than {MAX_IMAGES}"
TOO_LARGE = f"more than {MAX_IMAGES_BYTES // 1024**2} MB together"
UNREADABLE = "unreadable data"

Image: TypeAlias = bytes | str
"""The bytes of an image, or the https address of one that is elsewhere."""


class Images:
    """Collects an answer's images, each once, in the order in which they came; `left_out` counts others by reason."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self.held_bytes = 0
        """The bytes of all images that are kept."""
        self._images: list[Image] = []

    def __iter__(self) -> Iterator[Image]:
        return iter(self._images)

    def __len__(self) -> int:
        return len(self._images)

    def note(self, given: Any) -> None:
        """Note the images in a list of objects or addresses. What is none is passed over."""
        for part in given if isinstance(given, list) else ():
            for address in _addresses(part):
                self._note(address)

    def note_parts(self, content: Any) -> None:
        """Note the images among the parts of a content, which may be a text instead."""
        if isinstance(content, list):
            self.note([part for part in content if isinstance(part, dict)])

    def _note(self, address: str) -> None:
        try:
            image = _decode(address)
        except ValueError:
            self.left_out[UNREADABLE] += 1
            return
        if image in self._images:
            return
        size_bytes = len(image) if isinstance(image, bytes) else 0
        if len(self._images) == MAX_IMAGES:
            self.left_out[TOO_MANY] += 1
        elif self.held_bytes + size_bytes > MAX_IMAGES_BYTES:
            self.left_out[TOO_LARGE] += 1
        else:
            self._images.append(image)
            self.held_bytes += size_bytes


def _addresses(part: Any) -> Iterable[str]:
    """Yield the address or the data URL of an image, none for another part."""
    if isinstance(part, str):
        yield part
    if not isinstance(part, dict):
        return
    linked = part.get("image_url") or (part.get("url") if "image" in str(part.get("type", "image")) else None)
    data = part.get("b64_json")
    if isinstance(inline := part.get("inline_data") or part.get("inlineData"), dict):
        data = inline.get("data")
    if isinstance(linked, dict):
        linked = linked.get("url")
    if isinstance(linked, str):
        yield linked
    elif isinstance(data, str):
        yield f"data:;base64,{data}"


def _decode(address: str) -> Image:
    """Return the bytes of a data URL, or an https address as it is. Raise ValueError for anything else."""
    if address.startswith("https://") and is_address(address):
        return address
    head, comma, payload = address.partition(",")
    if not (head.startswith("data:") and head.endswith(";base64") and comma):
        raise ValueError("neither an https address nor data in base64")
    if missing := -len(payload) % 4:
        payload += "=" * missing
    return binascii.a2b_base64(payload)
