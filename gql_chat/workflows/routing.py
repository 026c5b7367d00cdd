"""Routing: which key, model and endpoint answer a message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec

from gql_chat.chats.models import ChatSession, Message
from gql_chat.errors import BadUserInput, KeyRequired
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.infra.crypto import SecretBox
from gql_chat.keys.keyring import get_key, list_keys
from gql_chat.keys.lending import shared_parameters
from gql_chat.keys.models import Key
from gql_chat.keys.parameters import merged_parameters
from gql_chat.keys.secret_sealing import open_headers, open_secret
from gql_chat.keys.server_key import ServerKey, ServerKeys

NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})
NAMED_KEYS = 10  # of a sentence about many


class ModelChoice(msgspec.Struct, frozen=True):
    """A key (None: the server's) with a model."""

    key: Key | None
    model: str


class Route(msgspec.Struct, frozen=True):
    """A key (None: the server's) and the endpoint that is called with it."""

    key: Key | None
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class ModelRouter:
    """Finds the key and endpoint of a call: among the user's keys, which `box` opens, and the server's."""

    box: SecretBox
    server_keys: ServerKeys

    @property
    def server_key(self) -> ServerKey | None:
        """The server's key in force."""
        return self.server_keys.current

    async def get_route(
        self,
        user_id: str,
        session: ChatSession | None,
        *,
        key_id: str | None = None,
        model: str | None = None,
        parameters: Mapping[str, Any] = NO_PARAMETERS,
    ) -> Route:
        """Return the route by the key that the user names, else by the key that fits. Raises as `choose`.

        `parameters` are laid over the key's. Raises BadUserInput for those that only the owner of a key may set.
        """
        return self._open(await self.choose(user_id, session, key_id=key_id, model=model), parameters)

    async def get_route_by_name(self, user_id: str, name: str) -> Route:
        """Return the route by the key of this name, else by the key that fits the model of this name.

        Raises KeyRequired, and BadUserInput on `model`, as `choose_key`.
        """
        keys = await list_keys(user_id)
        named = next((key for key in keys if key.name == name), None)
        if named is not None:
            return self._open(_choose_on(named, None))
        return self._open(choose_key(None, keys, model=name, server_key=self.server_key, field="model"))

    async def choose(
        self, user_id: str, session: ChatSession | None, *, key_id: str | None = None, model: str | None = None
    ) -> ModelChoice:
        """Return the key that the user names, else the key that fits. Raises NotFound, KeyRequired, BadUserInput."""
        field = "model" if model is not None else None
        if key_id is not None:
            return _choose_on(await get_key(user_id, key_id), model, field)
        keys = await list_keys(user_id)
        return choose_key(session, keys, model=model, server_key=self.server_key, field=field)

    async def get_route_again(self, user_id: str, session: ChatSession, reply: Message) -> Route:
        """Return the route that wrote the reply, or what `choose_key` gives for its model. Raises as it does."""
        keys = await list_keys(user_id)
        own = next((key for key in keys if key.id == reply.key_id), None)
        if own is not None:
            return self._open(_choose_on(own, reply.model))
        if reply.key_id is None and self.server_key is not None and reply.model == self.server_key.model:
            return self._open(ModelChoice(None, self.server_key.model))
        return self._open(choose_key(session, keys, model=reply.model, server_key=self.server_key))

    def _open(self, choice: ModelChoice, parameters: Mapping[str, Any] = NO_PARAMETERS) -> Route:
        key, model = choice.key, choice.model
        if key is not None:
            merge = merged_parameters if key.group_id is None else shared_parameters
            merged = merge(key.parameters, parameters)
            return Route(key, endpoint_of(key, self.box, model, merged))
        server_key = self.server_key
        assert server_key is not None
        endpoint = Endpoint(
            server_key.base_url,
            server_key.secret,
            model,
            shared_parameters(server_key.parameters, parameters),
            trusted=server_key.is_trusted,
            is_server_key=True,
            headers=server_key.headers,
        )
        return Route(None, endpoint)


def endpoint_of(key: Key, box: SecretBox, model: str, parameters: Mapping[str, Any]) -> Endpoint:
    """Return the endpoint of a stored key, with its secrets in clear. Raises KeyRequired if these cannot be opened."""
    return Endpoint(
        key.base_url,
        open_secret(key, box),
        model,
        parameters,
        headers=open_headers(key, box),
        folds_system_prompt=key.folds_system_prompt,
        silence_seconds=key.silence_seconds,
    )


def choose_key(
    session: ChatSession | None,
    keys: Sequence[Key],
    *,
    model: str | None,
    server_key: ServerKey | None,
    field: str | None = None,
) -> ModelChoice:
    """Choose the session's key, unless the call names a model that another one is for, the server's included.

    Without a key of the session, choose the first that is for the model, else the server's, else the user's only own
    one; without a model, the first, else the server's. Raises KeyRequired, and BadUserInput on `field` for a model that
    a lent key is not for, or none of several keys: one of them would be a guess.
    """
    wanted = model or (session.model if session else None)
    own = next((key for key in keys if session and key.id == session.key_id), None)
    fitting = next((key for key in keys if key.model == wanted), None)
    if own is not None and (model is None or own.model == model):
        return _choose_on(own, wanted, field)
    if fitting is not None:
        return ModelChoice(fitting, fitting.model)
    if server_key is not None and wanted == server_key.model:
        return ModelChoice(None, server_key.model)
    if wanted is None:
        return _choose_default(keys, server_key)
    if own is not None:
        return _choose_on(own, wanted, field)
    able = [key for key in keys if key.group_id is None]
    if not able:
        message = f"There is no key for the model {wanted}: create one, or choose another model."
        raise KeyRequired(message, model=wanted)
    if len(able) == 1:
        return ModelChoice(able[0], wanted)
    raise BadUserInput(_ambiguity(wanted, able), field=field)


def _choose_on(key: Key, model: str | None, field: str | None = None) -> ModelChoice:
    """Choose this key. Raises BadUserInput on `field` for another model than that for which a group lends it."""
    if key.group_id is not None and model not in (None, key.model):
        sentence = f"The key “{key.name}” is lent for the model {key.model}: choose that one, or a key of your own."
        raise BadUserInput(sentence, field=field)
    return ModelChoice(key, model or key.model)


def _choose_default(keys: Sequence[Key], server_key: ServerKey | None) -> ModelChoice:
    if keys:
        return ModelChoice(keys[0], keys[0].model)
    if server_key is not None:
        return ModelChoice(None, server_key.model)
    raise KeyRequired


def _ambiguity(model: str, keys: Sequence[Key]) -> str:
    named = ", ".join(f"“{key.name}” ({key.model})" for key in keys[:NAMED_KEYS])
    rest = f" and {len(keys) - NAMED_KEYS} more" if len(keys) > NAMED_KEYS else ""
    return (
        f"None of your keys is for the model {model}: send keyId and model, or another model. Your keys: {named}{rest}."
    )
