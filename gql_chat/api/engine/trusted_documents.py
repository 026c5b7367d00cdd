"""Trusted documents: from a document's id, or the hash of Apollo's persisted queries, to the document's text."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NoReturn

import orjson

from gql_chat.api.engine.complexity import Limits
from gql_chat.api.engine.documents import BoundedCache
from gql_chat.api.engine.errors import ErrorCode, request_error
from gql_chat.api.engine.requests import MalformedRequest, RequestRejected

Mode = Literal["off", "on", "only"]

KEPT_BYTES = 4 * 1024 * 1024  # of registered documents: some thousands
MAX_REGISTERED_CHARACTERS = Limits().max_source_length  # a longer one is refused

# Apollo's and urql's clients know both texts, and send the document.
NOT_SUPPORTED, NOT_FOUND = "PersistedQueryNotSupported", "PersistedQueryNotFound"

_SHA256 = "sha256:"


class TrustedDocuments:
    """The documents that clients may name by an id: those of a manifest, and those that clients registered.

    `off` knows no ids. `on` also runs any other document. `only` runs the documents of the manifest and nothing else.
    """

    def __init__(self, mode: Mode = "off", manifest: Mapping[str, str] | None = None) -> None:
        self.mode = mode
        manifest = manifest or {}
        self._texts = frozenset(manifest.values())
        by_hash = {_hash(text): text for text in self._texts}
        self._manifest = by_hash | {name.removeprefix(_SHA256): text for name, text in manifest.items()}
        self._registered: BoundedCache[str, str] = BoundedCache(KEPT_BYTES)

    def resolve(self, payload: object) -> object:
        """Return the decoded request with the text of the document that it names.

        Raise RequestRejected if the document is unknown, is not the one of its id, or may not run.
        """
        if not isinstance(payload, dict):
            return payload
        query = payload.get("query")
        if query == "":  # graphql-ws sends no request without a text, so that this stands beside an id there
            query = None
        if self.mode == "off":
            return payload if query is not None else _without_id(payload)
        if query is not None and not isinstance(query, str):
            return payload  # which is refused as malformed
        document_id = _read_id(payload)
        text = query if document_id is None else self._get_text(document_id, query)
        if self.mode == "only" and text is not None and text not in self._texts:
            _reject_untrusted()
        return payload if text is query else payload | {"query": text}

    def _get_text(self, document_id: str, query: str | None) -> str:
        known = self._manifest.get(document_id) or self._registered.get(document_id)
        if known is None and self.mode == "only":
            _reject_untrusted()
        if query is None:
            return known if known is not None else _reject(ErrorCode.PERSISTED_QUERY_NOT_FOUND, NOT_FOUND)
        if known != query and (known is not None or _hash(query) != document_id):
            _reject(ErrorCode.BAD_USER_INPUT, "The document in `query` is not the one that its id or hash names.")
        if known is None and len(query) <= MAX_REGISTERED_CHARACTERS:
            self._registered.put(document_id, query, len(_encode(query)))
        return query


def read_manifest(path: Path) -> dict[str, str]:
    """Return the documents of a manifest by their ids. Raise ValueError with the reason if it is none.

    Relay and the client preset write `{id: text}`, Apollo a list of operations with `id` and `body`.
    """
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as exc:
        raise ValueError(f"cannot be read: {exc.strerror}") from exc
    except orjson.JSONDecodeError as exc:
        raise ValueError(f"is not JSON in UTF-8: line {exc.lineno}") from exc
    if isinstance(content, dict) and content.get("format") == "apollo-persisted-query-manifest":
        content = _read_apollo(content)
    if not isinstance(content, dict) or not content:
        raise ValueError('must be an object {"id": "document"} with at least one document')
    for document_id, text in content.items():
        if not isinstance(document_id, str) or not document_id or not isinstance(text, str) or not text.strip():
            raise ValueError(f"{document_id!r} must be the id of a document's text")
        if document_id.startswith(_SHA256) and document_id != _SHA256 + _hash(text):
            raise ValueError(f"{document_id!r} is not the SHA-256 of its document")
    return content


def _read_apollo(content: dict[str, Any]) -> dict[str, str]:
    try:
        return {operation["id"]: operation["body"] for operation in content["operations"]}
    except (KeyError, TypeError):
        raise ValueError("must have `operations`, each with an `id` and a `body`") from None


def _without_id(payload: dict[str, Any]) -> dict[str, Any]:
    """Return a request without a document, unless it names one by an id, which is refused."""
    if payload.get("documentId") is not None:
        message = "This server knows no documents by their ids. Send the document in `query`."
        _reject(ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED, message)
    if _read_persisted_query(payload) is not None:
        _reject(ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED, NOT_SUPPORTED)
    return payload


def _read_id(payload: dict[str, Any]) -> str | None:
    """Return the id of the request's document, or None without one. `sha256:` before a hash is left out."""
    document_id = payload.get("documentId")
    if document_id is None:
        persisted_query = _read_persisted_query(payload)
        if persisted_query is None:
            return None
        if not isinstance(persisted_query, dict) or persisted_query.get("version") != 1:
            _reject(ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED, NOT_SUPPORTED)
        document_id = persisted_query.get("sha256Hash")
    if not isinstance(document_id, str) or not document_id:
        raise MalformedRequest("`documentId` and `extensions.persistedQuery.sha256Hash` must be non-empty strings.")
    return document_id.removeprefix(_SHA256)


def _read_persisted_query(payload: dict[str, Any]) -> object:
    extensions = payload.get("extensions")
    return extensions.get("persistedQuery") if isinstance(extensions, dict) else None


def _reject_untrusted() -> NoReturn:
    _reject(ErrorCode.DOCUMENT_NOT_TRUSTED, "This server runs only the documents of its manifest.")


def _reject(code: ErrorCode, message: str) -> NoReturn:
    raise RequestRejected([request_error(code, message)])


def _hash(text: str) -> str:
    return sha256(_encode(text)).hexdigest()


def _encode(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
