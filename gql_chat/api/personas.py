"""Personas: the system prompts of the server's personas file."""

from typing import Annotated, Self

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import TEXT_COST, costs
from gql_chat.api.engine.fields.node import from_row
from gql_chat.api.engine.fields.permissions import SignedIn, query
from gql_chat.personas import parsing
from gql_chat.users.models import Scope


@strawberry.type(description="A named system prompt.")
class Persona:
    id: strawberry.ID = field(description="The persona's name once more, as a key for caches. `node` does not take it.")
    name: str = field(description="The persona's unique name.")
    content: str = field(description="The system prompt.", metadata=costs(TEXT_COST))
    is_default: bool = field(description="Whether the persona is the server's default, the first in the file.")

    @classmethod
    def of(cls, persona: parsing.Persona) -> Self:
        """Build the persona from the file's entry."""
        return from_row(cls, persona, id=persona.name)


@strawberry.type
class PersonaQueries:
    @query(
        "List all personas, in the order of the personas file. The first is the default.",
        SignedIn(Scope.CHAT),
        items=20,
    )
    def personas(self, info: Info) -> list[Persona]:
        return [Persona.of(persona) for persona in info.context.services.personas.current]

    @query("Look up a persona by name. Null if no persona matches.", SignedIn(Scope.CHAT))
    def persona(self, info: Info, name: Annotated[str, argument(description="The persona's name.")]) -> Persona | None:
        persona = info.context.services.personas.find(name)
        return Persona.of(persona) if persona else None
