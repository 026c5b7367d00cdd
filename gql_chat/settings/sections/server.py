"""Settings of the process: addresses, databases, keys, logs."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FilePath, SecretStr

from gql_chat.infra.net.destinations import DEFAULT_PORTS
from gql_chat.settings.sections.section import Section
from gql_chat.settings.types import (
    DatabaseUrl,
    Destinations,
    Hosts,
    HttpAddress,
    LogLevel,
    MasterKeys,
    Networks,
    Origins,
    Ports,
    RedisPrefix,
    RedisUrl,
    SecretKey,
)


class ServerSettings(Section):
    """Server: where it listens, and where its data is."""

    host: str = Field("127.0.0.1", min_length=1)
    """The address to listen on."""
    port: int = Field(8000, ge=0, le=65535)
    """The port to listen on. 0 takes a free one."""
    public_url: HttpAddress | None = None
    """The address of this server for browsers, such as `https://chat.example.com`: links to files begin with it.
    Without it, they begin with the address of the request."""
    workers: int = Field(1, ge=1, le=256)
    """The number of worker processes. More than one needs PostgreSQL and Redis."""
    data_dir: Path = Path("data")
    """The folder of the SQLite database, of files, and of the generated secret key."""
    database_url: DatabaseUrl = Field(
        default_factory=lambda data: SecretStr(f"sqlite://{data['data_dir']}/gql-chat.sqlite3")
    )
    """`sqlite://path` or `postgres://user:password@host:5432/name`, with `?pgbouncer=true` behind PgBouncer.

    No command moves the data of one to the other.
    """
    database_pool_size: int = Field(10, ge=1, le=1000)
    """The maximum of PostgreSQL connections of each worker. Of two or more, one is kept for its lease."""
    redis_url: RedisUrl | None = None
    """`redis://:password@host:6379/0`, `unix://path`, Sentinels as `redis+sentinel://host:26379,host:26379/service`, or
    a cluster as `redis+cluster://host:6379,host:6379`; `rediss` in place of `redis` for TLS. Redis carries replies
    between servers on one PostgreSQL database, keeps text that a crash would lose, and makes rate limits count for all
    servers together. Without it, or while it is down, replies of other servers are read from snapshots in the database,
    and each server limits by itself."""
    redis_ca_file: FilePath | None = None
    """The PEM file of the certificates that sign Redis's, in place of the system's. A client certificate is named in
    the URL: `?ssl_certfile=…&ssl_keyfile=…`."""
    redis_prefix: RedisPrefix = "gql-chat:"
    """The prefix of all keys and channels in Redis."""


class SecuritySettings(Section):
    """Security: keys, the lifetime of sign-ins, and what may reach what."""

    secret_key: SecretKey = SecretStr("")
    """The key that signs tokens, at least 32 characters. With SQLite it is generated and stored as `secret_key` in
    the data folder. Required with PostgreSQL."""
    master_keys: MasterKeys = Field(default_factory=dict)
    """The keys that encrypt users' keys: comma-separated `kid:base64 of 32 bytes`. The first encrypts, all decrypt.
    Without it, a key derived from the secret key encrypts; that one always decrypts."""
    access_token_seconds: int = Field(900, ge=5, le=86_400)
    """The lifetime of an access token."""
    refresh_token_days: int = Field(30, ge=1, le=365)
    """The time after which an unused sign-in ends."""
    allowed_networks: Destinations = ()
    """Destinations that the base URLs of users' keys may reach besides public addresses, comma-separated: networks
    (`10.0.0.0/8`), one port of a network or address (`10.0.0.5:8000`, `[fd00::/8]:8000`), or a host
    (`ollama:11434`)."""
    base_url_ports: Ports = DEFAULT_PORTS
    """Ports that the base URLs of users' keys may reach: comma-separated ports and ranges of them. A port that
    `GQL_CHAT_ALLOWED_NETWORKS` names is allowed there too."""
    allowed_origins: Origins = ()
    """Origins of pages that may use the API besides the server's own: comma-separated, or `*`."""
    trusted_proxies: Networks = ()
    """Networks of the proxies in front of this server: comma-separated CIDRs. `X-Forwarded-For` is read from them
    only. Without it, all clients behind a proxy count as one address for rate limits."""
    allowed_hosts: Hosts = ()
    """Host names by which clients may address this server: comma-separated, such as `chat.example.com`, and
    `*.example.com` for all below. Others get 421. Without it, any; but if `GQL_CHAT_HOST` is a loopback address and
    there are no trusted proxies, only loopback names and the host of `GQL_CHAT_PUBLIC_URL`."""


class TelemetrySettings(Section):
    """Logs and metrics: what is logged, traced and counted."""

    log_level: LogLevel = "INFO"
    """The lowest level to log: `DEBUG`, `INFO`, `WARNING` or `ERROR`."""
    log_format: Literal["auto", "json", "text"] = "auto"
    """`json`, `text`, or `auto`: text on a terminal, else JSON."""
    access_log: bool = True
    """Log each request and operation: `on` or `off`."""
    tracing: Literal["auto", "on", "off"] = "auto"
    """OpenTelemetry traces, which need `pip install gql-chat[otel]`. `auto`: on if `OTEL_EXPORTER_OTLP_ENDPOINT` or
    `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is set."""
    traced_hosts: Hosts = ()
    """Comma-separated hosts of models that get the `traceparent` of a call: your own LiteLLM or vLLM, never a server
    of others."""
    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = None
    """The bearer token with which Prometheus reads `/metrics`, at least 16 characters. Without it there is no such
    page."""
    metrics_open: bool = False
    """`on` lets everybody who reaches the server read `/metrics`: for private networks only."""
