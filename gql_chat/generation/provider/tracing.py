"""A call to a model as a span, by OpenTelemetry's conventions for generative AI; never what is said in it.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from gql_chat.errors import ProviderFailed
from gql_chat.generation.provider.call import ProviderCall
from gql_chat.generation.provider.request import Endpoint
from gql_chat.infra.telemetry.tracing import Kind, Span, span


@contextmanager
def call_span(endpoint: Endpoint) -> Iterator[Span]:
    """For the whole call; `note_answer` tells what came of it."""
    host, port = place_of(endpoint.base_url)
    with span(f"chat {endpoint.model}", Kind.CLIENT) as current:
        current.set_attributes(
            gen_ai__operation__name="chat",
            gen_ai__provider__name="openai" if host == "api.openai.com" else "openai_compatible",
            gen_ai__request__model=endpoint.model,
            server__address=host,
            server__port=port,
        )
        try:
            yield current
        except ProviderFailed as exc:
            current.fail(exc.provider_code.value)
            raise
        except asyncio.CancelledError:
            current.set_attributes(gql_chat__cancelled=True)
            raise


def place_of(base_url: str) -> tuple[str | None, int | None]:
    """Host and port; None where none is named, as users may write what they like."""
    try:
        parts = urlsplit(base_url)
        return parts.hostname, parts.port
    except ValueError:
        return None, None


def note_answer(current: Span, call: ProviderCall) -> None:
    """What is known at its end."""
    usage = call.usage
    current.set_attributes(
        http__response__status_code=call.status_code,
        gql_chat__first_token_ms=call.first_token_ms,
        gen_ai__response__finish_reasons=[call.finish_reason.value.lower()] if call.finish_reason else None,
        gen_ai__usage__input_tokens=usage.prompt_tokens if usage else None,
        gen_ai__usage__output_tokens=usage.completion_tokens if usage else None,
    )
