"""The size of an answer, counted while its values are completed, so that one beyond the limit is never built."""

from typing import Any

import orjson
from graphql import GraphQLLeafType, Undefined
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gql_chat.api.engine.complexity import Limits
from gql_chat.errors import PayloadTooLarge

SHORT_CHARACTERS = 64  # of a text that is not worth measuring
BYTES_PER_CHARACTER = 6  # in JSON at most, as in \u0001
LEAF_BYTES = 16  # of a number or a boolean, and of the punctuation around a value


class AnswerTooLarge(PayloadTooLarge):
    """The answer to an operation would have more bytes than an answer may have."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"The answer would have more than {max_bytes:,} bytes; ask for smaller pages or fewer fields.")


class BoundedExecutor(StrawberryGraphQLCoreExecutionContext):
    """An executor that raises AnswerTooLarge once the values of an answer have more bytes than the limit.

    Names of fields do not count: the cost and the length of aliases bound them.
    """

    max_answer_bytes = Limits().max_answer_bytes
    _bytes_left = 0

    def execute_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Execute the operation, or for a subscription one event."""
        self._bytes_left = self.max_answer_bytes
        return super().execute_operation(*args, **kwargs)

    def complete_leaf_value(self, return_type: GraphQLLeafType, result: Any) -> Any:  # type: ignore[override]
        """Return the value as JSON has it. It runs for each value, so it calls nothing that it need not."""
        completed = return_type.coerce_output_value(result)
        if completed.__class__ is str:
            length = len(completed)
            is_short = length <= SHORT_CHARACTERS
            self._bytes_left -= LEAF_BYTES + (BYTES_PER_CHARACTER * length if is_short else length_in_json(completed))
        elif completed.__class__ is int or completed.__class__ is bool:
            self._bytes_left -= LEAF_BYTES
        elif completed is None or completed is Undefined:
            return super().complete_leaf_value(return_type, result)  # the error that graphql-core makes of it
        else:
            self._bytes_left -= LEAF_BYTES + length_in_json(completed)
        if self._bytes_left < 0:
            raise AnswerTooLarge(self.max_answer_bytes)
        return completed

    def count_bytes(self, number: int) -> None:
        """Count the bytes of values that are complete already."""
        self._bytes_left -= number
        if self._bytes_left < 0:
            raise AnswerTooLarge(self.max_answer_bytes)

    def handle_field_error(self, raw_error: Exception, *args: Any) -> None:
        """Let the error end the operation, also where a null could stand in for the value."""
        if isinstance(raw_error, AnswerTooLarge):
            try:
                raise raw_error
            finally:
                del raw_error, args  # else the error holds this frame and with it itself, and everything loaded
        super().handle_field_error(raw_error, *args)


def length_in_json(value: Any) -> int:
    """Return the number of bytes of a value in JSON, or more."""
    try:
        return len(orjson.dumps(value))
    except TypeError:  # as for half of a surrogate pair, which the encoding of the answer reports
        return BYTES_PER_CHARACTER * len(str(value))
