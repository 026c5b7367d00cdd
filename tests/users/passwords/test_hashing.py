"""Passwords: real bcrypt, at its real cost."""

import asyncio
from threading import Event

import bcrypt
import pytest

from gql_chat.errors import RateLimited, Unavailable
from gql_chat.users.passwords.hashing import Passwords, change_of, sign_in_from

PASSWORD = "correct horse 电池 🔋"
USE = sign_in_from("192.0.2.1")


async def test_a_password_matches_its_own_hash_of_cost_12_only() -> None:
    passwords = Passwords()
    hashed = await passwords.hash(PASSWORD, USE)
    assert hashed.startswith("$2b$12$")
    assert await passwords.matches(PASSWORD, hashed, USE)
    assert not await passwords.matches(PASSWORD + "!", hashed, USE)


async def test_what_bcrypt_would_not_read_counts_too() -> None:
    passwords = Passwords(cost=4)
    hashed = await passwords.hash("a" * 72, USE)
    assert not await passwords.matches("a" * 73, hashed, USE)
    assert not await passwords.matches("a" * 71, hashed, USE)


async def test_without_a_hash_nothing_matches() -> None:
    passwords = Passwords(cost=4)
    for password in ("", PASSWORD, "a" * 73, "a\0b", "\0"):
        assert not await passwords.matches(password, None, USE)


async def test_the_same_password_hashes_to_another_text_each_time() -> None:
    passwords = Passwords(cost=4)
    assert await passwords.hash(PASSWORD, USE) != await passwords.hash(PASSWORD, USE)


async def test_what_there_is_no_room_for_is_refused_at_once_and_hinders_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords, gate, at_work = Passwords(cost=4, at_once=2, max_waiting=3), Event(), []
    check = bcrypt.checkpw

    def slow_check(password: bytes, hashed: bytes) -> bool:
        at_work.append(password)
        gate.wait()
        return check(password, hashed)

    hashed = await passwords.hash(PASSWORD, USE)
    monkeypatch.setattr(bcrypt, "checkpw", slow_check)
    inside = [asyncio.create_task(passwords.matches(PASSWORD, hashed, USE)) for _ in range(5)]
    while len(at_work) < 2:
        await asyncio.sleep(0)
    try:
        for _ in range(2):
            with pytest.raises(Unavailable):
                await passwords.hash(PASSWORD, USE)
            with pytest.raises(Unavailable):
                await passwords.matches(PASSWORD, None, USE)
        assert len(at_work) == 2
    finally:
        gate.set()
    assert await asyncio.gather(*inside) == [True] * 5
    assert await asyncio.gather(*[passwords.matches(PASSWORD, hashed, USE) for _ in range(5)]) == [True] * 5


async def test_those_who_leave_the_queue_make_room() -> None:
    passwords = Passwords(at_once=1, max_waiting=1)
    for _ in range(3):
        leaving = [asyncio.create_task(passwords.matches(PASSWORD, None, USE)) for _ in range(2)]
        await asyncio.sleep(0)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
    assert not await passwords.matches(PASSWORD, None, USE)


async def test_a_sign_in_waits_for_one_change_however_many_users_change_their_passwords(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords, order = Passwords(), []

    def note(password: bytes, salt: bytes) -> bytes:
        order.append(password.decode())
        return salt

    monkeypatch.setattr(bcrypt, "hashpw", note)
    changes = [passwords.hash(f"change {user}", change_of(f"user {user}")) for user in range(6) for _ in range(3)]
    sign_ins = [passwords.hash(f"sign-in {number}", sign_in_from("192.0.2.1")) for number in range(3)]
    await asyncio.gather(*changes, *sign_ins)
    others_before = [len([each for each in order[: order.index(f"sign-in {n}")] if "change" in each]) for n in range(3)]
    assert others_before[0] <= 2  # the one that runs already, and one more
    assert others_before[1] - others_before[0] <= 1
    assert others_before[2] - others_before[1] <= 1
    rotation = [each for each in order if "change" in each]
    assert rotation[1:7] == [f"change {user}" for user in range(6)]


async def test_a_user_has_three_changes_waiting_at_most() -> None:
    passwords = Passwords(cost=4)
    results = await asyncio.gather(
        *(passwords.hash("x", change_of("ada")) for _ in range(6)),
        *(passwords.hash("x", change_of("bob")) for _ in range(3)),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [str] * 4 + [RateLimited] * 2 + [str] * 3


async def test_networks_that_sign_in_take_turns_and_addresses_of_one_ipv6_network_are_one() -> None:
    assert sign_in_from("2001:db8:1:2::3") == sign_in_from("2001:db8:1:ff02::9")
    assert sign_in_from("192.0.2.1") != sign_in_from("192.0.2.2")
