"""The address of Redis: one server, a primary that Sentinels name, or a cluster; with or without TLS."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from redis.asyncio.connection import parse_url

SENTINEL_OPTIONS = "sentinel_username", "sentinel_password"
DEFAULT_PORTS = {"sentinel": 26379, "cluster": 6379}

_FORMS = {
    "": "redis://:password@host:6379/0",
    "sentinel": "redis+sentinel://:password@host:26379,host:26379/service/0",
    "cluster": "redis+cluster://:password@host:6379,host:6379",
}


class Deployment(StrEnum):
    """How Redis is run."""

    SERVER = ""
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


@dataclass(frozen=True)
class RedisAddress:
    """Where Redis is. Nothing of it is shown but its deployment and its nodes, because the options have passwords."""

    deployment: Deployment
    nodes: tuple[tuple[str, int], ...]
    """The Sentinels, or some nodes of the cluster. The host and port of a server are among its options."""
    service: str = ""
    """The name by which the Sentinels know the primary."""
    is_tls: bool = False
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    """redis-py's arguments for each connection to a Redis."""
    sentinel_options: dict[str, Any] = field(default_factory=dict, repr=False)
    """redis-py's arguments for each connection to a Sentinel."""

    @classmethod
    def parse(cls, url: str, ca_file: Path | None = None) -> Self:
        """Parse an URL. `ca_file` has the certificates to trust in place of the system's. Raises ValueError."""
        scheme, _, rest = url.partition("://")
        transport, _, deployment = scheme.partition("+")
        try:
            address = cls._parse(Deployment(deployment), transport, rest)
        except (TypeError, ValueError):
            # Without the error's own text, which may quote a password.
            raise ValueError(f"must have the form {_FORMS[deployment]}") from None
        if ca_file is not None:
            if not address.is_tls:
                raise ValueError(f"must begin with {scheme.replace('redis', 'rediss', 1)}:// if there is a CA file")
            address.options["ssl_ca_certs"] = str(ca_file)
        if address.is_tls:
            address.sentinel_options.update(
                (name, value) for name, value in address.options.items() if name.startswith("ssl_")
            )
        return address

    @classmethod
    def _parse(cls, deployment: Deployment, transport: str, rest: str) -> Self:
        is_tls = transport == "rediss"
        if deployment is Deployment.SERVER:
            return cls(deployment, (), is_tls=is_tls, options=_parse_options(f"{transport}://{rest}"))
        parts = urlsplit(f"//{rest}")
        user, at, nodes = parts.netloc.rpartition("@")
        service, _, database = parts.path.strip("/").partition("/")
        if deployment is Deployment.CLUSTER:
            service, database = "", service
        if bool(service) != (deployment is Deployment.SENTINEL) or (database and not database.isdecimal()):
            raise ValueError
        options = _parse_options(f"redis://{user}{at}unused/{database}?{parts.query}")
        del options["host"]
        if deployment is Deployment.CLUSTER and options.pop("db", 0):
            raise ValueError  # a cluster has one database
        sentinel = {name.removeprefix("sentinel_"): options.pop(name) for name in SENTINEL_OPTIONS if name in options}
        places = tuple(_parse_node(node, DEFAULT_PORTS[deployment]) for node in nodes.split(","))
        return cls(deployment, places, unquote(service), is_tls, options, sentinel)


def _parse_options(url: str) -> dict[str, Any]:
    options = dict(parse_url(url))
    options.pop("connection_class", None)
    return options


def _parse_node(node: str, default_port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{node}")
    if not parts.hostname or parts.path:
        raise ValueError
    return parts.hostname, parts.port or default_port
