"""A bucket is asked once before a server starts: a store that is away may come back, but no time mends a wrong name."""

import re
from urllib.parse import urlsplit

import aiohttp
import yarl

from gql_chat.infra import clock
from gql_chat.infra.storage.object_store import S3Place
from gql_chat.infra.storage.s3_urls import sign_url

PREFLIGHT_SECONDS = 3.0

_NOTHING = "gql-chat-is-this-the-right-bucket"  # the key of no object
_CODE = re.compile(rb"<Code>(\w+)</Code>")
_MAX_ANSWER_BYTES = 10_000

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. AccessDenied is none of them: whoever may not
# list a bucket is told so of an object that is not there.
_FAULTS = {
    b"NoSuchBucket": "there is no bucket {bucket} at {host}",
    b"InvalidAccessKeyId": "{host} does not know the access key's id",
    b"SignatureDoesNotMatch": "{host} says that the secret is not that of the access key",
    b"PermanentRedirect": "the bucket {bucket} has another address than {host}",
    b"AuthorizationHeaderMalformed": "the bucket {bucket} is in another region",
}


async def find_store_fault(place: S3Place) -> str | None:
    """Why this can never be the bucket that is meant; None if it is, or its store just does not answer."""
    url = sign_url(
        "GET",
        f"{place.address(place.endpoint)}/{_NOTHING}",
        credentials=place.credentials,
        region=place.region,
        now=clock.now(),
        lifetime_seconds=60,
    )
    host = urlsplit(url).hostname
    timeout = aiohttp.ClientTimeout(total=PREFLIGHT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(yarl.URL(url, encoded=True), allow_redirects=False) as response,
        ):
            answer = await response.content.read(_MAX_ANSWER_BYTES)
    except (aiohttp.ClientError, TimeoutError):
        # A name without an address is an outage too: a container that is stopped loses its name.
        return None
    code = _CODE.search(answer)
    fault = _FAULTS.get(code[1]) if code else None
    return fault.format(bucket=place.bucket, host=host) if fault else None
