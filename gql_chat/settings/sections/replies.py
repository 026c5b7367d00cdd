"""Settings of models, replies, and their usage."""

from typing import Literal

from pydantic import Field, FilePath, SecretStr

from gql_chat.settings.sections.section import Section
from gql_chat.settings.types import Headers, HttpUrl, Seconds, is_sqlite, lends_key_to_strangers, shipped

# By default, so that one stranger cannot spend what the operator's key has: 30 long conversations a day.
STRANGERS_MONTHLY_TOKENS = 20_000_000


class ModelSettings(Section):
    """Models: the server's own key, personas, and users' keys."""

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
    llm_connect_timeout_seconds: Seconds = 10
    """The time to connect to a model's server."""
    llm_first_token_timeout_seconds: Seconds = 60
    """The time from the request to the first token of the reply."""
    llm_between_tokens_timeout_seconds: Seconds = 60
    """The time from one token to the next."""
    llm_total_timeout_seconds: Seconds = 600
    """The time for a whole reply."""


class ReplySettings(Section):
    """Replies: their size, their prompts, and what becomes of them when a worker ends."""

    max_replies_per_user: int | None = Field(50, ge=1)
    """The maximum number of replies that are written for a user at the same time."""
    reply_max_characters: int = Field(1_000_000, ge=1000)
    """The maximum length of a reply, text and reasoning together. A longer reply ends there with the finish reason
    LENGTH."""
    replies_max_bytes: int = Field(128 * 1024 * 1024, ge=1024 * 1024)
    """The memory for all replies that a worker is writing, with their images. A character takes 2 bytes, an emoji 4.
    Beyond it, the largest replies of the user who holds the most end with the finish reason LENGTH."""
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


class UsageSettings(Section):
    """Usage: quotas, and how long calls are kept."""

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
    call_contents_days: int = Field(30, ge=0, le=36_500)
    """The time for which the call log keeps the text of requests and responses, to the end of the day in UTC. 0: no
    text is stored."""
    call_log_days: int | None = Field(None, ge=1, le=36_500)
    """The time for which the call log keeps calls, to the end of the day in UTC. Without it, for ever."""
