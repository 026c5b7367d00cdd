"""What tests take of a provider's answer."""

from collections.abc import Callable

from gql_chat.generation.provider.call import Take
from gql_chat.generation.provider.completion import Increment


def each(note: Callable[[Increment], object]) -> Take:
    """Return what takes an answer to its end, and notes each increment."""

    def take(increment: Increment) -> bool:
        note(increment)
        return True

    return take
