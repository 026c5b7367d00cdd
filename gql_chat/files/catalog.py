"""Files as their owners see them: found, listed, and loaded by many."""

from collections.abc import Collection, Sequence

from tortoise.queryset import QuerySet

from gql_chat.errors import NotFound
from gql_chat.files.models import File
from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.ids import is_id


async def find_file(user_id: str, file_id: str) -> File | None:
    """The user's file of this id."""
    return (await _load_owned(user_id, [file_id])).get(file_id)


async def get_file(user_id: str, file_id: str) -> File:
    """The same; raises NotFound."""
    file = await find_file(user_id, file_id)
    if file is None:
        raise NotFound("There is no such file.")
    return file


async def get_files(user_id: str, file_ids: Sequence[str]) -> list[File]:
    """The user's files of these ids, in their order, each once. Raises NotFound if one of them is missing."""
    wanted = list(dict.fromkeys(file_ids))
    found = await _load_owned(user_id, wanted)
    if len(found) != len(wanted):
        raise NotFound("There is no such file among these.")
    return [found[file_id] for file_id in wanted]


async def load_files(file_ids: Collection[str]) -> dict[str, File]:
    """The files of these ids that are left, whoever owns them: for ids that our own rows name."""
    return {file.id: file for file in await _without_texts(File.filter(id__in=set(file_ids)))}


async def load_texts(file_ids: Collection[str]) -> dict[str, str]:
    """The texts of these files, of those that have one."""
    rows = await File.filter(id__in=set(file_ids)).exclude(text=None).values_list("id", "text")
    return {str(file_id): str(text) for file_id, text in rows}


async def load_beginnings(file_ids: Collection[str], max_characters: int) -> dict[str, str]:
    """The same, no more than so many characters of each."""
    if not file_ids:
        return {}
    places = ", ".join(f"${number}" for number in range(2, len(file_ids) + 2))
    sql = f"SELECT id, substr(text, 1, $1) AS beginning FROM files WHERE id IN ({places}) AND text IS NOT NULL"  # noqa: S608
    return {row["id"]: row["beginning"] for row in await fetch_all(sql, max_characters, *file_ids)}


async def mark_processed(file_ids: Collection[str]) -> list[str]:
    """Note that a model is given these files; those of which that is new, for the caller to record as changed."""
    if not file_ids:
        return []
    unmarked = await File.filter(id__in=set(file_ids), is_processed=False).order_by("id").values_list("id", flat=True)
    if unmarked:
        await File.filter(id__in=unmarked).update(is_processed=True)
    return [str(file_id) for file_id in unmarked]


async def list_session_files(session_id: str) -> list[File]:
    """All files of the session, oldest first."""
    return (await load_session_files([session_id]))[0]


async def load_session_files(session_ids: Sequence[str]) -> list[list[File]]:
    """The same for each of these sessions."""
    found: dict[str, list[File]] = {session_id: [] for session_id in session_ids}
    for file in await _without_texts(File.filter(session_id__in=list(found)).order_by("id")):
        found[file.session_id].append(file)
    return [found[session_id] for session_id in session_ids]


async def _load_owned(user_id: str, file_ids: Sequence[str]) -> dict[str, File]:
    well_formed = [file_id for file_id in file_ids if is_id(file_id, "file")]
    if not well_formed:
        return {}
    files = await _without_texts(File.filter(id__in=well_formed, user_id=user_id))
    return {file.id: file for file in files}


def _without_texts(query: QuerySet[File]) -> QuerySet[File]:
    return query.only(*(column for column in File._meta.db_fields if column != "text"))
