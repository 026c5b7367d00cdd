"""From settings to a store: who we are to it, and what keeps a server from starting."""

import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gql_chat.infra.rate_limits.limiter import Limit
from gql_chat.infra.storage.s3_urls import S3Credentials
from gql_chat.server import CannotStart
from gql_chat.server.file_services import make_extractor, open_store, s3_place
from gql_chat.settings import Settings
from tests.support.chat import settings_of
from tests.support.demo import DemoServer

SECRET = "a secret of tests"


def settings(tmp_path: Path, **more: str) -> Settings:
    return settings_of(f"sqlite://{tmp_path}/x.db", tmp_path, DemoServer(), **more)


def test_the_settings_say_who_we_are_or_else_amazons_variables(tmp_path: Path) -> None:
    environ = {"AWS_ACCESS_KEY_ID": "theirs", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": "lent"}
    ours = {"STORE_ACCESS_KEY_ID": "ours", "STORE_SECRET_ACCESS_KEY": SECRET}
    bucket = {"STORE_URL": "s3://bucket/a/prefix/"}
    assert s3_place(settings(tmp_path, **bucket, **ours), environ).credentials == S3Credentials("ours", SECRET)
    assert s3_place(settings(tmp_path, **bucket), environ).credentials == S3Credentials("theirs", SECRET, "lent")
    for missing in ({}, {"AWS_ACCESS_KEY_ID": "theirs"}, {"AWS_SECRET_ACCESS_KEY": SECRET}):
        with pytest.raises(CannotStart) as cannot:
            s3_place(settings(tmp_path, **bucket), missing)
        assert SECRET not in str(cannot.value)


def test_a_bucket_of_amazons_is_found_by_its_region(tmp_path: Path) -> None:
    place = s3_place(
        settings(tmp_path, STORE_URL="s3://bucket/a", STORE_REGION="eu-west-1"),
        {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": SECRET},
    )
    assert place.public_url("key") == "https://bucket.s3.eu-west-1.amazonaws.com/a/key"


async def test_the_settings_limit_the_processes_that_read_files(tmp_path: Path) -> None:
    memory_bytes = 512 * 1024**2

    async def content() -> AsyncIterator[bytes]:
        yield b"hello"

    limits = {"EXTRACTION_MEMORY_BYTES": str(memory_bytes), "EXTRACTION_TIMEOUT_SECONDS": "100"}
    async with make_extractor(settings(tmp_path, **limits)) as extractor:
        assert await extractor.examine("text/plain", content(), "ada") == "hello"
        [pid] = extractor.pids
        assert resource.prlimit(pid, resource.RLIMIT_AS) == (memory_bytes, memory_bytes)
        cpu_seconds, _ = resource.prlimit(pid, resource.RLIMIT_CPU)
        assert 100 < cpu_seconds < 110  # from what it has used


def test_the_settings_limit_how_long_a_user_s_files_are_read_in_an_hour(tmp_path: Path) -> None:
    extractor = make_extractor(settings(tmp_path, EXTRACTION_SECONDS_PER_USER_AND_HOUR="500"))
    assert extractor._documents._budget.per_user == Limit(500, per_seconds=3600)


def test_a_folder_that_cannot_be_written_keeps_the_server_from_starting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match=r"GQL_CHAT_STORE_URL: must be a folder that can be written"):
        open_store(settings(tmp_path, STORE_URL=f"file://{tmp_path}/file/files"))
