"""What no time mends about a bucket is told, and an outage of its store is not."""

import dataclasses

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gql_chat.infra.storage.object_store import S3Place
from gql_chat.infra.storage.preflight import find_store_fault
from tests.support.backing_services.object_stores import closed_endpoint, place_at


async def test_a_bucket_that_is_there_has_no_fault(s3_place: S3Place) -> None:
    assert await find_store_fault(s3_place) is None


async def test_a_store_that_may_come_back_has_none_either() -> None:
    assert await find_store_fault(place_at(closed_endpoint())) is None
    assert await find_store_fault(place_at("http://no-such-host.invalid")) is None  # as of a container that is stopped


async def test_a_bucket_that_is_not_there_has_one(s3_place: S3Place) -> None:
    missing = dataclasses.replace(s3_place, bucket="nowhere")
    assert await find_store_fault(missing) == "there is no bucket nowhere at 127.0.0.1"


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("InvalidAccessKeyId", "127.0.0.1 does not know the access key's id"),
        ("SignatureDoesNotMatch", "127.0.0.1 reports that the secret does not match the access key"),
        ("AccessDenied", None),
        ("SlowDown", None),
    ],
)
async def test_what_the_store_says_of_us_is_told(code: str, fault: str | None) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=403, text=f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>")

    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    async with TestServer(app, host="127.0.0.1") as server:
        assert await find_store_fault(place_at(f"http://127.0.0.1:{server.port}")) == fault
