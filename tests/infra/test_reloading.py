"""A value follows its file, and a fault in the file changes nothing."""

import structlog

from gql_chat.errors import BadUserInput
from gql_chat.infra.reloading import Reloadable


class File:
    """A file with a number in it, or with a fault."""

    content: int | BadUserInput = 1

    def read(self) -> int:
        """Return the number, or raise the fault."""
        if isinstance(self.content, BadUserInput):
            raise self.content
        return self.content


async def test_a_change_is_taken_and_a_fault_changes_nothing_and_is_logged_once_until_it_is_mended() -> None:
    file = File()
    value = Reloadable("numbers.yaml", 1, file.read)
    taken: list[int] = []
    with structlog.testing.capture_logs() as logs:
        for content in (1, 2, "line 3", "line 3", "line 4", 2, "line 4", 1):
            file.content = BadUserInput(content) if isinstance(content, str) else content
            await value.reload_if_changed()
            taken.append(value.current)
    assert taken == [1, 2, 2, 2, 2, 2, 2, 1]
    assert [(entry["event"], entry["source"], entry.get("reason")) for entry in logs] == [
        ("configuration_reloaded", "numbers.yaml", None),
        ("configuration_not_reloaded", "numbers.yaml", "line 3"),
        ("configuration_not_reloaded", "numbers.yaml", "line 4"),
        ("configuration_not_reloaded", "numbers.yaml", "line 4"),
        ("configuration_reloaded", "numbers.yaml", None),
    ]


async def test_reading_takes_nothing_and_reloading_takes_what_was_read() -> None:
    file = File()
    value = Reloadable("numbers.yaml", 0, file.read)
    assert (await value.read(), value.current) == (1, 0)
    await value.reload()
    assert value.current == 1
