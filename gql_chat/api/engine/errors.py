"""The translation of exceptions into GraphQL errors: expected failures keep their code, all others are masked."""

import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from graphql import GraphQLError, GraphQLInputObjectType, GraphQLInputType, GraphQLObjectType, get_named_type
from graphql.language import ArgumentNode, FieldNode, ValueNode
from strawberry.utils.str_converters import to_camel_case

from gql_chat.api.engine.mending import in_client_words
from gql_chat.errors import Conflict, GqlChatError, KeyRequired, ProviderFailed, QuotaExceeded, RateLimited, Unavailable

logger = logging.getLogger(__name__)


class ErrorCode(StrEnum):
    """Every `extensions.code` that a client can receive.

    `description` is the documentation's text, and `extensions` names what may stand beside the code.
    """

    description: str
    extensions: tuple[str, ...]

    def __new__(cls, code: str, description: str, *extensions: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.description = description
        member.extensions = extensions
        return member

    BAD_USER_INPUT = "BAD_USER_INPUT", "An input breaks a rule. If one input is at fault, `field` names it.", "field"
    UNAUTHENTICATED = "UNAUTHENTICATED", "The request has no token, or the token is not valid. Sign in again."
    TOKEN_EXPIRED = "TOKEN_EXPIRED", "The access token has expired. Refresh it and try again."
    FORBIDDEN = "FORBIDDEN", "The viewer lacks the role or scope for this."
    NOT_FOUND = "NOT_FOUND", "The object does not exist, or it belongs to another user.", "field"
    CONFLICT = (
        "CONFLICT",
        "The state has changed in the meantime; `reason` says how. `headId` is the message that now ends the branch.",
        *("reason", "headId", "field"),
    )
    RATE_LIMITED = "RATE_LIMITED", "Too many requests. Try again after `retryAfterSeconds`.", "retryAfterSeconds"
    QUOTA_EXCEEDED = (
        "QUOTA_EXCEEDED",
        "A quota is used up: of its `limit`, only `remaining` is left. If it renews, `retryAfterSeconds` says when.",
        *("quota", "limit", "remaining", "retryAfterSeconds"),
    )
    PAYLOAD_TOO_LARGE = (
        "PAYLOAD_TOO_LARGE",
        "The request's body, a file or the answer is larger than this server allows.",
        "field",
    )
    UNSUPPORTED_FILE = (
        "UNSUPPORTED_FILE",
        "The upload policy does not allow this kind of file, or its content contradicts its name.",
        "field",
    )
    CODE_INVALID = "CODE_INVALID", "A verification or activation code is wrong, used or expired.", "field"
    KEY_REQUIRED = (
        "KEY_REQUIRED",
        "There is no key for this message: none for `model`, or the secret of the key `keyId` must be set again.",
        *("model", "keyId"),
    )
    PROVIDER = (
        "PROVIDER",
        "The model's provider refused the call or could not be reached. `providerCode` says why.",
        "providerCode",
    )
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED", "The document is not valid GraphQL syntax."
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED", "The document does not match the schema."
    PERSISTED_QUERY_NOT_SUPPORTED = (
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "The request names a document by its hash, which this server does not keep. Send the document.",
    )
    PERSISTED_QUERY_NOT_FOUND = (
        "PERSISTED_QUERY_NOT_FOUND",
        "The request names a document by an id or hash that this server does not know. Send the document with it.",
    )
    DOCUMENT_NOT_TRUSTED = (
        "DOCUMENT_NOT_TRUSTED",
        "This server runs only the documents of its manifest, and this one is not among them.",
    )
    OPERATION_TOO_COMPLEX = (
        "OPERATION_TOO_COMPLEX",
        "The operation exceeds a limit on its size, depth or cost. Ask for less at once.",
    )
    UNAVAILABLE = "UNAVAILABLE", "The server cannot do this now. Try again later.", "retryAfterSeconds"
    INTERNAL = (
        "INTERNAL",
        "The server has failed. Give `requestId` to its operators, who can look it up in the logs.",
        "requestId",
    )


def format_error(error: Exception, request_id: str, root_type: GraphQLObjectType | None = None) -> dict[str, Any]:
    """Return the entry of a response's `errors`. Log an unexpected error with its traceback, and mask it.

    `root_type` is the operation's root type. Its arguments determine the client's path of the field at fault.
    """
    graphql_error = as_graphql_error(error)
    cause = _cause(graphql_error)
    if isinstance(cause, GqlChatError):
        message, extensions = cause.message, _extensions(cause)
        if cause.field is not None:
            extensions["field"] = _client_path(cause.field, graphql_error, root_type)
    elif isinstance(cause, GraphQLError) and (code := _request_error_code(cause)):
        message, extensions = in_client_words(cause.message), {"code": code}
    else:
        logger.error("Unexpected error at %s", graphql_error.path, exc_info=cause, extra={"request_id": request_id})
        message = f"The server has failed. Try again, or give its operators the request id {request_id}."
        extensions = {"code": ErrorCode.INTERNAL, "requestId": request_id}
    formatted: dict[str, Any] = {"message": message}
    if graphql_error.locations:
        formatted["locations"] = [location.formatted for location in graphql_error.locations]
    if graphql_error.path is not None:
        formatted["path"] = graphql_error.path
    return formatted | {"extensions": extensions}


def code_of(error: Exception) -> str:
    """Return the code that `format_error` gives the error."""
    cause = _cause(as_graphql_error(error))
    if isinstance(cause, GqlChatError):
        return cause.code
    return (_request_error_code(cause) if isinstance(cause, GraphQLError) else None) or ErrorCode.INTERNAL


def as_graphql_error(error: Exception) -> GraphQLError:
    """Return the error as graphql-core would wrap it."""
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)


def request_error(code: ErrorCode, error: GraphQLError | str) -> GraphQLError:
    """Return an error of the request itself, whose message is meant for the client."""
    if isinstance(error, str):
        return GraphQLError(error, extensions={"code": code})
    message = in_client_words(error.message)
    return GraphQLError(message, error.nodes, error.source, error.positions, extensions={"code": code})


def _cause(error: GraphQLError) -> Exception:
    """Return the error that was raised first: graphql-core may wrap an error several times."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _request_error_code(error: GraphQLError) -> str | None:
    """Return the code of an error that the client caused, None for a fault of ours such as a value of a wrong type."""
    if error.extensions and "code" in error.extensions:
        return str(error.extensions["code"])
    # Only the coercion of arguments points at a value: a variable is null where the argument may not be.
    if error.nodes and isinstance(error.nodes[0], (ValueNode, ArgumentNode)):
        return ErrorCode.BAD_USER_INPUT
    return None


def _client_path(field: str, error: GraphQLError, root_type: GraphQLObjectType | None) -> str:
    """Return the field in the client's words: `session_id` is `sessionId`, below the argument that holds it."""
    name, *inner = map(to_camel_case, field.split("."))
    node = error.nodes[0] if error.nodes and error.path and len(error.path) == 1 else None
    holders: list[str] = []
    if root_type is not None and isinstance(node, FieldNode):
        arguments = root_type.fields[node.name.value].args
        holders = _find_holders(name, {key: argument.type for key, argument in arguments.items()})
    return ".".join([*holders, name, *inner])


def _find_holders(name: str, inputs: Mapping[str, GraphQLInputType]) -> list[str]:
    """Return the path to the input object that has a field of this name, empty for an argument or an unknown name."""
    level: list[tuple[list[str], Mapping[str, GraphQLInputType]]] = [([], inputs)]
    for path, fields in level:
        if name in fields:
            return path
        for key, input_type in fields.items():
            named = get_named_type(input_type)
            if isinstance(named, GraphQLInputObjectType) and key not in path:
                level.append(([*path, key], {inner: field.type for inner, field in named.fields.items()}))
    return []


def _extensions(error: GqlChatError) -> dict[str, Any]:
    """Return the code with what `ErrorCode` documents for it, as far as it is known."""
    known: dict[str, Any] = {}
    if isinstance(error, Conflict):
        known = {"reason": error.reason, "headId": error.head_id}
    elif isinstance(error, QuotaExceeded):
        known = {"quota": error.quota, "limit": error.limit, "remaining": error.remaining}
    elif isinstance(error, KeyRequired):
        known = {"model": error.model, "keyId": error.key_id}
    elif isinstance(error, ProviderFailed):
        known = {"providerCode": error.provider_code.value}
    if isinstance(error, RateLimited | Unavailable):
        known["retryAfterSeconds"] = error.retry_after_seconds
    return {"code": error.code} | {name: value for name, value in known.items() if value is not None}
