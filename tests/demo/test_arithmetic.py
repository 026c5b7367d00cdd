"""Sums, exactly and within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.demo.arithmetic import arithmetic
from gql_chat.demo.prompt import Prompt


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("0.1+0.2", "0.1 + 0.2 = 0.3 🧮"),
        ("What is 1/3?", "1 ÷ 3 ≈ 0.3333333333 🧮"),
        ("7 % 4", "7 % 4 = 3 🧮"),
        ("2^10 =", "2 ^ 10 = 1024 🧮"),
        ("-(3−5)", "-(3 - 5) = 2 🧮"),
        ("(1/2)^2", "(1 ÷ 2) ^ 2 = 0.25 🧮"),
        ("8÷（1＋1）", None),
        ("8÷（1+1）", "8 ÷ (1 + 1) = 4 🧮"),
        ("1/0", "Nobody can divide by zero, not even me. 🙃"),
        ("计算1/0", "除数不能为零，我也没办法。🙃"),
        ("0^-1", "Nobody can divide by zero, not even me. 🙃"),
    ],
)
def test_sums(text: str, answer: str | None) -> None:
    assert arithmetic(Prompt(text)) == answer


@pytest.mark.parametrize(
    "text", ["", "42", "hello", "9^9^9", "2^0.5", "99^64*99^64", "2(3)", "007+1", "1+", "(" * 90 + "1", "1+" * 60 + "1"]
)
def test_what_is_no_sum_or_too_much_is_left_to_other_rules(text: str) -> None:
    assert arithmetic(Prompt(text)) is None


@given(st.text(alphabet="0123456789 .+-*/%^()", max_size=110))
def test_no_sum_breaks_it(text: str) -> None:
    answer = arithmetic(Prompt(text))
    assert answer is None or answer[-1] in "🧮🙃"


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_whole_numbers_are_exact(a: int, b: int, c: int) -> None:
    assert arithmetic(Prompt(f"{a}+{b}*{c}")) == f"{a} + {b} × {c} = {a + b * c} 🧮"
