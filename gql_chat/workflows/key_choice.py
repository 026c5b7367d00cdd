"""Which key and model answer a message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gql_chat.chats.models import ChatSession, Message
from gql_chat.errors import KeyRequired
from gql_chat.generation.provider.llm import Endpoint
from gql_chat.infra.crypto import SecretBox
from gql_chat.keys.keyring import open_secret
from gql_chat.keys.models import Key
from gql_chat.keys.parameters import merged_parameters


@dataclass(frozen=True, slots=True)
class ServerKey:
    """The operator's own key, which every user may use for its one model; users' own keys come first."""

    base_url: str
    model: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """A key to use (None: the server's) with a model."""

    key: Key | None
    model: str


def choose_key(
    session: ChatSession | None, keys: Sequence[Key], *, model: str | None, server_key: ServerKey | None
) -> Choice:
    """The session's key, else the first that is for the model, else the first, else the server's.

    A model named in the send that the session's key is not for goes to the key that is. Raises KeyRequired.
    """
    wanted = model or (session.model if session else None)
    own = next((key for key in keys if session and key.id == session.key_id), None)
    fitting = next((key for key in keys if key.model == wanted), None)
    if own is not None and (model is None or own.model == model or fitting is None):
        return Choice(own, wanted or own.model)
    if fitting is not None:
        return Choice(fitting, fitting.model)
    if server_key is not None and wanted == server_key.model:
        return Choice(None, server_key.model)
    if keys:
        return Choice(keys[0], wanted or keys[0].model)
    if server_key is not None and wanted is None:
        return Choice(None, server_key.model)
    raise KeyRequired() if wanted is None else KeyRequired(f"There is no key for the model {wanted}: create one.")


def choose_again(session: ChatSession, reply: Message, keys: Sequence[Key], *, server_key: ServerKey | None) -> Choice:
    """The key and model that wrote the reply, or what `choose_key` gives for that model. Raises KeyRequired."""
    own = next((key for key in keys if key.id == reply.key_id), None)
    if own is not None:
        return Choice(own, reply.model or own.model)
    if reply.key_id is None and server_key is not None and reply.model == server_key.model:
        return Choice(None, server_key.model)
    return choose_key(session, keys, model=reply.model, server_key=server_key)


def endpoint_of(
    choice: Choice, parameters: Mapping[str, Any], *, box: SecretBox, server_key: ServerKey | None
) -> Endpoint:
    """Where the call goes, with these parameters laid over the key's."""
    if choice.key is None:
        assert server_key is not None
        secret, base_url = server_key.secret, server_key.base_url
        return Endpoint(base_url, secret, choice.model, dict(parameters), trusted=True)
    merged = merged_parameters(choice.key.parameters, parameters)
    return Endpoint(choice.key.base_url, open_secret(choice.key, box), choice.model, merged)
