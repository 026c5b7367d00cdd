"""A message is sent and its reply watched, through the real API and a real model server's socket."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.chats.models import Message, MessageStatus
from gql_chat.generation.delivery.broker import LocalBroker
from gql_chat.generation.delivery.growing import Delta, Position
from gql_chat.workflows import watching
from tests.support.chat import Chat
from tests.support.client import Client, GraphQLErrors, Screen
from tests.support.demo import Script, failures
from tests.support.running.examples import examples

STOP = "mutation ($id: ID!) { stopReply(messageId: $id) { id status text finishedAt } }"
TRICKY = "数据 flows 🌍👩‍🚀 naïve 𝒳 한국어 🇨🇳 end"


async def test_a_reply_streams_to_its_end(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    chat_on_each.demo.script("demo", Script(chunks=("Hel", "lo ", "wörld 🌍", "!"), reasoning=("Hmm", "…")))
    sent = await ada.send("Say hello")
    assert sent["reply"] | {"id": "", "sessionId": "", "parentId": ""} == {
        "id": "", "sessionId": "", "parentId": "", "order": 2, "status": "STREAMING", "text": "", "model": "demo",
        "finishReason": None, "error": None, "usage": None,
    }  # fmt: skip
    screen = await ada.watch_to_end(sent["reply"]["id"])
    assert (screen.text, screen.reasoning) == ("Hello wörld 🌍!", "Hmm…")
    assert screen.final == {
        "id": sent["reply"]["id"], "status": "COMPLETED", "text": "Hello wörld 🌍!", "reasoning": "Hmm…",
        "finishReason": "STOP", "error": None,
    }  # fmt: skip
    assert await Message.filter(worker_id__isnull=False).count() == 0


async def test_wait_resolves_with_the_settled_reply_and_what_it_cost(chat: Chat, ada: Client) -> None:
    chat.demo.script("demo", Script(chunks=("one", " two")))
    reply = (await ada.send("count", wait=True))["reply"]
    assert (reply["status"], reply["text"], reply["usage"]["source"]) == ("COMPLETED", "one two", "PROVIDER")
    assert reply["usage"]["completionTokens"] == 2


async def test_usage_is_estimated_and_says_so_when_the_provider_reports_none(chat: Chat, ada: Client) -> None:
    chat.demo.script("demo", Script(chunks=("four letters",), usage=False))
    usage = (await ada.send("count", wait=True))["reply"]["usage"]
    assert usage["source"] == "ESTIMATED"
    assert usage["completionTokens"] >= 2
    assert usage["totalTokens"] == usage["promptTokens"] + usage["completionTokens"]


async def test_a_reply_goes_on_when_every_watcher_is_gone_and_who_joins_later_gets_all(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send("seen ")
    watch = ada.watch(reply_id)
    assert (await anext(watch))["text"] == "seen "
    await watch.aclose()
    await call.send("unseen ")
    late = asyncio.create_task(ada.watch_to_end(reply_id))
    await call.send("and the end")
    await call.finish()
    screen = await late
    assert screen.text == (await ada.message(reply_id))["text"] == "seen unseen and the end"


@examples(15)
@given(cuts=st.lists(st.integers(0, 40), max_size=6), pieces=st.lists(st.integers(1, 5), min_size=8, max_size=8))
async def test_a_client_cut_off_anywhere_ends_with_exactly_the_stored_text(
    chat: Chat, ada: Client, cuts: list[int], pieces: list[int]
) -> None:
    driven = chat.demo.drive("demo")
    sent = await ada.send()
    reply_id, call = sent["reply"]["id"], await driven.next_call()
    screen, written = Screen(), 0
    for size in pieces:
        await call.send(TRICKY[written : written + size])
        written += size
        # The page reconnects with whatever offset it has, be it inside of an emoji.
        had = screen.text.encode("utf-16-le")[: cuts[0] * 2] if cuts else screen.units.get("TEXT", b"")
        cuts = cuts[1:]
        screen = Screen({"TEXT": had})
        watch = ada.watch(reply_id, len(had) // 2)
        while screen.units["TEXT"] != TRICKY[:written].encode("utf-16-le"):
            screen.take(await anext(watch))
        await watch.aclose()
    await call.send(TRICKY[written:])
    await call.finish()
    final = await ada.watch_to_end(reply_id, len(screen.units["TEXT"]) // 2, had=screen.text)
    assert final.text == (await ada.message(reply_id))["text"] == TRICKY


async def test_an_offset_beyond_the_end_of_a_settled_reply_is_corrected(chat: Chat, ada: Client) -> None:
    chat.demo.script("demo", Script(chunks=("short",)))
    reply_id = (await ada.send(wait=True))["reply"]["id"]
    screen = await ada.watch_to_end(reply_id, 9, had="shorter t")
    assert screen.text == "short"
    with pytest.raises(GraphQLErrors) as refused:
        await ada.watch_to_end(reply_id, -1)
    assert (refused.value.codes, refused.value.errors[0]["extensions"]["field"]) == (["BAD_USER_INPUT"], "offset")


async def test_fifty_replies_at_once_end_complete_and_in_order(chat: Chat, ada: Client) -> None:
    texts = [" ".join(f"{number}:{word}" for word in range(120)) for number in range(50)]

    async def talk(text: str) -> tuple[str, str]:
        sent = await ada.send(f"echo {text}")
        screen = await ada.watch_to_end(sent["reply"]["id"])
        assert screen.final is not None
        assert screen.final["status"] == "COMPLETED"
        return screen.text, (await ada.message(sent["reply"]["id"]))["text"]

    results = await asyncio.gather(*map(talk, texts))
    for text, (shown, stored) in zip(texts, results, strict=True):
        assert shown == stored
        assert text in stored


async def test_stop_before_the_first_token_and_after_it(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    for text in ("", "some text"):
        reply_id = (await ada.send())["reply"]["id"]
        call = await driven.next_call()
        watching = asyncio.create_task(ada.watch_to_end(reply_id))
        if text:
            await call.send(text)
            watch = ada.watch(reply_id)
            assert (await anext(watch))["text"] == text
            await watch.aclose()
        stopped = (await ada.run(STOP, id=reply_id))["stopReply"]
        assert (stopped["status"], stopped["text"]) == ("STOPPED", text)
        await call.disconnected()  # the provider is not left writing, and billing
        screen = await watching
        assert screen.final is not None
        assert (screen.final["status"], screen.text) == ("STOPPED", text)
        assert (await ada.run(STOP, id=reply_id))["stopReply"] == stopped


async def test_stops_at_once_from_many_devices_agree(chat: Chat, ada: Client) -> None:
    chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    answers = await asyncio.gather(*(ada.run(STOP, id=reply_id) for _ in range(10)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["stopReply"]["status"] == "STOPPED"


@pytest.mark.parametrize(
    ("script", "text", "code"),
    [
        (Script(fail=failures.invalid_api_key()), "", "AUTHENTICATION"),
        (Script(fail=failures.rate_limited()), "", "RATE_LIMITED"),
        (Script(fail=failures.context_length_exceeded()), "", "CONTEXT_TOO_LONG"),
        (Script(fail=failures.server_error()), "", "UNAVAILABLE"),
        (Script(chunks=("kept ", "too"), error_after=2), "kept too", "UNAVAILABLE"),
        (Script(chunks=("kept", "lost"), cut_after=1), "kept", "BAD_RESPONSE"),
        (Script(chunks=("kept", "lost"), garbage_after=1), "kept", "BAD_RESPONSE"),
    ],
)
async def test_a_provider_that_fails_makes_a_failed_message_which_keeps_what_had_come(
    chat: Chat, ada: Client, script: Script, text: str, code: str
) -> None:
    chat.demo.script("demo", script)
    screen = await ada.watch_to_end((await ada.send())["reply"]["id"])
    assert screen.final is not None
    assert (screen.final["status"], screen.final["error"]["code"], screen.text) == ("FAILED", code, text)
    assert "sk-server-key-of-tests" not in str(screen.final)
    assert len(chat.demo.requests) == 1  # never tried again by us


async def test_a_chat_goes_on_after_a_reply_that_failed(chat: Chat, ada: Client) -> None:
    chat.demo.script("demo", Script(fail=failures.overloaded()))
    failed = await ada.send("first", wait=True)
    chat.demo.script("demo", Script(chunks=("fine",)))
    again = await ada.send("second", sessionId=failed["session"]["id"], wait=True)
    assert (again["reply"]["order"], again["reply"]["text"], again["session"]["messageCount"]) == (4, "fine", 4)
    said = [message["content"] for message in chat.demo.requests[-1].body["messages"][1:]]
    assert said == ["first\n\nsecond"]


async def test_another_users_reply_cannot_be_watched_or_stopped(chat: Chat, ada: Client, bob: Client) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    for attempt in (bob.run(STOP, id=reply_id), bob.watch_to_end(reply_id), chat.stranger.watch_to_end(reply_id)):
        with pytest.raises(GraphQLErrors) as refused:
            await attempt
        assert refused.value.codes in (["NOT_FOUND"], ["UNAUTHENTICATED"])
    call = await driven.next_call()
    await call.send("untouched")
    await call.finish()
    assert (await ada.watch_to_end(reply_id)).text == "untouched"


@pytest.mark.parametrize(
    "delete",
    [
        "mutation ($id: ID!) { deleteSessions(ids: [$id]) }",
        "mutation { deleteAllSessions }",
        "mutation ($id: ID!) { deleteMessages(sessionId: $id) }",
    ],
)
async def test_deleting_a_chat_stops_its_reply_and_tells_who_watches(chat: Chat, ada: Client, delete: str) -> None:
    driven = chat.demo.drive("demo")
    sent = await ada.send()
    call = await driven.next_call()
    watch = ada.watch(sent["reply"]["id"])
    await call.send("gone soon")
    assert (await anext(watch))["text"] == "gone soon"
    await ada.run(delete, **({"id": sent["session"]["id"]} if "$id" in delete else {}))
    assert not chat.services.runner.writes(sent["reply"]["id"])  # it was stopped before, not found missing later
    await call.disconnected()
    try:  # the watcher may read the row before it is deleted, or after
        told = (await anext(watch))["message"]["status"]
    except GraphQLErrors as gone:
        told = gone.codes[0]
    assert told in ("STOPPED", "NOT_FOUND")
    await watch.aclose()
    assert await Message.all().count() == 0


async def test_text_that_was_held_while_a_lease_was_in_doubt_is_shown_once_it_is_stored(
    chat: Chat, ada: Client
) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call, screen = await driven.next_call(), Screen()
    events = ada.watch(reply_id)
    await call.send("shown")
    screen.take(await anext(events))
    running = chat.services.runner.find(ada.user_id, reply_id)
    assert running is not None
    running.reply.hold()
    await call.send(", held")
    await call.finish()
    async for event in events:
        screen.take(event)
    assert screen.final is not None
    assert screen.text == screen.final["text"] == "shown, held"


async def test_a_reply_that_cannot_be_watched_is_looked_for_at_intervals(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "FOLLOW_SECONDS", 0.05)
    reply_id = (await ada.send("echo hi", wait=True))["reply"]["id"]
    await Message.filter(id=reply_id).update(status=MessageStatus.STREAMING, worker_id="elsewhere")
    now, looks = asyncio.get_running_loop().time, list[float]()

    class Unreachable(LocalBroker):
        """A broker that reaches nobody who writes the reply, which settles meanwhile."""

        async def watch(self, message_id: str, *_: Any, **__: Any) -> AsyncGenerator[Delta, None]:
            looks.append(now())
            if len(looks) == 3:
                await Message.filter(id=reply_id).update(status=MessageStatus.COMPLETED)
            async for delta in super().watch(message_id, Position()):
                yield delta

    watch = replace(chat.services.running, broker=Unreachable()).watch(ada.user_id, reply_id, Position())
    *_, settled = [event async for event in watch]
    assert isinstance(settled, Message)
    assert (settled.status, len(looks)) == (MessageStatus.COMPLETED, 3)
    assert looks[2] - looks[0] > 0.09  # twice the interval, but for what timers are rounded by
