"""Parameters of calls to a model, as keys store them and as messages set them."""

import dataclasses
from typing import Any, Self

import strawberry
from strawberry.scalars import JSON

from gql_chat.api.engine.fields.costs import TEXT_COST, costs
from gql_chat.api.engine.fields.inputs import non_null_fields, optional


@strawberry.type(description="Parameters of calls to a model. The provider decides those that are null.")
class ModelParameters:
    temperature: float | None = optional("The sampling temperature, 0 to 2.")
    top_p: float | None = optional("The probability mass for nucleus sampling, 0 to 1.")
    max_tokens: int | None = optional("The maximum length of a reply, in tokens; at least 1.")
    presence_penalty: float | None = optional("The penalty for tokens that occurred before, -2 to 2.")
    frequency_penalty: float | None = optional("The penalty for tokens by how often they occurred before, -2 to 2.")
    stop: list[str] | None = optional(
        "Sequences that end the reply: up to 16 texts of 1 to 200 characters.", metadata=costs(items=4)
    )
    seed: int | None = optional("A seed for replies that are repeatable, as far as the provider supports it.")
    reasoning_effort: str | None = optional("How long a reasoning model thinks: `low`, `medium`, `high` or the like.")
    response_format: JSON | None = optional(
        "The `response_format` object of OpenAI's API, at most 16 KiB.", metadata=costs(TEXT_COST)
    )
    extra: JSON | None = optional(
        "Additional fields of the request's body, as an object of at most 16 KiB. `model`, `messages` and "
        "`stream_options` are not allowed. A message that uses the server's or a group's key may set only parameters "
        "of sampling and thinking, such as `top_k`, `min_p`, `thinking` and `chat_template_kwargs`.",
        metadata=costs(TEXT_COST),
    )

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """Build the parameters from those that are stored; the others are null."""
        return cls(**{**dict.fromkeys(parameter.name for parameter in dataclasses.fields(cls)), **stored})


@strawberry.input(
    description="Parameters of calls to a model. For those omitted, the key's apply, or the provider decides."
)
class ModelParametersInput(ModelParameters):
    """The same fields, which are absent where the client does not send them."""


def parameters_of(input: ModelParametersInput | None) -> dict[str, Any]:
    """Return the parameters that the client sent, by the names under which they are stored."""
    return non_null_fields(input) if input else {}
