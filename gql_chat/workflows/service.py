"""What the verbs of this room need, made once when the server starts."""

from dataclasses import dataclass
from enum import StrEnum

from gql_chat.files.dependencies import Files
from gql_chat.generation.accounting import LedgerPolicy
from gql_chat.generation.delivery.broker import Broker
from gql_chat.generation.prompting.materials import MaterialSource
from gql_chat.generation.prompting.prompt import PromptBudget
from gql_chat.generation.provider.llm import LLM
from gql_chat.generation.runner import Runner
from gql_chat.infra.crypto import SecretBox
from gql_chat.infra.redis.signals import Signals
from gql_chat.infra.tasks.background import Background
from gql_chat.personas.catalog import PersonaCatalog
from gql_chat.usage.quotas import QuotaPolicy
from gql_chat.workflows.key_choice import ServerKey


class TitleMode(StrEnum):
    """Who gives new sessions their titles: the model after the first reply, or the rule alone."""

    MODEL = "model"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Generation:
    """Replies are written by the runner, watched by the broker, and asked for as the rest says.

    What goes on after an answer runs in the background.
    """

    llm: LLM
    runner: Runner
    broker: Broker
    signals: Signals
    personas: PersonaCatalog
    box: SecretBox
    server_key: ServerKey | None
    budget: PromptBudget
    files: Files
    materials: MaterialSource
    titles: TitleMode
    background: Background
    ledger: LedgerPolicy
    quotas: QuotaPolicy
