"""Export of everything that an account owns, as one zip for people and programs."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
from tortoise.models import Model

from gql_chat.chats.models import ChatSession, Message
from gql_chat.chats.paths import list_path_ids
from gql_chat.chats.pieces import complete_columns
from gql_chat.files.models import File, FileStatus
from gql_chat.infra.storage.object_store import ObjectMissing, ObjectStore
from gql_chat.keys.models import GroupMember, Key
from gql_chat.usage.models import Call
from gql_chat.usage.prompts import load_prompts
from gql_chat.users.models import AccessToken, EmailChange, SignIn, User

ROWS_PER_READ = 100  # of messages, whose texts may be long
README = """\
This is everything that one account of gql-chat owned at the time of the export, without secrets.

account.json   the account itself
*.jsonl        a JSON object a line, oldest first; times are UTC, ids are those of the API
               messages are a tree: parent_id is the message that one follows, is_selected marks the shown branch
calls.jsonl    each call to a model behind replies, titles and tests of keys
files/         the files' bytes, named by id; files.jsonl has their original names
               missing.txt lists files that the store no longer has

Not included are hashes, sealed secrets (except the last four characters of a key), and the server's working data.
"""


class ExportedTable(NamedTuple):
    """The part of one table: `columns` of the rows whose `owner` is the account, or one of its sessions."""

    name: str
    model: type[Model]
    owner: str
    columns: tuple[str, ...]


ACCOUNT_COLUMNS = (
    "id", "username", "email", "nickname", "avatar_url", "phone", "role", "status", "default_persona", "created_at",
    "updated_at", "last_login_at",
)  # fmt: skip
TABLES = (
    ExportedTable("groups", GroupMember, "user_id", ("id", "group_id", "group__name", "created_at")),
    ExportedTable("sign_ins", SignIn, "user_id", (
        "id", "client_ip", "user_agent", "created_at", "rotated_at", "expires_at", "ends_at", "revoked_at",
    )),
    ExportedTable("email_changes", EmailChange, "user_id", ("id", "old_email", "created_at", "expires_at")),
    ExportedTable("access_tokens", AccessToken, "user_id", (
        "id", "name", "scopes", "created_at", "expires_at", "last_used_at",
    )),
    ExportedTable("keys", Key, "user_id", (
        "id", "name", "group_id", "base_url", "model", "secret_hint", "parameters", "context_tokens",
        "silence_seconds", "folds_system_prompt", "header_names", "created_at", "updated_at", "last_used_at",
    )),
    ExportedTable("sessions", ChatSession, "user_id", (
        "id", "title", "persona", "system_prompt", "history_messages", "key_id", "model", "status", "pinned", "head_id",
        "message_count", "created_at", "updated_at", "active_at", "last_message_at",
    )),
    ExportedTable("messages", Message, "session_id", (
        "id", "session_id", "parent_id", "order", "role", "text", "reasoning", "attachments", "status",
        "finish_reason", "error_code", "error_message", "error_retry_after_seconds", "key_id", "model", "prompt_tokens",
        "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens", "usage_source",
        "history_truncated", "created_at", "finished_at",
    )),
    ExportedTable("files", File, "user_id", (
        "id", "session_id", "name", "extension", "media_type", "size_bytes", "sha256", "status", "failure",
        "is_processed", "created_at", "expires_at", "text",
    )),
    ExportedTable("calls", Call, "user_id", (
        "id", "session_id", "message_id", "key_id", "group_id", "purpose", "model", "status", "status_code",
        "error_code", "error_message", "error_retry_after_seconds", "request_messages", "request_parameters",
        "response_text", "response_data", "prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens",
        "usage_source", "duration_ms", "first_token_ms", "client_ip",
        "user_agent", "request_id", "created_at",
    )),
)  # fmt: skip


async def export_account(user: User, target: Path, *, store: ObjectStore) -> Counter[str]:
    """Write the zip, which must not exist yet, and return how many rows each part has.

    The zip is complete or absent, and readable by its owner alone; a few rows at a time are in memory. If the account
    is used meanwhile, later parts are a little newer. Raises FileExistsError, OSError, Unavailable.
    """
    counts: Counter[str] = Counter()
    with _new_zip(target) as archive:
        archive.writestr("README.txt", README)
        archive.writestr("account.json", _line({name: getattr(user, name) for name in ACCOUNT_COLUMNS}))
        for table in TABLES:
            with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as part:
                async for row in _rows(table, user.id):
                    part.write(_line(row))
                    counts[table.name] += 1
        missing = [name async for name in _missing_after_copying(user.id, archive, store)]
        if missing:
            archive.writestr("missing.txt", "\n".join(missing) + "\n")
            counts["missing"] = len(missing)
    return counts


async def _rows(table: ExportedTable, user_id: str) -> AsyncIterator[dict[str, Any]]:
    if table.owner == "user_id":
        async for row in _pages(table.model, table.columns, user_id=user_id):
            yield row
        return
    async for session in _pages(ChatSession, ("id", "head_id"), user_id=user_id):
        shown = await list_path_ids(session["head_id"])
        async for row in _pages(table.model, table.columns, session_id=session["id"]):
            yield {**row, "is_selected": row["id"] in shown}


async def _pages(model: type[Model], columns: tuple[str, ...], **owner: str) -> AsyncIterator[dict[str, Any]]:
    """Yield rows in the order of their ids, which is the order of their creation."""
    last = ""
    while rows := await model.filter(**owner, id__gt=last).order_by("id").limit(ROWS_PER_READ).values(*columns):
        if model is Message:
            rows = await _completed(rows)
        if model is Call:
            for row, prompt in zip(rows, await load_prompts([row["id"] for row in rows]), strict=True):
                row["request_messages"] = orjson.dumps(prompt).decode()
        for row in rows:
            yield row
        last = rows[-1]["id"]


async def _completed(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the messages, streaming replies with the whole text so far."""
    columns = [*messages[0]]
    rows = await complete_columns(columns, [[*message.values()] for message in messages])
    return [dict(zip(columns, row, strict=True)) for row in rows]


async def _missing_after_copying(user_id: str, archive: ZipFile, store: ObjectStore) -> AsyncIterator[str]:
    columns = ("id", "extension", "object_key")
    async for file in _pages(File, columns, user_id=user_id, status=FileStatus.READY):
        name = f"files/{file['id']}.{file['extension']}"
        try:
            chunks = await store.open(file["object_key"])
        except ObjectMissing:
            yield name
            continue
        with archive.open(name, "w", force_zip64=True) as part:
            async for chunk in chunks:
                part.write(chunk)


def _line(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)


@contextmanager
def _new_zip(target: Path) -> Iterator[ZipFile]:
    if target.exists():
        raise FileExistsError(target)
    part = target.with_name(f"{target.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
            yield archive
        part.rename(target)
    except BaseException:
        part.unlink()
        raise
