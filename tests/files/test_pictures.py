"""Addresses by which models see images and videos."""

from pathlib import Path

import pytest

from gql_chat.files.models import File
from gql_chat.files.pictures import NotShown
from gql_chat.infra.storage.object_store import open_local_store
from tests.support.stored.stored_files import files_in


async def test_a_video_of_ten_mebibytes_is_inlined_and_one_byte_more_is_not(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(b"film")
    store = open_local_store(tmp_path)
    film = File(id="file_1", media_type="video/mp4", object_key="film", size_bytes=10 * 1024 * 1024)
    pictures = files_in(store).pictures
    assert await pictures.url_of(film) == "data:video/mp4;base64,ZmlsbQ=="
    film.size_bytes += 1
    with pytest.raises(NotShown, match="too large"):
        await pictures.url_of(film)
