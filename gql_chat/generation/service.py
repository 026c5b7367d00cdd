"""What the verbs of this room need, made once when the server starts."""

from dataclasses import dataclass

from gql_chat.generation.accounting import LedgerPolicy
from gql_chat.generation.broker import Broker
from gql_chat.generation.endpoints import ServerKey
from gql_chat.generation.prompt import PromptBudget
from gql_chat.generation.runner import Runner
from gql_chat.infra.crypto import SecretBox
from gql_chat.personas.catalog import PersonaCatalog


@dataclass(frozen=True, slots=True)
class Generation:
    """Replies are written by the runner, watched by the broker, and asked for as the rest says."""

    runner: Runner
    broker: Broker
    personas: PersonaCatalog
    box: SecretBox
    server_key: ServerKey | None
    budget: PromptBudget
    ledger: LedgerPolicy
