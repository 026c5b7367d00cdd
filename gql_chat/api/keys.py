"""Keys: users' own credentials for models."""

from datetime import datetime
from typing import Annotated, Any, Self

import strawberry
from strawberry.scalars import JSON

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.node import Node, checked_ids
from gql_chat.api.engine.permissions import Admin, SignedIn
from gql_chat.api.engine.scalars import given, stated
from gql_chat.api.groups import Group
from gql_chat.errors import ProviderErrorCode
from gql_chat.generation.accounting import About
from gql_chat.generation.provider.llm import Endpoint
from gql_chat.keys import keyring, models
from gql_chat.keys.secret_sealing import open_secret
from gql_chat.keys.shared_keys import list_shared_keys
from gql_chat.usage.models import CallPurpose
from gql_chat.users.models import Scope
from gql_chat.workflows.key_checks import KeyTrial, try_key

KeyId = Annotated[strawberry.ID, strawberry.argument(description="The key's id.")]


@strawberry.type(description="Settings of a call to a model; what is null is left to the provider.")
class ModelParameters:
    temperature: float | None = strawberry.field(default=None, description="0 to 2.")
    top_p: float | None = strawberry.field(default=None, description="0 to 1.")
    max_tokens: int | None = strawberry.field(default=None, description="The longest reply.")
    presence_penalty: float | None = strawberry.field(default=None, description="-2 to 2.")
    frequency_penalty: float | None = strawberry.field(default=None, description="-2 to 2.")
    stop: list[str] | None = strawberry.field(default=None, description="Texts that end the reply.")
    seed: int | None = strawberry.field(default=None, description="For replies that repeat.")
    reasoning_effort: str | None = strawberry.field(
        default=None, description="low, medium, high or what the model knows."
    )
    response_format: JSON | None = strawberry.field(default=None, description="OpenAI's `response_format` object.")
    extra: JSON | None = strawberry.field(default=None, description="Further fields of the request's body.")


@strawberry.input(description="Settings of a call to a model; what is absent is left to the key or the provider.")
class ModelParametersInput:
    temperature: float | None = strawberry.field(default=strawberry.UNSET, description="0 to 2.")
    top_p: float | None = strawberry.field(default=strawberry.UNSET, description="0 to 1.")
    max_tokens: int | None = strawberry.field(default=strawberry.UNSET, description="The longest reply.")
    presence_penalty: float | None = strawberry.field(default=strawberry.UNSET, description="-2 to 2.")
    frequency_penalty: float | None = strawberry.field(default=strawberry.UNSET, description="-2 to 2.")
    stop: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Texts that end the reply.")
    seed: int | None = strawberry.field(default=strawberry.UNSET, description="For replies that repeat.")
    reasoning_effort: str | None = strawberry.field(
        default=strawberry.UNSET, description="low, medium, high or what the model knows."
    )
    response_format: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="OpenAI's `response_format` object."
    )
    extra: JSON | None = strawberry.field(default=strawberry.UNSET, description="Further fields of the request's body.")


@strawberry.type(description="A credential for one OpenAI-compatible endpoint and model.")
class Key(Node):
    name: str = strawberry.field(description="What its owner calls it, unique among their keys.")
    model: str = strawberry.field(description="The model's name at the provider.")
    base_url: str = strawberry.field(description="The address before `/chat/completions`.")
    secret_hint: str = strawberry.field(description="The secret's last four characters; no more is ever shown.")
    parameters: ModelParameters = strawberry.field(description="Settings of every call with this key.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    last_used_at: datetime | None = strawberry.field(description="When it last answered a message.")
    group_id: strawberry.Private[str | None]

    @strawberry.field(description="The group that shares it; null if it is one's own.")
    async def group(self, info: Info) -> Group | None:
        row = await info.context.loaders.groups.load(self.group_id) if self.group_id else None
        return Group.of(row, info) if row else None

    @classmethod
    def of(cls, row: models.Key) -> Self:
        """From its row, without the secret."""
        return cls(
            id=strawberry.ID(row.id),
            name=row.name,
            model=row.model,
            base_url=row.base_url,
            secret_hint=row.secret_hint,
            parameters=ModelParameters(**row.parameters),
            created_at=row.created_at,
            updated_at=row.updated_at,
            last_used_at=row.last_used_at,
            group_id=row.group_id,
        )


@strawberry.type(description="How a provider failed.")
class ProviderError:
    code: ProviderErrorCode = strawberry.field(description="The kind of failure.")
    message: str = strawberry.field(description="In words, without secrets.")


@strawberry.type(description="What came of trying a key.")
class KeyTest:
    ok: bool = strawberry.field(description="Whether it works.")
    latency_ms: int | None = strawberry.field(description="How long the provider took, in milliseconds.")
    models: list[str] = strawberry.field(description="The models it lists.")
    error: ProviderError | None = strawberry.field(description="What failed.")

    @classmethod
    def of(cls, result: KeyTrial) -> Self:
        """From the test's result."""
        error = ProviderError(code=result.error.provider_code, message=result.error.message) if result.error else None
        return cls(ok=result.ok, latency_ms=result.latency_ms, models=result.models, error=error)


@strawberry.input(description="Which key.", one_of=True)
class KeySelector:
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="By id.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="By name.")
    model: str | None = strawberry.field(default=strawberry.UNSET, description="The first for this model.")


@strawberry.input(description="A new key.")
class CreateKeyInput:
    name: str = strawberry.field(description="Unique among one's keys.")
    secret: str = strawberry.field(description="The provider's API key; it can never be read again.")
    model: str = strawberry.field(description="The model's name at the provider.")
    base_url: str = strawberry.field(
        description="The address before `/chat/completions`, such as `https://api.openai.com/v1`."
    )
    parameters: ModelParametersInput | None = strawberry.field(
        default=strawberry.UNSET, description="Settings of every call with this key."
    )
    group_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Share it with this group; admins only."
    )


@strawberry.input(description="What to change of a key; what is absent or null stays.")
class UpdateKeyInput:
    id: strawberry.ID = strawberry.field(description="Which key.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Another name.")
    secret: str | None = strawberry.field(default=strawberry.UNSET, description="Another secret.")
    model: str | None = strawberry.field(default=strawberry.UNSET, description="Another model.")
    base_url: str | None = strawberry.field(default=strawberry.UNSET, description="Another address.")
    parameters: ModelParametersInput | None = strawberry.field(
        default=strawberry.UNSET, description="Other settings; they replace all those of before. Null: none."
    )


@strawberry.input(description="The key to try: a stored one, or one that is not stored yet.", one_of=True)
class TestKeyInput:
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="A stored key.")
    key: CreateKeyInput | None = strawberry.field(default=strawberry.UNSET, description="A key as it would be created.")


@strawberry.type
class KeyQueries:
    @strawberry.field(
        description="Own keys first, oldest first, then those shared by groups.", extensions=[SignedIn(Scope.KEYS)]
    )
    async def keys(self, info: Info) -> list[Key]:
        return [Key.of(row) for row in await info.context.loaders.own_keys.load(None)]

    @strawberry.field(description="One key; null if there is none such.", extensions=[SignedIn(Scope.KEYS)])
    async def key(
        self, info: Info, by: Annotated[KeySelector, strawberry.argument(description="By what.")]
    ) -> Key | None:
        row = await keyring.find_key(info.context.user_id, **stated(by))
        return Key.of(row) if row else None

    @strawberry.field(description="The first of `keys`.", extensions=[SignedIn(Scope.KEYS)])
    async def default_key(self, info: Info) -> Key | None:
        rows = await info.context.loaders.own_keys.load(None)
        return Key.of(rows[0]) if rows else None

    @strawberry.field(description="Whether one may have so many more keys.", extensions=[SignedIn(Scope.KEYS)])
    async def can_create_keys(
        self, info: Info, count: Annotated[int, strawberry.argument(description="How many more.")] = 1
    ) -> bool:
        policy = info.context.services.key_policy
        return await keyring.can_create_keys(info.context.user_id, count, policy=policy)

    @strawberry.field(
        description="The keys that groups share, oldest first; admins only, who may change and delete any of them.",
        extensions=[Admin()],
    )
    async def shared_keys(self) -> list[Key]:
        return [Key.of(row) for row in await list_shared_keys()]


@strawberry.type
class KeyMutations:
    @strawberry.mutation(description="Store a key.", extensions=[SignedIn(Scope.KEYS)])
    async def create_key(
        self, info: Info, input: Annotated[CreateKeyInput, strawberry.argument(description="The key.")]
    ) -> Key:
        services = info.context.services
        box, policy = services.box, services.key_policy
        return Key.of(await keyring.create_key(info.context.require_viewer(), _fields(input), box=box, policy=policy))

    @strawberry.mutation(
        description="Change a key of one's own; as an admin, also one that a group shares.",
        extensions=[SignedIn(Scope.KEYS)],
    )
    async def update_key(
        self, info: Info, input: Annotated[UpdateKeyInput, strawberry.argument(description="Which, and what.")]
    ) -> Key:
        services = info.context.services
        box, policy = services.box, services.key_policy
        return Key.of(
            await keyring.update_key(info.context.require_viewer(), input.id, _fields(input), box=box, policy=policy)
        )

    @strawberry.mutation(
        description="Delete keys, all or none; as an admin also those that groups share. Chats that used them stay.",
        extensions=[SignedIn(Scope.KEYS)],
    )
    async def delete_keys(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Which keys.")]
    ) -> list[strawberry.ID]:
        deleted = await keyring.delete_keys(info.context.require_viewer(), checked_ids(ids))
        return [strawberry.ID(key_id) for key_id in deleted]

    @strawberry.mutation(
        description="Reach the provider with a key and list its models; a failure is an answer, not an error.",
        extensions=[SignedIn(Scope.KEYS)],
    )
    async def test_key(
        self, info: Info, input: Annotated[TestKeyInput, strawberry.argument(description="Which key.")]
    ) -> KeyTest:
        services, (endpoint, key) = info.context.services, await _endpoint(info, input)
        about = About(info.context.user_id, CallPurpose.TEST, key)
        return KeyTest.of(await try_key(about, endpoint, llm=services.llm, ledger=services.ledger))


def parameters_of(input: ModelParametersInput | None) -> dict[str, Any]:
    """The stated parameters by their stored names."""
    return stated(input) if input else {}


def _fields(input: CreateKeyInput | UpdateKeyInput) -> dict[str, Any]:
    fields = stated(input)
    if "parameters" in given(input):
        fields["parameters"] = parameters_of(input.parameters or None)
    return fields


async def _endpoint(info: Info, input: TestKeyInput) -> tuple[Endpoint, models.Key | None]:
    """Where the call goes, and the key if it is a stored one."""
    services = info.context.services
    if input.key:
        fields = _fields(input.key)
        if "group_id" in fields:
            await keyring.require_group(info.context.require_viewer(), fields["group_id"])
        fields = keyring.checked_fields(fields, policy=services.key_policy)
        return Endpoint(fields["base_url"], fields["secret"], fields["model"], fields.get("parameters", {})), None
    row = await keyring.get_key(info.context.user_id, str(input.id))
    secret = open_secret(row, services.box)
    return Endpoint(row.base_url, secret, row.model, row.parameters), row
