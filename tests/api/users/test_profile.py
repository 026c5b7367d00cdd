"""What users change of their own account: each field, the password, and the account's end."""

import asyncio
import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gql_chat.chats.models import ChatSession, Message, SendClaim
from gql_chat.infra import clock
from gql_chat.infra.ids import new_id
from gql_chat.infra.mail.mailer import Email
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.keys.models import Group, GroupMember, Key
from gql_chat.users.models import AccessToken, CodePurpose, SignIn, User, UserRole, VerificationCode
from gql_chat.users.passwords.hashing import Passwords
from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.mailed import error_of
from tests.support.stored.rows import all_rows

PASSWORD = "correct horse battery"
NEW_PASSWORD = "staple of another kind"
ENDED = ("UNAUTHENTICATED", "This sign-in has ended; sign in again.", None)

PROFILE = "{ id username email nickname avatarUrl phone }"
UPDATE = f"mutation ($input: UpdateProfileInput!) {{ updateProfile(input: $input) {PROFILE} }}"
ME = f"{{ me {PROFILE} }}"
PERSONA = "mutation ($name: String) { setDefaultPersona(name: $name) { defaultPersona { name } } }"
CHANGE_PASSWORD = """mutation ($old: String!, $new: String!) {
    updatePassword(input: {currentPassword: $old, newPassword: $new}) {
        user { id } accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt } }"""
DELETE = "mutation ($password: String!) { deleteAccount(password: $password) }"
LOGIN = """mutation ($login: String!, $password: String!) {
    login(input: {login: $login, password: $password}) { user { id } } }"""
REFRESH = "mutation ($token: String!) { refreshTokens(refreshToken: $token) { accessToken } }"
ASK_FOR_CODE = """mutation ($address: String!) {
    sendVerificationCode(input: {login: $address, purpose: EMAIL_CHANGE}) { sent } }"""
CREATE_TOKEN = """mutation ($scopes: [Scope!]!) {
    createAccessToken(input: {name: "script", scopes: $scopes}) { token } }"""

BROKEN_RULES: list[tuple[str, str, list[str | None]]] = [
    ("username", "An account always has a username.", [None]),
    ("username", "A username has 3 to 50 letters, digits, _, - or '.'.", ["", "ab", "a" * 51, "a b c", "a\0bc", "a@b"]),
    ("email", "An account always has an email address.", [None]),
    ("email", "This is not an email address.", ["", "ada", "ada@localhost", "a\0da@example.com"]),
    ("nickname", "A nickname has 1 to 50 printable characters; null removes it.",
     ["", "  ", "a" * 51, "a\nb", "a\0b", "a\u202eb", "\u200d"]),
    ("avatarUrl", "A picture's address begins with https:// and has at most 2048 characters.",
     ["", "http://example.com/a.png", "//example.com/a.png", "https://", "https:///a.png", "javascript:alert(1)",
      "https://user:secret@example.com/a.png", "https://user@example.com/a.png", "https://example.com:99999/",
      "https://example.com:0/", "https://[::1/a", "https://example.com/a b", "https://example.com/\"><script>",
      "https://example.com/\0", "https://example.com/" + "a" * 2029, "https:\\\\example.com", " https://example.com/"]),
    ("phone", "A phone number is in E.164 form, such as +8613800138000.",
     ["", "13800138000", "+0123456789", "+123456", "+1234567890123456", "+86 138 0013 8000", "+86-13800138000",
      "+８６13800138000", "+8613800138000\n", "0049151"]),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql_chat.server.services.Passwords", partial(Passwords, cost=4))


@pytest.fixture
async def ada(chat: Chat) -> Client:
    """Return a user with a password."""
    return await chat.sign_up("ada", password=PASSWORD)


async def update(client: Client, **changes: Any) -> dict[str, Any]:
    """Return the profile after a change, with the password where it is needed."""
    confirmed = {} if changes.keys().isdisjoint(("username", "email")) else {"currentPassword": PASSWORD}
    profile: dict[str, Any] = (await client.run(UPDATE, input={**confirmed, **changes}))["updateProfile"]
    return profile


async def change_password(client: Client, old: str = PASSWORD, new: str = NEW_PASSWORD) -> Client:
    """Return the same person with the sign-in that the change opened."""
    pair = (await client.run(CHANGE_PASSWORD, old=old, new=new))["updatePassword"]
    return Client(client.http, client.origin, pair["accessToken"], pair["user"]["id"], pair["refreshToken"])


async def create_token(client: Client, *scopes: str) -> Client:
    """Return the same person with a personal access token."""
    payload = (await client.run(CREATE_TOKEN, scopes=scopes or ["CHAT"]))["createAccessToken"]
    return Client(client.http, client.origin, payload["token"], client.user_id)


async def can_log_in(chat: Chat, login: str, password: str) -> bool:
    response = await chat.stranger.post(LOGIN, login=login, password=password)
    return "errors" not in response


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[Email]:
    """Return what the server mails, at once."""
    posted: list[Email] = []
    monkeypatch.setattr(Outbox, "enqueue", lambda outbox, letter: posted.append(letter))
    return posted


async def ask_for_code(client: Client, address: str, letters: list[Email]) -> str:
    """Return the code to change to this address, from the newest letter to it."""
    await client.run(ASK_FOR_CODE, address=address)
    found = [letter for letter in letters if letter.to == address]
    codes: set[str] = set(re.findall(r"\b\d{6}\b", found[-1].text))
    [code] = codes
    return code


async def test_each_field_is_changed_alone_and_null_clears_those_that_can_be_empty(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada", password=PASSWORD)
    expected: dict[str, Any] = {
        "id": ada.user_id, "username": "ada", "email": "ada@example.com",
        "nickname": None, "avatarUrl": None, "phone": None,
    }  # fmt: skip
    for field, value in [
        ("username", "李小龙"), ("nickname", "Countess 👩‍🚀"), ("avatarUrl", "https://example.com/a/ä.png?s=1#x"),
        ("phone", "+8613800138000"), ("email", "ADA@example.com"), ("username", "Ada.B-1_x"), ("nickname", "نمی‌خواهم"),
    ]:  # fmt: skip
        expected |= {field: value}
        assert await update(ada, **{field: value}) == expected
        assert (await ada.run(ME))["me"] == expected
    for field in ("nickname", "avatarUrl", "phone"):
        expected |= {field: None}
        assert await update(ada, **{field: None}) == expected
    assert await update(ada) == expected


async def test_what_is_absent_stays(ada: Client) -> None:
    await update(ada, nickname="Countess", phone="+8613800138000", avatarUrl="https://example.com/a.png")
    before = (await ada.run(ME))["me"]
    assert await update(ada, nickname="Lady") == before | {"nickname": "Lady"}
    assert await update(ada, phone=None) == before | {"nickname": "Lady", "phone": None}


async def test_a_change_is_noted_with_its_time(ada: Client) -> None:
    before = (await User.get(id=ada.user_id)).updated_at
    await update(ada, nickname="Countess")
    assert (await User.get(id=ada.user_id)).updated_at > before


async def test_what_breaks_a_rule_is_named_and_changes_nothing(ada: Client) -> None:
    before = await all_rows()
    for field, message, values in BROKEN_RULES:
        for value in values:
            error = await error_of(ada, UPDATE, input={"currentPassword": PASSWORD, "nickname": "new", field: value})
            assert error == ("BAD_USER_INPUT", message, f"input.{field}"), value
    assert await all_rows() == before


async def test_the_longest_allowed_is_taken(ada: Client) -> None:
    longest = {"nickname": "é" * 50, "avatarUrl": "https://example.com/" + "a" * 2028, "phone": "+123456789012345"}
    assert await update(ada, **longest) == (await ada.run(ME))["me"]
    assert (await ada.run(ME))["me"].items() >= longest.items()
    assert (await update(ada, phone="+1234567"))["phone"] == "+1234567"


async def test_a_name_of_somebody_else_is_taken_however_it_is_written(chat_on_each: Chat) -> None:
    ada, bob = (
        await chat_on_each.sign_up("ada", password=PASSWORD),
        await chat_on_each.sign_up("bob", password=PASSWORD),
    )
    before = await all_rows()
    for name in ("bob", "BOB", "ｂｏｂ"):
        error = await error_of(ada, UPDATE, input={"currentPassword": PASSWORD, "username": name, "nickname": "new"})
        assert error == ("BAD_USER_INPUT", "This username is taken.", "input.username")
    assert await all_rows() == before
    assert (await update(bob, username="Bob"))["username"] == "Bob"


async def test_of_many_who_want_a_name_at_once_one_gets_it(chat_on_each: Chat) -> None:
    clients = [await chat_on_each.sign_up(f"user{number}", password=PASSWORD) for number in range(5)]
    answers = await asyncio.gather(
        *[client.post(UPDATE, input={"currentPassword": PASSWORD, "username": "wanted"}) for client in clients]
    )
    assert [answer["errors"][0]["message"] for answer in answers if "errors" in answer] == [
        "This username is taken."
    ] * 4
    assert await User.filter(username="wanted").count() == 1


async def test_who_has_another_name_signs_in_by_it_alone(chat: Chat, ada: Client) -> None:
    await update(ada, username="Countess")
    assert await can_log_in(chat, "countess", PASSWORD)
    assert not await can_log_in(chat, "ada", PASSWORD)
    assert (await update(await chat.sign_up("bob", password=PASSWORD), username="ada"))["username"] == "ada"


async def test_another_address_needs_the_code_that_was_sent_there(chat_on_each: Chat, letters: list[Email]) -> None:
    ada = await chat_on_each.sign_up("ada", password=PASSWORD)
    before = (await ada.run(ME))["me"]
    code = await ask_for_code(ada, "new@example.com", letters)
    error = await error_of(
        ada, UPDATE, input={"currentPassword": PASSWORD, "email": "new@example.com", "nickname": "x"}
    )
    assert (error[0], error[2]) == ("BAD_USER_INPUT", "input.emailCode")
    for changes in (
        {"email": "new@example.com", "emailCode": "000000" if code != "000000" else "111111"},
        {"email": "other@example.com", "emailCode": code},
        {"email": "new@example.com", "emailCode": ""},
    ):
        error = await error_of(ada, UPDATE, input={"currentPassword": PASSWORD, **changes})
        assert (error[0], error[2]) == ("CODE_INVALID", "input.emailCode"), changes
    assert (await ada.run(ME))["me"] == before
    assert await update(ada, email="new@example.com", emailCode=code) == before | {"email": "new@example.com"}
    assert await can_log_in(chat_on_each, "new@example.com", PASSWORD)
    assert not await can_log_in(chat_on_each, "ada@example.com", PASSWORD)


async def test_another_mailbox_that_only_compares_equal_needs_its_own_code(chat: Chat, letters: list[Email]) -> None:
    ada = await chat.sign_up("ada", password=PASSWORD)
    alike = "ada@ｅxample.com"
    error = await error_of(ada, UPDATE, input={"currentPassword": PASSWORD, "email": alike})
    assert (error[0], error[2]) == ("BAD_USER_INPUT", "input.emailCode")
    code = await ask_for_code(ada, "ada@example.com", letters)
    error = await error_of(ada, UPDATE, input={"currentPassword": PASSWORD, "email": alike, "emailCode": code})
    assert (error[0], error[2]) == ("CODE_INVALID", "input.emailCode")
    assert (await update(ada, email="ADA@Example.com"))["email"] == "ADA@Example.com"
    code = await ask_for_code(ada, alike, letters)
    assert (await update(ada, email=alike, emailCode=code))["email"] == alike


async def test_a_code_for_an_address_is_good_once_and_for_nobody_else(chat: Chat, letters: list[Email]) -> None:
    ada, bob = await chat.sign_up("ada", password=PASSWORD), await chat.sign_up("bob", password=PASSWORD)
    code = await ask_for_code(ada, "new@example.com", letters)
    error = await error_of(
        bob, UPDATE, input={"currentPassword": PASSWORD, "email": "new@example.com", "emailCode": code}
    )
    assert (error[0], error[2]) == ("CODE_INVALID", "input.emailCode")
    await update(ada, email="new@example.com", emailCode=code)
    code = await ask_for_code(ada, "third@example.com", letters)
    await update(ada, email="third@example.com", emailCode=code)
    error = await error_of(
        ada, UPDATE, input={"currentPassword": PASSWORD, "email": "new@example.com", "emailCode": code}
    )
    assert (error[0], error[2]) == ("CODE_INVALID", "input.emailCode")


async def test_a_name_that_is_taken_does_not_use_the_code_up(chat_on_each: Chat, letters: list[Email]) -> None:
    ada, _ = await chat_on_each.sign_up("ada", password=PASSWORD), await chat_on_each.sign_up("bob", password=PASSWORD)
    code = await ask_for_code(ada, "new@example.com", letters)
    error = await error_of(
        ada,
        UPDATE,
        input={"currentPassword": PASSWORD, "email": "new@example.com", "emailCode": code, "username": "bob"},
    )
    assert error == ("BAD_USER_INPUT", "This username is taken.", "input.username")
    assert (await update(ada, email="new@example.com", emailCode=code))["email"] == "new@example.com"


async def test_an_address_that_was_taken_since_the_code_was_sent_stays_with_who_has_it(
    chat: Chat, letters: list[Email]
) -> None:
    ada = await chat.sign_up("ada", password=PASSWORD)
    code = await ask_for_code(ada, "bob@example.com", letters)
    await chat.sign_up("bob", password=PASSWORD)
    error = await error_of(
        ada, UPDATE, input={"currentPassword": PASSWORD, "email": "bob@example.com", "emailCode": code}
    )
    assert error[0] in ("CODE_INVALID", "BAD_USER_INPUT")
    assert (await ada.run(ME))["me"]["email"] == "ada@example.com"


async def test_the_default_persona_is_chosen_and_reset(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    first, second = (persona.name for persona in chat_on_each.services.personas.current[:2])

    async def choose(**variables: Any) -> str:
        answer = await ada.run(PERSONA, **variables)
        name: str = answer["setDefaultPersona"]["defaultPersona"]["name"]
        return name

    assert await choose(name=second) == second
    session = await ada.run("mutation { createSession(input: {}) { persona { name } } }")
    assert session["createSession"]["persona"]["name"] == second
    error = await error_of(ada, PERSONA, name="Nobody")
    assert error == ("NOT_FOUND", "There is no such persona.", None)
    assert (await User.get(id=ada.user_id)).default_persona == second
    assert await choose(name=None) == first
    assert await choose(name=second) == second
    assert await choose() == first


async def test_a_change_of_password_ends_everything_before_and_opens_a_sign_in(chat_on_each: Chat) -> None:
    chat = chat_on_each
    here, bob = await chat.sign_up("ada", password=PASSWORD), await chat.sign_up("bob")
    there, script = await chat.sign_in(here.user_id), await create_token(here)
    after = await change_password(here)
    for old in (here, there):
        assert await error_of(old, ME) == ENDED
        assert await error_of(chat.stranger, REFRESH, token=old.refresh_token) == ENDED
    assert (await error_of(script, ME))[0] == "UNAUTHENTICATED"
    assert not await can_log_in(chat, "ada", PASSWORD)
    assert await can_log_in(chat, "ada", NEW_PASSWORD)
    assert (await after.run(ME))["me"]["id"] == here.user_id
    await chat.stranger.run(REFRESH, token=after.refresh_token)
    await bob.run(ME)


async def test_a_wrong_password_changes_nothing(ada: Client) -> None:
    before = await all_rows()
    for wrong in ("", "wrong", PASSWORD.upper(), PASSWORD + "\0", PASSWORD + "x" * 72):
        error = await error_of(ada, CHANGE_PASSWORD, old=wrong, new=NEW_PASSWORD)
        assert error == ("BAD_USER_INPUT", "This is not your password.", "input.currentPassword"), wrong
        assert await error_of(ada, DELETE, password=wrong) == (
            "BAD_USER_INPUT", "This is not your password.", "password",
        )  # fmt: skip
    assert await all_rows() == before


async def test_a_new_password_follows_the_rules(ada: Client) -> None:
    before = await all_rows()
    for new in ("short", "é" * 37, "password1", "pass\0word of mine"):
        error = await error_of(ada, CHANGE_PASSWORD, old=PASSWORD, new=new)
        assert (error[0], error[2]) == ("BAD_USER_INPUT", "input.newPassword"), new
    assert await all_rows() == before


async def test_of_two_changes_of_password_at_once_one_wins(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada", password=PASSWORD)
    news = [f"{NEW_PASSWORD} {number}" for number in range(3)]
    answers = await asyncio.gather(*[ada.post(CHANGE_PASSWORD, old=PASSWORD, new=new) for new in news])
    won = [new for new, answer in zip(news, answers, strict=True) if "errors" not in answer]
    lost = [answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer]
    assert len(won) == 1
    assert set(lost) <= {"UNAUTHENTICATED", "BAD_USER_INPUT"}
    assert [new for new in [PASSWORD, *news] if await can_log_in(chat_on_each, "ada", new)] == won


async def test_a_token_that_is_made_while_the_password_changes_does_not_outlive_it(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada", password=PASSWORD)
    creating = [asyncio.create_task(ada.post(CREATE_TOKEN, scopes=["CHAT"])) for _ in range(10)]
    changing = asyncio.create_task(ada.run(CHANGE_PASSWORD, old=PASSWORD, new=NEW_PASSWORD))
    creating += [asyncio.create_task(ada.post(CREATE_TOKEN, scopes=["CHAT"])) for _ in range(10)]
    await asyncio.gather(*creating, changing)
    assert await AccessToken.all().count() == 0
    assert await SignIn.filter(revoked_at=None).count() == 1


async def test_passwords_cannot_be_tried_without_end(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on") as chat:
        ada = await chat.sign_up("ada", password=PASSWORD)
        codes = [(await error_of(ada, DELETE, password="wrong"))[0] for _ in range(12)]
        assert codes == ["BAD_USER_INPUT"] * 10 + ["RATE_LIMITED"] * 2
        [error] = (await ada.post(CHANGE_PASSWORD, old=PASSWORD, new=NEW_PASSWORD))["errors"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert 80 <= error["extensions"]["retryAfterSeconds"] <= 90
        assert await can_log_in(chat, "ada", PASSWORD)


async def test_a_password_is_changed_ten_times_an_hour_at_most(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gql_chat.server.services.Passwords", partial(Passwords, cost=4))
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on") as chat:
        ada, old = await chat.sign_up("ada", password=PASSWORD), PASSWORD
        assert (await error_of(ada, CHANGE_PASSWORD, old="wrong", new=NEW_PASSWORD))[0] == "BAD_USER_INPUT"
        for number in range(10):
            ada, old = await change_password(ada, old=old, new=f"{NEW_PASSWORD} {number}"), f"{NEW_PASSWORD} {number}"
        [error] = (await ada.post(CHANGE_PASSWORD, old=old, new=PASSWORD))["errors"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert 300 <= error["extensions"]["retryAfterSeconds"] <= 360
        assert await can_log_in(chat, "ada", old)


async def fill_account(chat: Chat, client: Client) -> None:
    """Store something of everything that an account can own."""
    await client.send("hello", wait=True, idempotencyKey="once")
    await client.run(
        """mutation { createKey(input: {name: "mine", secret: "sk-secret-of-mine", model: "m",
            baseUrl: "https://api.openai.com/v1"}) { id } }"""
    )
    now = clock.now()
    group = await Group.create(id=new_id("grp"), name=new_id("grp"), created_at=now, updated_at=now)
    await GroupMember.create(id=new_id("mem"), group=group, user_id=client.user_id, created_at=now)
    await create_token(client)
    user = await User.get(id=client.user_id)
    await VerificationCode.create(
        id=new_id("code"), login_folded=user.email_folded, purpose=CodePurpose.PASSWORD_RESET, code_hash="x",
        attempts=0, created_at=now, expires_at=now + timedelta(minutes=10),
    )  # fmt: skip


async def test_a_deleted_account_leaves_nothing_and_takes_nothing_of_others(chat_on_each: Chat) -> None:
    chat = chat_on_each
    bob = await chat.sign_up("bob", password=PASSWORD)
    await fill_account(chat, bob)
    before = await all_rows()
    ada = await chat.sign_up("ada", password=PASSWORD)
    await fill_account(chat, ada)
    here = await chat.sign_in(ada.user_id)
    script = await create_token(ada, "ACCOUNT")
    assert await ada.run(DELETE, password=PASSWORD) == {"deleteAccount": True}
    after = await all_rows()
    assert len(after.pop("Group")) == len(before.pop("Group")) + 1
    assert after == before
    for gone in (ada, here, script):
        assert (await error_of(gone, ME))[0] == "UNAUTHENTICATED"
    assert (await error_of(chat.stranger, REFRESH, token=ada.refresh_token))[0] == "UNAUTHENTICATED"
    assert not await can_log_in(chat, "ada", PASSWORD)
    await chat.sign_up("ada")


async def test_replies_being_written_are_stopped_first(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada", password=PASSWORD)
    driven = chat_on_each.demo.drive("demo")
    await ada.send()
    call = await driven.next_call()
    await call.send("some words")
    assert await ada.run(DELETE, password=PASSWORD) == {"deleteAccount": True}
    await call.disconnected()
    for table in (User, ChatSession, Message, SendClaim, Key, SignIn):
        assert await table.all().count() == 0, table


async def test_the_last_admin_cannot_leave_and_keeps_everything(chat_on_each: Chat) -> None:
    chat = chat_on_each
    root = await chat.sign_up("root", UserRole.ADMIN, PASSWORD)
    driven = chat.demo.drive("demo")
    reply_id = (await root.send())["reply"]["id"]
    call = await driven.next_call()
    error = await error_of(root, DELETE, password=PASSWORD)
    assert error == ("CONFLICT", "This is the last active admin: make another user an admin first.", None)
    await call.send("still here")
    await call.finish()
    assert (await root.watch_to_end(reply_id)).text == "still here"
    await chat.sign_up("second", UserRole.ADMIN)
    assert await root.run(DELETE, password=PASSWORD) == {"deleteAccount": True}


async def test_of_all_admins_who_leave_at_once_one_stays(chat_on_each: Chat) -> None:
    admins = [await chat_on_each.sign_up(f"admin{number}", UserRole.ADMIN, PASSWORD) for number in range(4)]
    answers = await asyncio.gather(*[admin.post(DELETE, password=PASSWORD) for admin in admins])
    assert sorted(answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer) == ["CONFLICT"]
    assert await User.filter(role=UserRole.ADMIN).count() == 1


async def test_keys_that_groups_share_stay_with_another_admin(chat: Chat) -> None:
    root, heir = await chat.sign_up("root", UserRole.ADMIN, PASSWORD), await chat.sign_up("heir", UserRole.ADMIN)
    now = clock.now()
    group = await Group.create(id=new_id("grp"), name="Team", created_at=now, updated_at=now)
    create = """mutation ($group: ID) { createKey(input: {name: "team", secret: "sk-secret-of-ours", model: "m",
        baseUrl: "https://api.openai.com/v1", groupId: $group}) { id } }"""
    shared = (await root.run(create, group=group.id))["createKey"]["id"]
    await root.run(DELETE, password=PASSWORD)
    assert await Key.all().values_list("id", "user_id") == [(shared, heir.user_id)]


async def test_an_account_that_sends_while_it_is_deleted_leaves_nothing(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada", password=PASSWORD)
    session_id = (await ada.send("first", wait=True))["session"]["id"]
    sends = [
        ada.post("mutation ($i: SendMessageInput!) { sendMessage(input: $i) { reply { id } } }",
                 i={"text": "more", "sessionId": session_id if number % 2 else None, "idempotencyKey": str(number)})
        for number in range(8)
    ]  # fmt: skip
    deleting = ada.post(DELETE, password=PASSWORD)
    *_, deleted = await asyncio.gather(*sends, deleting)
    assert deleted == {"data": {"deleteAccount": True}}
    for table in (User, ChatSession, Message, SendClaim):
        assert await table.all().count() == 0, table
