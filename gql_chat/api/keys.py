"""Keys: users' credentials for models, and those that groups share."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Self

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import STATEMENT_COST, costs
from gql_chat.api.engine.fields.inputs import (
    MAX_IDS,
    Ids,
    Input,
    checked_ids,
    non_null_fields,
    optional,
    provided_fields,
)
from gql_chat.api.engine.fields.node import Node, from_row
from gql_chat.api.engine.fields.permissions import GRAPHQL_SCOPES, Admin, SignedIn, mutation, query
from gql_chat.api.groups import Group
from gql_chat.api.model_parameters import ModelParameters, ModelParametersInput, parameters_of
from gql_chat.keys import keyring, models
from gql_chat.keys.shared_keys import list_shared_keys
from gql_chat.users.models import Scope

_REMOVABLE = frozenset({"context_tokens", "silence_seconds"})  # null takes the value away


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
        SignedIn(*GRAPHQL_SCOPES),
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
        return Key.of(await keyring.create_key(info.context.require_viewer(), fields_of(input), box=box, policy=policy))

    @mutation(
        "Update one of your keys, or as an admin a shared one. Errors: BAD_USER_INPUT, NOT_FOUND.", SignedIn(Scope.KEYS)
    )
    async def update_key(self, info: Info, input: Input[UpdateKeyInput]) -> Key:
        services = info.context.services
        box, policy = services.box, services.key_policy
        return Key.of(
            await keyring.update_key(info.context.require_viewer(), input.id, fields_of(input), box=box, policy=policy)
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


def fields_of(input: Any) -> dict[str, Any]:
    """Return the fields that the client sent of a key, a user's or the server's, by the names of the key's columns."""
    fields = non_null_fields(input)
    if "parameters" in provided_fields(input):
        fields["parameters"] = parameters_of(input.parameters or None)
    fields |= {name: content for name, content in provided_fields(input).items() if name in _REMOVABLE}
    if "headers" in fields:
        fields["headers"] = [asdict(header) for header in input.headers]
    return fields
