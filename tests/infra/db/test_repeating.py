"""Transactions that meet a conflict are repeated, whichever verb begins them."""

import ast
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tortoise.transactions import in_transaction

from gql_chat.infra.db.failures import TransactionConflict
from gql_chat.keys.models import Key
from gql_chat.users.models import AccessToken, SignIn, User
from tests.support.chat import Chat

PACKAGE = Path(__file__).parents[3] / "gql_chat"
EXEMPT = {
    "generation/settling.py settle": "its caller repeats it until it is stored",
    "generation/dead_replies.py _settle": "the next round of the reaper comes soon",
    "generation/dead_replies.py _close": "the same",
    "workflows/taking_over.py _open": "the same",
    "files/removal.py delete_abandoned": "the next round comes soon",
    "chats/search_index.py _join_words_between": "the next run of the backfill comes soon",
    "usage/call_totals.py _add_up": "the next run comes within an hour",
    "chats/search_on_postgres.py find_on_postgres": "it writes nothing",
    "cli/doctor.py _refusal_to_store": "it changes no row, so it meets no conflict",
}

REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { user { id } } }"
LOGIN = 'mutation { login(input: {login: "bob", password: "correct horse battery"}) { user { id } } }'
CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
UPDATE_KEY = 'mutation ($id: ID!) { updateKey(input: {id: $id, name: "renamed"}) { name } }'
DELETE_KEYS = "mutation ($id: ID!) { deleteKeys(ids: [$id]) }"
CREATE_TOKEN = 'mutation { createAccessToken(input: {name: "script", scopes: [KEYS]}) { accessToken { name } } }'
RENAME = 'mutation { updateProfile(input: {nickname: "Ada L."}) { nickname } }'


def test_every_verb_that_begins_a_transaction_is_repeated_or_says_why_not() -> None:
    beginning = dict(found for path in sorted(PACKAGE.glob("*/**/*.py")) for found in _beginning(path))
    unrepeated = {name for name, is_repeated in beginning.items() if not is_repeated}
    assert unrepeated == set(EXEMPT)


def _beginning(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield the functions that begin a transaction themselves, each with whether it is repeated."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.AsyncFunctionDef) and any(map(_is_transaction, _own_nodes(function))):
            decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
            yield f"{path.relative_to(PACKAGE)} {function.name}", "repeated_on_conflict" in decorators


def _is_transaction(node: ast.AST) -> bool:
    return isinstance(node, ast.AsyncWith) and any(ast.unparse(i.context_expr) == "transaction()" for i in node.items)


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.AsyncFunctionDef):
            yield child
            yield from _own_nodes(child)


async def test_nobody_hears_of_a_conflict_and_nothing_is_stored_twice(
    chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, conflicts = await chat_on_each.sign_up("ada"), list[str]()

    @asynccontextmanager
    async def conflicting() -> AsyncIterator[None]:
        async with in_transaction():
            yield
            if conflicts:  # at its end, when everything has been done
                conflicts.pop()
                raise TransactionConflict

    monkeypatch.setattr("gql_chat.infra.db.database.in_transaction", conflicting)

    async def run(query: str, **variables: object) -> dict[str, object]:
        conflicts.append(query)
        answer: dict[str, object] = await ada.run(query, **variables)
        assert not conflicts
        return answer

    bob = {"username": "bob", "email": "bob@example.com", "password": "correct horse battery"}
    signed_in = await SignIn.all().count()
    await run(REGISTER, input=bob)
    await run(LOGIN)
    assert (await User.filter(username="bob").count(), await SignIn.all().count()) == (1, signed_in + 2)
    key = {"name": "mine", "secret": "sk-mine", "baseUrl": "https://api.example.com/v1", "model": "m"}
    created = await run(CREATE_KEY, input=key)
    key_id = created["createKey"]["id"]  # type: ignore[index]
    assert await run(UPDATE_KEY, id=key_id) == {"updateKey": {"name": "renamed"}}
    assert [row.id for row in await Key.all()] == [key_id]
    assert await run(DELETE_KEYS, id=key_id) == {"deleteKeys": [key_id]}
    await run(CREATE_TOKEN)
    assert await AccessToken.all().count() == 1
    assert await run(RENAME) == {"updateProfile": {"nickname": "Ada L."}}
