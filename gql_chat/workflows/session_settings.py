"""Sessions are created and changed: what they name must exist, and their prompts must be within the server's limits."""

from collections.abc import Mapping
from typing import Any

from gql_chat.chats import sessions
from gql_chat.chats.models import ChatSession
from gql_chat.chats.sessions import SessionDraft
from gql_chat.generation.prompting.prompt import PromptBudget
from gql_chat.keys.keyring import get_key
from gql_chat.personas.catalog import PersonaCatalog


async def create_session(
    user_id: str, draft: SessionDraft, *, personas: PersonaCatalog, budget: PromptBudget
) -> ChatSession:
    """Create a session, or return the user's session with this id as it is. Raises BadUserInput, NotFound."""
    made_before = await sessions.find_session(user_id, draft.id) if draft.id is not None else None
    if made_before is not None:
        return made_before
    await _require_usable(user_id, draft.persona, draft.key_id, personas)
    budget.require_messages(draft.history_messages)
    return await sessions.create_session(user_id, draft)


async def update_session(
    user_id: str, session_id: str, changes: Mapping[str, Any], *, personas: PersonaCatalog, budget: PromptBudget
) -> ChatSession:
    """Change the columns that are given. Raises BadUserInput, NotFound."""
    await _require_usable(user_id, changes.get("persona"), changes.get("key_id"), personas)
    budget.require_messages(changes.get("history_messages"))
    return await sessions.update_session(user_id, session_id, changes)


async def _require_usable(user_id: str, persona: str | None, key_id: str | None, personas: PersonaCatalog) -> None:
    if persona is not None:
        personas.get(persona)
    if key_id is not None:
        await get_key(user_id, key_id)
