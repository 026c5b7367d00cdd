"""Sealed secrets: what opens them, what does not, and how master keys change."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.infra.crypto import SealBroken, SecretBox, derive_key

OLD_KEY = bytes(range(32))
NEW_KEY = bytes(range(32, 64))

texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts, texts)
def test_what_is_sealed_opens_in_its_own_place(plaintext: str, place: str) -> None:
    box = SecretBox({"k1": OLD_KEY}, "k1")
    assert box.open(box.seal(plaintext, place), place) == plaintext


@given(texts, texts, texts)
def test_it_opens_nowhere_else(plaintext: str, place: str, elsewhere: str) -> None:
    box = SecretBox({"k1": OLD_KEY}, "k1")
    sealed = box.seal(plaintext, place)
    if elsewhere == place:
        elsewhere += "!"
    with pytest.raises(SealBroken, match="altered or belongs elsewhere"):
        box.open(sealed, elsewhere)


# What is drawn must not depend on the sealed text, which differs at every run.
places_in_a_text = st.floats(0, 1, exclude_max=True)


@given(texts, places_in_a_text, st.characters())
def test_any_changed_character_is_noticed(plaintext: str, place: float, other: str) -> None:
    box = SecretBox({"k1": OLD_KEY}, "k1")
    sealed = box.seal(plaintext, "key_1")
    position = int(place * len(sealed))
    if sealed[position] == other:
        other = "!"
    with pytest.raises(SealBroken):
        box.open(sealed[:position] + other + sealed[position + 1 :], "key_1")


@given(texts, places_in_a_text)
def test_any_cut_is_noticed(plaintext: str, place: float) -> None:
    box = SecretBox({"k1": OLD_KEY}, "k1")
    sealed = box.seal(plaintext, "key_1")
    with pytest.raises(SealBroken):
        box.open(sealed[: int(place * len(sealed))], "key_1")


@given(texts, st.integers(0, 500), st.integers(1, 255))
def test_any_flipped_bit_is_noticed(plaintext: str, position: int, flip: int) -> None:
    box = SecretBox({"k1": OLD_KEY}, "k1")
    kid, _, body = box.seal(plaintext, "key_1").partition(".")
    raw = bytearray(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    raw[position % len(raw)] ^= flip
    with pytest.raises(SealBroken, match="altered or belongs elsewhere"):
        box.open(f"{kid}.{urlsafe_b64encode(raw).decode().rstrip('=')}", "key_1")


@given(texts)
def test_a_new_primary_key_leaves_old_secrets_readable_until_sealed_anew(plaintext: str) -> None:
    sealed = SecretBox({"old": OLD_KEY}, "old").seal(plaintext, "key_1")
    rotated = SecretBox({"new": NEW_KEY, "old": OLD_KEY}, "new")
    assert not rotated.is_current(sealed)
    assert rotated.open(sealed, "key_1") == plaintext

    resealed = rotated.seal(rotated.open(sealed, "key_1"), "key_1")
    assert rotated.is_current(resealed)
    assert SecretBox({"new": NEW_KEY}, "new").open(resealed, "key_1") == plaintext


def test_a_secret_whose_master_key_is_gone_says_which_one() -> None:
    sealed = SecretBox({"old": OLD_KEY}, "old").seal("sk-secret", "key_1")
    with pytest.raises(SealBroken, match="the master key 'old', which is not configured"):
        SecretBox({"new": NEW_KEY}, "new").open(sealed, "key_1")


def test_another_key_under_the_same_name_opens_nothing() -> None:
    sealed = SecretBox({"k1": OLD_KEY}, "k1").seal("sk-secret", "key_1")
    with pytest.raises(SealBroken, match="altered"):
        SecretBox({"k1": NEW_KEY}, "k1").open(sealed, "key_1")


def test_one_secret_seals_to_another_text_each_time() -> None:
    box = SecretBox({"k1": OLD_KEY}, "k1")
    assert len({box.seal("sk-secret", "key_1") for _ in range(100)}) == 100


def test_a_box_needs_its_primary_key_and_keys_of_32_bytes() -> None:
    with pytest.raises(ValueError, match="primary master key 'k2' is not among"):
        SecretBox({"k1": OLD_KEY}, "k2")
    with pytest.raises(ValueError, match="'k1' must have 32 bytes, not 16"):
        SecretBox({"k1": OLD_KEY[:16]}, "k1")


def test_derived_keys_are_stable_and_differ_by_purpose() -> None:
    # Fixed: another value here would make every stored secret unreadable.
    assert derive_key(b"s" * 32, "master-keys").hex() == (
        "94cea98fbe7ffef13554a7b7e007ec3be04cdee36083d2f0a3faf97496cae909"
    )
    assert derive_key(b"s" * 32, "tokens") != derive_key(b"s" * 32, "master-keys")
    assert len(derive_key(b"s" * 32, "short", length=16)) == 16
