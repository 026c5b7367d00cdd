"""Replies as the database has them."""

from gql_chat.chats.models import Message
from gql_chat.chats.pieces import complete


async def stored_text(message_id: str) -> str:
    """Return a reply's text, whether or not it has settled."""
    message = await Message.get(id=message_id)
    await complete([message])
    return message.text
