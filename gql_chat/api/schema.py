"""The schema: the root types, composed from the domains' files."""

from datetime import datetime
from functools import lru_cache

import strawberry
from graphql import build_schema, lexicographic_sort_schema, print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter

from gql_chat.api.branches import BranchMutations
from gql_chat.api.call_log import CallQueries
from gql_chat.api.changes import ChangeQueries, ChangeSubscriptions
from gql_chat.api.engine.fields.inputs import build_inputs_plainly
from gql_chat.api.engine.fields.resolvers import resolve_root_fields_plainly
from gql_chat.api.engine.fields.scalars import BIG_INT, DATE_TIME, UPLOAD, BigInt, Upload
from gql_chat.api.error_types import ErrorExtensions
from gql_chat.api.files import FileMutations, FileQueries
from gql_chat.api.groups import GroupMutations, GroupQueries
from gql_chat.api.key_tests import KeyTestMutations
from gql_chat.api.keys import KeyMutations, KeyQueries
from gql_chat.api.messages import FilePart, ImagePart, SourcePart, TextPart, VideoPart
from gql_chat.api.nodes import NodeQueries
from gql_chat.api.personas import PersonaQueries
from gql_chat.api.replies import ReplyMutations, ReplySubscriptions
from gql_chat.api.search import SearchQueries
from gql_chat.api.server_key import ServerKeyMutations, ServerKeyQueries
from gql_chat.api.sessions import SessionMutations, SessionQueries
from gql_chat.api.usage import UsageQueries
from gql_chat.api.users.access_tokens import AccessTokenMutations
from gql_chat.api.users.accounts import AccountMutations, AccountQueries
from gql_chat.api.users.administration import AdministrationMutations, AdministrationQueries
from gql_chat.api.users.profile import ProfileMutations
from gql_chat.api.users.verification_codes import CodeMutations

KEPT_NAMES = 10_000  # more than there are arguments


@strawberry.type(description="The root of all read operations.")
class Query(
    AccountQueries,
    AdministrationQueries,
    CallQueries,
    ChangeQueries,
    FileQueries,
    GroupQueries,
    KeyQueries,
    NodeQueries,
    PersonaQueries,
    SearchQueries,
    ServerKeyQueries,
    SessionQueries,
    UsageQueries,
):
    pass


@strawberry.type(
    description="The root of all write operations. They run in order. One that fails is null and has an entry in "
    "`errors`; the others still run. Each lists the errors of its own; any of them can also fail with UNAUTHENTICATED, "
    "TOKEN_EXPIRED, FORBIDDEN, UNAVAILABLE or INTERNAL."
)
class Mutation(
    AccessTokenMutations,
    AccountMutations,
    AdministrationMutations,
    BranchMutations,
    CodeMutations,
    FileMutations,
    GroupMutations,
    KeyMutations,
    KeyTestMutations,
    ProfileMutations,
    ReplyMutations,
    ServerKeyMutations,
    SessionMutations,
):
    pass


@strawberry.type(description="The root of all live events.")
class Subscription(ChangeSubscriptions, ReplySubscriptions):
    pass


class _Names(NameConverter):
    """Strawberry's names, each made once: it asks for the names of a field's arguments in every call."""

    from_argument = lru_cache(KEPT_NAMES)(NameConverter.from_argument)


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[TextPart, ImagePart, VideoPart, FilePart, SourcePart, ErrorExtensions],
    config=StrawberryConfig(scalar_map={BigInt: BIG_INT, Upload: UPLOAD, datetime: DATE_TIME}, name_converter=_Names()),
)

build_inputs_plainly(schema)
resolve_root_fields_plainly(schema)


def published_schema() -> str:
    """Return the schema as a sorted document.

    Strawberry's own `sort_schema` breaks unions, which then name unsorted types.
    """
    return print_schema(lexicographic_sort_schema(build_schema(schema.as_str()))) + "\n"
