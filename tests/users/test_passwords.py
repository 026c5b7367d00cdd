"""Passwords: real bcrypt, at its real cost."""

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
