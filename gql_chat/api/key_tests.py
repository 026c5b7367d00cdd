"""Tests of keys, stored ones and new ones."""

from typing import Self

import strawberry
from strawberry import field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import CALL_COST, costs
from gql_chat.api.engine.fields.inputs import Input, optional
from gql_chat.api.engine.fields.permissions import SignedIn, mutation
from gql_chat.api.error_types import ProviderError
from gql_chat.api.keys import CreateKeyInput, fields_of
from gql_chat.generation.accounting import CallContext
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.keys import keyring, models
from gql_chat.usage.models import CallPurpose
from gql_chat.users.models import Scope
from gql_chat.workflows.key_checks import KeyCheck, check_key
from gql_chat.workflows.routing import endpoint_of


@strawberry.type(description="The result of `testKey`.")
class KeyTest:
    ok: bool = field(description="Whether the key works.")
    latency_ms: int | None = field(
        description="The provider's response time in milliseconds. Null if it was not reached."
    )
    models: list[str] = field(
        description="The models that the provider lists, the first 1,000 at most. Empty if it lists none.",
        metadata=costs(items=100),
    )
    error: ProviderError | None = field(description="The provider's failure. Null if the key works.")

    @classmethod
    def of(cls, result: KeyCheck) -> Self:
        """Build the result from the workflow's."""
        error = ProviderError.of_failure(result.error) if result.error else None
        return cls(ok=result.ok, latency_ms=result.latency_ms, models=result.models, error=error)


@strawberry.input(description="The key to test. Provide exactly one of `id` and `key`.", one_of=True)
class TestKeyInput:
    id: strawberry.ID | None = optional("The id of a stored key.")
    key: CreateKeyInput | None = optional("A key that is not stored yet.")


@strawberry.type
class KeyTestMutations:
    @mutation(
        "Test whether a key reaches its model, and list the provider's models. A provider's failure is returned in "
        "`error`, not as a GraphQL error. Errors: BAD_USER_INPUT, FORBIDDEN, NOT_FOUND, KEY_REQUIRED, "
        "RATE_LIMITED, QUOTA_EXCEEDED.",
        SignedIn(Scope.KEYS),
        cost=CALL_COST,
    )
    async def test_key(self, info: Info, input: Input[TestKeyInput]) -> KeyTest:
        services, (endpoint, key) = info.context.services, await _endpoint(info, input)
        context = CallContext(info.context.user_id, CallPurpose.TEST, key)
        limits = services.starter.limits
        return KeyTest.of(await check_key(context, endpoint, calls=services.side_calls, limits=limits))


async def _endpoint(info: Info, input: TestKeyInput) -> tuple[Endpoint, models.Key | None]:
    """Return the endpoint to call, and the key if it is a stored one."""
    services = info.context.services
    if input.key:
        fields = fields_of(input.key)
        if "group_id" in fields:
            await keyring.require_group(info.context.require_viewer(), fields["group_id"])
        fields = keyring.checked_fields(fields, policy=services.key_policy)
        return Endpoint(
            fields["base_url"],
            fields["secret"],
            fields["model"],
            fields.get("parameters", {}),
            headers=fields.get("headers", {}),
            folds_system_prompt=fields.get("folds_system_prompt", False),
            silence_seconds=fields.get("silence_seconds"),
        ), None
    row = await keyring.get_key(info.context.user_id, str(input.id))
    return endpoint_of(row, services.box, row.model, row.parameters), row
