"""Every setting as a field; `rules` holds the rules between settings."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FilePath, PrivateAttr, SecretStr

from gql_chat.infra.crypto import MASTER_KEY_BYTES, derive_key
from gql_chat.infra.mail.mailer import SMTP_PORTS, SmtpSecurity
from gql_chat.infra.net.destinations import DEFAULT_PORTS
from gql_chat.keys.headers import secrets_in
from gql_chat.settings.types import (
    DERIVED_KID,
    DatabaseUrl,
    Destinations,
    Extensions,
    Headers,
    Hosts,
    HttpUrl,
    LogLevel,
    MasterKeys,
    Networks,
    Origins,
    Ports,
    RedisPrefix,
    RedisUrl,
    Seconds,
    SecretKey,
    Sender,
    StoreUrl,
    is_loopback,
    is_sqlite,
    lends_key_to_strangers,
    shipped,
)

PREFIX = "GQL_CHAT_"

# By default, so that one stranger cannot spend what the operator's key has: 30 long conversations a day.
STRANGERS_MONTHLY_TOKENS = 20_000_000

# Images and videos for models that see, and formats that text is extracted from.
DEFAULT_EXTENSIONS = (
    "png", "jpg", "jpeg", "gif", "webp", "mp4", "webm", "pdf", "docx", "xlsx", "pptx", "txt", "md", "csv", "json",
    "yaml", "yml", "toml", "xml", "html", "css", "js", "ts", "py", "java", "kt", "swift", "c", "h", "cpp", "cs", "go",
    "rs", "rb", "php", "sql", "sh", "log",
)  # fmt: skip


class Settings(BaseModel):
    """The settings of one process; a field `data_dir` is `GQL_CHAT_DATA_DIR`, and `data_dir` in the YAML file.

    `scripts/settings` reads the text below each field. pydantic would read it at every start.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field("127.0.0.1", min_length=1)
    """The address to listen on."""
    port: int = Field(8000, ge=0, le=65535)
    """The port to listen on. 0 takes a free one."""
    public_url: HttpUrl | None = None
    """The address of this server for browsers, such as `https://chat.example.com`: links to files begin with it.
    Without it, they begin with the address of the request."""
    workers: int = Field(1, ge=1, le=256)
    """The number of worker processes. More than one needs PostgreSQL and Redis."""
    data_dir: Path = Path("data")
    """The folder of the SQLite database, of files, and of the generated secret key."""
    database_url: DatabaseUrl = Field(
        default_factory=lambda data: SecretStr(f"sqlite://{data['data_dir']}/gql-chat.sqlite3")
    )
    """`sqlite://path` or `postgres://user:password@host:5432/name`, with `?pgbouncer=true` behind PgBouncer."""
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
    max_connections: int = Field(10_000, ge=1, le=1_000_000)
    """The maximum of open connections of each worker. It is lower if the system allows fewer open files. Others get
    503."""
    max_connections_per_address: int = Field(2_000, ge=1, le=1_000_000)
    """The maximum of open connections of each worker from one IPv4 address or one /64 of IPv6. Behind trusted proxies
    it counts WebSockets and event streams only. Others get 503, event streams 429."""
    max_websockets_per_user: int = Field(200, ge=1, le=1_000_000)
    """The maximum of open WebSockets and event streams of a user at each worker. Others are closed with 1013, or get
    429."""
    request_headers_timeout_seconds: Seconds = 10
    """The time for the headers of a request, after which the connection is closed with 408."""
    request_headers_max_bytes: int = Field(65_536, ge=1024, le=1_048_576)
    """The maximum size of the URL and the headers of a request. Larger ones get 414 or 431."""
    request_body_silence_timeout_seconds: Seconds = 30
    """The time between two parts of a request's body, after which the connection is closed with 408. A slow upload may
    take as long as it takes."""
    keep_alive_timeout_seconds: Seconds = 5
    """The time after which an idle connection is closed between two requests."""
    write_timeout_seconds: Seconds = 60
    """The time after which a connection is aborted if its client receives not a single byte of what waits for it."""
    websocket_init_timeout_seconds: Seconds = 10
    """The time from the start of a WebSocket to its `connection_init`."""
    websocket_anonymous_seconds: Seconds = 30
    """The time after which a WebSocket without a token is closed with 4401."""
    rate_limits: bool = True
    """Limit requests per user and per address: `on` or `off`."""
    address_limits_factor: int = Field(1, ge=1, le=1_000_000)
    """Multiplies the limits per address that protect accounts: 100 logins in ten minutes, 60 registrations an hour, 600
    refreshes a minute, 20 requests for verification codes and 60 uses of one an hour, 50 activation codes in ten
    minutes. Raise it if many users share an address, as behind the NAT of a company."""
    operation_max_cost: int = Field(10_000, ge=100)
    """The maximum cost of an operation, by which it is refused before it runs. A field costs 1 or what it takes more,
    such as 500 for a search, for each item of the lists and pages that hold it."""
    answer_max_bytes: int = Field(16 * 1024 * 1024, ge=64 * 1024)
    """The maximum size of the answer to an operation, which fails with PAYLOAD_TOO_LARGE instead."""
    operations_per_minute_per_user: int = Field(1200, ge=2)
    """The maximum of operations of a user in each server process: at once, and again over each minute. A sign-in or
    token gets half."""
    operations_per_minute_signed_out: int = Field(1200, ge=1)
    """The same for all clients of an IPv4 address or IPv6 /64 that are not signed in. A /56 gets 4 times as much, and
    a /48 16 times."""
    operations_per_minute_per_address: int = Field(12_000, ge=1)
    """The same for all clients of an address, signed in or not: a whole school may share one."""
    cpu_ms_per_minute_per_user: int = Field(20_000, ge=2)
    """The maximum of CPU time that a user's operations may take in each server process, in ms. A sign-in or token gets
    half. Time that is spent beyond it refuses the next operations."""
    cpu_ms_per_minute_signed_out: int = Field(10_000, ge=1)
    """The same for all clients of an address that are not signed in."""
    cpu_ms_per_minute_per_address: int = Field(40_000, ge=1)
    """The same for all clients of an address."""
    cost_per_minute_per_user: int = Field(1_000_000, ge=2)
    """The maximum cost of a user's operations in each server process. Fields state their cost. A sign-in or token gets
    half."""
    cost_per_minute_signed_out: int = Field(500_000, ge=1)
    """The same for all clients of an address that are not signed in."""
    cost_per_minute_per_address: int = Field(5_000_000, ge=1)
    """The same for all clients of an address."""
    sends_per_minute: int = Field(30, ge=1)
    """The maximum of replies that a user may start, by sending, editing, regenerating or continuing: at once, and again
    over each minute. All servers count together."""
    key_tests_per_minute: int = Field(10, ge=1)
    """The maximum of tests of keys by a user."""
    key_tests_at_once: int = Field(2, ge=1)
    """The maximum of tests of keys that a user may have under way in each server process."""
    titles_per_minute: int = Field(10, ge=1)
    """The maximum of calls of `generateTitle` by a user."""
    wrong_codes_per_hour: int = Field(1000, ge=1)
    """The maximum of wrong verification codes for all accounts from everywhere. It bounds guesses that are spread over
    accounts and addresses. Beyond it, no codes are accepted for a while."""
    introspection: bool = Field(
        default_factory=lambda data: is_sqlite(data["database_url"]) and is_loopback(data["host"])
    )
    """Let clients without a sign-in read the schema from the API: `on` or `off`. On by default with SQLite on a
    loopback address. Signed-in clients can always read it."""

    trusted_documents: Literal["off", "on", "only"] = "off"
    """`on`: clients may name a document by its id: one of the manifest's, or one that a client registered by Apollo's
    automatic persisted queries. `only`: nothing but the manifest's documents and those of this server's own pages
    runs, for anybody. There is no GraphiQL then. `off`: clients send their documents."""
    trusted_documents_file: FilePath | None = None
    """The manifest: JSON as Relay and GraphQL Code Generator's client preset write it, an object of documents by their
    ids, or Apollo's. It is read at the start. Required for `only`."""

    http_status: Literal["2025", "2026"] = "2025"
    """The HTTP statuses of responses in `application/graphql-response+json`. `2025`: 400 for each refused operation,
    200 for all others. `2026`, as the first edition of GraphQL over HTTP recommends: 422 for operations that are not
    valid, and 294 for responses with both `data` and `errors`. Both leave responses in `application/json` as they
    are."""

    registration: Literal["open", "code", "closed"] = "open"
    """`open`: anybody may register. `code`: only with a code sent to the e-mail address. `closed`: only `gql-chat
    user create` makes accounts. It must be set where `GQL_CHAT_OPENAI_API_KEY` is and the host is not a loopback
    address: `open` and `code` let strangers use that key."""
    mailer: Literal["console", "smtp"] = "console"
    """`smtp` sends e-mail. `console` prints it instead, for development."""
    mail_from: Sender | None = None
    """The sender of e-mail: `chat@example.com` or `Chat <chat@example.com>`. Required for `smtp`."""
    smtp_host: str | None = Field(None, min_length=1)
    """The mail server. Required for `smtp`."""
    smtp_security: SmtpSecurity = "starttls"
    """`starttls` or `tls`, with a certificate that this system trusts, or `none`."""
    smtp_port: int = Field(default_factory=lambda data: SMTP_PORTS[data["smtp_security"]], ge=1, le=65535)
    """The port of the mail server."""
    smtp_username: str | None = Field(None, min_length=1)
    """The username for the mail server, if it requires one."""
    smtp_password: SecretStr | None = None
    """The password for the mail server."""

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

    openai_api_key: SecretStr | None = None
    """The server's own key, which every user may use. Users' own keys take precedence, and so does a server key that an
    admin has stored (`docs/administration.md`). In the YAML file a change of these four applies within a second."""
    openai_base_url: HttpUrl = "https://api.openai.com/v1"
    """The base URL of the server's own key: any OpenAI-compatible server."""
    openai_model: str = Field("gpt-5-mini", min_length=1)
    """The model of the server's own key."""
    openai_headers: Headers = Field(default_factory=dict)
    """HTTP headers that are sent with the server's own key, such as Azure's `api-key`: comma-separated `name: value`,
    20 at most. In the YAML file also a mapping, whose values may contain commas. They are secret, as the key is."""
    demo_model: bool = Field(
        default_factory=lambda data: is_sqlite(data["database_url"]) and data["openai_api_key"] is None
    )
    """Let the built-in demo model answer users without a key: `on` or `off`. On by default with SQLite and without
    `GQL_CHAT_OPENAI_API_KEY`."""
    personas_file: FilePath = Field(default_factory=lambda: shipped("style.yaml"))
    """The personas file. The server reads it again when it changes."""
    max_keys_per_user: int = Field(20, ge=0)
    """The maximum number of keys of a user."""
    max_replies_per_user: int | None = Field(50, ge=1)
    """The maximum number of replies that are written for a user at the same time."""
    reply_max_characters: int = Field(1_000_000, ge=1000)
    """The maximum length of a reply, text and reasoning together. A longer reply ends there with the finish reason
    LENGTH."""
    replies_max_bytes: int = Field(128 * 1024 * 1024, ge=1024 * 1024)
    """The memory for all replies that a worker is writing, with their images. A character takes 2 bytes, an emoji 4.
    Beyond it, the largest replies of the user who holds the most end with the finish reason LENGTH."""
    monthly_tokens_per_user: int | None = Field(
        default_factory=lambda data: STRANGERS_MONTHLY_TOKENS if lends_key_to_strangers(data) else None,
        ge=0,
        le=2**53,
    )
    """The maximum number of tokens that a user may use in a month, with any key. `updateUser` sets another for one
    user. Without it there is no limit, or 20,000,000 where strangers may register and use `GQL_CHAT_OPENAI_API_KEY`:
    registration is not closed and the host is not a loopback address."""
    quota_reply_max_tokens: int = Field(16_384, ge=1000, le=2**31 - 1)
    """Where a token quota is in force, the `max_tokens` of a reply for which neither the message nor the key sets one.
    It is lower when less than twice as many tokens are left of the quota."""

    drain_seconds: float = Field(25, ge=0, le=3600)
    """The time for replies to end by themselves after the server was asked to end. Those that have not are settled as
    INTERRUPTED. Give the server 30 seconds more than this before you kill it."""
    after_crash: Literal["interrupt", "continue"] = "interrupt"
    """What becomes of a reply whose worker died, once the lease has run out. `interrupt`: another worker settles it as
    INTERRUPTED, and its user may continue it. `continue`: another worker goes on with it, once, as `continueReply`
    does, which is another call to the model."""
    lease_seconds: float = Field(10, ge=0.5, le=600)
    """The time without a heartbeat after which other workers take a worker for dead and settle its replies as
    INTERRUPTED. A worker sends five heartbeats in this time, and stores the text of its replies with each; that
    of replies beyond 16,384 characters less often."""
    history_max_messages: int = Field(50, ge=1)
    """The maximum number of messages in a prompt, newest first."""
    history_max_tokens: int = Field(16_000, ge=1)
    """The maximum number of tokens of messages in a prompt."""
    prompt_file_max_tokens: int = Field(16_000, ge=0)
    """The maximum number of tokens of one file in a prompt."""
    prompt_files_max_tokens: int = Field(32_000, ge=0)
    """The maximum number of tokens of all files in a prompt, those of the newest message first."""
    prompt_image_max_edge_pixels: int = Field(1536, ge=64, le=8192)
    """The longest edge of an image that is sent to a model as data. Larger images are scaled down."""
    prompt_images_inline: bool = False
    """Send images and videos of a bucket to models as data instead of signed URLs: `on` if models' servers cannot
    reach the bucket."""
    titles: Literal["model", "rule"] = "rule"
    """The title of a new session. `rule`: the first sentence of its first message. `model`: one more call with the
    same key after the first reply. `generateTitle` asks the model in any case."""
    llm_connect_timeout_seconds: Seconds = 10
    """The time to connect to a model's server."""
    llm_first_token_timeout_seconds: Seconds = 60
    """The time from the request to the first token of the reply."""
    llm_between_tokens_timeout_seconds: Seconds = 60
    """The time from one token to the next."""
    llm_total_timeout_seconds: Seconds = 600
    """The time for a whole reply."""

    call_contents_days: int = Field(30, ge=0, le=36_500)
    """The time for which the call log keeps the text of requests and responses, to the end of the day in UTC. 0: no
    text is stored."""
    call_log_days: int | None = Field(None, ge=1, le=36_500)
    """The time for which the call log keeps calls, to the end of the day in UTC. Without it, for ever."""

    upload_max_size_bytes: int = Field(20 * 1024 * 1024, ge=1, le=2**31 - 1)
    """The maximum size of a file. You can change this and the next three in the YAML file while the server runs."""
    upload_allowed_extensions: Extensions = DEFAULT_EXTENSIONS
    """The file extensions that may be uploaded, comma-separated."""
    upload_max_files_per_message: int = Field(10, ge=0, le=20)
    """The maximum number of files of a message."""
    upload_quota_bytes_per_user: int = Field(1024**3, ge=0, le=2**53)
    """The maximum size of all files of a user together."""
    upload_in_flight_bytes_per_user: int = Field(512 * 1024**2, ge=1024**2)
    """The maximum number of bytes of a user's uploads that a worker receives or examines at the same time. They are
    reserved before they are read; more is RATE_LIMITED."""
    upload_in_flight_bytes: int = Field(4 * 1024**3, ge=1024**2)
    """The maximum number of bytes of all uploads that a worker receives or examines at the same time, which bounds its
    folder of temporary files. More is UNAVAILABLE."""
    extraction_processes: int = Field(2, ge=1, le=64)
    """The number of files that a worker extracts text from at the same time."""
    extraction_timeout_seconds: Seconds = 30
    """The time to extract the text of one file, after which it is FAILED."""
    extraction_seconds_per_user_and_hour: int = Field(1200, ge=60)
    """The time for which a worker processes the files of one user within an hour. More files are refused with
    RATE_LIMITED until the time is there again."""
    extraction_memory_bytes: int = Field(1024**3, ge=128 * 1024**2)
    """The address space of each process that extracts text."""
    extraction_max_characters: int = Field(400_000, ge=1000)
    """The maximum length of a file's text. Longer text is cut, with a mark."""
    store_url: StoreUrl = Field(default_factory=lambda data: f"file://{data['data_dir']}/files")
    """The store of files: a folder as `file:///path`, or a bucket of AWS or any S3-compatible server as
    `s3://bucket` or `s3://bucket/prefix`."""
    store_endpoint: HttpUrl | None = None
    """The address of the S3-compatible server without the bucket, such as `http://seaweedfs:8333`. Without it, AWS."""
    store_public_endpoint: HttpUrl | None = None
    """The address of the S3-compatible server for browsers, if it is another one."""
    store_region: str = Field("us-east-1", min_length=1)
    """The region of the bucket."""
    store_virtual_hosts: bool = Field(default_factory=lambda data: data["store_endpoint"] is None)
    """`on`: the bucket is part of the host name, as for AWS and Tencent COS. `off`: of the path, as for SeaweedFS."""
    store_access_key_id: str | None = Field(None, min_length=1)
    """The access key id for the store. Without it, `AWS_ACCESS_KEY_ID`."""
    store_secret_access_key: SecretStr | None = None
    """The secret access key for the store. Without it, `AWS_SECRET_ACCESS_KEY`."""

    # The environment that these were read from, for `reread`.
    _environ: Mapping[str, str] = PrivateAttr(default_factory=dict)
    # The file's text and its settings as `reread` found them last.
    _latest: tuple[str, "Settings"] | None = PrivateAttr(None)

    @property
    def is_embedded(self) -> bool:
        """Whether the database is SQLite, which one server uses and migrates by itself."""
        return is_sqlite(self.database_url)

    def secrets(self) -> Iterator[str]:
        """Yield every value that must not appear in logs."""
        yield from (value.get_secret_value() for _, value in self if isinstance(value, SecretStr))
        yield from secrets_in({name: value.get_secret_value() for name, value in self.openai_headers.items()})
        yield from (b64encode(key.get_secret_value()).decode() for key in self.master_keys.values())

    def master_key_ring(self) -> dict[str, bytes]:
        """Return all master keys by name: the first encrypts, and the last is derived from the secret key."""
        ring = {kid: key.get_secret_value() for kid, key in self.master_keys.items()}
        ring[DERIVED_KID] = derive_key(self.secret_key.get_secret_value().encode(), "master-keys", MASTER_KEY_BYTES)
        return ring


def variable_of(field: str) -> str:
    """Return the environment variable of a field of `Settings`."""
    return f"{PREFIX}{field.upper()}"
