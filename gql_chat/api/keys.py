"""Keys: users' credentials for models, those that groups share, and their tests."""

import dataclasses
from datetime import datetime
from typing import Annotated, Any, Self

import strawberry
from strawberry import argument, field
from strawberry.scalars import JSON

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.costs import CALL_COST, STATEMENT_COST, TEXT_COST, costs
from gql_chat.api.engine.inputs import MAX_IDS, Ids, Input, checked_ids, non_null_fields, optional, provided_fields
from gql_chat.api.engine.node import Node, from_row
from gql_chat.api.engine.permissions import Admin, SignedIn, mutation, query
from gql_chat.api.groups import Group
from gql_chat.chats.models import Message
from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.accounting import CallContext
from gql_chat.generation.provider.llm import Endpoint
from gql_chat.keys import keyring, models
from gql_chat.keys.shared_keys import list_shared_keys
from gql_chat.usage.models import Call, CallPurpose
from gql_chat.users.models import Scope
from gql_chat.workflows.key_checks import KeyCheck, check_key
from gql_chat.workflows.routing import endpoint_of

KeyId = Annotated[strawberry.ID, argument(description="The key's id.")]


@strawberry.type(description="Parameters of calls to a model. The provider decides those that are null.")
class ModelParameters:
    temperature: float | None = optional("The sampling temperature, 0 to 2.")
    top_p: float | None = optional("The probability mass for nucleus sampling, 0 to 1.")
    max_tokens: int | None = optional("The maximum length of a reply, in tokens; at least 1.")
    presence_penalty: float | None = optional("The penalty for tokens that occurred before, -2 to 2.")
    frequency_penalty: float | None = optional("The penalty for tokens by how often they occurred before, -2 to 2.")
    stop: list[str] | None = optional(
        "Sequences that end the reply: up to 16 texts of 1 to 200 characters.", metadata=costs(items=4)
    )
    seed: int | None = optional("A seed for replies that are repeatable, as far as the provider supports it.")
    reasoning_effort: str | None = optional("How long a reasoning model thinks: `low`, `medium`, `high` or the like.")
    response_format: JSON | None = optional(
        "The `response_format` object of OpenAI's API, at most 16 KiB.", metadata=costs(TEXT_COST)
    )
    extra: JSON | None = optional(
        "Additional fields of the request's body, as an object of at most 16 KiB. `model`, `messages` and "
        "`stream_options` are not allowed. A message that uses the server's or a group's key may set only parameters "
        "of sampling and thinking, such as `top_k`, `min_p`, `thinking` and `chat_template_kwargs`.",
        metadata=costs(TEXT_COST),
    )

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """Build the parameters from those that are stored; the others are null."""
        return cls(**{**dict.fromkeys(parameter.name for parameter in dataclasses.fields(cls)), **stored})


@strawberry.input(
    description="Parameters of calls to a model. For those omitted, the key's apply, or the provider decides."
)
class ModelParametersInput(ModelParameters):
    """The same fields, which are absent where the client does not send them."""


@strawberry.type(
    description="A credential for a model at an OpenAI-compatible provider, of a user or shared by a group."
)
class Key(Node):
    name: str = field(description="The key's name, unique among its owner's keys.")
    model: str = field(description="The provider's name of the model.")
    base_url: str = field(description="The provider's base URL, without `/chat/completions`.")
    secret_hint: str = field(
        description="The last four characters of the secret, or an empty text for none and for a secret of fewer than "
        "12. The secret itself is never returned."
    )
    parameters: ModelParameters = field(description="The default parameters of calls with this key.")
    context_tokens: int | None = field(
        description="The length of the model's context, in tokens. Prompts take half of it at most. Null if unknown: "
        "then the server's settings limit them."
    )
    silence_seconds: int | None = field(
        description="How many seconds the provider may send nothing, before the first token and between two tokens. "
        "Null if the server's settings apply."
    )
    header_names: list[str] = field(
        description="The names of the key's own HTTP headers. The values are never returned.", metadata=costs(items=4)
    )
    folds_system_prompt: bool = field(
        description="Whether the system prompt is sent as the beginning of your first message, for models without a "
        "system role."
    )
    created_at: datetime = field(description="When the key was created.")
    updated_at: datetime = field(description="When the key last changed.")
    last_used_at: datetime | None = field(description="When the key was last used for a reply. Null if it never was.")
    group_id: strawberry.Private[str | None]

    @strawberry.field(description="The group that shares the key. Null if the key is your own.")
    async def group(self, info: Info) -> Group | None:
        row = await info.context.loaders.groups.load(self.group_id) if self.group_id else None
        return Group.of(row, info) if row else None

    @classmethod
    def of(cls, row: models.Key) -> Self:
        """Build the key from its row, without the secret."""
        return from_row(cls, row, parameters=ModelParameters.of(row.parameters), header_names=row.header_names or [])


@strawberry.type(description="A failure of a model's provider.")
class ProviderError:
    code: ProviderErrorCode = field(description="The kind of failure.")
    message: str = field(description="A sentence for the user. It never holds a secret.")
    retry_after_seconds: int | None = field(
        description="How many seconds the provider asked to wait before the next request, a day at most. Null if it "
        "did not."
    )

    @classmethod
    def of(cls, row: Message | Call) -> Self | None:
        """Build the failure that a row holds. Return None if it holds none."""
        if not row.error_code:
            return None
        code, message = ProviderErrorCode(row.error_code), row.error_message or ""
        return cls(code=code, message=message, retry_after_seconds=row.error_retry_after_seconds)

    @classmethod
    def of_failure(cls, failure: ProviderFailed) -> Self:
        """Build the failure of a call that has just been made."""
        retry_after_seconds = failure.retry_after_seconds
        return cls(code=failure.provider_code, message=failure.message, retry_after_seconds=retry_after_seconds)


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


@strawberry.input(description="The key to look up. Provide exactly one of `id`, `name` and `model`.", one_of=True)
class KeySelector:
    id: strawberry.ID | None = optional("The key's id.")
    name: str | None = optional("The key's name.")
    model: str | None = optional("A model's name. The first of `keys` for this model matches.")


@strawberry.input(description="An HTTP header that is sent to the provider beside the usual ones.")
class HeaderInput:
    name: str = field(
        description="The header's name, such as `api-key` or `HTTP-Referer`: at most 100 characters. Headers that the "
        "server sets itself, such as `Authorization` and `Host`, are not allowed."
    )
    value: str = field(
        description="The value: 1 to 4,096 printable ASCII characters, stored encrypted, never returned."
    )


@strawberry.input(description="Parameters for `createKey`.")
class CreateKeyInput:
    name: str = field(description="A name of 1 to 100 printable characters, unique among your keys.")
    secret: str = field(
        default="",
        description="The provider's API key: up to 4,096 ASCII characters, stored encrypted, never returned. May be "
        "empty, as by default, if `headers` hold the credential, or for a model server that asks for none: if the base "
        "URL begins with `http://`, or if the server's operator allows its address by itself.",
    )
    model: str = field(description="The provider's name of the model, at most 200 characters.")
    base_url: str = field(description="The base URL without `/chat/completions`, such as `https://api.openai.com/v1`.")
    parameters: ModelParametersInput | None = optional("Default parameters of calls with this key. None by default.")
    group_id: strawberry.ID | None = optional("A group to share the key with. Needs the role ADMIN. None by default.")
    context_tokens: int | None = optional(
        "The length of the model's context, 512 to 100,000,000 tokens. Null, the default, if you do not know it."
    )
    silence_seconds: int | None = optional(
        "How long the provider may send nothing, 1 to 3,600 seconds: for slow models. Null, the default, for "
        "the server's settings."
    )
    headers: list[HeaderInput] | None = optional("Up to 20 HTTP headers of its own. None by default.")
    folds_system_prompt: bool | None = optional(
        "Whether to send the system prompt as the beginning of your first message, for models without a system role. "
        "False by default."
    )


@strawberry.input(
    description="Parameters for `updateKey`. Omitted fields keep their values; so do null ones except "
    "`parameters`, `contextTokens` and `silenceSeconds`."
)
class UpdateKeyInput:
    id: strawberry.ID = field(description="The id of the key to change.")
    name: str | None = optional("The new name: 1 to 100 printable characters, unique among your keys.")
    secret: str | None = optional(
        "The new secret. Required if the base URL changes by more than a trailing slash. An empty text removes it, "
        "where a new key may do without one."
    )
    model: str | None = optional("The new model, at most 200 characters.")
    base_url: str | None = optional("The new base URL, without `/chat/completions`.")
    parameters: ModelParametersInput | None = optional(
        "The new parameters, which replace all existing ones. Null removes them."
    )
    context_tokens: int | None = optional(
        "The length of the model's context, 512 to 100,000,000 tokens. Null removes it."
    )
    silence_seconds: int | None = optional(
        "How long the provider may send nothing, 1 to 3,600 seconds. Null removes the limit of its own."
    )
    headers: list[HeaderInput] | None = optional(
        "The new headers, which replace all existing ones. Required if the base URL changes and the key has headers. "
        "An empty list removes them."
    )
    folds_system_prompt: bool | None = optional("Whether to send the system prompt within your first message.")


@strawberry.input(description="The key to test. Provide exactly one of `id` and `key`.", one_of=True)
class TestKeyInput:
    id: strawberry.ID | None = optional("The id of a stored key.")
    key: CreateKeyInput | None = optional("A key that is not stored yet.")


@strawberry.type
class KeyQueries:
    @query(
        "List the keys that you can use: your own, oldest first, then those of your groups.",
        SignedIn(Scope.KEYS),
        items=20,
    )
    async def keys(self, info: Info) -> list[Key]:
        return [Key.of(row) for row in await info.context.loaders.own_keys.load(None)]

    @query(
        "Look up one of your keys by id, name or model. Null if no key matches.",
        SignedIn(Scope.KEYS),
        cost=STATEMENT_COST,
    )
    async def key(
        self, info: Info, by: Annotated[KeySelector, argument(description="The key to look up.")]
    ) -> Key | None:
        row = await keyring.find_key(info.context.user_id, **non_null_fields(by))
        return Key.of(row) if row else None

    @query("Return the first of `keys`. Null if you have none.", SignedIn(Scope.KEYS))
    async def default_key(self, info: Info) -> Key | None:
        rows = await info.context.loaders.own_keys.load(None)
        return Key.of(rows[0]) if rows else None

    @query(
        "Return whether you may create this many more keys: your credential has the scope KEYS, and they are within "
        "your limit. Errors: BAD_USER_INPUT.",
        SignedIn(*Scope),
    )
    async def can_create_keys(
        self, info: Info, count: Annotated[int, argument(description="The number of keys to create, at least 1.")] = 1
    ) -> bool:
        policy = info.context.services.key_policy
        return await keyring.can_create_keys(info.context.require_viewer(), count, policy=policy)

    @query(
        "List the keys that groups share, oldest first. Any admin may update and delete them.",
        Admin(),
        cost=STATEMENT_COST,
        items=20,
    )
    async def shared_keys(self) -> list[Key]:
        return [Key.of(row) for row in await list_shared_keys()]


@strawberry.type
class KeyMutations:
    @mutation(
        "Store a key. Errors: BAD_USER_INPUT, QUOTA_EXCEEDED at your limit, and with a `groupId` FORBIDDEN unless you "
        "are an admin, NOT_FOUND.",
        SignedIn(Scope.KEYS),
    )
    async def create_key(self, info: Info, input: Input[CreateKeyInput]) -> Key:
        services = info.context.services
        box, policy = services.box, services.key_policy
        return Key.of(await keyring.create_key(info.context.require_viewer(), _fields(input), box=box, policy=policy))

    @mutation(
        "Update one of your keys, or as an admin a shared one. Errors: BAD_USER_INPUT, NOT_FOUND.", SignedIn(Scope.KEYS)
    )
    async def update_key(self, info: Info, input: Input[UpdateKeyInput]) -> Key:
        services = info.context.services
        box, policy = services.box, services.key_policy
        return Key.of(
            await keyring.update_key(info.context.require_viewer(), input.id, _fields(input), box=box, policy=policy)
        )

    @mutation(
        "Delete keys, all or none, and return their ids. Admins can delete shared keys too. Sessions that used them "
        "are kept. Errors: BAD_USER_INPUT, NOT_FOUND.",
        SignedIn(Scope.KEYS),
        items=MAX_IDS,
    )
    async def delete_keys(self, info: Info, ids: Ids) -> list[strawberry.ID]:
        deleted = await keyring.delete_keys(info.context.require_viewer(), checked_ids(ids))
        return [strawberry.ID(key_id) for key_id in deleted]

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
        check = await check_key(
            context,
            endpoint,
            llm=services.llm,
            ledger=services.ledger,
            quotas=services.quotas,
            limits=services.call_limits,
        )
        return KeyTest.of(check)


def parameters_of(input: ModelParametersInput | None) -> dict[str, Any]:
    """Return the parameters that the client sent, by the names under which they are stored."""
    return non_null_fields(input) if input else {}


_REMOVABLE = frozenset({"context_tokens", "silence_seconds"})  # null takes the value away


def _fields(input: CreateKeyInput | UpdateKeyInput) -> dict[str, Any]:
    fields = non_null_fields(input)
    if "parameters" in provided_fields(input):
        fields["parameters"] = parameters_of(input.parameters or None)
    fields |= {name: content for name, content in provided_fields(input).items() if name in _REMOVABLE}
    if "headers" in fields:
        fields["headers"] = [{"name": header.name, "value": header.value} for header in input.headers or ()]
    return fields


async def _endpoint(info: Info, input: TestKeyInput) -> tuple[Endpoint, models.Key | None]:
    """Return the endpoint to call, and the key if it is a stored one."""
    services = info.context.services
    if input.key:
        fields = _fields(input.key)
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
