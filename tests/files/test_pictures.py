"""Addresses by which models see images and videos."""

from pathlib import Path

import pytest
from PIL import Image

from gql_chat.files.extraction.extractor import Extractor
from gql_chat.files.models import File
from gql_chat.files.pictures import NotShown
from gql_chat.infra.storage.object_store import open_local_store
from tests.support.stored.owners import Owner, new_file
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


async def test_a_picture_that_fills_the_cache_is_kept_and_one_that_exceeds_it_is_not(
    owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = tmp_path / "dot.png"
    Image.new("RGB", (2, 2)).save(content)
    picture = await new_file(owner, name="dot.png", media_type="image/png", object_key="dot.png")
    async with Extractor() as extractor:
        url = await files_in(open_local_store(tmp_path), extractor=extractor).pictures.url_of(picture)
        for spare_bytes, is_kept in [(0, True), (-1, False)]:
            Image.new("RGB", (2, 2)).save(content)
            monkeypatch.setattr("gql_chat.files.pictures.MAX_CACHED_BYTES", len(url) + spare_bytes)
            pictures = files_in(open_local_store(tmp_path), extractor=extractor).pictures
            assert await pictures.url_of(picture) == url
            content.unlink()
            if is_kept:
                assert await pictures.url_of(picture) == url
            else:
                with pytest.raises(NotShown, match="lost"):
                    await pictures.url_of(picture)
