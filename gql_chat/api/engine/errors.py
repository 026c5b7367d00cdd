"""The one place that turns exceptions into what a client sees: expected failures with their code, all else masked."""

import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from graphql import GraphQLError, GraphQLInputObjectType, GraphQLInputType, GraphQLObjectType, get_named_type
from graphql.language import ArgumentNode, FieldNode, ValueNode
from strawberry.utils.str_converters import to_camel_case

from gql_chat.errors import Conflict, GqlChatError, ProviderFailed, RateLimited

logger = logging.getLogger(__name__)


class ErrorCode(StrEnum):
    """Every `extensions.code` that a client may meet; `description` is the documentation's text."""

    description: str

    def __new__(cls, code: str, description: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.description = description
        return member

    BAD_USER_INPUT = "BAD_USER_INPUT", "An input breaks a rule; `field` names it where one input is at fault."
    UNAUTHENTICATED = "UNAUTHENTICATED", "Nobody is signed in, or the token is not valid."
    TOKEN_EXPIRED = "TOKEN_EXPIRED", "The access token was good once: refresh it and try again."
    FORBIDDEN = "FORBIDDEN", "Signed in, but not allowed to do this."
    NOT_FOUND = "NOT_FOUND", "There is no such thing, or it belongs to somebody else."
    CONFLICT = "CONFLICT", "Something else got there first; `headId` is the message that now ends the branch."
    RATE_LIMITED = "RATE_LIMITED", "Too many requests; `retryAfterSeconds` says when to try again."
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED", "A quota is used up; `retryAfterSeconds` says when it renews."
    PAYLOAD_TOO_LARGE = (
        "PAYLOAD_TOO_LARGE",
        "The request's body is larger than this server reads, or a file than it takes.",
    )
    UNSUPPORTED_FILE = (
        "UNSUPPORTED_FILE",
        "The upload policy does not allow this file, or it is not what its name says.",
    )
    CODE_INVALID = "CODE_INVALID", "A verification code is wrong, used up or expired."
    KEY_REQUIRED = "KEY_REQUIRED", "No key can be used for this message: create one."
    PROVIDER = "PROVIDER", "The model's provider refused or could not be reached; `providerCode` says why."
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED", "The document is not GraphQL."
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED", "The document does not fit the schema."
    OPERATION_TOO_COMPLEX = "OPERATION_TOO_COMPLEX", "The operation asks for more than one operation may."
    UNAVAILABLE = "UNAVAILABLE", "The server cannot do this now; try again later."
    INTERNAL = "INTERNAL", "A fault of the server; `requestId` is what its operators can look up."


def format_error(error: Exception, request_id: str, root_type: GraphQLObjectType | None = None) -> dict[str, Any]:
    """Return the entry of a response's `errors` list. An unexpected error is logged with its traceback, and masked.

    `root_type` is the type of the operation, where the error is of a field: it knows where the client names an input.
    """
    graphql_error = as_graphql_error(error)
    cause = _cause(graphql_error)
    if isinstance(cause, GqlChatError):
        message, extensions = cause.message, _extensions(cause)
        if cause.field is not None:
            extensions["field"] = _client_path(cause.field, graphql_error, root_type)
    elif isinstance(cause, GraphQLError) and (code := _request_error_code(cause)):
        message, extensions = cause.message, {"code": code}
    else:
        logger.error("Unexpected error at %s", graphql_error.path, exc_info=cause, extra={"request_id": request_id})
        message = f"Something went wrong here; the operators can find it as request {request_id}."
        extensions = {"code": ErrorCode.INTERNAL, "requestId": request_id}
    formatted: dict[str, Any] = {"message": message}
    if graphql_error.locations:
        formatted["locations"] = [location.formatted for location in graphql_error.locations]
    if graphql_error.path is not None:
        formatted["path"] = graphql_error.path
    return formatted | {"extensions": extensions}


def code_of(error: Exception) -> str:
    """The code that `format_error` gives."""
    cause = _cause(as_graphql_error(error))
    if isinstance(cause, GqlChatError):
        return cause.code
    return (_request_error_code(cause) if isinstance(cause, GraphQLError) else None) or ErrorCode.INTERNAL


def as_graphql_error(error: Exception) -> GraphQLError:
    """The error as graphql-core would carry it."""
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)


def request_error(code: ErrorCode, error: GraphQLError | str) -> GraphQLError:
    """An error of the request itself: its message is meant for the client."""
    if isinstance(error, str):
        return GraphQLError(error, extensions={"code": code})
    return GraphQLError(error.message, error.nodes, error.source, error.positions, extensions={"code": code})


def _cause(error: GraphQLError) -> Exception:
    """What was raised first: graphql-core wraps an error once for each way that it takes."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _request_error_code(error: GraphQLError) -> str | None:
    """The code of an error that is the client's doing, None for a fault of ours such as a value that fits no type."""
    if error.extensions and "code" in error.extensions:
        return str(error.extensions["code"])
    # Only the coercion of arguments points at a value: a variable that was null where the argument may not be.
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
    extensions: dict[str, Any] = {"code": error.code}
    if isinstance(error, Conflict) and error.head_id is not None:
        extensions["headId"] = error.head_id
    elif isinstance(error, RateLimited) and error.retry_after_seconds is not None:
        extensions["retryAfterSeconds"] = error.retry_after_seconds
    elif isinstance(error, ProviderFailed):
        extensions["providerCode"] = error.provider_code.value
    return extensions
