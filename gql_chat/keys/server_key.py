"""The server's own key, which every user may use: as admins have set it, else as the settings say, else the demo's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

import structlog

from gql_chat.errors import BadUserInput, Conflict
from gql_chat.infra import clock
from gql_chat.infra.crypto import SecretBox
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.reloading import Reloadable
from gql_chat.infra.signals import SignalPayload, Signals
from gql_chat.infra.tasks.background import BackgroundTasks
from gql_chat.keys.keyring import KeyPolicy, checked_fields, require_credentials_again, require_secret
from gql_chat.keys.models import StoredServerKey
from gql_chat.keys.secret_sealing import hint_of, open_server_key, seal_secret

SERVER_KEY = "server key"  # the topic of the signals between workers
ROW_ID = "server"

log = structlog.get_logger(__name__)


class ServerKeySource(StrEnum):
    """Where the server's key comes from."""

    SETTINGS = "SETTINGS"
    STORED = "STORED"


@dataclass(frozen=True, slots=True)
class ServerKey:
    """The operator's own key, which every user may use for its one model; users' own keys come first.

    `is_trusted` says that the operator named the address, which is not guarded then: it may be in a private network.
    """

    base_url: str
    model: str
    secret: str = field(repr=False)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    source: ServerKeySource = ServerKeySource.SETTINGS
    is_trusted: bool = True
    updated_at: datetime = field(default_factory=clock.now, compare=False)

    @property
    def secret_hint(self) -> str:
        """The last characters of the secret, empty for a short one."""
        return hint_of(self.secret)

    @property
    def header_names(self) -> list[str]:
        """The names of its own HTTP headers."""
        return list(self.headers)


ServerKeySettings = Reloadable[ServerKey | None]
"""The key of the settings, which follows the configuration."""


class ServerKeys:
    """The server's key in force in this process, and what admins do to it.

    What is stored takes precedence over the settings. A stored secret and stored headers are only ever sent to the
    address that was stored with them, and the settings' headers to the settings' address.
    """

    def __init__(
        self,
        box: SecretBox,
        from_settings: ServerKeySettings,
        built_in: ServerKey | None,
        *,
        signals: Signals,
        background: BackgroundTasks,
        lending_fault: str | None,
    ) -> None:
        """Take as `built_in` the demo's key, and as `lending_fault` why no key may be lent to whoever may register."""
        self.from_settings = from_settings
        self._box = box
        self._built_in = built_in
        self._signals = signals
        self._background = background
        self._lending_fault = lending_fault
        self._row: StoredServerKey | None = None
        self._opened: _Opened | None = None

    @property
    def current(self) -> ServerKey | None:
        """The key in force, None if there is none or its secret can no longer be read."""
        if self._row is not None and self._row.secret_sealed and self._opened is None:
            return None
        return _merged(self._row, self._opened, self.from_settings.current) or self._built_in

    async def refresh(self) -> None:
        """Read what is stored: another worker may have changed it."""
        row = await StoredServerKey.get_or_none(id=ROW_ID)
        if row is None or self._row is None or _seals_of(row) != _seals_of(self._row):
            self._opened = open_server_key(row, self._box) if row else None
        self._row = row

    def receive(self, _: SignalPayload) -> None:
        """Handle the signal of another worker."""
        self._background.start("server key", self.refresh())

    async def update(self, changes: Mapping[str, Any], *, policy: KeyPolicy) -> ServerKey | None:
        """Change the given fields of secret, base_url, model, parameters and headers, for all workers at once.

        Another address needs secret and headers again, and the first key needs secret, base_url and model. Raises
        BadUserInput, and Conflict if strangers could use the key without a limit.
        """
        fields = self._checked(changes, policy)
        if self._lending_fault is not None:
            raise Conflict(self._lending_fault)
        await self._store(fields, policy)
        await self._announce()
        return self.current

    async def delete(self) -> bool:
        """Return to the settings, and say whether a key was stored."""
        deleted = await StoredServerKey.filter(id=ROW_ID).delete()
        await self._announce()
        return deleted > 0

    def _checked(self, changes: Mapping[str, Any], policy: KeyPolicy) -> dict[str, Any]:
        operators, fields = self.from_settings.current, dict(changes)
        address = str(fields.get("base_url", "")).strip().rstrip("/")
        if operators is not None and address == operators.base_url:  # wherever that is, the operator has named it
            del fields["base_url"]
            return {**checked_fields(fields, policy=policy), "base_url": address}
        return checked_fields(fields, policy=policy)

    @repeated_on_conflict
    async def _store(self, fields: Mapping[str, Any], policy: KeyPolicy) -> None:
        async with transaction():
            row = await StoredServerKey.filter(id=ROW_ID).select_for_update().first()
            operators = self.from_settings.current
            opened = open_server_key(row, self._box) if row else None
            present = _merged(row, opened, operators)
            completed = _completed(fields, present, is_secret_stored=opened is not None)
            _require_credential(completed, present, policy)
            columns = seal_secret(ROW_ID, completed, self._box)
            if "headers" in completed:
                columns["header_names"] = list(completed["headers"])  # an empty list: not even the settings'
            await StoredServerKey.update_or_create(id=ROW_ID, defaults={**columns, "updated_at": clock.now()})

    async def _announce(self) -> None:
        await self.refresh()
        self._signals.send(SERVER_KEY, [])


_Opened: TypeAlias = tuple[str, Mapping[str, str]]
"""A secret and headers in clear."""


def _seals_of(row: StoredServerKey) -> tuple[str | None, str | None]:
    return row.secret_sealed, row.headers_sealed


def _merged(row: StoredServerKey | None, opened: _Opened | None, operators: ServerKey | None) -> ServerKey | None:
    """Return the key of the row, with the operator's for what it does not set; None if neither has an address."""
    if row is None:
        return operators
    base_url = row.base_url if opened is not None or operators is None else operators.base_url
    model = row.model or (operators.model if operators else None)
    secret = opened[0] if opened is not None else operators.secret if operators else None
    if base_url is None or model is None or secret is None:
        return None
    is_operators = operators is not None and base_url == operators.base_url
    headers = operators.headers if operators is not None and is_operators else {}
    if opened is not None and row.header_names is not None:
        headers = opened[1]
    return ServerKey(
        base_url,
        model,
        secret,
        row.parameters or {},
        headers,
        ServerKeySource.STORED,
        is_trusted=is_operators,
        updated_at=row.updated_at,
    )


def _completed(fields: Mapping[str, Any], present: ServerKey | None, *, is_secret_stored: bool) -> dict[str, Any]:
    """Return the columns to store: a secret with its address, and with its model. Raises BadUserInput."""
    columns = dict(fields)
    if present is None:
        for name in ("secret", "base_url", "model"):
            if name not in columns:
                raise BadUserInput("There is no server key yet: send secret, baseUrl and model.", field=name)
        return columns
    require_credentials_again(present.base_url, columns, has_headers=bool(present.headers))
    if "secret" not in columns:
        if "headers" in columns and not is_secret_stored:  # they would follow the settings to another address
            raise BadUserInput("Headers are stored with the key's secret. Send the secret too.", field="secret")
        columns.pop("base_url", None)  # the same
        return columns
    if "base_url" not in columns and "@" in present.base_url:
        raise BadUserInput("The base URL of the settings holds a password. Send another one too.", field="base_url")
    return {"base_url": present.base_url, "model": present.model, **columns}


def _require_credential(completed: Mapping[str, Any], present: ServerKey | None, policy: KeyPolicy) -> None:
    """Raise BadUserInput if neither a secret nor headers are left where the address does not do without them."""
    if not {"secret", "headers"} & completed.keys():
        return
    same_address = present if present and completed.get("base_url", present.base_url) == present.base_url else None
    headers = completed.get("headers", same_address.headers if same_address else {})
    if not headers:
        secret = completed["secret"] if "secret" in completed or present is None else present.secret
        base_url = completed["base_url"] if "base_url" in completed or present is None else present.base_url
        require_secret(secret, base_url, policy)
