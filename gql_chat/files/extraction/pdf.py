"""The text of PDF documents."""

from collections.abc import Iterator
from io import BytesIO

from pypdf import PageObject, PdfReader
from pypdf.errors import LimitReachedError, PyPdfError

from gql_chat.infra.sandbox.child import Refused

ENCRYPTED = "it is encrypted"
BROKEN = "it is damaged"
BOMB = "it is too large when it is unpacked"


def read_pdf(data: bytes) -> Iterator[str]:
    """Yield the text of page after page. Raise Refused if the document, or every single page, cannot be read."""
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused(ENCRYPTED)
        pages = list(reader.pages)
    except LimitReachedError as exc:
        raise Refused(BOMB) from exc
    except PyPdfError as exc:
        raise Refused(BROKEN) from exc
    readable = 0
    for page in pages:
        text = _read_page(page)
        if text is not None:
            readable += 1
            yield text.strip() + "\n\n"
    if not readable:
        raise Refused(BROKEN)


def _read_page(page: PageObject) -> str | None:
    try:
        return page.extract_text()
    except LimitReachedError as exc:
        raise Refused(BOMB) from exc
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError):
        return None  # pypdf raises nearly anything for a page that breaks the rules; the others may be good
