"""The server's own key, for admins only."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import costs
from gql_chat.api.engine.fields.inputs import Input, optional
from gql_chat.api.engine.fields.node import from_row
from gql_chat.api.engine.fields.permissions import Admin, mutation, query
from gql_chat.api.keys import HeaderInput, fields_of
from gql_chat.api.model_parameters import ModelParameters, ModelParametersInput
from gql_chat.generation.provider.endpoint import without_credentials
from gql_chat.keys import server_key
from gql_chat.keys.server_key import ServerKeySource


@strawberry.type(
    description="The server's own key, which every user may use for its model. Users' own keys come first."
)
class ServerKey:
    base_url: str = field(description="The provider's base URL, without `/chat/completions`.")
    model: str = field(description="The provider's name of the model.")
    secret_hint: str = field(
        description="The last four characters of the secret, or an empty text for a secret of fewer than 12. The "
        "secret itself is never returned."
    )
    parameters: ModelParameters = field(description="The default parameters of calls with this key.")
    header_names: list[str] = field(
        description="The names of the key's own HTTP headers. The values are never returned.", metadata=costs(items=4)
    )
    source: ServerKeySource = field(description="Whether the key is as the settings say, or as an admin has stored it.")
    updated_at: datetime = field(
        description="When an admin last changed the key. For a key of the settings, when this worker read them."
    )

    @classmethod
    def of(cls, key: server_key.ServerKey | None) -> Self | None:
        """Build the key without the secret. Return None for None."""
        if key is None:
            return None
        base_url, parameters = without_credentials(key.base_url), ModelParameters.of(dict(key.parameters))
        return from_row(cls, key, base_url=base_url, parameters=parameters)


@strawberry.input(
    description="Parameters for `updateServerKey`. Omitted fields keep their values, which are the settings' at first. "
    "So do null ones except `parameters`."
)
class UpdateServerKeyInput:
    secret: str | None = optional(
        "The provider's API key: up to 4,096 ASCII characters, stored encrypted, never returned. Required for another "
        "base URL. An empty text stands for none, where the address needs none."
    )
    base_url: str | None = optional(
        "The base URL without `/chat/completions`. It may be in a private network only if the settings allow that, or "
        "if it is the settings' own."
    )
    model: str | None = optional("The provider's name of the model, at most 200 characters.")
    parameters: ModelParametersInput | None = optional(
        "The default parameters, which replace all existing ones. `maxTokens` is a limit that users cannot raise. Null "
        "removes them."
    )
    headers: list[HeaderInput] | None = optional(
        "Up to 20 HTTP headers, which replace all existing ones. Stored with the secret: required if the base URL "
        "changes and the key has headers, and accepted only with a secret that is sent or stored. An empty list "
        "removes them."
    )


@strawberry.type
class ServerKeyQueries:
    @query("Return the server's own key. Null if there is none.", Admin())
    def server_key(self, info: Info) -> ServerKey | None:
        return ServerKey.of(info.context.services.starter.router.server_key)


@strawberry.type
class ServerKeyMutations:
    @mutation(
        "Change the server's own key, for all workers at once, from the next message on. What is stored takes "
        "precedence over the settings. The first key needs a secret, a base URL and a model. Errors: BAD_USER_INPUT, "
        "CONFLICT if strangers could use the key without a limit.",
        Admin(),
    )
    async def update_server_key(self, info: Info, input: Input[UpdateServerKeyInput]) -> ServerKey | None:
        services = info.context.services
        server_keys = services.starter.router.server_keys
        return ServerKey.of(await server_keys.update(fields_of(input), policy=services.key_policy))

    @mutation(
        "Delete what is stored of the server's own key: the settings apply again, to all workers at once. Return "
        "whether anything was stored.",
        Admin(),
    )
    async def delete_server_key(self, info: Info) -> bool | None:
        return await info.context.services.starter.router.server_keys.delete()
