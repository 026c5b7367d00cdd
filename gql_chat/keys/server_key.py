"""The server's own key, which every user may use: as admins have set it, else as the settings say, else the demo's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog

from gql_chat.errors import BadUserInput, Conflict
from gql_chat.infra import clock
from gql_chat.infra.crypto import SealBroken, SecretBox
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.reloading import Reloadable
from gql_chat.infra.signals import SignalPayload, Signals
from gql_chat.infra.tasks.background import BackgroundTasks
from gql_chat.keys.keyring import KeyPolicy, checked_fields, require_secret
from gql_chat.keys.models import StoredServerKey
from gql_chat.keys.secret_sealing import hint_of, seal_secret

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
    source: ServerKeySource = ServerKeySource.SETTINGS
    is_trusted: bool = True
    updated_at: datetime = field(default_factory=clock.now, compare=False)

    @property
    def secret_hint(self) -> str:
        """The last characters of the secret, empty for a short one."""
        return hint_of(self.secret)


ServerKeySettings = Reloadable[ServerKey | None]
"""The key of the settings, which follows the configuration."""


class ServerKeys:
    """The server's key in force in this process, and what admins do to it.

    What is stored takes precedence over the settings. A stored secret is only ever sent to the address that was stored
    with it.
    """

    def __init__(
        self,
        box: SecretBox,
        from_settings: ServerKeySettings,
        built_in: ServerKey | None,
        *,
        signals: Signals,
        background: BackgroundTasks,
        lending_fault: str | None = None,
    ) -> None:
        """`built_in` is the demo's. `lending_fault` says why a key cannot be lent to whoever may register."""
        self.from_settings = from_settings
        self._box = box
        self._built_in = built_in
        self._signals = signals
        self._background = background
        self._lending_fault = lending_fault
        self._row: StoredServerKey | None = None
        self._secret: str | None = None

    @property
    def current(self) -> ServerKey | None:
        """The key in force, None if there is none or its secret can no longer be read."""
        if self._row is not None and self._row.secret_sealed and self._secret is None:
            return None
        return _merged(self._row, self._secret, self.from_settings.current) or self._built_in

    async def refresh(self) -> None:
        """Read what is stored: another worker may have changed it."""
        row = await StoredServerKey.get_or_none(id=ROW_ID)
        if (row and row.secret_sealed) != (self._row and self._row.secret_sealed):
            self._secret = self._opened(row)
        self._row = row

    def receive(self, _: SignalPayload) -> None:
        """Handle the signal of another worker."""
        self._background.start("server key", self.refresh())

    async def update(self, changes: Mapping[str, Any], *, policy: KeyPolicy) -> ServerKey | None:
        """Change the given fields of secret, base_url, model and parameters, for all workers at once.

        Another address needs the secret again, and the first key needs all three. Raises BadUserInput, and Conflict if
        strangers could use the key without a limit.
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
            present = _merged(row, self._opened(row), operators)
            completed = _completed(fields, present)
            if "secret" in completed:
                require_secret(completed["secret"], completed["base_url"], policy)
            columns = seal_secret(ROW_ID, completed, self._box)
            await StoredServerKey.update_or_create(id=ROW_ID, defaults={**columns, "updated_at": clock.now()})

    async def _announce(self) -> None:
        await self.refresh()
        self._signals.send(SERVER_KEY, [])

    def _opened(self, row: StoredServerKey | None) -> str | None:
        if row is None or row.secret_sealed is None:
            return None
        try:
            return self._box.open(row.secret_sealed, ROW_ID)
        except SealBroken as exc:
            log.error("server_key_cannot_be_opened", reason=str(exc))
            return None


def _merged(row: StoredServerKey | None, secret: str | None, operators: ServerKey | None) -> ServerKey | None:
    """Return the key of the row, with the operator's for what it does not set; None if neither has an address."""
    if row is None:
        return operators
    base_url = row.base_url if secret is not None or operators is None else operators.base_url
    model = row.model or (operators.model if operators else None)
    secret = secret if secret is not None or operators is None else operators.secret
    if base_url is None or model is None or secret is None:
        return None
    return ServerKey(
        base_url,
        model,
        secret,
        row.parameters or {},
        ServerKeySource.STORED,
        is_trusted=operators is not None and base_url == operators.base_url,
        updated_at=row.updated_at,
    )


def _completed(fields: Mapping[str, Any], present: ServerKey | None) -> dict[str, Any]:
    """Return the columns to store: a secret with its address, and with its model. Raises BadUserInput."""
    columns = dict(fields)
    if present is None:
        for name in ("secret", "base_url", "model"):
            if name not in columns:
                raise BadUserInput("There is no server key yet: send secret, baseUrl and model.", field=name)
        return columns
    if columns.get("base_url") not in (None, present.base_url) and "secret" not in columns:
        # Otherwise the thief of an admin's token could have the operator's secret sent to a server of theirs.
        raise BadUserInput("Another base URL needs the key's secret again. Send the secret too.", field="secret")
    if "secret" not in columns:
        columns.pop("base_url", None)  # the same
        return columns
    if "base_url" not in columns and "@" in present.base_url:
        raise BadUserInput("The base URL of the settings holds a password. Send another one too.", field="base_url")
    return {"base_url": present.base_url, "model": present.model, **columns}
