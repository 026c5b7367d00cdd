"""What the rule-based model says."""

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.demo.model import reply, thoughts


def ask(*texts: Any, persona: str = "") -> str:
    """Return the reply to the last of a user's messages."""
    system = [{"role": "system", "content": persona}] if persona else []
    return reply([*system, *({"role": "user", "content": text} for text in texts)])


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("hi", "Hello! 👋 How can I help you today?"),
        ("Hello there!", "Hello! 👋 How can I help you today?"),
        ("你好", "你好！👋 今天想聊点什么？"),
        ("Thanks a lot", "You are welcome! 😊"),
        ("谢谢你", "不客气！😊"),
        ("Bye", "Goodbye, and come back soon! 👋"),
        ("晚安", "再见，欢迎常来！👋"),
        ("2+3*4", "2 + 3 × 4 = 14 🧮"),
        ("请计算 (1+2)×3 等于多少？", "(1 + 2) × 3 = 9 🧮"),
        ("count to 5", "1, 2, 3, 4, 5. 🎉"),
        ("Please count from 3 to 1", "3, 2, 1. 🎉"),
        ("从3数到7", "3、4、5、6、7。🎉"),
        ("echo Hi 👨‍👩‍👧\nand bye", "Hi 👨‍👩‍👧\nand bye"),
        ("say “cheese”", "cheese"),
        ("重复：你好，世界", "你好，世界"),
        ("My name is Ada.", "Nice to meet you, Ada! 🤝"),
        ("我叫小明。", "很高兴认识你，小明！🤝"),
    ],
)
def test_short_answers(said: str, answer: str) -> None:
    assert ask(said) == answer


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("What can you do?", "I am a small demo model"),
        ("Hello, what can you do?", "`write a poem about rain`"),
        ("help", "`2+3*4`"),
        ("你能做什么？", "我是一个小小的演示模型"),
        ("write a poem about rain", "but rain goes on when the page is closed"),
        ("写一首关于雨的诗", "雨依旧入君怀"),
        ("Help me write some code", "def fibonacci(count: int) -> list[int]:"),
        ("写段代码", "我只背得出这一个程序"),
        ("draw a table", "| stopped ✋ | you | what had come |"),
        ("画个表格", "| 停止 ✋ | 你 | 已到的部分 |"),
        ("列出3个点子", "3. 做一道从没做过的菜 🍲"),
        ("Why is the sky blue?", "“Why is the sky blue?”"),
        ("天空为什么是蓝色的", "“天空为什么是蓝色的”"),
    ],
)
def test_longer_answers_hold_what_was_asked_for(said: str, part: str) -> None:
    assert part in ask(said)


def test_every_example_of_its_abilities_has_a_rule() -> None:
    for asked in ("What can you do?", "你会做什么？"):
        examples = re.findall(r"`([^`]+)`", ask(asked))
        assert len(examples) == 10
        for example in examples:
            assert "small_talk" not in thoughts([{"role": "user", "content": example}])


@pytest.mark.parametrize("length", [1, 40, 100])
@pytest.mark.parametrize("please", ["Continue your last message.", "请继续"])
def test_a_reply_that_was_cut_off_is_completed_when_asked_to(please: str, length: int) -> None:
    asked = {"role": "user", "content": "Give me a list of 12 ideas"}
    whole = reply([asked])
    cut = {"role": "assistant", "content": whole[:length]}
    assert reply([asked, cut, {"role": "user", "content": please}]) == whole[length:]


@pytest.mark.parametrize("said", ["", "something else", "1, 2, 3, 4, 5. 🎉"])
def test_a_reply_that_is_whole_or_none_of_its_own_is_not_completed(said: str) -> None:
    asked, please = [{"role": "user", "content": text} for text in ("count to 5", "Continue")]
    assert reply([asked, {"role": "assistant", "content": said}, please]) == reply([asked, please])


def test_a_list_has_as_many_items_as_asked_for() -> None:
    lines = ask("Give me a list of 12 ideas").splitlines()[2:]
    assert [line.split(".")[0] for line in lines] == [str(number) for number in range(1, 13)]


@pytest.mark.parametrize("count", [1, 2, 47, 500, 20_000])
def test_a_long_text_has_exactly_the_length_asked_for(count: int) -> None:
    assert len(ask(f"Write a long text of {count} words").split()) == count
    assert len(ask(f"写一篇{count}字的文章")) == count


def test_lengths_are_bounded() -> None:
    assert len(ask("write 999999999 words").split()) == 20_000
    assert len(ask("写0字")) == 1
    assert ask("count to 999999999").endswith("999, 1000. 🎉")
    assert ask("a list of 999999999 ideas").splitlines()[-1].startswith("1000. ")
    assert len(ask("write a long story").split()) == 500


def test_it_remembers_the_conversation() -> None:
    assert ask("Hi, my name is Ada", "ok", "What's my name?") == "Your name is Ada. 😊"
    assert ask("我叫小明", "我叫什么？") == "你叫小明。😊"
    assert ask("what is my name?").startswith("You have not told me yet.")
    assert ask("The sea is blue", "What did I just say?") == "Just before this you said: “The sea is blue” 📝"
    assert ask("我刚才说了什么？") == "这是你的第一条消息。🌱"


def test_small_talk_changes_from_turn_to_turn() -> None:
    assert len({ask(*["Hm"] * turns) for turns in (1, 2, 3)}) == 3
    assert ask("Hm") == ask("Hm")


def test_small_talk_repeats_the_beginning_of_what_was_said() -> None:
    assert f"“{'x' * 80}”" in ask("x" * 80)
    assert f"“{'x' * 79}…”" in ask("x" * 81)


def test_the_persona_is_mentioned_lightly() -> None:
    assert ask("hi", persona="You are a pirate.\nTalk like one.").endswith("_(My persona here: “You are a pirate.”)_")
    assert ask("你好", persona="你是一只猫").endswith("_（我的人设：“你是一只猫”）_")
    assert ask("2+2", persona="You are a pirate.") == "2 + 2 = 4 🧮"


def test_it_is_honest_about_images() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    assert ask([{"type": "text", "text": "What is this?"}, image, image]).startswith("Images received: 2.")
    assert ask([{"type": "text", "text": "这是什么？"}, image]).startswith("收到1张图片")


def test_it_makes_titles() -> None:
    assert ask("How do rivers work?", "Give a title to this conversation") == "How do rivers work?"
    assert ask("给这段对话起个标题：\n天空为什么是蓝色的") == "天空为什么是蓝色的"


def test_it_thinks_in_the_users_language() -> None:
    assert "The rule “arithmetic” fits" in thoughts([{"role": "user", "content": "2+2"}])
    assert "适用的规则是“greeting”" in thoughts([{"role": "user", "content": "你好"}])


@given(st.lists(st.fixed_dictionaries({}, optional={"role": st.text(), "content": st.none() | st.text()})))
def test_any_messages_have_an_answer(messages: list[dict[str, Any]]) -> None:
    assert reply(messages)
    assert reply([*messages, {"role": "user", "content": "2+2"}]) == "2 + 2 = 4 🧮"


@pytest.mark.parametrize("word", ["title ", "数到", "count from ", "1+", "((", "我叫", "my name is ", "\n", "9^"])
def test_long_messages_cost_little(word: str) -> None:
    began = time.process_time()
    assert ask(word * 100_000)
    assert time.process_time() - began < 1
