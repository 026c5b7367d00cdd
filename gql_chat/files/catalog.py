"""Lookups of files by id, by owner and by session."""

from collections.abc import Collection, Sequence

from tortoise.queryset import QuerySet

from gql_chat.errors import NotFound
from gql_chat.files.models import File
from gql_chat.infra.db.combining import padded, places
from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.ids import is_id
from gql_chat.users.models import UserStatus


async def find_file(user_id: str, file_id: str) -> File | None:
    """Return the user's file with this id, None if there is none."""
    return (await load_own_files(user_id, [file_id])).get(file_id)


async def get_files(user_id: str, file_ids: Sequence[str]) -> list[File]:
    """Return the user's files with these ids, in their order, each once. Raise NotFound if one is missing."""
    wanted = list(dict.fromkeys(file_ids))
    found = await load_own_files(user_id, wanted)
    if len(found) != len(wanted):
        raise NotFound("One of these files does not exist.")
    return [found[file_id] for file_id in wanted]


async def load_files(file_ids: Collection[str]) -> dict[str, File]:
    """Load the files with these ids of any owner, as far as they still exist. The ids must come from our own rows."""
    return {file.id: file for file in await _without_texts(File.filter(id__in=padded(set(file_ids))))}


async def find_linked_file(file_id: str) -> File | None:
    """Find the file that a link leads to, whoever follows it. A disabled user's links lead to nothing."""
    if not is_id(file_id, "file"):
        return None
    return await _without_texts(File.filter(id=file_id, user__status=UserStatus.ACTIVE)).first()


async def load_texts(file_ids: Collection[str]) -> dict[str, str]:
    """Load the texts of those of these files that have one."""
    rows = await File.filter(id__in=padded(set(file_ids))).exclude(text=None).values_list("id", "text")
    return {str(file_id): str(text) for file_id, text in rows}


async def load_beginnings(file_ids: Collection[str], max_characters: int) -> dict[str, str]:
    """Load at most `max_characters` from the beginning of each text."""
    if not file_ids:
        return {}
    ids = padded(file_ids)
    found = f"id IN {places(2, len(ids))} AND text IS NOT NULL"
    sql = f"SELECT id, substr(text, 1, $1) AS beginning FROM files WHERE {found}"  # noqa: S608
    return {row["id"]: row["beginning"] for row in await fetch_all(sql, max_characters, *ids)}


async def mark_processed(file_ids: Collection[str]) -> list[str]:
    """Mark files as given to a model. Return those that were not marked before, to be recorded as changed."""
    if not file_ids:
        return []
    new = File.filter(id__in=padded(set(file_ids)), is_processed=False)
    unmarked = await new.order_by("id").values_list("id", flat=True)
    if unmarked:
        await File.filter(id__in=padded(unmarked)).update(is_processed=True)
    return [str(file_id) for file_id in unmarked]


async def load_session_files(session_ids: Sequence[str]) -> list[list[File]]:
    """Load all files of each of these sessions, oldest first."""
    found: dict[str, list[File]] = {session_id: [] for session_id in session_ids}
    for file in await _without_texts(File.filter(session_id__in=padded(found)).order_by("id")):
        found[file.session_id].append(file)
    return [found[session_id] for session_id in session_ids]


async def load_own_files(user_id: str, file_ids: Sequence[str]) -> dict[str, File]:
    """Load the user's files with these ids, as far as there are any."""
    well_formed = [file_id for file_id in file_ids if is_id(file_id, "file")]
    if not well_formed:
        return {}
    files = await _without_texts(File.filter(id__in=padded(well_formed), user_id=user_id))
    return {file.id: file for file in files}


def _without_texts(query: QuerySet[File]) -> QuerySet[File]:
    return query.only(*(column for column in File._meta.db_fields if column != "text"))
