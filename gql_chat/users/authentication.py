"""Authentication: who speaks, by what stands behind `Authorization: Bearer …`."""

from gql_chat.users import access_tokens
from gql_chat.users.sign_ins import SignIns
from gql_chat.users.viewer import Viewer


async def authenticate(token: str, *, sign_ins: SignIns) -> Viewer:
    """Who a token speaks for. Raises Unauthenticated, TokenExpired."""
    if token.startswith(access_tokens.PREFIX):
        return await access_tokens.authenticate(token)
    return await sign_ins.authenticate(token)
