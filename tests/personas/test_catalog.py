"""The catalog of personas: look-ups, reloading by hand and by itself, and what a bad edit does."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gql_chat.errors import BadUserInput, NotFound
from gql_chat.personas.catalog import PersonaCatalog

SHIPPED = Path(__file__).parent.parent.parent / "style.yaml"
TWO = "- {name: A, content: first}\n- {name: B, content: second}\n"
NO_CONTENT = "- name: C\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "style.yaml"
    path.write_text(TWO)
    return path


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


def names(catalog: PersonaCatalog) -> list[str]:
    return [persona.name for persona in catalog.current]


async def test_personas_are_found_by_name(path: Path) -> None:
    async with PersonaCatalog(path) as catalog:
        assert names(catalog) == ["A", "B"]
        assert (catalog.default.name, catalog.default.is_default) == ("A", True)
        assert catalog.get("B").content == "second"
        assert catalog.get("B").is_default is False
        assert catalog.find("b") is None
        with pytest.raises(NotFound, match="There is no such persona"):
            catalog.get("C")


async def test_who_has_no_persona_or_one_that_has_gone_gets_the_default(path: Path) -> None:
    async with PersonaCatalog(path) as catalog:
        assert [catalog.pick(name).name for name in ("B", None, "gone")] == ["B", "A", "A"]


async def test_the_shipped_personas_are_good() -> None:
    async with PersonaCatalog(SHIPPED) as catalog:
        assert names(catalog) == ["Assistant", "简洁助手", "中英翻译", "Code reviewer", "苏格拉底式导师", "Writer"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (NO_CONTENT.encode(), "style.yaml:1: this persona has no content"),
        (b"\xff\xfe\xff", "style.yaml: is not UTF-8 text"),
        (None, "style.yaml: cannot be read: No such file or directory"),
    ],
)
async def test_a_file_with_a_fault_stops_the_start(path: Path, content: bytes | None, fault: str) -> None:
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadUserInput) as caught:
        async with PersonaCatalog(path):
            pass
    assert caught.value.message == fault


async def test_reloading_takes_a_good_edit_and_refuses_a_bad_one(path: Path) -> None:
    async with PersonaCatalog(path, check_interval_seconds=3600) as catalog:
        path.write_text(NO_CONTENT)
        with pytest.raises(BadUserInput, match="style.yaml:1: this persona has no content"):
            await catalog.reload()
        assert names(catalog) == ["A", "B"]

        path.write_text("- {name: C, content: third}\n")
        await catalog.reload()
        assert names(catalog) == ["C"]


def edit(path: Path, text: str) -> None:
    path.write_text(text)


def replace(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


def swap_link(path: Path, text: str) -> None:
    """Swap a link as Kubernetes does for a ConfigMap: the file is a link through a folder that is the link."""
    version = path.parent / f"version-{len(text)}"
    version.mkdir()
    (version / path.name).write_text(text)
    if not path.is_symlink():
        (path.parent / "..data").symlink_to(version)
        path.unlink()
        path.symlink_to(path.parent / "..data" / path.name)
    else:
        (path.parent / "..next").symlink_to(version)
        (path.parent / "..next").replace(path.parent / "..data")


@pytest.mark.parametrize("save", [edit, replace, swap_link])
async def test_a_saved_file_is_taken_by_itself(path: Path, save: Callable[[Path, str], None]) -> None:
    save(path, TWO)
    async with PersonaCatalog(path, check_interval_seconds=0.001) as catalog:
        save(path, "- {name: C, content: third}\n")
        await until(lambda: names(catalog) == ["C"])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: path.write_text(NO_CONTENT), "style.yaml:1: this persona has no content"),
        (lambda path: path.unlink(), "style.yaml: cannot be read: No such file or directory"),
    ],
)
async def test_a_fault_is_logged_once_and_the_personas_stay(
    path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    with capture_logs() as logs:
        async with PersonaCatalog(path, check_interval_seconds=3600) as catalog:
            spoil(path)
            for _ in range(3):
                await catalog.reload_if_changed()
            assert names(catalog) == ["A", "B"]

            path.write_text("- {name: C, content: third}\n")
            for _ in range(3):
                await catalog.reload_if_changed()
            assert names(catalog) == ["C"]
    assert logs == [
        {"event": "configuration_not_reloaded", "log_level": "warning", "source": path.name, "reason": reason},
        {"event": "configuration_reloaded", "log_level": "info", "source": path.name},
    ]
