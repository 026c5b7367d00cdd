"""The creation and change of sessions: their keys and personas must exist, and their prompts be within the limits."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from gql_chat.chats import sessions
from gql_chat.chats.models import ChatSession
from gql_chat.chats.session_fields import checked_model
from gql_chat.chats.sessions import SessionDraft
from gql_chat.errors import KeyRequired
from gql_chat.generation.prompting.prompt import PromptBudget
from gql_chat.personas.catalog import PersonaCatalog
from gql_chat.workflows.routing import ModelRouter


async def create_session(
    user_id: str, draft: SessionDraft, *, personas: PersonaCatalog, router: ModelRouter, budget: PromptBudget
) -> ChatSession:
    """Create a session, or return the user's session with this id as it is. Raises BadUserInput, NotFound."""
    made_before = await sessions.find_session(user_id, draft.id) if draft.id is not None else None
    if made_before is not None:
        return made_before
    if draft.persona is not None:
        personas.get(draft.persona)
    budget.require_messages(draft.history_messages)
    model = checked_model(draft.model)
    if draft.key_id is not None:
        await router.choose(user_id, None, key_id=draft.key_id, model=model)
    elif model is not None:
        draft = replace(draft, key_id=await _find_key_for(user_id, None, model, router))
    return await sessions.create_session(user_id, draft)


async def update_session(
    user_id: str,
    session_id: str,
    changes: Mapping[str, Any],
    *,
    personas: PersonaCatalog,
    router: ModelRouter,
    budget: PromptBudget,
) -> ChatSession:
    """Change the columns that are given. Raises BadUserInput, NotFound.

    A model without a key takes the key that is for it. A key without a model takes its own.
    """
    if changes.get("persona") is not None:
        personas.get(changes["persona"])
    budget.require_messages(changes.get("history_messages"))
    model = checked_model(changes.get("model"))
    if changes.get("key_id") is not None:
        await router.choose(user_id, None, key_id=changes["key_id"], model=model)
    elif model is not None:
        session = await sessions.get_session(user_id, session_id)
        present = session if "key_id" not in changes else None
        changes = {**changes, "key_id": await _find_key_for(user_id, present, model, router)}
    return await sessions.update_session(user_id, session_id, changes)


async def _find_key_for(user_id: str, session: ChatSession | None, model: str, router: ModelRouter) -> str | None:
    """Return the id of the key by which a message of the session would reach the model, None for the server's or none.

    Raises BadUserInput if several keys might be meant.
    """
    with suppress(KeyRequired):  # the key may be created later
        choice = await router.choose(user_id, session, model=model)
        return choice.key.id if choice.key else None
    return None
