"""The prompt that is tried after a refusal."""

from typing import Any

import pytest

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.fallbacks import PICTURE_LEFT_OUT, find_fallback
from gql_chat.generation.prompting.prompt import Prompt

TOO_LONG = ProviderFailed(ProviderErrorCode.CONTEXT_TOO_LONG, "The conversation is too long for the model.")
BLIND = ProviderFailed(ProviderErrorCode.BAD_REQUEST, "It says: This model does not support image input.")
PERSONA = {"role": "system", "content": "p"}
PICTURE = {"type": "image_url", "image_url": {"url": "u"}}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def reply(content: str) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


CHAT = [PERSONA, user("one"), reply("two"), user("three"), reply("four"), user("five")]


def test_half_of_a_history_that_is_too_long_goes() -> None:
    fallback = find_fallback(Prompt(CHAT, frozenset({"f"})), TOO_LONG)
    assert fallback == Prompt([PERSONA, user("three"), reply("four"), user("five")], frozenset({"f"}), True)


def test_of_a_history_cut_in_the_middle_of_an_exchange_no_reply_is_left_at_the_start() -> None:
    fallback = find_fallback(Prompt([*CHAT[:3], *CHAT[3:5], user("five"), reply("six"), user("seven")]), TOO_LONG)
    assert fallback is not None
    assert fallback.messages == [PERSONA, user("five"), reply("six"), user("seven")]


@pytest.mark.parametrize("messages", [[PERSONA, user("one")], [user("one")]])
def test_a_new_message_alone_cannot_be_shorter(messages: list[dict[str, Any]]) -> None:
    assert find_fallback(Prompt(messages), TOO_LONG) is None


def test_pictures_of_earlier_messages_are_left_out_with_a_remark() -> None:
    last = user([{"type": "text", "text": "And now?"}])
    chat = [PERSONA, user([{"type": "text", "text": "Look"}, PICTURE]), reply("I see."), last]
    fallback = find_fallback(Prompt(chat), BLIND)
    assert fallback is not None
    assert fallback.messages == [PERSONA, user(f"Look\n\n{PICTURE_LEFT_OUT}"), reply("I see."), last]
    assert not fallback.is_truncated


@pytest.mark.parametrize("chat", [[user([PICTURE])], [*CHAT[:3], user([PICTURE])], CHAT])
def test_without_pictures_in_the_history_nothing_else_is_tried(chat: list[dict[str, Any]]) -> None:
    assert find_fallback(Prompt(chat), BLIND) is None


@pytest.mark.parametrize("code", [ProviderErrorCode.BAD_REQUEST, ProviderErrorCode.RATE_LIMITED])
def test_after_another_refusal_nothing_else_is_tried(code: ProviderErrorCode) -> None:
    assert find_fallback(Prompt([PERSONA, user([PICTURE]), reply("a"), user("b")]), ProviderFailed(code, "No.")) is None
