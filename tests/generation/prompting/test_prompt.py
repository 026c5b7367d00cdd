"""What of a chat and its files a model is given."""

import itertools
import re
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from gql_chat.chats.models import ContentType, FileAttachment, Message, MessageRole, SourceAttachment, UrlAttachment
from gql_chat.generation.prompting.prompt import (
    OWN_IMAGE,
    TOKENS_PER_ATTACHMENT,
    Prompt,
    PromptBudget,
    build_continuation,
    build_prompt,
)
from gql_chat.generation.prompting.quoting import Material
from gql_chat.generation.prompting.tokens import estimate_tokens

BUDGET = PromptBudget(max_messages=10, max_tokens=10_000, max_file_tokens=100, max_files_tokens=150)
LONG = "word " * 1000
REMARK = re.compile(r"\s*\[The file [^\[\]]*\]\s*")


def said(text: str = "", *files: str, role: MessageRole = MessageRole.USER, kind: str = "FILE", **more: Any) -> Message:
    attachments = [FileAttachment(ContentType(kind), file_id) for file_id in files]
    return Message(role=role, text=text, attachments=[*attachments, *more.get("attachments", [])])


def reply(text: str = "") -> Message:
    return said(text, role=MessageRole.ASSISTANT)


def contents(prompt: Any) -> list[Any]:
    return [message["content"] for message in prompt.messages[1:]]


def test_a_files_text_stands_before_what_was_said_with_it() -> None:
    materials = {"f": Material("notes.txt", text="all of it"), "g": Material("b.csv", text="1,2")}
    prompt = build_prompt("p", [], said("What is this?", "f", "g"), BUDGET, materials)
    assert contents(prompt) == ["File notes.txt:\n```\nall of it\n```\n\nFile b.csv:\n```\n1,2\n```\n\nWhat is this?"]
    assert prompt.file_ids == {"f", "g"}


def test_a_file_alone_is_a_message() -> None:
    prompt = build_prompt("p", [], said("", "f"), BUDGET, {"f": Material("a.txt", text="x")})
    assert contents(prompt) == ["File a.txt:\n```\nx\n```"]


def test_an_image_of_a_reply_is_a_remark_and_costs_no_more() -> None:
    painted = said("Here.", "i", kind="IMAGE_URL", role=MessageRole.ASSISTANT)
    painted.attachments.append(UrlAttachment(ContentType.IMAGE_URL, "https://example.com/a.png"))
    painted.attachments.append(SourceAttachment(ContentType.SOURCE, "https://example.com", None))
    materials = {"i": Material("image-1.png", url="data:image/png;base64,AA==")}
    little = replace(BUDGET, max_tokens=100)
    prompt = build_prompt("p", [said("Paint!"), painted], said("Bluer!"), little, materials)
    assert contents(prompt) == ["Paint!", f"Here.\n\n{OWN_IMAGE}\n\n{OWN_IMAGE}", "Bluer!"]
    assert (prompt.file_ids, prompt.is_truncated) == (frozenset(), False)


def test_images_and_videos_are_parts_beside_the_text() -> None:
    message = said("Look", "i", kind="IMAGE_URL")
    message.attachments.append(FileAttachment(ContentType.VIDEO_URL, "v"))
    message.attachments.append(UrlAttachment(ContentType.IMAGE_URL, "https://example.com/a.png"))
    message.attachments.append(FileAttachment(ContentType.FILE, "f"))
    materials = {
        "i": Material("a.png", url="data:image/png;base64,AA=="),
        "v": Material("a.mp4", url="https://store.example.com/v"),
        "f": Material("a.txt", text="x"),
    }
    prompt = build_prompt("p", [], message, BUDGET, materials)
    assert contents(prompt) == [
        [
            {"type": "text", "text": "File a.txt:\n```\nx\n```\n\nLook"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
            {"type": "video_url", "video_url": {"url": "https://store.example.com/v"}},
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        ]
    ]
    assert prompt.file_ids == {"i", "v", "f"}
    without_words = build_prompt("p", [], said("", "i", kind="IMAGE_URL"), BUDGET, materials)
    assert contents(without_words) == [[{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]]


def test_what_cannot_be_given_is_told() -> None:
    materials = {"i": Material("a.png", missing="cannot be read now")}
    message = said("Look", "i", kind="IMAGE_URL")
    message.attachments.append(FileAttachment(ContentType.FILE, "unknown"))
    prompt = build_prompt("p", [], message, BUDGET, materials)
    assert contents(prompt) == [
        "[The file a.png cannot be read now.]\n\n[The file that was attached came too late to be given.]\n\nLook"
    ]
    assert prompt.file_ids == frozenset()


def test_files_of_earlier_messages_stay_while_there_is_room_the_newest_first() -> None:
    materials = {name: Material(f"{name}.txt", text=text) for name, text in (("a", LONG), ("b", LONG), ("c", "short"))}
    history = [said("one", "a"), reply("Yes."), said("two", "b"), reply("Yes.")]
    prompt = build_prompt("p", history, said("three", "c"), BUDGET, materials)
    one, _, two, _, three = contents(prompt)
    assert three == "File c.txt:\n```\nshort\n```\n\nthree"
    assert two.endswith("[The file b.txt is cut here: there is no room for the rest.]\n\ntwo")
    assert one.startswith("File a.txt:\n```\nword word")
    assert one.endswith("[The file a.txt is cut here: there is no room for the rest.]\n\none")
    assert len(one) < len(two)
    tight = PromptBudget(10, 10_000, max_file_tokens=100, max_files_tokens=110)
    one, _, two, _, three = contents(build_prompt("p", history, said("three", "c"), tight, materials))
    assert one == "[The file a.txt is left out: there is no room for it.]\n\none"


def test_long_files_of_a_message_share_what_short_ones_leave() -> None:
    materials = {
        "a": Material("a.txt", text=LONG),
        "b": Material("b.txt", text="short"),
        "c": Material("c.txt", text=LONG),
    }
    [content] = contents(build_prompt("p", [], said("", "a", "b", "c"), BUDGET, materials))
    blocks = content.split("\n\n")
    assert [block.split(":")[0] for block in blocks] == ["File a.txt", "File b.txt", "File c.txt"]
    sizes = [estimate_tokens(block) for block in blocks]
    assert sum(sizes) <= 150
    assert abs(sizes[0] - sizes[2]) <= 2
    assert sizes[1] == estimate_tokens("File b.txt:\n```\nshort\n```")


def test_a_file_that_is_attached_twice_is_quoted_once() -> None:
    prompt = build_prompt("p", [], said("x", "f", "f"), BUDGET, {"f": Material("a.txt", text="y")})
    assert contents(prompt) == ["File a.txt:\n```\ny\n```\n\nx"]


def test_a_long_file_does_not_push_the_chat_out() -> None:
    history = [message for number in range(3) for message in (said(f"message {number}"), reply("Yes."))]
    prompt = build_prompt("p", history, said("now", "f"), BUDGET, {"f": Material("a.txt", text=LONG)})
    assert len(prompt.messages) == 8


def test_images_count_against_the_chat_and_a_continuation_keeps_its_files() -> None:
    budget = PromptBudget(max_messages=10, max_tokens=TOKENS_PER_ATTACHMENT + 50)
    materials = {"i": Material("a.png", url="data:,"), "j": Material("b.png", url="data:,")}
    history = [said("old", "i", kind="IMAGE_URL")]
    prompt = build_prompt("p", history, said("now", "j", kind="IMAGE_URL"), budget, materials)
    assert len(prompt.messages) == 2
    assert prompt.file_ids == {"j"}
    partial = said("It is a", role=MessageRole.ASSISTANT)
    continued = build_continuation("p", [], said("now", "j", kind="IMAGE_URL"), partial, budget, materials)
    assert [message["role"] for message in continued.messages] == ["system", "user", "assistant", "user"]
    assert continued.file_ids == {"j"}


@given(
    st.lists(st.lists(st.tuples(st.sampled_from("abcdef"), st.text(max_size=600)), max_size=3), min_size=1, max_size=5),
    st.integers(0, 300),
    st.integers(0, 400),
)
@example(
    [
        [("a", "0𐀀"), ("b", "0" * 32)],
        [("a", "0\x80𐀀"), ("b", "000\x80𐀀")],
        [("a", "0000000" + "\x80" * 7 + "ࠀࠀ" + "𐀀" * 5), ("b", "0")],
    ],
    17,
    53,
)  # the empty lines between files were not counted
def test_files_never_take_more_than_their_budgets(
    messages: list[list[tuple[str, str]]], max_file_tokens: int, max_files_tokens: int
) -> None:
    materials: dict[str, Material] = {}
    chat: list[Message] = []
    for place, files in enumerate(messages):
        ids = [f"{place}{name}" for name, _ in files]
        materials |= {f"{place}{name}": Material(name, text=text) for name, text in files}
        chat += said("said", *ids), reply("Yes.")
    budget = PromptBudget(10, 10_000, max_file_tokens, max_files_tokens)
    prompt = build_prompt("p", chat[:-2], chat[-2], budget, materials)
    asked = contents(prompt)[::2]
    quoted = "".join(REMARK.sub("", content.removesuffix("said")) for content in asked)
    assert estimate_tokens(quoted) <= max_files_tokens
    assert len(asked) == len(messages)
    assert all(content.endswith("said") for content in asked)


def chat(prompt: Prompt) -> list[tuple[str, Any]]:
    return [(message["role"], message["content"]) for message in prompt.messages]


def test_a_reply_that_failed_leaves_one_message_of_the_user() -> None:
    history = [said("one"), reply(), said("two"), reply("three"), said("four"), reply()]
    assert chat(build_prompt("p", history, said("five"), BUDGET)) == [
        ("system", "p"),
        ("user", "one\n\ntwo"),
        ("assistant", "three"),
        ("user", "four\n\nfive"),
    ]


def test_messages_with_pictures_are_joined_by_their_parts() -> None:
    picture = {"type": "image_url", "image_url": {"url": "u"}}
    looked = said("Look", "i", kind="IMAGE_URL")
    prompt = build_prompt("p", [looked, reply()], said("Well?"), BUDGET, {"i": Material("a.png", url="u")})
    text, asked = {"type": "text", "text": "Look"}, {"type": "text", "text": "Well?"}
    assert chat(prompt)[1:] == [("user", [text, picture, asked])]


def test_a_cut_history_does_not_begin_with_a_reply() -> None:
    history = [said("one"), reply("two"), said("three"), reply("four")]
    prompt = build_prompt("p", history, said("five"), replace(BUDGET, max_messages=4))
    assert chat(prompt)[1:] == [("user", "three"), ("assistant", "four"), ("user", "five")]


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), min_size=1, max_size=8), st.integers(1, 20))
def test_roles_alternate_whatever_failed_and_was_cut(turns: list[tuple[str, str]], max_messages: int) -> None:
    history = [message for asked, answer in turns for message in (said(asked), reply(answer))]
    roles = [
        role
        for role, _ in chat(build_prompt("p", history[:-2], history[-2], replace(BUDGET, max_messages=max_messages)))
    ]
    assert roles == ["system", *itertools.islice(itertools.cycle(["user", "assistant"]), len(roles) - 1)]
    assert roles[-1] == "user"


@given(st.lists(st.tuples(st.text(min_size=1, max_size=50), st.text(max_size=50)), min_size=2, max_size=5))
def test_a_prompt_only_grows_at_its_end(turns: list[tuple[str, str]]) -> None:
    history: list[Message] = []
    before = ""
    for asked, answer in turns:
        prompt = build_prompt("p", history, said(asked), BUDGET)
        now = "".join(f"<{role}>{content}" for role, content in chat(prompt))
        assert now.startswith(before)
        before = now
        history += said(asked), reply(answer)
