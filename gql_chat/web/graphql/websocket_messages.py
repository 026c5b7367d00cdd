"""The messages and close codes of the graphql-transport-ws protocol, and the limits of a connection.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import dataclasses
from enum import IntEnum
from typing import Any

from gql_chat.errors import GqlChatError, TokenExpired
from gql_chat.web.graphql.json_decoding import decode_json

INIT_TIMEOUT_SECONDS = 10.0
MAX_MESSAGE_CHARACTERS = 1024 * 1024
MAX_OPERATIONS = 100
ANONYMOUS_SECONDS = 30.0
MAX_PER_USER = 200
MAX_PER_ADDRESS = 2000
MAX_REASON_BYTES = 123  # the maximum of a close frame (RFC 6455, 5.5)


class CloseCode(IntEnum):
    """The reason why the server closes a connection. graphql-ws clients reconnect after 1012, 1013, 4403 and 4408."""

    MESSAGE_TOO_BIG = 1009
    SERVICE_RESTART = 1012
    TRY_AGAIN = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INIT_TIMEOUT = 4408
    SUBSCRIBER_ALREADY_EXISTS = 4409
    TOO_MANY_INITS = 4429


@dataclasses.dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The limits of each connection, and of their number."""

    init_timeout_seconds: float = INIT_TIMEOUT_SECONDS
    anonymous_seconds: float = ANONYMOUS_SECONDS
    """The time for which a connection without a token is of use: to log in, and no more."""
    max_per_user: int = MAX_PER_USER
    max_per_address: int = MAX_PER_ADDRESS
    max_message_characters: int = MAX_MESSAGE_CHARACTERS
    max_operations: int = MAX_OPERATIONS


class Violation(Exception):
    """The client broke the protocol or may not connect. The connection closes with this code."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def close_code_of(error: GqlChatError) -> CloseCode:
    """Return 4403 for an expired token, after which graphql-ws connects again with a fresh one, and else 4401."""
    return CloseCode.FORBIDDEN if isinstance(error, TokenExpired) else CloseCode.UNAUTHORIZED


def parse_message(text: str | None, *, max_characters: int) -> dict[str, Any]:
    """Return a client's message. Raises Violation; None stands for a binary frame."""
    if text is None:
        raise Violation(CloseCode.BAD_REQUEST, "Only text frames are read")
    if len(text) > max_characters:
        raise Violation(CloseCode.MESSAGE_TOO_BIG, "Message too big")
    try:
        message = decode_json(text)
    except ValueError:
        raise Violation(CloseCode.BAD_REQUEST, "Message is not JSON") from None
    if not isinstance(message, dict):
        raise Violation(CloseCode.BAD_REQUEST, "Message is not an object")
    return message


def read_id(message: dict[str, Any]) -> str:
    """Return the id of the message's operation. Raises Violation."""
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not operation_id:
        raise Violation(CloseCode.BAD_REQUEST, "`id` must be a non-empty string")
    return operation_id


def read_payload(message: dict[str, Any]) -> dict[str, Any] | None:
    """Return the message's payload, or None without one. Raises Violation."""
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Violation(CloseCode.BAD_REQUEST, "`payload` must be an object")
    return payload


def read_authorization(message: dict[str, Any]) -> str | None:
    """Return the credential in the payload of a `connection_init`, or None without one. Raises Violation."""
    payload = read_payload(message) or {}
    authorization = payload.get("Authorization", payload.get("authorization"))
    if authorization is not None and not isinstance(authorization, str):
        raise Violation(CloseCode.BAD_REQUEST, "Authorization is not a string")
    return authorization
