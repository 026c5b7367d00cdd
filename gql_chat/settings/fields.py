"""Every setting: a field each. What holds between them is in `rules`."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FilePath, PrivateAttr, SecretStr

from gql_chat.infra.crypto import MASTER_KEY_BYTES, derive_key
from gql_chat.infra.mail.mailer import SMTP_PORTS, SmtpSecurity
from gql_chat.settings.kinds import (
    DERIVED_KID,
    SECRET_KEY_MIN_LENGTH,
    DatabaseUrl,
    Extensions,
    Hosts,
    HttpUrl,
    LogLevel,
    MasterKeys,
    Networks,
    Origins,
    RedisUrl,
    Seconds,
    SecretKey,
    Sender,
    StoreUrl,
    is_sqlite,
    shipped,
)

PREFIX = "GQL_CHAT_"

# Pictures and films for models that see, and what text is taken from.
DEFAULT_EXTENSIONS = (
    "png", "jpg", "jpeg", "gif", "webp", "mp4", "webm", "pdf", "docx", "xlsx", "pptx", "txt", "md", "csv", "json",
    "yaml", "yml", "toml", "xml", "html", "css", "js", "ts", "py", "java", "kt", "swift", "c", "h", "cpp", "cs", "go",
    "rs", "rb", "php", "sql", "sh", "log",
)  # fmt: skip


class Settings(BaseModel):
    """The settings of one process; a field `data_dir` is `GQL_CHAT_DATA_DIR`, and `data_dir` in the YAML file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field("127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    public_url: HttpUrl | None = Field(
        None,
        description="The address that people reach this server by, `https://chat.example.com`: links to files begin "
        "with it. Without it they begin with the address that the request was sent to.",
    )
    workers: int = Field(1, ge=1, le=256, description="Processes that serve; several need PostgreSQL and Redis.")
    data_dir: Path = Field(Path("data"), description="The folder of the SQLite database and the made secret key.")
    database_url: DatabaseUrl = Field(
        default_factory=lambda data: SecretStr(f"sqlite://{data['data_dir']}/gql-chat.sqlite3"),
        description="`sqlite://path`, or `postgres://user:password@host:5432/name`.",
    )
    database_pool_size: int = Field(10, ge=1, le=1000, description="Connections to PostgreSQL that a worker may open.")
    redis_url: RedisUrl | None = Field(
        None,
        description="`redis://`, `rediss://` or `unix://`: carries replies between servers on one PostgreSQL, and "
        "keeps what a crash would lose; rate limits count for all of them together. Without it, or while it is down, "
        "replies of another server are watched by its snapshots, and each server limits by itself.",
    )
    redis_prefix: str = Field("gql-chat:", description="What every key and channel in Redis begins with.")

    secret_key: SecretKey = Field(
        SecretStr(""),
        description=f"Signs tokens; at least {SECRET_KEY_MIN_LENGTH} characters. With SQLite one is made and kept as "
        "`secret_key` in the data folder; with PostgreSQL it must be set.",
    )
    master_keys: MasterKeys = Field(
        default_factory=dict,
        description=f"Encrypt users' keys: `kid:base64 of {MASTER_KEY_BYTES} bytes`, comma-separated; the first "
        "encrypts, all decrypt. Without any, one is derived from the secret key; it decrypts afterwards too.",
    )
    access_token_seconds: int = Field(900, ge=10, le=86_400, description="How long an access token is good for.")
    refresh_token_days: int = Field(30, ge=1, le=365, description="How long a sign-in lasts without being used.")
    allowed_networks: Networks = Field(
        (), description="Networks that users' base URLs may reach besides public addresses: CIDRs, comma-separated."
    )
    allowed_origins: Origins = Field(
        (),
        description="Origins of pages, besides the server's own, that may use the API; comma-separated, or `*`.",
    )
    trusted_proxies: Networks = Field(
        (),
        description="Networks of the proxies before this server: CIDRs, comma-separated. Only they are believed in "
        "`X-Forwarded-For`; without it everybody behind a proxy is taken for one address, and limited as one.",
    )
    rate_limits: bool = Field(True, description="Whether requests per user and per address are limited: `on` or `off`.")
    introspection: bool = Field(True, description="Whether clients may read the schema from the API: `on` or `off`.")

    registration: Literal["open", "code", "closed"] = Field(
        "open",
        description="Who may register: `open`, anybody; `code`, who shows by a code that the e-mail address is theirs; "
        "`closed`, nobody: accounts are made by `gql-chat user create`.",
    )
    mailer: Literal["console", "smtp"] = Field(
        "console", description="Where letters with codes go: `console` prints them, `smtp` sends them."
    )
    mail_from: Sender | None = Field(
        None, description="Who letters are from: `chat@example.com`, or `Chat <chat@example.com>`. For `smtp`."
    )
    smtp_host: str | None = Field(None, min_length=1, description="The mail server that takes our letters.")
    smtp_security: SmtpSecurity = Field(
        "starttls", description="`starttls` or `tls`, with a certificate that this system trusts, or `none`."
    )
    smtp_port: int = Field(
        default_factory=lambda data: SMTP_PORTS[data["smtp_security"]], ge=1, le=65535, description="Its port."
    )
    smtp_username: str | None = Field(None, min_length=1, description="Who we are to the mail server, if it asks.")
    smtp_password: SecretStr | None = Field(None, description="The password to that.")

    log_level: LogLevel = Field(
        "INFO", description="The least level that is logged: `DEBUG`, `INFO`, `WARNING` or `ERROR`."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="`json`, `text`, or `auto`: text on a terminal, else JSON."
    )
    access_log: bool = Field(True, description="Whether each request and operation has a line in the log.")
    tracing: Literal["auto", "on", "off"] = Field(
        "auto",
        description="OpenTelemetry traces, which need `pip install gql-chat[otel]`; `auto`: where "
        "`OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is set.",
    )
    traced_hosts: Hosts = Field(
        (),
        description="Hosts of models that are sent the `traceparent` of a call, comma-separated: your own LiteLLM or "
        "vLLM, nobody else's server.",
    )
    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        None,
        description="What Prometheus shows as its bearer token to read `/metrics`, 16 characters or more; without it "
        "there is no such page.",
    )
    metrics_open: bool = Field(
        False, description="`on` lets anybody who reaches the server read `/metrics`: for private networks only."
    )

    openai_api_key: SecretStr | None = Field(
        None, description="A key of the server's own that every user may use; users' own keys come first."
    )
    openai_base_url: HttpUrl = Field(
        "https://api.openai.com/v1", description="Where that key is good: any OpenAI-compatible server."
    )
    openai_model: str = Field("gpt-5-mini", min_length=1, description="The model that is asked with that key.")
    demo_model: bool = Field(
        default_factory=lambda data: is_sqlite(data["database_url"]) and data["openai_api_key"] is None,
        description="Whether the built-in demo model answers who has no key. On by default with SQLite and no "
        "`GQL_CHAT_OPENAI_API_KEY`.",
    )
    personas_file: FilePath = Field(
        default_factory=lambda: shipped("style.yaml"), description="The personas, reloaded when the file changes."
    )
    max_keys_per_user: int = Field(20, ge=0, description="How many keys a user may have.")
    max_replies_per_user: int | None = Field(
        50, ge=1, description="How many replies may be written for a user at once."
    )
    monthly_tokens_per_user: int | None = Field(
        None,
        ge=0,
        le=2**53,
        description="How many tokens a user may use a month, with whatever key; `updateUser` says otherwise for one. "
        "Without a number there is no limit.",
    )

    lease_seconds: float = Field(
        10,
        ge=0.5,
        le=600,
        description="How long a worker that writes replies may be silent before others take it for dead and settle "
        "them as INTERRUPTED. It is heard five times as often, and what it has written is stored each time.",
    )
    history_max_messages: int = Field(50, ge=1, description="The newest messages that a prompt takes at most.")
    history_max_tokens: int = Field(16_000, ge=1, description="The tokens of messages that a prompt takes at most.")
    prompt_file_max_tokens: int = Field(16_000, ge=0, description="The tokens of one file that a prompt takes at most.")
    prompt_files_max_tokens: int = Field(
        32_000, ge=0, description="The tokens of all files in a prompt, those of the newest message first."
    )
    prompt_image_max_edge_pixels: int = Field(
        1536, ge=64, le=8192, description="What images are made smaller to, before a model is given them as data."
    )
    prompt_images_inline: bool = Field(
        False,
        description="Whether images and videos in a bucket are given as data too, not by signed addresses: `on` where "
        "models' servers cannot reach the bucket.",
    )
    titles: Literal["model", "rule"] = Field(
        "rule",
        description="What names a new session: `rule`, the first sentence that was said in it; `model`, after the "
        "first reply, by one more call with the same key. `generateTitle` asks the model in either case.",
    )
    llm_connect_timeout_seconds: Seconds = Field(10, description="To reach a model's server.")
    llm_first_token_timeout_seconds: Seconds = Field(60, description="From the request to the reply's first token.")
    llm_between_tokens_timeout_seconds: Seconds = Field(60, description="From one token to the next.")
    llm_total_timeout_seconds: Seconds = Field(600, description="For a whole reply.")

    call_contents_days: int = Field(
        30, ge=0, le=36_500, description="How long the call log keeps the texts of requests and replies; 0: not at all."
    )
    call_log_days: int | None = Field(
        None, ge=1, le=36_500, description="How long the call log keeps a call at all; without a number for ever."
    )

    upload_max_size_bytes: int = Field(
        20 * 1024 * 1024,
        ge=1,
        le=2**31 - 1,
        description="The largest file. This and the next three may be changed in the YAML file while the server runs.",
    )
    upload_allowed_extensions: Extensions = Field(
        DEFAULT_EXTENSIONS, description="What the names of files may end in, comma-separated."
    )
    upload_max_files_per_message: int = Field(10, ge=0, le=20, description="How many files a message may carry.")
    upload_quota_bytes_per_user: int = Field(
        1024**3, ge=0, le=2**53, description="How many bytes all files of a user may have together."
    )
    extraction_processes: int = Field(2, ge=1, le=64, description="How many files a worker reads the text of at once.")
    extraction_timeout_seconds: Seconds = Field(30, description="For one file; one that takes longer is FAILED.")
    extraction_memory_bytes: int = Field(
        1024**3, ge=128 * 1024**2, description="The address space of each process that reads files."
    )
    extraction_max_characters: int = Field(
        400_000, ge=1000, description="How much of a file's text is kept; a longer one is cut, with a mark."
    )
    store_url: StoreUrl = Field(
        default_factory=lambda data: f"file://{data['data_dir']}/files",
        description="Where files are kept: a folder as `file:///path`, or a bucket as `s3://bucket` or "
        "`s3://bucket/prefix`, of AWS or any server that speaks S3.",
    )
    store_endpoint: HttpUrl | None = Field(
        None, description="The address of that server, `http://minio:9000`, without the bucket; none: AWS."
    )
    store_public_endpoint: HttpUrl | None = Field(
        None, description="Its address as browsers reach it, if that is another one."
    )
    store_region: str = Field("us-east-1", min_length=1, description="The bucket's region.")
    store_virtual_hosts: bool = Field(
        default_factory=lambda data: data["store_endpoint"] is None,
        description="Whether the bucket is part of the server's name, as AWS and Tencent COS want it, or of the path, "
        "as MinIO does: `on` or `off`.",
    )
    store_access_key_id: str | None = Field(
        None, min_length=1, description="Who we are to the store; none: as `AWS_ACCESS_KEY_ID` says."
    )
    store_secret_access_key: SecretStr | None = Field(
        None, description="The secret to that; none: as `AWS_SECRET_ACCESS_KEY` says."
    )

    # Where it was read from, for whoever reads it again.
    _environ: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @property
    def is_embedded(self) -> bool:
        """Whether the database is SQLite, which serves one machine and needs no care."""
        return is_sqlite(self.database_url)

    def secrets(self) -> Iterator[str]:
        """Every value that must not be seen in a log."""
        yield from (value.get_secret_value() for _, value in self if isinstance(value, SecretStr))
        yield from (b64encode(key.get_secret_value()).decode() for key in self.master_keys.values())

    def master_key_ring(self) -> dict[str, bytes]:
        """All master keys by name; the first encrypts, and the one derived from the secret key is last."""
        ring = {kid: key.get_secret_value() for kid, key in self.master_keys.items()}
        ring[DERIVED_KID] = derive_key(self.secret_key.get_secret_value().encode(), "master-keys", MASTER_KEY_BYTES)
        return ring


def variable_of(field: str) -> str:
    """The environment variable of a field of `Settings`."""
    return f"{PREFIX}{field.upper()}"
