"""The call log: calls that have ended, filtered, newest first, and kept for a while. Their sums are kept for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gql_chat.errors import BadUserInput
from gql_chat.infra import clock
from gql_chat.infra.db.database import BATCH_ROWS, delete_in_batches, execute
from gql_chat.infra.db.keyset import Moment, Ordering, Text
from gql_chat.infra.db.listing import Conditions, Listing, TableListing
from gql_chat.infra.ids import is_id
from gql_chat.usage.call_counts import count_calls, record_start
from gql_chat.usage.call_totals import count_everyones
from gql_chat.usage.models import Call, CallPurpose, CallStatus
from gql_chat.usage.periods import require_in_order
from gql_chat.users.viewer import Viewer

PREFIXES = {"user_id": "usr", "session_id": "ses", "key_id": "key", "group_id": "grp"}
NEWEST_FIRST = Ordering({"created_at": Moment, "id": Text}, descending=True)
BUCKETED = {"user_id", "model"}  # columns of both the calls and the buckets of usage
UNKNOWN_TO_BUCKETS = {"session_id", "key_id", "group_id", "purpose"}  # a deleted key's id is gone from the calls alone
MODEL_MAX_LENGTH = 200  # characters, as the column has

# `= true` for SQLite, which uses no index for a bare column.
DROP_CONTENTS = f"""
UPDATE calls SET keeps_contents = false, request_messages = '[]', earlier_call_id = NULL, response_text = NULL
WHERE id IN (
    SELECT id FROM calls WHERE keeps_contents = true AND created_at < $1 ORDER BY created_at LIMIT {BATCH_ROWS}
)
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Conditions that all hold at once; `from_` is inclusive, `to` exclusive.

    Without `user_id` it is the viewer's own calls, or those of all users if `everyone` is set.
    """

    user_id: str | None = None
    everyone: bool = False
    session_id: str | None = None
    key_id: str | None = None
    group_id: str | None = None
    model: str | None = None
    status: CallStatus | None = None
    purpose: CallPurpose | None = None
    from_: datetime | None = None
    to: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallListing(TableListing[Call]):
    """One user's calls that meet conditions which the buckets of usage know, so that these can count most of them."""

    in_any_time: Conditions
    of_buckets: Conditions
    wanted: CallFilter

    async def count(self) -> int:
        """Return the number of calls on all pages."""
        wanted = self.wanted
        return await count_calls(self.in_any_time, self.of_buckets, wanted.status, wanted.from_, wanted.to)


@dataclass(frozen=True, slots=True)
class EveryonesListing(TableListing[Call]):
    """Everyone's calls, or those of them that succeeded."""

    wanted: CallFilter

    async def count(self) -> int:
        """Return the number of calls on all pages."""
        return await count_everyones(self.wanted.status, self.wanted.from_, self.wanted.to)


def list_calls(viewer: Viewer, wanted: CallFilter) -> Listing[Call]:
    """Return the listing of calls, newest first.

    Raises BadUserInput, and Forbidden for calls of others unless the viewer is an admin.
    """
    viewer.require_access_to(wanted.user_id, everyone=wanted.everyone, what="calls")
    if wanted.model is not None and "\0" in wanted.model:  # PostgreSQL refuses NUL
        raise BadUserInput("The name of a model cannot contain a NUL character.", field="model")
    if wanted.model is not None and len(wanted.model) > MODEL_MAX_LENGTH:
        raise BadUserInput(f"The name of a model has at most {MODEL_MAX_LENGTH} characters.", field="model")
    require_in_order(wanted.from_, wanted.to)
    equal = {
        "user_id": wanted.user_id or (None if wanted.everyone else viewer.user_id),
        "model": wanted.model,
        "session_id": wanted.session_id,
        "key_id": wanted.key_id,
        "group_id": wanted.group_id,
        "purpose": wanted.purpose,
    }
    stated = {name: str(value) for name, value in equal.items() if value is not None}
    if any(name in PREFIXES and not is_id(value, PREFIXES[name]) for name, value in stated.items()):
        # Such a text is the id of nothing; a database may refuse to compare it.
        return TableListing(Call, Conditions(["false"]), NEWEST_FIRST)
    of_buckets = _equal({name: value for name, value in stated.items() if name in BUCKETED})
    in_any_time = _equal({name: value for name, value in stated.items() if name not in BUCKETED}, of_buckets)
    if wanted.status is not None:  # in the text, as SQLite's index of failed calls wants it
        in_any_time.add(f"status = '{wanted.status.value}'")
    conditions = _in_time(in_any_time, wanted)
    if not stated and wanted.status != CallStatus.ERROR:
        return EveryonesListing(Call, conditions, NEWEST_FIRST, wanted)
    if "user_id" not in stated or stated.keys() & UNKNOWN_TO_BUCKETS:
        return TableListing(Call, conditions, NEWEST_FIRST)
    return CallListing(Call, conditions, NEWEST_FIRST, in_any_time, of_buckets, wanted)


async def find_call(viewer: Viewer, call_id: str) -> Call | None:
    """Return a call of the viewer, or of any user if the viewer is an admin; else None."""
    call = await Call.get_or_none(id=call_id) if is_id(call_id, "call") else None
    return call if call is not None and (viewer.is_admin or call.user_id == viewer.user_id) else None


@dataclass(frozen=True, slots=True)
class Retention:
    """Days to keep texts (0: they are not even stored) and calls (None: for ever).

    The calls of one day, in UTC, go together, because the prompts of a day refer to each other.
    """

    contents_days: int
    calls_days: int | None

    async def enforce(self) -> None:
        """Delete whatever is older, a batch at a time."""
        now = clock.now()
        while await execute(DROP_CONTENTS, _start_of_day(now, self.contents_days) if self.contents_days else now):
            pass
        if self.calls_days is not None:
            oldest = _start_of_day(now, self.calls_days)
            await record_start(oldest)
            await delete_in_batches("calls", "created_at < $1", oldest)


def _equal(values: Mapping[str, str], others: Conditions | None = None) -> Conditions:
    """Return the conditions that columns have these values, after others."""
    conditions = others.copy() if others else Conditions()
    for column, value in values.items():
        conditions.add(f"{column} = {{}}", value)
    return conditions


def _in_time(others: Conditions, wanted: CallFilter) -> Conditions:
    """Return the conditions, and those of the time range."""
    conditions = others.copy()
    if wanted.from_ is not None:
        conditions.add("created_at >= {}", wanted.from_)
    if wanted.to is not None:
        conditions.add("created_at < {}", wanted.to)
    return conditions


def _start_of_day(now: datetime, days_ago: int) -> datetime:
    """Return the start of the UTC day that is so many days ago."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)
