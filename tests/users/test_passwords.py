"""Passwords: real bcrypt, at its real cost."""

import asyncio
from threading import Event

import bcrypt
import pytest

from gql_chat.errors import Unavailable
from gql_chat.users.passwords import Passwords

PASSWORD = "correct horse 电池 🔋"


async def test_a_password_matches_its_own_hash_of_cost_12_only() -> None:
    passwords = Passwords()
    hashed = await passwords.hash(PASSWORD)
    assert hashed.startswith("$2b$12$")
    assert await passwords.matches(PASSWORD, hashed)
    assert not await passwords.matches(PASSWORD + "!", hashed)


async def test_what_bcrypt_would_not_read_counts_too() -> None:
    passwords = Passwords(cost=4)
    hashed = await passwords.hash("a" * 72)
    assert not await passwords.matches("a" * 73, hashed)
    assert not await passwords.matches("a" * 71, hashed)


async def test_without_a_hash_nothing_matches() -> None:
    passwords = Passwords(cost=4)
    for password in ("", PASSWORD, "a" * 73, "a\0b", "\0"):
        assert not await passwords.matches(password, None)


async def test_the_same_password_hashes_to_another_text_each_time() -> None:
    passwords = Passwords(cost=4)
    assert await passwords.hash(PASSWORD) != await passwords.hash(PASSWORD)


async def test_what_there_is_no_room_for_is_refused_at_once_and_hinders_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords, gate, at_work = Passwords(cost=4, at_once=2, max_waiting=3), Event(), []
    check = bcrypt.checkpw

    def slow_check(password: bytes, hashed: bytes) -> bool:
        at_work.append(password)
        gate.wait()
        return check(password, hashed)

    hashed = await passwords.hash(PASSWORD)
    monkeypatch.setattr(bcrypt, "checkpw", slow_check)
    inside = [asyncio.create_task(passwords.matches(PASSWORD, hashed)) for _ in range(5)]
    while len(at_work) < 2:
        await asyncio.sleep(0)
    try:
        for _ in range(2):
            with pytest.raises(Unavailable):
                await passwords.hash(PASSWORD)
            with pytest.raises(Unavailable):
                await passwords.matches(PASSWORD, None)
        assert len(at_work) == 2
    finally:
        gate.set()
    assert await asyncio.gather(*inside) == [True] * 5
    assert await asyncio.gather(*[passwords.matches(PASSWORD, hashed) for _ in range(5)]) == [True] * 5


async def test_those_who_leave_the_queue_make_room() -> None:
    passwords = Passwords(at_once=1, max_waiting=1)
    for _ in range(3):
        leaving = [asyncio.create_task(passwords.matches(PASSWORD, None)) for _ in range(2)]
        await asyncio.sleep(0)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
    assert not await passwords.matches(PASSWORD, None)
