"""One request to a bucket before a server starts: an outage may end, but a wrong name stays wrong."""

import re
from urllib.parse import urlsplit

import aiohttp
import yarl

from gql_chat.infra import clock
from gql_chat.infra.storage.object_store import S3Place
from gql_chat.infra.storage.s3_urls import sign_url

PREFLIGHT_SECONDS = 3.0

_MISSING_KEY = "gql-chat-is-this-the-right-bucket"  # no object has this key
_CODE = re.compile(rb"<Code>(\w+)</Code>")
_MAX_ANSWER_BYTES = 10_000

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. AccessDenied is not a fault: without the right to
# list the bucket it is the response for a missing object.
_FAULTS = {
    b"NoSuchBucket": "there is no bucket {bucket} at {host}",
    b"InvalidAccessKeyId": "{host} does not know the access key's id",
    b"SignatureDoesNotMatch": "{host} reports that the secret does not match the access key",
    b"PermanentRedirect": "the bucket {bucket} has a different address than {host}",
    b"AuthorizationHeaderMalformed": "the bucket {bucket} is in another region",
}


async def find_store_fault(place: S3Place) -> str | None:
    """Return why this bucket can never work. None if it works, or if its store just does not respond."""
    url = sign_url(
        "GET",
        f"{place.address(place.endpoint)}/{_MISSING_KEY}",
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
        # A host name without an address counts as an outage too: a stopped container loses its name.
        return None
    code = _CODE.search(answer)
    fault = _FAULTS.get(code[1]) if code else None
    return fault.format(bucket=place.bucket, host=host) if fault else None
