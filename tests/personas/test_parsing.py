"""The file of personas: what it may hold, and how each fault is told."""

import pytest

from gql_chat.errors import BadUserInput
from gql_chat.personas.parsing import CONTENT_MAX_LENGTH, NAME_MAX_LENGTH, Persona, parse_personas

GOOD = """\
# A comment
- name: Assistant
  content: |
    You help.

    Be brief.
- {content: "回答极其简洁。", name: 简洁助手}
- name: 2026
  content: yes
"""


def test_personas_keep_the_order_of_the_file_and_the_first_is_the_default() -> None:
    assert parse_personas(GOOD, "style.yaml") == (
        Persona("Assistant", "You help.\n\nBe brief.", is_default=True),
        Persona("简洁助手", "回答极其简洁。", is_default=False),
        Persona("2026", "yes", is_default=False),
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "1: there are no personas; at least one is needed"),
        ("# only a comment\n", "1: there are no personas; at least one is needed"),
        ("\n[]\n", "2: there are no personas; at least one is needed"),
        ("\nname: A\ncontent: B\n", "2: this must be a list of personas, each with `name` and `content`"),
        ("- name: A\n  content: B\n- C\n", "3: a persona has `name` and `content`, and this is neither"),
        ("- name: A\n  content: B\n  modle: C\n", "3: a persona has `name` and `content` only, not 'modle'"),
        ("- name: A\n  content: B\n\n- content: C\n", "4: this persona has no name"),
        ("- name: A\n", "1: this persona has no content"),
        ("- name: A\n  content:\n", "2: the content of this persona is empty"),
        ("- name: A\n  content: ~\n", "2: the content of this persona is empty"),
        ("- name: '  '\n  content: B\n", "1: the name of this persona is empty"),
        ("- name: A\n  content: [B]\n", "2: the content of a persona is text"),
        ("- name: A\n  name: B\n  content: C\n", "2: this persona has its name twice"),
        (
            "- name: A\n  content: B\n- name: ' A'\n  content: C\n",
            "3: the name 'A' is taken by the persona of line 1",
        ),
        ('- name: "A\\nB"\n  content: C\n', "1: a name is one line of printable characters"),
        (
            f"- name: {'n' * (NAME_MAX_LENGTH + 1)}\n  content: B\n",
            "1: a name has at most 100 characters; this one has 101",
        ),
        (
            f"- name: A\n  content: {'c' * (CONTENT_MAX_LENGTH + 1)}\n",
            "2: a content has at most 32768 characters; this one has 32769",
        ),
        ("- name: A\n  content: 'B\n", "3: this is not YAML: found unexpected end of stream"),
        ("- name: A\n  content: B\n---\n- name: C\n", "3: this is not YAML: but found another document"),
        ("- name: A\n  content: \x07\n", "2: a character that YAML does not allow: #x0007"),
        ("- ? [name]\n  : A\n", "1: a persona has `name` and `content` only, not a list or a mapping"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, fault: str) -> None:
    with pytest.raises(BadUserInput) as caught:
        parse_personas(text, "style.yaml")
    assert caught.value.message == f"style.yaml:{fault}"


def test_the_longest_name_and_content_are_allowed() -> None:
    (persona,) = parse_personas(
        f"- name: {'n' * NAME_MAX_LENGTH}\n  content: {'c' * CONTENT_MAX_LENGTH}\n", "style.yaml"
    )
    assert (len(persona.name), len(persona.content)) == (NAME_MAX_LENGTH, CONTENT_MAX_LENGTH)
