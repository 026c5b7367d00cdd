"""Groups through the API: made and changed by admins, joined with a code, and what a deletion takes along."""

import asyncio
import re
import unicodedata
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.infra.ids import new_id
from gql_chat.keys.groups import CODE_ALPHABET, normalize_code
from gql_chat.keys.models import Group, GroupMember
from gql_chat.users.models import UserRole
from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.refusals import error_of
from tests.support.stored.rows import all_rows

FIELDS = "{ id name activationCode monthlyTokenQuota memberCount }"
GROUPS = f"{{ groups {FIELDS} }}"
CREATE = f"mutation ($input: CreateGroupInput!) {{ createGroup(input: $input) {FIELDS} }}"
UPDATE = f"mutation ($input: UpdateGroupInput!) {{ updateGroup(input: $input) {FIELDS} }}"
DELETE = "mutation ($ids: [ID!]!) { deleteGroups(ids: $ids) }"
REDEEM = f"mutation ($code: String!) {{ redeemActivationCode(code: $code) {FIELDS} }}"
MINE = "{ me { groups { name activationCode memberCount } } }"

NO_GROUP = ("NOT_FOUND", "There is no such group.", None)
WRONG_CODE = ("CODE_INVALID", "There is no group with this activation code.", "code")


async def create(admin: Client, name: str = "Team", **more: Any) -> dict[str, Any]:
    """Return a stored group."""
    group: dict[str, Any] = (await admin.run(CREATE, input={"name": name, **more}))["createGroup"]
    return group


async def test_a_group_is_made_with_a_code_to_hand_out(chat_on_each: Chat) -> None:
    admin = await chat_on_each.sign_up("admin", UserRole.ADMIN)
    group = await create(admin, "  Team \t 一 ")
    code = group["activationCode"]
    assert group == {
        "id": group["id"], "name": "Team 一", "activationCode": code, "monthlyTokenQuota": None, "memberCount": 0,
    }  # fmt: skip
    assert group["id"].startswith("grp_")
    assert re.fullmatch(f"([{CODE_ALPHABET}]{{4}}-){{3}}[{CODE_ALPHABET}]{{4}}", code)
    assert (await create(admin, "Another"))["activationCode"] != code
    assert await admin.run(GROUPS) == {"groups": [await stored(admin, "Another"), group]}
    assert await admin.run(f"query ($id: ID!) {{ node(id: $id) {{ ... on Group {FIELDS} }} }}", id=group["id"]) == {
        "node": group
    }


async def stored(admin: Client, name: str) -> dict[str, Any]:
    """Return the group of this name, as `groups` shows it."""
    groups: list[dict[str, Any]] = (await admin.run(GROUPS))["groups"]
    return next(group for group in groups if group["name"] == name)


async def test_code_and_quota_are_as_the_admin_says(chat_on_each: Chat) -> None:
    admin = await chat_on_each.sign_up("admin", UserRole.ADMIN)
    assert (await create(admin, "A", activationCode=" Früh ling- 24 "))["activationCode"] == "Früh ling- 24"
    assert (await create(admin, "B", activationCode=None))["activationCode"] is None
    assert (await create(admin, "C", activationCode=None))["activationCode"] is None
    for quota in (0, 1, 2**31, 2**53, None):
        assert (await create(admin, f"of {quota}", monthlyTokenQuota=quota))["monthlyTokenQuota"] == quota


async def test_what_breaks_a_rule_is_named_and_stores_nothing(chat_on_each: Chat) -> None:
    admin = await chat_on_each.sign_up("admin", UserRole.ADMIN)
    group = await create(admin)
    rule = "An activation code has 6 to 64 letters and digits. Dashes and spaces are ignored."
    broken: list[tuple[str, str, list[Any]]] = [
        ("name", "A name has 1 to 100 printable characters.", ["", "  ", "x" * 101, "a\0b", "a\u200bb"]),
        ("activationCode", rule, ["", "abcde", "a-b-c-d-e", "x" * 65, "abc_def", "abcdef!", "abc\0def", "ﷺ" * 8]),
        ("monthlyTokenQuota", "A quota is 0 or more tokens, or null for no limit.", [-1, -(2**53)]),
    ]
    for field, message, values in broken:
        for value in values:
            expected = ("BAD_USER_INPUT", message, f"input.{field}")
            assert await error_of(admin, CREATE, input={"name": "New", field: value}) == expected, value
            assert await error_of(admin, UPDATE, input={"id": group["id"], field: value}) == expected, value


async def test_names_and_codes_are_unique(chat_on_each: Chat) -> None:
    admin = await chat_on_each.sign_up("admin", UserRole.ADMIN)
    await create(admin, "Team", activationCode="spring-2024")
    other = await create(admin, "Other")
    name_taken = ("BAD_USER_INPUT", "A group with this name already exists.", "input.name")
    code_taken = ("BAD_USER_INPUT", "Another group already has this activation code.", "input.activationCode")
    assert await error_of(admin, CREATE, input={"name": " Team"}) == name_taken
    assert await error_of(admin, UPDATE, input={"id": other["id"], "name": "Team"}) == name_taken
    for code in ("spring-2024", "SPRING2024", "Ｓpring 20–24"):
        assert await error_of(admin, CREATE, input={"name": "New", "activationCode": code}) == code_taken, code
        assert await error_of(admin, UPDATE, input={"id": other["id"], "activationCode": code}) == code_taken, code


async def test_of_groups_made_at_once_under_one_name_or_code_one_is_stored(chat_on_each: Chat) -> None:
    admin = await chat_on_each.sign_up("admin", UserRole.ADMIN)
    same_name = [admin.post(CREATE, input={"name": "Team"}) for _ in range(5)]
    same_code = [admin.post(CREATE, input={"name": f"T{n}", "activationCode": "spring-2024"}) for n in range(5)]
    answers = await asyncio.gather(*same_name, *same_code)
    fields = [answer["errors"][0]["extensions"].get("field") for answer in answers if answer.get("errors")]
    assert sorted(fields) == ["input.activationCode"] * 4 + ["input.name"] * 4
    assert await Group.all().count() == 2


async def test_an_update_changes_what_it_names_and_nothing_else(chat_on_each: Chat) -> None:
    admin = await chat_on_each.sign_up("admin", UserRole.ADMIN)
    expected = await create(admin, monthlyTokenQuota=5)
    changes: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {}),
        ({"name": None}, {}),
        ({"name": "Team"}, {}),
        ({"name": "Crew"}, {"name": "Crew"}),
        ({"activationCode": "AUTUMN 2024"}, {"activationCode": "AUTUMN 2024"}),
        ({"activationCode": "autumn-2024"}, {"activationCode": "autumn-2024"}),
        ({"activationCode": None}, {"activationCode": None}),
        ({"monthlyTokenQuota": 7}, {"monthlyTokenQuota": 7}),
        ({"monthlyTokenQuota": None}, {"monthlyTokenQuota": None}),
    ]
    for change, effect in changes:
        expected |= effect
        assert (await admin.run(UPDATE, input={"id": expected["id"], **change}))["updateGroup"] == expected
        assert await admin.run(GROUPS) == {"groups": [expected]}
    for group_id in (new_id("grp"), "junk", "grp_\0", admin.user_id):
        assert await error_of(admin, UPDATE, input={"id": group_id, "name": "X"}) == NO_GROUP


async def test_who_has_the_code_joins_however_they_write_it(chat_on_each: Chat) -> None:
    admin = await chat_on_each.sign_up("admin", UserRole.ADMIN)
    await create(admin, "Team", activationCode="AB23-CD45-ÉF67", monthlyTokenQuota=9)
    ways = ["AB23-CD45-ÉF67", "ab23cd45éf67", " ab23 — cd45\u00a0éf67 ", "ＡＢ２３‐cd45‑ÉF67"]
    for number, way in enumerate(ways, start=1):
        user = await chat_on_each.sign_up(f"user{number}")
        joined = (await user.run(REDEEM, code=way))["redeemActivationCode"]
        assert joined == {
            "id": joined["id"], "name": "Team", "activationCode": None, "monthlyTokenQuota": 9, "memberCount": number,
        }, way  # fmt: skip
        assert await user.run(MINE) == {
            "me": {"groups": [{"name": "Team", "activationCode": None, "memberCount": number}]}
        }


async def test_joining_again_changes_nothing(chat_on_each: Chat) -> None:
    admin, ada = await chat_on_each.sign_up("admin", UserRole.ADMIN), await chat_on_each.sign_up("ada")
    code = (await create(admin))["activationCode"]
    at_once = await asyncio.gather(*[ada.post(REDEEM, code=code) for _ in range(5)])
    assert [answer.get("errors") for answer in at_once] == [None] * 5
    before = await all_rows()
    assert (await ada.run(REDEEM, code=code))["redeemActivationCode"]["memberCount"] == 1
    assert await all_rows() == before


async def test_a_code_that_is_none_is_refused(chat_on_each: Chat) -> None:
    admin, ada = await chat_on_each.sign_up("admin", UserRole.ADMIN), await chat_on_each.sign_up("ada")
    group = await create(admin, activationCode="spring-2024")
    await create(admin, "Closed", activationCode=None)
    for code in ("", "-", "spring-2025", "spring_2024", "\0", "spring-2024\0", "x" * 10_000, "%"):
        assert await error_of(ada, REDEEM, code=code) == WRONG_CODE, code
    await admin.run(UPDATE, input={"id": group["id"], "activationCode": "autumn-2024"})
    assert await error_of(ada, REDEEM, code="spring-2024") == WRONG_CODE


async def test_who_joins_while_the_group_is_deleted_is_told_that_the_code_is_none(chat_on_each: Chat) -> None:
    admin, ada = await chat_on_each.sign_up("admin", UserRole.ADMIN), await chat_on_each.sign_up("ada")
    for number in range(5):
        group = await create(admin, f"Team {number}")
        joined, deleted = await asyncio.gather(
            ada.post(REDEEM, code=group["activationCode"]), admin.post(DELETE, ids=[group["id"]])
        )
        assert deleted == {"data": {"deleteGroups": [group["id"]]}}
        assert [error["extensions"]["code"] for error in joined.get("errors", [])] in ([], ["CODE_INVALID"])
    assert (await Group.all().count(), await GroupMember.all().count()) == (0, 0)


async def test_members_see_their_groups_and_no_code(chat: Chat, ada: Client, bob: Client, admin: Client) -> None:
    code = (await create(admin, "Team"))["activationCode"]
    group_id = (await ada.run(REDEEM, code=code))["redeemActivationCode"]["id"]
    node = f"query ($id: ID!) {{ node(id: $id) {{ ... on Group {FIELDS} }} }}"
    assert (await ada.run(node, id=group_id))["node"]["activationCode"] is None
    assert await bob.run(node, id=group_id) == {"node": None}
    assert (await admin.run(node, id=group_id))["node"]["activationCode"] == code
    assert (await admin.run("{ users { nodes { username groups { name memberCount } } } }"))["users"]["nodes"] == [
        {"username": "admin", "groups": []},
        {"username": "bob", "groups": []},
        {"username": "ada", "groups": [{"name": "Team", "memberCount": 1}]},
    ]


async def test_groups_are_deleted_all_or_none(chat_on_each: Chat) -> None:
    admin, ada = await chat_on_each.sign_up("admin", UserRole.ADMIN), await chat_on_each.sign_up("ada")
    groups = [await create(admin, name) for name in "abc"]
    ids = [group["id"] for group in groups]
    for group in groups:
        await ada.run(REDEEM, code=group["activationCode"])
    missing = ("NOT_FOUND", "At least one of these groups does not exist. None was deleted.", None)
    for alien in (new_id("grp"), "junk", "", "grp_\0", ada.user_id):
        assert await error_of(admin, DELETE, ids=[ids[0], alien]) == missing
    assert await error_of(admin, DELETE, ids=ids * 50) == (
        "BAD_USER_INPUT",
        "Send at most 100 ids at once.",
        "ids",
    )
    assert await admin.run(DELETE, ids=[]) == {"deleteGroups": []}
    assert await admin.run(DELETE, ids=[ids[2], ids[0], ids[2]]) == {"deleteGroups": [ids[2], ids[0]]}
    assert (await ada.run(MINE))["me"]["groups"] == [{"name": "b", "activationCode": None, "memberCount": 1}]


async def test_guessing_codes_is_slowed_down_for_each_user_and_each_address(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on") as chat:
        admin = await chat.sign_up("admin", UserRole.ADMIN)
        code = (await create(admin))["activationCode"]
        for number in range(5):
            user = await chat.sign_up(f"user{number}")
            for _ in range(10):
                assert await error_of(user, REDEEM, code="wrong-code") == WRONG_CODE
            await expect_to_wait(user, code, seconds=60)
        await expect_to_wait(await chat.sign_up("late"), code, seconds=12)
        assert await GroupMember.all().count() == 0


async def expect_to_wait(user: Client, code: str, *, seconds: int) -> None:
    """Check that even the right code has to wait about that long."""
    [error] = (await user.post(REDEEM, code=code))["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert seconds - 10 < error["extensions"]["retryAfterSeconds"] <= seconds


@given(st.text(CODE_ALPHABET, min_size=1), st.lists(st.sampled_from(" -–—‑\u00a0\t"), min_size=1))
def test_case_dashes_and_spaces_do_not_count(code: str, marks: list[str]) -> None:
    noisy = "".join(marks[place % len(marks)] + sign for place, sign in enumerate(code))
    assert normalize_code(noisy.lower()) == normalize_code(code) == code.lower()


def test_each_character_of_a_long_code_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    category = Mock(side_effect=unicodedata.category)
    monkeypatch.setattr("gql_chat.keys.groups.unicodedata", Mock(wraps=unicodedata, category=category))
    assert normalize_code("A-b " * 25_000) == "ab" * 25_000
    assert sorted(call.args[0] for call in category.call_args_list) == ["-", "a", "b"]  # a space is known to be one


def test_no_two_signs_of_a_made_code_look_alike() -> None:
    assert not set("01OIL") & set(CODE_ALPHABET)
    assert len(CODE_ALPHABET) ** 16 > 2**60
