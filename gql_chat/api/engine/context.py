"""The context of an operation: the viewer, the request, the services and the loaders."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property

from strawberry.types import Info as StrawberryInfo

from gql_chat.api.engine.budgets import Budgets, Payer, Remainder
from gql_chat.api.engine.errors import code_of
from gql_chat.api.engine.instrumentation import observe_rejection
from gql_chat.api.engine.loaders import Loaders
from gql_chat.api.engine.metering import CpuMeter
from gql_chat.changes.feed import ChangeFeed
from gql_chat.errors import Forbidden, GqlChatError, Unauthenticated
from gql_chat.files.dependencies import Files
from gql_chat.generation.runner import Runner
from gql_chat.infra.crypto import SecretBox
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.infra.peers import Peers
from gql_chat.infra.rate_limits.limiter import RateLimiter
from gql_chat.infra.redis.health import RedisStatus
from gql_chat.infra.tasks.fair_queue import FairQueue
from gql_chat.infra.telemetry.request_context import RequestInfo
from gql_chat.keys.keyring import KeyPolicy
from gql_chat.personas.catalog import PersonaCatalog
from gql_chat.users.accounts import authenticate
from gql_chat.users.codes import Codes
from gql_chat.users.models import Scope
from gql_chat.users.passwords.hashing import Passwords
from gql_chat.users.registration import RegistrationMode
from gql_chat.users.sign_ins import ClientInfo, SignIns
from gql_chat.users.sign_outs import SignOuts
from gql_chat.users.viewer import Viewer
from gql_chat.workflows.completions import Completions
from gql_chat.workflows.side_calls import SideCalls
from gql_chat.workflows.starting import ReplyStarter
from gql_chat.workflows.titles import TitleMaker
from gql_chat.workflows.watching import RunningReplies


@dataclass(frozen=True, slots=True)
class Services:
    """The services of the process, made once at start. Resolvers hand them down to the verbs that need them."""

    limiter: RateLimiter
    budgets: Budgets | None
    passwords: Passwords
    registration: RegistrationMode
    codes: Codes
    outbox: Outbox
    sign_ins: SignIns
    sign_outs: SignOuts
    change_feed: ChangeFeed
    key_policy: KeyPolicy
    side_calls: SideCalls
    runner: Runner
    peers: Peers
    personas: PersonaCatalog
    box: SecretBox
    starter: ReplyStarter
    running: RunningReplies
    titles: TitleMaker
    completions: Completions
    files: Files
    searches: FairQueue
    redis: RedisStatus | None


TrySend = Callable[[object], bool]
"""Sends a subscription's event at once, without the loop. Returns False if it cannot: then yield the event."""


@dataclass
class Context:
    """The context of one operation. The error of a bad token is kept, so that fields that need none still work."""

    services: Services
    request: RequestInfo
    viewer: Viewer | None = None
    auth_error: GqlChatError | None = None
    try_send: TrySend | None = None
    cpu: CpuMeter | None = None
    remainder: Remainder | None = None
    """What is left of the viewer's budgets after the operation. None if it has not ended, or nothing is limited."""

    @property
    def payer(self) -> Payer:
        """The client whose budgets the operation is charged to."""
        return Payer(self.viewer, self.request.client_ip)

    def require_viewer(self) -> Viewer:
        """Return the viewer. Raise TokenExpired or Unauthenticated if there is none."""
        if self.viewer is None:
            raise self.auth_error or Unauthenticated()
        return self.viewer

    def require_scope(self, scopes: frozenset[Scope]) -> None:
        """Raise Forbidden for a personal access token with none of these scopes, and as `require_viewer` does."""
        viewer = self.require_viewer()
        if viewer.scopes is not None and viewer.scopes.isdisjoint(scopes):
            names = " or ".join(sorted(scope.value for scope in scopes))
            raise Forbidden(f"This needs a token with the scope {names}.")

    @property
    def user_id(self) -> str:
        """The viewer's id. Raises as `require_viewer` does."""
        return self.require_viewer().user_id

    @property
    def client(self) -> ClientInfo:
        """The client's address and user agent, for a new sign-in."""
        return ClientInfo(self.request.client_ip, self.request.user_agent)

    @cached_property
    def loaders(self) -> Loaders:
        """The loaders of this operation alone: on a WebSocket, loaders with a longer life would return stale rows."""
        return Loaders(self.viewer.user_id if self.viewer else None)

    def forget_loaded(self) -> None:
        """Discard what was loaded: rows may have changed since the subscription's last event."""
        self.__dict__.pop("loaders", None)


Info = StrawberryInfo[Context, None]
MakeContext = Callable[[str | None, RequestInfo], Awaitable[Context]]


def context_maker(services: Services) -> MakeContext:
    """Return the function that transports call once per operation with the `Authorization` header's value, or None."""

    async def make_context(authorization: str | None, request: RequestInfo) -> Context:
        context = Context(services, request)
        if authorization is not None:
            try:
                context.viewer = await authenticate(_bearer_token(authorization), sign_ins=services.sign_ins)
            except Unauthenticated as error:
                context.auth_error = error
            except Exception as exc:
                observe_rejection(code_of(exc))
                raise
        return context

    return make_context


def _bearer_token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("The Authorization header is malformed: send `Bearer <token>`.")
    return token.strip()
