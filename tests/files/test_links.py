"""Links to a bucket: signed for what was announced, and working against a server that speaks S3."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from gql_chat.errors import NotFound
from gql_chat.files.completion import complete_uploads
from gql_chat.files.links import ServedLinks, StoreLinks
from gql_chat.files.models import File, FileStatus
from gql_chat.infra import clock
from gql_chat.infra.storage.object_store import S3Place, open_s3_store
from tests.support.backing_services.object_stores import place_at
from tests.support.stored.owners import Owner, new_file
from tests.support.stored.stored_files import ORIGIN, files_in


async def test_what_is_put_and_got_by_a_buckets_links_never_passes_this_server(owner: Owner, s3_place: S3Place) -> None:
    links = StoreLinks(s3_place)
    files = files_in(open_s3_store(s3_place), links)
    file = await new_file(owner, status=FileStatus.PENDING, name="页.txt", expires_at=clock.now() + timedelta(hours=1))
    async with aiohttp.ClientSession() as http:
        async with http.put(links.upload_link(file, ORIGIN).url, data=b"hello") as response:
            assert response.status == 200
        [ready] = await complete_uploads(owner.user_id, [file.id], files=files)
        async with http.get(links.download_url(ready, ORIGIN)) as response:
            assert await response.read() == b"hello"
            assert (
                response.headers["content-disposition"]
                == "attachment; filename=\"file.txt\"; filename*=UTF-8''%E9%A1%B5.txt"
            )
            assert response.headers["content-type"] == "text/plain"


def test_a_buckets_links_are_for_browsers_and_hold_what_was_announced() -> None:
    place = place_at(
        "http://minio:9000", public_endpoint="https://files.example.com", prefix="chat", region="eu-west-1"
    )
    now = clock.now()
    file = File(
        object_key="u/s/files/f.txt",
        size_bytes=5,
        name="a.txt",
        media_type="text/plain",
        expires_at=now + timedelta(hours=1),
    )
    put = urlsplit(StoreLinks(place).upload_link(file, ORIGIN).url)
    query = {name: value for name, [value] in parse_qs(put.query).items()}
    assert (put.netloc, put.path) == ("files.example.com", "/chat-files/chat/u/s/files/f.txt.part")
    assert query["X-Amz-SignedHeaders"] == "content-length;host"
    assert 3590 <= int(query["X-Amz-Expires"]) <= 3600
    got = urlsplit(StoreLinks(place).download_url(file, ORIGIN))
    assert got.path == "/chat-files/chat/u/s/files/f.txt"
    assert parse_qs(got.query)["response-content-type"] == ["text/plain"]


async def test_a_link_to_a_bucket_stays_the_same_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    links = StoreLinks(place_at("http://minio:9000"))
    file = File(object_key="k", size_bytes=5, name="a.txt", media_type="text/plain")
    start = clock.now().replace(minute=0, second=0, microsecond=0)
    made = []
    for minutes in (0, 4, 5):
        monkeypatch.setattr(clock, "now", lambda minutes=minutes: start + timedelta(minutes=minutes))
        made.append(links.download_url(file, ORIGIN))
    assert made[0] == made[1] != made[2]


def test_a_link_to_this_server_begins_with_its_public_origin_or_else_with_the_requests() -> None:
    file = File(id="file_1", size_bytes=5)
    assert ServedLinks(b"key").download_url(file, ORIGIN).startswith(f"{ORIGIN}/")
    link = ServedLinks(b"key", "https://chat.example.com").download_url(file, ORIGIN)
    assert link.startswith("https://chat.example.com/")


def test_a_link_to_this_server_ends_at_its_second(monkeypatch: pytest.MonkeyPatch) -> None:
    links, file = ServedLinks(b"key"), File(id="file_1", size_bytes=5)
    query = parse_qs(urlsplit(links.download_url(file, ORIGIN)).query)
    [expires], [signature] = query["expires"], query["signature"]
    end = datetime.fromtimestamp(int(expires), UTC)
    monkeypatch.setattr(clock, "now", lambda: end - timedelta(microseconds=1))
    links.require_valid("GET", file, expires, signature)
    monkeypatch.setattr(clock, "now", lambda: end)
    with pytest.raises(NotFound):
        links.require_valid("GET", file, expires, signature)
