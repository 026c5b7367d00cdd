"""Personas, as the server's file has them."""

from typing import Annotated, Self

import strawberry

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.permissions import SignedIn
from gql_chat.personas import parsing
from gql_chat.users.models import Scope


@strawberry.type(description="A named system prompt.")
class Persona:
    name: str = strawberry.field(description="Its name, unique.")
    content: str = strawberry.field(description="What the model is told before the chat.")
    is_default: bool = strawberry.field(description="Whether it is the first of the file.")

    @classmethod
    def of(cls, persona: parsing.Persona) -> Self:
        """From the file's."""
        return cls(name=persona.name, content=persona.content, is_default=persona.is_default)


@strawberry.type
class PersonaQueries:
    @strawberry.field(
        description="All personas, in the file's order; the first is the default.", extensions=[SignedIn(Scope.CHAT)]
    )
    def personas(self, info: Info) -> list[Persona]:
        return [Persona.of(persona) for persona in info.context.services.personas.all()]

    @strawberry.field(description="The persona of this name.", extensions=[SignedIn(Scope.CHAT)])
    def persona(self, info: Info, name: Annotated[str, strawberry.argument(description="Its name.")]) -> Persona | None:
        persona = info.context.services.personas.find(name)
        return Persona.of(persona) if persona else None
