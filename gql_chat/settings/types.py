"""The types of settings, with their parsers and error messages."""

import re
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyNetwork, PlainValidator, SecretBytes, SecretStr

from gql_chat.errors import BadUserInput
from gql_chat.infra.crypto import MASTER_KEY_BYTES
from gql_chat.infra.mail.mailer import parse_sender
from gql_chat.infra.net.addresses import parse_address
from gql_chat.infra.net.destinations import Allowed, parse_allowed, parse_ports
from gql_chat.keys.headers import checked_headers
from gql_chat.settings.hosts import normalize_address, normalize_host_pattern, normalize_origin

# Holders of a signed token can try keys offline and would find a shorter one.
SECRET_KEY_MIN_LENGTH = 32

# The name of the master key that is derived from the secret key.
DERIVED_KID = "derived"

_PACKAGE = Path(__file__).parent.parent
_KID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_EXTENSION = re.compile(r"[a-z0-9]{1,16}")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*/?")
_MASTER_KEY_FORM = f"kid:key with the base64 of {MASTER_KEY_BYTES} bytes"


def _split(value: object) -> object:
    """Split comma-separated text, as in variables; keep a list, as in a YAML file."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _parse_master_keys(value: object) -> dict[str, bytes]:
    items = _split(value)
    if not isinstance(items, list) or not items:
        raise ValueError(f"must be {_MASTER_KEY_FORM}, comma-separated")
    keys: dict[str, bytes] = {}
    for number, item in enumerate(items, start=1):
        kid, _, encoded = str(item).partition(":")
        key = _decode_base64(encoded)
        if not _KID.fullmatch(kid) or kid in {DERIVED_KID, *keys} or len(key) != MASTER_KEY_BYTES:
            raise ValueError(f"entry {number} must be {_MASTER_KEY_FORM}, with a kid of its own")
        keys[kid] = key
    return keys


def _decode_base64(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except ValueError:
        return b""


def _parse_destination(value: object) -> Allowed:
    try:
        return parse_allowed(str(value))
    except ValueError:
        raise ValueError(
            "must be networks such as 10.0.0.0/8, with a port or not, or hosts such as ollama:11434, comma-separated"
        ) from None


def _parse_ports(value: object) -> range:
    try:
        return parse_ports(str(value))
    except ValueError:
        raise ValueError("must be ports and ranges of them, such as 443,8000-8999") from None


def _parse_headers(value: object) -> dict[str, str]:
    """Parse comma-separated headers, as in variables; keep a mapping, as in a YAML file."""
    items = [f"{name}:{content}" for name, content in value.items()] if isinstance(value, Mapping) else _split(value)
    form = "must be headers such as api-key: secret, comma-separated"
    if not isinstance(items, list) or not all(":" in str(item) for item in items):
        raise ValueError(form)
    pairs = [str(item).partition(":") for item in items]
    try:
        return checked_headers([{"name": name, "value": content} for name, _, content in pairs])
    except BadUserInput as exc:
        raise ValueError(f"{form}. {exc.message}") from None


def check_secret_key(secret_key: SecretStr) -> SecretStr:
    """Return the key. Raises ValueError if it could be guessed."""
    if len(secret_key.get_secret_value()) < SECRET_KEY_MIN_LENGTH:
        raise ValueError(f"must have at least {SECRET_KEY_MIN_LENGTH} characters")
    return secret_key


def _check_scheme(*schemes: str) -> AfterValidator:
    def check(url: SecretStr) -> SecretStr:
        # Not urlsplit, whose errors quote the address and with it a password.
        if url.get_secret_value().partition("://")[0] not in schemes:
            raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return url

    return AfterValidator(check)


def _check_names_a_database(url: SecretStr) -> SecretStr:
    # asyncpg would take missing parts from its own defaults, and another database would be migrated.
    scheme, _, rest = url.get_secret_value().partition("://")
    authority, _, name = rest.partition("?")[0].partition("/")
    host = authority.rpartition("@")[2].partition(":")[0]
    if scheme != "sqlite" and not (host and name):
        raise ValueError("must name a host and a database: postgres://user:password@host:5432/name")
    return url


def _check_http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address that begins with https:// or http://")
    return url.rstrip("/")


def _check_store_url(url: str) -> str:
    scheme, _, place = url.partition("://")
    if scheme not in ("file", "s3") or not place.strip("/") or (scheme == "s3" and not _BUCKET.fullmatch(place)):
        raise ValueError("must be file:///folder, s3://bucket or s3://bucket/prefix")
    return url


def _check_extensions(extensions: tuple[str, ...]) -> tuple[str, ...]:
    plain = tuple(dict.fromkeys(extension.lower().removeprefix(".") for extension in extensions))
    if not all(map(_EXTENSION.fullmatch, plain)):
        raise ValueError("must be extensions such as pdf, comma-separated")
    return plain


def _check_sender(sender: str) -> str:
    try:
        parse_sender(sender)
    except ValueError:
        raise ValueError("must be an address such as chat@example.com, or Chat <chat@example.com>") from None
    return sender


def _check_redis_prefix(prefix: str) -> str:
    if "{" in prefix or "}" in prefix:
        raise ValueError("must not contain braces, by which a cluster chooses the node of a key")
    return prefix


Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)]
HttpUrl = Annotated[str, AfterValidator(_check_http_url)]
HttpAddress = Annotated[str, AfterValidator(normalize_address)]
DatabaseUrl = Annotated[
    SecretStr, _check_scheme("sqlite", "postgres", "postgresql"), AfterValidator(_check_names_a_database)
]
RedisUrl = Annotated[
    SecretStr,
    _check_scheme("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"),
]
RedisPrefix = Annotated[str, AfterValidator(_check_redis_prefix)]
SecretKey = Annotated[SecretStr, AfterValidator(check_secret_key)]
Sender = Annotated[str, AfterValidator(_check_sender)]
MasterKeys = Annotated[dict[str, SecretBytes], BeforeValidator(_parse_master_keys)]
Destinations = Annotated[tuple[Annotated[Allowed, PlainValidator(_parse_destination)], ...], BeforeValidator(_split)]
Ports = Annotated[
    tuple[Annotated[range, PlainValidator(_parse_ports)], ...], BeforeValidator(_split), Field(min_length=1)
]
Networks = Annotated[tuple[IPvAnyNetwork, ...], BeforeValidator(_split)]
Hosts = Annotated[tuple[Annotated[str, AfterValidator(normalize_host_pattern)], ...], BeforeValidator(_split)]
Headers = Annotated[dict[str, SecretStr], BeforeValidator(_parse_headers)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(normalize_origin)], ...], BeforeValidator(_split)]
StoreUrl = Annotated[str, AfterValidator(_check_store_url)]
Extensions = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_check_extensions)]


def is_sqlite(database_url: SecretStr) -> bool:
    """Return whether the database is embedded."""
    return database_url.get_secret_value().startswith("sqlite:")


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a server that listens on the host."""
    address = parse_address(host)
    return host == "localhost" if address is None else address.is_loopback


def lends_key_to_strangers(values: Mapping[str, Any]) -> bool:
    """Return whether anybody on the network may register and use the operator's key, by these settings."""
    return (
        values["openai_api_key"] is not None and values["registration"] != "closed" and not is_loopback(values["host"])
    )


def shipped(name: str) -> Path:
    """Return the path of a file that is inside the package of a wheel, and at the top of a checkout."""
    packaged = _PACKAGE / name
    return packaged if packaged.exists() else _PACKAGE.with_name(name)
