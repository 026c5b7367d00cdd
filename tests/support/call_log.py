"""The call log through the API."""

from typing import Any

from tests.support.chat import Chat
from tests.support.client import Client

FIELDS = """id userId sessionId messageId keyId groupId purpose model endpoint status statusCode error { code message }
    requestMessages requestParameters responseText responseData activationCode
    usage { promptTokens completionTokens totalTokens source }
    durationMs firstTokenMs clientIp userAgent requestId createdAt"""
CALLS = f"""query ($first: Int, $after: String, $filter: CallLogFilter) {{
    callLogs(first: $first, after: $after, filter: $filter) {{
        nodes {{ {FIELDS} }} totalCount pageInfo {{ hasNextPage endCursor }} }} }}"""
CALL = f"query ($id: ID!) {{ node(id: $id) {{ ... on CallLog {{ {FIELDS} }} }} }}"
CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
TEST = "mutation ($input: TestKeyInput!) { testKey(input: $input) { ok } }"
DELETE_SESSIONS = "mutation ($ids: [ID!]!) { deleteSessions(ids: $ids) }"
DELETE_KEYS = "mutation ($ids: [ID!]!) { deleteKeys(ids: $ids) }"
SECRET = "sk-secret-of-ada-0123"


async def calls(client: Client, **variables: Any) -> list[dict[str, Any]]:
    """Return the newest calls."""
    nodes: list[dict[str, Any]] = (await client.run(CALLS, **variables))["callLogs"]["nodes"]
    return nodes


async def new_key(chat: Chat, client: Client, model: str = "demo", **more: Any) -> str:
    key = {"name": f"key of {model}", "secret": SECRET, "model": model, "baseUrl": chat.demo.base_url, **more}
    key_id: str = (await client.run(CREATE_KEY, input=key))["createKey"]["id"]
    return key_id
