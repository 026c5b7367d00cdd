"""Keys made through the API, shared with groups, and used by tokens with scopes."""

from typing import Any

from gql_chat.infra import clock
from gql_chat.infra.ids import new_id
from gql_chat.keys.models import Group, GroupMember, Key
from tests.support.client import Client

SECRET = "sk-proj-0123456789-abcd"
PARAMETERS = """parameters { temperature topP maxTokens presencePenalty frequencyPenalty stop seed reasoningEffort
    responseFormat extra }"""
FIELDS = f"{{ id name model baseUrl secretHint {PARAMETERS} group {{ name }} createdAt updatedAt lastUsedAt }}"
CREATE = f"mutation ($input: CreateKeyInput!) {{ createKey(input: $input) {FIELDS} }}"
UPDATE = f"mutation ($input: UpdateKeyInput!) {{ updateKey(input: $input) {FIELDS} }}"
TEST = """mutation ($input: TestKeyInput!) {
    testKey(input: $input) { ok latencyMs models error { code message } } }"""
NO_PARAMETERS = dict.fromkeys(
    ["temperature", "topP", "maxTokens", "presencePenalty", "frequencyPenalty", "stop", "seed", "reasoningEffort",
     "responseFormat", "extra"]
)  # fmt: skip


def draft(name: str = "Work", **more: Any) -> dict[str, Any]:
    """Return the input of a key."""
    return {"name": name, "secret": SECRET, "model": "gpt-5", "baseUrl": "https://api.example.com/v1", **more}


async def create(client: Client, name: str = "Work", **more: Any) -> dict[str, Any]:
    """Return a stored key."""
    key: dict[str, Any] = (await client.run(CREATE, input=draft(name, **more)))["createKey"]
    return key


async def share(key_id: str, *members: Client) -> Group:
    """Turn a key into one of a group with these members."""
    now = clock.now()
    group = await Group.create(id=new_id("grp"), name="Team", created_at=now, updated_at=now)
    await Key.filter(id=key_id).update(group_id=group.id)
    for member in members:
        await GroupMember.create(id=new_id("mem"), group=group, user_id=member.user_id, created_at=now)
    return group


async def scoped(client: Client, *scopes: str) -> Client:
    """Return the same user by a personal access token."""
    create = 'mutation ($s: [Scope!]!) { createAccessToken(input: {name: "t", scopes: $s}) { token } }'
    token = (await client.run(create, s=scopes))["createAccessToken"]["token"]
    return Client(client.http, client.origin, token, client.user_id)
