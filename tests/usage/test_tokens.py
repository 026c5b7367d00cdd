"""Numbers of tokens, and their sums."""

from gql_chat.usage.models import UsageSource
from gql_chat.usage.tokens import Usage


def test_a_sum_has_what_any_part_knows_and_null_for_what_none_does() -> None:
    first = Usage(1, 2, UsageSource.PROVIDER, cached_tokens=None, reasoning_tokens=5)
    second = Usage(10, 20, UsageSource.PROVIDER, cached_tokens=7, reasoning_tokens=50)
    assert first + second == second + first == Usage(11, 22, UsageSource.PROVIDER, 7, 55)
    unknown = Usage(1, 2, UsageSource.ESTIMATED)
    assert unknown + unknown == Usage(2, 4, UsageSource.ESTIMATED, None, None)
    assert (first + unknown).source is UsageSource.ESTIMATED
