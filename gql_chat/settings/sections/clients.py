"""Settings of what clients may do: connections, limits, documents."""

from typing import Literal

from pydantic import Field, FilePath

from gql_chat.settings.sections.section import Section
from gql_chat.settings.types import Seconds, is_loopback, is_sqlite


class ConnectionSettings(Section):
    """Connections: how many a worker holds, and how long it waits for each."""

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


class LimitSettings(Section):
    """Limits: what one user or address may cost."""

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


class ApiSettings(Section):
    """API: which documents run, and how they are answered."""

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
