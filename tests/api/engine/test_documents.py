"""The cache of documents keeps what it may weigh."""

from gql_chat.api.engine.documents import BoundedCache


def test_a_value_that_replaces_another_takes_its_weight_too() -> None:
    cache: BoundedCache[str, int] = BoundedCache(max_weight=10)
    for value in range(5):
        cache.put("same", value, 6)
    cache.put("other", 0, 4)
    assert (cache.get("same"), cache.get("other")) == (4, 0)
    cache.put("new", 0, 4)
    assert "same" not in cache
