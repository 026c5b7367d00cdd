"""Stores of objects for tests: a folder, and a bucket of moto's server, which answers as S3 does."""

import atexit
import logging
import socket
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from http.client import HTTPConnection
from itertools import count
from typing import Any

import pytest

from gql_chat.infra.storage.object_store import S3Place
from gql_chat.infra.storage.s3_urls import S3Credentials

CREDENTIALS = S3Credentials("an-access-key", "a secret of tests")

_numbers = count()


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Start an S3 server for all tests of this process and yield its address."""
    from moto.server import ThreadedMotoServer  # here, because it takes a second that most tests need not wait

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@pytest.fixture
def s3_place(s3_endpoint: str) -> S3Place:
    """Create an empty bucket."""
    bucket = f"bucket-{next(_numbers)}"
    with closing(HTTPConnection(s3_endpoint.partition("://")[2])) as connection:
        connection.request("PUT", f"/{bucket}")
        assert connection.getresponse().status == 200
    return place_at(s3_endpoint, bucket=bucket)


def place_at(endpoint: str, **more: Any) -> S3Place:
    """Return a bucket at this address, which may not exist."""
    values = {
        "bucket": "chat-files", "prefix": "", "endpoint": endpoint, "public_endpoint": endpoint, "region": "us-east-1",
        "virtual_hosts": False, "credentials": CREDENTIALS,
    }  # fmt: skip
    return S3Place(**{**values, **more})


@cache
def closed_endpoint() -> str:
    """Return an address where nothing listens, nor will: this process holds it until it ends."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    atexit.register(holder.close)
    return f"http://127.0.0.1:{holder.getsockname()[1]}"
