"""Presigned S3 URLs, by AWS Signature Version 4.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html

obstore signs URLs too, but cannot sign the length of an upload or the file name of a download.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class S3Credentials:
    """Our credentials for the store. `session_token` belongs to temporary ones."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


def sign_url(
    method: str,
    url: str,
    *,
    credentials: S3Credentials,
    region: str,
    now: datetime,
    lifetime_seconds: int,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> str:
    """Return the URL with a signature that is valid from `now` for its lifetime.

    The request must have exactly these headers, named in lower case. The query becomes part of the URL.
    """
    parts = urlsplit(url)
    scope = f"{now:%Y%m%d}/{region}/s3/aws4_request"
    signed = {"host": parts.netloc, **(headers or {})}
    names = ";".join(sorted(signed))
    parameters = {
        **(query or {}),
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key_id}/{scope}",
        "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": str(lifetime_seconds),
        "X-Amz-SignedHeaders": names,
    }
    if credentials.session_token:
        parameters["X-Amz-Security-Token"] = credentials.session_token
    path = quote(parts.path, safe="/~")
    canonical_query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(parameters.items()))
    canonical_headers = "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed))
    canonical = "\n".join([method, path, canonical_query, canonical_headers, names, "UNSIGNED-PAYLOAD"])
    to_sign = "\n".join([ALGORITHM, parameters["X-Amz-Date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signature = _mac(_signing_key(credentials.secret_access_key, scope), to_sign).hex()
    return f"{parts.scheme}://{parts.netloc}{path}?{canonical_query}&X-Amz-Signature={signature}"


def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for word in scope.split("/"):
        key = _mac(key, word)
    return key


def _mac(key: bytes, message: str) -> bytes:
    return hmac.digest(key, message.encode(), "sha256")


def _quoted(text: str) -> str:
    return quote(text, safe="~")
