"""What clients see of each failure."""

import logging
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLObjectType, build_schema, parse
from graphql.language import FieldNode, OperationDefinitionNode

from gql_chat import errors
from gql_chat.api.engine.errors import ErrorCode, format_error
from tests.support.published import schema_of_clients


@pytest.mark.parametrize(
    ("error", "extensions"),
    [
        (errors.BadUserInput("m", field="input.name"), {"code": "BAD_USER_INPUT", "field": "input.name"}),
        (errors.BadUserInput("m"), {"code": "BAD_USER_INPUT"}),
        (errors.Unauthenticated("m"), {"code": "UNAUTHENTICATED"}),
        (errors.TokenExpired("m"), {"code": "TOKEN_EXPIRED"}),
        (errors.Forbidden("m"), {"code": "FORBIDDEN"}),
        (errors.NotFound("m"), {"code": "NOT_FOUND"}),
        (errors.Conflict("m"), {"code": "CONFLICT", "reason": "CHANGED"}),
        (
            errors.Conflict("m", reason=errors.ConflictReason.BRANCH_GREW, head_id="msg_1"),
            {"code": "CONFLICT", "reason": "BRANCH_GREW", "headId": "msg_1"},
        ),
        (errors.RateLimited("m", retry_after_seconds=7), {"code": "RATE_LIMITED", "retryAfterSeconds": 7}),
        (errors.RateLimited("m", retry_after_seconds=None), {"code": "RATE_LIMITED"}),
        (
            errors.QuotaExceeded("m", quota=errors.QuotaKind.KEYS, limit=5),
            {"code": "QUOTA_EXCEEDED", "quota": "KEYS", "limit": 5, "remaining": 0},
        ),
        (
            errors.QuotaExceeded(
                "m", quota=errors.QuotaKind.TOKENS_PER_MONTH, limit=5, remaining=2, retry_after_seconds=9
            ),
            {
                "code": "QUOTA_EXCEEDED",
                "quota": "TOKENS_PER_MONTH",
                "limit": 5,
                "remaining": 2,
                "retryAfterSeconds": 9,
            },
        ),
        (errors.UnsupportedFile("m"), {"code": "UNSUPPORTED_FILE"}),
        (errors.CodeInvalid("m"), {"code": "CODE_INVALID"}),
        (errors.KeyRequired("m"), {"code": "KEY_REQUIRED"}),
        (errors.KeyRequired("m", model="gpt-5"), {"code": "KEY_REQUIRED", "model": "gpt-5"}),
        (errors.KeyRequired("m", key_id="key_1"), {"code": "KEY_REQUIRED", "keyId": "key_1"}),
        (
            errors.ProviderFailed(errors.ProviderErrorCode.TIMEOUT, "m"),
            {"code": "PROVIDER", "providerCode": "TIMEOUT"},
        ),
        (errors.Unavailable("m"), {"code": "UNAVAILABLE"}),
    ],
)
def test_an_expected_error_keeps_its_message_code_and_details(
    error: errors.GqlChatError, extensions: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    wrapped = GraphQLError("m", original_error=GraphQLError("m", original_error=error))
    assert format_error(error, "r") == format_error(wrapped, "r") == {"message": "m", "extensions": extensions}
    assert extensions.keys() <= {"code", "field", *ErrorCode[error.code].extensions}
    assert caplog.records == []


@pytest.mark.parametrize("error", [RuntimeError("hunter2"), GraphQLError("hunter2"), KeyError("hunter2")])
def test_any_other_error_is_masked_and_logged(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    assert format_error(error, "req-7") == {
        "message": "The server has failed. Try again, or give its operators the request id req-7.",
        "extensions": {"code": "INTERNAL", "requestId": "req-7"},
    }
    (record,) = caplog.records
    assert (record.levelno, record.__dict__["request_id"]) == (logging.ERROR, "req-7")
    assert record.exc_info
    assert record.exc_info[1] is error


SCHEMA = build_schema("""
    type Query { root(after: String, filter: Filter, input: Input): Query }
    input Filter { title: String, input: Input }
    input Input { sessionId: ID, parameters: Parameters, inner: Inner }
    input Inner { sessionId: ID, baseUrl: String, filter: Filter }
    input Parameters { topP: Float }
""")


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("after", "after"),
        ("title", "filter.title"),
        ("session_id", "input.sessionId"),
        ("parameters.top_p", "input.parameters.topP"),
        ("base_url", "input.inner.baseUrl"),
        ("of_no_input", "ofNoInput"),
    ],
)
def test_the_field_at_fault_is_named_by_the_client_s_path(field: str, path: str) -> None:
    (operation,) = parse("{ alias: root { root { __typename } } }").definitions
    assert isinstance(operation, OperationDefinitionNode)
    (node,) = operation.selection_set.selections
    assert isinstance(node, FieldNode)
    assert isinstance(SCHEMA.query_type, GraphQLObjectType)
    refused = errors.BadUserInput("m", field=field)
    located = GraphQLError("m", [node], path=["alias"], original_error=refused)
    assert format_error(located, "r", SCHEMA.query_type)["extensions"]["field"] == path


def test_the_field_at_fault_has_the_client_s_spelling_where_no_root_field_is_known() -> None:
    assert format_error(errors.BadUserInput("m", field="session_id"), "r")["extensions"]["field"] == "sessionId"


def test_every_code_is_documented_and_spelled_like_its_name() -> None:
    assert all(code.name == code.value and code.description.endswith(".") for code in ErrorCode)


def test_every_expected_error_has_a_documented_code() -> None:
    def tree(error_class: type[errors.GqlChatError]) -> list[type[errors.GqlChatError]]:
        return [error_class, *(found for child in error_class.__subclasses__() for found in tree(child))]

    assert {error_class.code for error_class in tree(errors.GqlChatError)} <= set(ErrorCode)


def test_every_extension_is_published_with_its_type() -> None:
    published = schema_of_clients().type_map["ErrorExtensions"]
    assert isinstance(published, GraphQLObjectType)
    assert published.fields.keys() == {"code", *(name for code in ErrorCode for name in code.extensions)}
