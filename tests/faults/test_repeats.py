"""Repeats under one idempotency key, at two workers on one database."""

import asyncio
from typing import Any

import pytest

from tests.faults.cluster import Cluster
from tests.support.client import Client, GraphQLErrors

CREATE_SESSION = "mutation { createSession(input: {}) { id } }"
STORED = "SELECT count(*) FROM messages WHERE text = $1"
CLAIMED = "SELECT count(*) FROM send_claims WHERE idempotency_key = $1"
BILLED = "SELECT prompt_tokens, completion_tokens FROM calls WHERE message_id = $1"


@pytest.mark.asyncio(loop_scope="package")
@pytest.mark.parametrize("wait", [False, True], ids=["at once", "waiting for the end"])
@pytest.mark.parametrize("in_session", [False, True], ids=["a new chat", "a chat"])
async def test_twenty_parallel_repeats_at_two_workers_are_one_message_one_call_one_bill(
    cluster: Cluster, in_session: bool, wait: bool
) -> None:
    driven, said = cluster.demo.drive("demo"), f"pay {in_session} {wait}"
    fields: dict[str, Any] = {"idempotencyKey": said, "wait": wait}
    if in_session:
        fields["sessionId"] = (await cluster.clients[0].run(CREATE_SESSION))["createSession"]["id"]

    async def send(client: Client, text: str = said) -> dict[str, Any]:
        return await client.send(text, **fields)

    requests = len(cluster.demo.requests)
    repeats = [asyncio.create_task(send(cluster.clients[number % 2])) for number in range(20)]
    call = await driven.next_call()
    await call.send("once")
    await call.finish(usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3})
    answers = await asyncio.gather(*repeats)
    reply_id = answers[0]["reply"]["id"]
    assert {(answer["session"]["id"], answer["userMessage"]["id"], answer["reply"]["id"]) for answer in answers} == {
        (answers[0]["session"]["id"], answers[0]["userMessage"]["id"], reply_id)
    }
    if wait:
        assert [answer["reply"]["text"] for answer in answers] == ["once"] * 20
    await cluster.clients[1].watch_to_end(reply_id)
    assert len(cluster.demo.requests) == requests + 1
    assert [row["count"] for query in (STORED, CLAIMED) for row in await cluster.fetch(query, said)] == [1, 1]
    assert [tuple(row) for row in await cluster.fetch(BILLED, reply_id)] == [(1, 2)]
    for client in cluster.clients:  # later, and with another payload
        assert (await send(client))["reply"]["id"] == reply_id
        with pytest.raises(GraphQLErrors) as refused:
            await send(client, "pay more")
        assert refused.value.codes == ["CONFLICT"]
    assert len(cluster.demo.requests) == requests + 1
