"""Sessions and messages are deleted: first what is still being written in them is stopped."""

from collections.abc import Sequence

from gql_chat.chats import messages, sessions
from gql_chat.workflows.service import Generation
from gql_chat.workflows.watching import stop_replies


async def delete_sessions(user_id: str, session_ids: Sequence[str], *, generation: Generation) -> list[str]:
    """Stop what is being written in the sessions, then delete them, all or none. Raises NotFound."""
    for session_id in session_ids:
        await sessions.get_session(user_id, session_id)
    await stop_replies(user_id, session_ids, generation=generation)
    return await sessions.delete_sessions(user_id, session_ids)


async def delete_all_sessions(user_id: str, *, generation: Generation) -> int:
    """Stop and delete everything; how many sessions there were."""
    await stop_replies(user_id, None, generation=generation)
    return await sessions.delete_all_sessions(user_id)


async def delete_messages(user_id: str, session_id: str, *, generation: Generation) -> int:
    """Stop and delete all messages of a session, which stays; how many there were. Raises NotFound."""
    await sessions.get_session(user_id, session_id)
    await stop_replies(user_id, [session_id], generation=generation)
    return await messages.delete_messages(user_id, session_id)
