"""Accounts through the API: who may register, who gets in, and how a sign-in goes on and ends."""

import asyncio
import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import jwt
import pytest

from gql_chat.infra import clock
from gql_chat.infra.crypto import derive_key
from gql_chat.infra.ids import new_id
from gql_chat.keys.models import Group, GroupMember
from gql_chat.users.models import Scope, SignIn, User, UserRole, UserStatus
from gql_chat.users.passwords.hashing import Passwords
from tests.support.chat import SECRET_KEY, Chat
from tests.support.client import Client, GraphQLErrors
from tests.support.mailed import error_of

PASSWORD = "correct horse battery"
WRONG = "The login or the password is wrong."
NOT_VALID = "The refresh token is not valid; sign in again."
ENDED = "This sign-in has ended; sign in again."

PAYLOAD = "{ accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt user { id username email } }"
REGISTER = f"mutation ($input: RegisterInput!) {{ register(input: $input) {PAYLOAD} }}"
LOGIN = f"mutation ($input: LoginInput!) {{ login(input: $input) {PAYLOAD} }}"
REFRESH = f"mutation ($token: String!) {{ refreshTokens(refreshToken: $token) {PAYLOAD} }}"
LOGOUT = """mutation ($token: String!, $everywhere: Boolean! = false) {
    logout(refreshToken: $token, everywhere: $everywhere) }"""
ME = "{ me { username } }"

BROKEN_RULES = [
    ("username", "A username has 3 to 50 letters, digits, _, - or '.'.",
     ["", "ab", "a" * 51, "ada lovelace", "ada@home", "ada\0", "a\u200bda", "ﷺﷺﷺ", "＠＠＠"]),
    ("email", "This is not an email address.",
     ["", "ada", "ada@", "@example.com", "ada@localhost", "a@b@example.com", "a da@example.com", "ada@example..com",
      "ada@example.com.", "ada\0@example.com", "a＠b@example.com", "a" * 65 + "@example.com",
      "ada@" + "a" * 251 + ".com", "ﷺ" * 20 + "@example.com"]),
    ("password", "A password needs at least 8 characters.", ["", "1234567", "电池电池电池电"]),
    ("password", "A password may take at most 72 bytes in UTF-8.", ["a" * 73, "é" * 36 + "e"]),
    ("password", "A password cannot contain a NUL character.", ["pass\0word of mine"]),
    ("password", "Without your username and the name of your email address, the password has fewer than 8 characters. "
     "Add other words.",
     ["Correct.Horse", "my CORRECT.horse 42", "ｃｏｒｒｅｃｔ.horse", "15 ADAlove"]),
    ("password", "The password repeats a few characters. Choose another, such as four words that are not related.",
     ["aaaaaaaaaaaa", "AaAaaAAa", "88888888", "abcabcabcabc", "abcabcabcab", "电池电池电池电池"]),
    ("password", "This password is too common. Choose another, such as four words that are not related.",
     ["PassWord1", "Password1password1", "qwertyuiop", "trustno1", "woaini1314", "Samantha", "ｐａｓｓｗｏｒｄ"]),
]  # fmt: skip


@dataclass
class Time:
    """The server's clock in the test's hand."""

    moment: datetime

    def advance(self, **delta: float) -> None:
        self.moment += timedelta(**delta)


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql_chat.server.services.Passwords", partial(Passwords, cost=4))


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Return a clock that stands still."""
    stopped = Time(clock.now())
    monkeypatch.setattr(clock, "now", lambda: stopped.moment)
    return stopped


async def register(chat: Chat, username: str = "ada", **more: Any) -> dict[str, Any]:
    """Return the payload of a registration."""
    account = {"username": username, "email": f"{username}@example.com", "password": PASSWORD, **more}
    payload: dict[str, Any] = (await chat.stranger.run(REGISTER, input=account))["register"]
    return payload


async def login(chat: Chat, name: str, password: str = PASSWORD) -> dict[str, Any]:
    """Return the payload of a login."""
    payload: dict[str, Any] = (await chat.stranger.run(LOGIN, input={"login": name, "password": password}))["login"]
    return payload


async def refresh(chat: Chat, token: str) -> dict[str, Any]:
    """Return the payload of a refresh."""
    payload: dict[str, Any] = (await chat.stranger.run(REFRESH, token=token))["refreshTokens"]
    return payload


def signed_in(chat: Chat, payload: dict[str, Any]) -> Client:
    """Return a client with the payload's access token."""
    return Client(chat.http, chat.origin, payload["accessToken"], payload["user"]["id"])


async def post_with_header(chat: Chat, authorization: str, query: str) -> Any:
    """Return the whole response to a query with this header."""
    headers = {"authorization": authorization}
    async with chat.http.post(f"{chat.origin}/graphql", json={"query": query}, headers=headers) as response:
        return await response.json()


async def test_registering_signs_in(chat_on_each: Chat) -> None:
    payload = await register(chat_on_each, "ada")
    assert payload["user"] == {"id": payload["user"]["id"], "username": "ada", "email": "ada@example.com"}
    me = await signed_in(chat_on_each, payload).run("""{ me { id username email nickname avatarUrl phone role status
        defaultPersona { name isDefault } groups { id } accessTokens { id } } }""")
    assert me["me"] == {
        "id": payload["user"]["id"], "username": "ada", "email": "ada@example.com", "nickname": None,
        "avatarUrl": None, "phone": None, "role": "USER", "status": "ACTIVE",
        "defaultPersona": {"name": "Assistant", "isDefault": True}, "groups": [], "accessTokens": [],
    }  # fmt: skip


async def test_the_access_token_carries_its_scopes(chat_on_each: Chat) -> None:
    await register(chat_on_each, "ada")
    for role, scopes in (
        (UserRole.USER, set(Scope) - {Scope.ADMIN}), (UserRole.ADMIN, set(Scope)),
    ):  # fmt: skip
        await User.filter(username="ada").update(role=role)
        payload = await login(chat_on_each, "ada")
        refreshed = await refresh(chat_on_each, payload["refreshToken"])
        for token in (payload["accessToken"], refreshed["accessToken"]):
            claims = jwt.decode(token, options={"verify_signature": False})
            assert set(claims["scope"].split(" ")) == {scope.value for scope in scopes}


async def test_the_tokens_last_a_quarter_of_an_hour_and_thirty_days(chat: Chat) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    payload = await register(chat)
    after = datetime.now(UTC)
    access_ends = datetime.fromisoformat(payload["accessTokenExpiresAt"])
    assert before + timedelta(minutes=15) <= access_ends <= after + timedelta(minutes=15)
    refresh_ends = datetime.fromisoformat(payload["refreshTokenExpiresAt"])
    assert before + timedelta(days=30) <= refresh_ends <= after + timedelta(days=30)


async def test_the_database_holds_neither_the_password_nor_a_token(chat: Chat) -> None:
    payload = await register(chat)
    rows = repr([*await User.all().values(), *await SignIn.all().values()])
    for secret in (PASSWORD, payload["accessToken"], payload["refreshToken"]):
        assert secret not in rows


async def test_what_breaks_a_rule_is_named_and_makes_no_account(chat: Chat) -> None:
    account = {"username": "correct.horse", "email": "ada@example.com", "password": PASSWORD}
    for field, message, values in BROKEN_RULES:
        for value in values:
            error = await error_of(chat.stranger, REGISTER, input=account | {field: value})
            assert error == ("BAD_USER_INPUT", message, f"input.{field}"), value
    assert (await User.all().count(), await SignIn.all().count()) == (0, 0)


async def test_a_username_may_be_of_any_script(chat_on_each: Chat) -> None:
    for number, username in enumerate(
        ["abc", "a" * 50, "李小龙", "हिन्दी", "ภาษาไทย", "Ада.Байрон", "a_b-c.d", "ß" * 25, "123"]
    ):
        payload = await register(chat_on_each, username, email=f"{number}@example.com", password="é" * 34 + "ab12")
        assert payload["user"]["username"] == username
        assert (await login(chat_on_each, username, "é" * 34 + "ab12"))["user"]["id"] == payload["user"]["id"]


async def test_space_around_a_name_is_no_part_of_it(chat: Chat) -> None:
    payload = await register(chat, " ada ", email=" ada@example.com ")
    assert payload["user"] | {"id": ""} == {"id": "", "username": "ada", "email": "ada@example.com"}
    assert (await login(chat, " ada "))["user"]["id"] == payload["user"]["id"]


async def test_a_name_is_taken_however_it_is_written(chat: Chat) -> None:
    written = [
        ("ada", "ADA"),
        ("Straße", "STRASSE"),
        ("bob", "ｂｏｂ"),
        ("ﬁona", "FIONA"),
        ("ΟΔΟΣ", "οδος"),
    ]
    for number, (first, second) in enumerate(written):
        address = f"{number}@example.com"
        user_id = (await register(chat, first, email=address))["user"]["id"]
        account = {"username": second, "email": f"not.{address}", "password": PASSWORD}
        error = await error_of(chat.stranger, REGISTER, input=account)
        assert error == ("BAD_USER_INPUT", "This username is taken.", "input.username")
        assert (await login(chat, second))["user"] == {"id": user_id, "username": first, "email": address}
    assert await User.all().count() == len(written)


async def test_an_address_is_taken_however_it_is_written(chat: Chat) -> None:
    written = [("Ada@Example.com", "aDA@eXAMPLE.COM"), ("ada@ΐχθ.example", "ada@Ϊ\u0301ΧΘ.example")]
    for number, (first, second) in enumerate(written):
        user_id = (await register(chat, f"user{number}", email=first))["user"]["id"]
        account = {"username": "other", "email": second, "password": PASSWORD}
        error = await error_of(chat.stranger, REGISTER, input=account)
        assert error == ("BAD_USER_INPUT", "This email address is registered already.", "input.email")
        assert (await login(chat, second))["user"] == {"id": user_id, "username": f"user{number}", "email": first}
    assert await User.all().count() == len(written)


async def test_of_two_registrations_at_once_one_wins(chat_on_each: Chat) -> None:
    account = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
    answers = await asyncio.gather(*[chat_on_each.stranger.post(REGISTER, input=account) for _ in range(4)])
    won = [answer for answer in answers if "errors" not in answer]
    lost = [answer["errors"][0]["extensions"] for answer in answers if "errors" in answer]
    assert len(won) == 1
    assert lost == [{"code": "BAD_USER_INPUT", "field": "input.username"}] * 3
    assert (await User.all().count(), await SignIn.all().count()) == (1, 1)


async def test_a_wrong_login_does_not_tell_what_is_wrong(chat_on_each: Chat) -> None:
    await register(chat_on_each)
    for name, password in [
        ("ada", "wrong horse battery"), ("ada", PASSWORD.upper()), ("ada", PASSWORD + "x" * 72), ("ada", ""),
        ("ada", "a\0b"), ("ada@example.com", "wrong"), ("nobody", PASSWORD), ("nobody@example.com", PASSWORD),
        ("", PASSWORD), ("ada\0", PASSWORD), ("a\0@b", PASSWORD), ("%", PASSWORD),
    ]:  # fmt: skip
        error = await error_of(chat_on_each.stranger, LOGIN, input={"login": name, "password": password})
        assert error == ("UNAUTHENTICATED", WRONG, None), (name, password)
    assert await SignIn.all().count() == 1


async def test_only_who_knows_the_password_hears_that_an_account_is_disabled(chat: Chat) -> None:
    payload = await register(chat)
    ada = signed_in(chat, payload)
    await User.all().update(status=UserStatus.DISABLED)
    assert await error_of(chat.stranger, LOGIN, input={"login": "ada", "password": "wrong"}) == (
        "UNAUTHENTICATED", WRONG, None,
    )  # fmt: skip
    disabled = ("UNAUTHENTICATED", "This account is disabled; an admin can enable it.", None)
    assert await error_of(chat.stranger, LOGIN, input={"login": "ada", "password": PASSWORD}) == disabled
    assert await error_of(chat.stranger, REFRESH, token=payload["refreshToken"]) == disabled
    assert await error_of(ada, ME) == ("UNAUTHENTICATED", ENDED, None)
    assert await SignIn.all().count() == 1


async def test_login_notes_when(chat: Chat, time: Time) -> None:
    await register(chat)
    time.advance(hours=3)
    await login(chat, "ada")
    assert (await User.get(username="ada")).last_login_at == time.moment


async def test_whoever_signs_in_may_ask_for_everything_about_themselves_at_once(chat: Chat) -> None:
    payload = await register(chat)
    now = clock.now()
    group = await Group.create(id=new_id("grp"), name="Team", activation_code="open", created_at=now, updated_at=now)
    await GroupMember.create(id=new_id("mem"), group=group, user_id=payload["user"]["id"], created_at=now)
    asked = "{ user { groups { name activationCode memberCount } accessTokens { id } defaultPersona { name } } }"
    for operation, variables in [
        (f"mutation ($input: LoginInput!) {{ in: login(input: $input) {asked} }}",
         {"input": {"login": "ada", "password": PASSWORD}}),
        (f"mutation ($token: String!) {{ in: refreshTokens(refreshToken: $token) {asked} }}",
         {"token": payload["refreshToken"]}),
    ]:  # fmt: skip
        assert await chat.stranger.run(operation, **variables) == {
            "in": {
                "user": {
                    "groups": [{"name": "Team", "activationCode": None, "memberCount": 1}],
                    "accessTokens": [],
                    "defaultPersona": {"name": "Assistant"},
                }
            }
        }


async def test_a_groups_activation_code_is_for_admins(chat: Chat) -> None:
    ada, admin = await chat.sign_up("ada"), await chat.sign_up("admin", UserRole.ADMIN)
    now = clock.now()
    group = await Group.create(id=new_id("grp"), name="Team", activation_code="open", created_at=now, updated_at=now)
    for member in (ada, admin):
        await GroupMember.create(id=new_id("mem"), group=group, user_id=member.user_id, created_at=now)
    asked = "{ me { groups { activationCode } } }"
    assert await ada.run(asked) == {"me": {"groups": [{"activationCode": None}]}}
    assert await admin.run(asked) == {"me": {"groups": [{"activationCode": "open"}]}}


async def test_each_refresh_gives_the_next_pair(chat_on_each: Chat) -> None:
    first = await register(chat_on_each)
    second = await refresh(chat_on_each, first["refreshToken"])
    third = await refresh(chat_on_each, second["refreshToken"])
    assert len({first["refreshToken"], second["refreshToken"], third["refreshToken"]}) == 3
    assert third["user"] == first["user"]
    for payload in (first, second, third):
        assert await signed_in(chat_on_each, payload).run(ME) == {"me": {"username": "ada"}}
    assert await SignIn.all().count() == 1


async def test_within_the_grace_a_tab_that_comes_late_gets_the_same_successor(chat: Chat, time: Time) -> None:
    first = await register(chat)
    second = await refresh(chat, first["refreshToken"])
    time.advance(seconds=15)
    late = await refresh(chat, first["refreshToken"])
    assert (late["refreshToken"], late["refreshTokenExpiresAt"]) == (
        second["refreshToken"], second["refreshTokenExpiresAt"],
    )  # fmt: skip
    await refresh(chat, second["refreshToken"])


async def test_a_replay_outside_the_grace_ends_the_sign_in_and_no_other(chat_on_each: Chat) -> None:
    first = await register(chat_on_each)
    other = await login(chat_on_each, "ada")
    second = await refresh(chat_on_each, first["refreshToken"])
    for row in await SignIn.filter(generation=1):  # the clock of PostgreSQL cannot be moved
        row.rotated_at -= timedelta(seconds=15, microseconds=1)
        await row.save()
    assert await error_of(chat_on_each.stranger, REFRESH, token=first["refreshToken"]) == (
        "UNAUTHENTICATED", "The refresh token was used before, so this sign-in was ended; sign in again.", None,
    )  # fmt: skip
    for token in (second["refreshToken"], first["refreshToken"]):
        assert await error_of(chat_on_each.stranger, REFRESH, token=token) == ("UNAUTHENTICATED", ENDED, None)
    assert await error_of(signed_in(chat_on_each, second), ME) == ("UNAUTHENTICATED", ENDED, None)
    assert await signed_in(chat_on_each, other).run(ME) == {"me": {"username": "ada"}}


async def test_twenty_refreshes_at_once_leave_one_family_alive_with_one_successor(chat_on_each: Chat) -> None:
    first = await register(chat_on_each)
    pairs = await asyncio.gather(*[refresh(chat_on_each, first["refreshToken"]) for _ in range(20)])
    [successor] = {pair["refreshToken"] for pair in pairs}
    assert [(row.generation, row.revoked_at) for row in await SignIn.all()] == [(1, None)]
    assert (await refresh(chat_on_each, successor))["refreshToken"] != successor


async def test_an_unused_refresh_token_ends_after_thirty_days(chat: Chat, time: Time) -> None:
    payload = await register(chat)
    time.advance(days=30)
    assert await error_of(chat.stranger, REFRESH, token=payload["refreshToken"]) == ("UNAUTHENTICATED", ENDED, None)


async def test_a_sign_in_ends_after_half_a_year_however_often_it_is_refreshed(chat: Chat, time: Time) -> None:
    payload = await register(chat)
    end = time.moment + timedelta(days=180)
    for _ in range(8):
        time.advance(days=20)
        payload = await refresh(chat, payload["refreshToken"])
    assert datetime.fromisoformat(payload["refreshTokenExpiresAt"]) == end
    time.advance(days=20)
    assert await error_of(chat.stranger, REFRESH, token=payload["refreshToken"]) == ("UNAUTHENTICATED", ENDED, None)


async def test_what_is_no_refresh_token_is_not_valid(chat_on_each: Chat) -> None:
    token = (await register(chat_on_each))["refreshToken"]
    forged = base64.urlsafe_b64encode(b"\0" * 40 + b"tok_0").decode()
    altered = token[:50] + ("A" if token[50] != "A" else "B") + token[51:]
    tokens = ["", " ", "garbage", "====", "é" * 60, "\0", "🌍", "A" * 10_000, token[:-1], token[:43], token[:44]]
    for junk in [*tokens, forged, altered, token + "AAAA", token[::-1]]:
        for operation in (REFRESH, LOGOUT):
            assert await error_of(chat_on_each.stranger, operation, token=junk) == ("UNAUTHENTICATED", NOT_VALID, None)
    await refresh(chat_on_each, token)


async def test_an_access_token_is_no_refresh_token_nor_the_reverse(chat: Chat) -> None:
    payload = await register(chat)
    error = await error_of(chat.stranger, REFRESH, token=payload["accessToken"])
    assert error == ("UNAUTHENTICATED", NOT_VALID, None)
    swapped = Client(chat.http, chat.origin, payload["refreshToken"])
    assert await error_of(swapped, ME) == ("UNAUTHENTICATED", "The access token is not valid; sign in again.", None)


async def test_logout_kills_the_access_token_at_once_and_only_here(chat_on_each: Chat) -> None:
    here, there = await register(chat_on_each), await login(chat_on_each, "ada")
    for _ in range(2):
        assert await chat_on_each.stranger.run(LOGOUT, token=here["refreshToken"]) == {"logout": True}
    assert await error_of(signed_in(chat_on_each, here), ME) == ("UNAUTHENTICATED", ENDED, None)
    assert await error_of(chat_on_each.stranger, REFRESH, token=here["refreshToken"]) == (
        "UNAUTHENTICATED",
        ENDED,
        None,
    )
    assert await signed_in(chat_on_each, there).run(ME) == {"me": {"username": "ada"}}


async def test_logout_everywhere_ends_all_sign_ins_of_this_user_alone(chat_on_each: Chat) -> None:
    ada = [await register(chat_on_each, "ada"), await login(chat_on_each, "ada")]
    bob = await register(chat_on_each, "bob")
    token = ada[0]["refreshToken"]
    assert await chat_on_each.stranger.run(LOGOUT, token=token, everywhere=True) == {"logout": True}
    for payload in ada:
        assert await error_of(signed_in(chat_on_each, payload), ME) == ("UNAUTHENTICATED", ENDED, None)
    assert await signed_in(chat_on_each, bob).run(ME) == {"me": {"username": "bob"}}


async def test_a_token_of_an_ended_sign_in_ends_no_other(chat: Chat) -> None:
    here, there = await register(chat), await login(chat, "ada")
    await chat.stranger.run(LOGOUT, token=here["refreshToken"])
    error = await error_of(chat.stranger, LOGOUT, token=here["refreshToken"], everywhere=True)
    assert error == ("UNAUTHENTICATED", ENDED, None)
    assert await signed_in(chat, there).run(ME) == {"me": {"username": "ada"}}


async def test_an_expired_access_token_says_so_and_hinders_no_refresh(chat: Chat, time: Time) -> None:
    payload = await register(chat)
    ada = signed_in(chat, payload)
    time.advance(minutes=15)
    assert await error_of(ada, ME) == ("TOKEN_EXPIRED", "The token has expired; refresh it.", None)
    ada.token = (await ada.run(REFRESH, token=payload["refreshToken"]))["refreshTokens"]["accessToken"]
    assert await ada.run(ME) == {"me": {"username": "ada"}}


async def test_an_access_token_of_a_server_whose_clock_is_ahead_is_taken(chat: Chat, time: Time) -> None:
    payload = await register(chat)
    time.advance(seconds=-30)
    assert await signed_in(chat, payload).run(ME) == {"me": {"username": "ada"}}


async def test_an_access_token_that_this_server_did_not_make_is_refused(chat: Chat) -> None:
    genuine = (await register(chat))["accessToken"]
    key = derive_key(SECRET_KEY.encode(), "access-tokens")
    claims = jwt.decode(genuine, key, algorithms=["HS256"])

    def signed(key: bytes = key, algorithm: str | None = "HS256", **changes: Any) -> str:
        changed = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(changed, key, algorithm=algorithm)

    unsigned = jwt.encode(claims, None, algorithm="none")  # type: ignore[arg-type]
    assert await Client(chat.http, chat.origin, signed()).run(ME) == {"me": {"username": "ada"}}
    for forged in [
        signed(exp=None), signed(sid=None), signed(sub=None), signed(iss="another"), unsigned,
        signed(key=b"another key of thirty-two bytes!!"), signed(key=key * 2, algorithm="HS512"),
        genuine[:-1], genuine + "A", genuine.rpartition(".")[0], genuine + ".", "a.b.c", "..", "é",
    ]:  # fmt: skip
        error = await error_of(Client(chat.http, chat.origin, forged), ME)
        assert error == ("UNAUTHENTICATED", "The access token is not valid; sign in again.", None), forged
    for stranger in (signed(sid=new_id("tok")), signed(sub=new_id("usr"))):
        assert await error_of(Client(chat.http, chat.origin, stranger), ME) == ("UNAUTHENTICATED", ENDED, None)


async def test_a_header_of_another_form_is_refused_where_a_sign_in_is_needed(chat: Chat) -> None:
    for header in ["", "Bearer", "Bearer ", "Basic YTpi", "token", "Bearer\ta"]:
        [error] = (await post_with_header(chat, header, ME))["errors"]
        assert error["extensions"] == {"code": "UNAUTHENTICATED"}, header
        assert await post_with_header(chat, header, "{ __typename }") == {"data": {"__typename": "Query"}}


async def test_the_scheme_may_be_in_any_case(chat: Chat) -> None:
    token = (await register(chat))["accessToken"]
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert await post_with_header(chat, f"{scheme}  {token} ", ME) == {"data": {"me": {"username": "ada"}}}


async def test_a_stranger_is_asked_to_sign_in(chat: Chat) -> None:
    assert await error_of(chat.stranger, ME) == ("UNAUTHENTICATED", "Sign in first.", None)


async def test_an_error_says_where_it_belongs(chat: Chat) -> None:
    query = "mutation ($token: String!) { a: refreshTokens(refreshToken: $token) { accessToken } }"
    with pytest.raises(GraphQLErrors) as raised:
        await chat.stranger.run(query, token="garbage")
    assert raised.value.errors == [
        {
            "message": NOT_VALID,
            "locations": [{"line": 1, "column": 30}],
            "path": ["a"],
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
