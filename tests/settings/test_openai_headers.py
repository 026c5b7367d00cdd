"""The headers of the server's own key, in a variable and in the YAML file."""

from pathlib import Path

import pytest

from gql_chat.settings import Settings, effective_settings
from tests.settings.test_settings import fault, load

KEY = {"OPENAI_API_KEY": "sk-of-tests"}


def headers_of(settings: Settings) -> dict[str, str]:
    return {name: value.get_secret_value() for name, value in settings.openai_headers.items()}


def test_headers_are_a_list_in_a_variable_and_a_mapping_too_in_the_file(tmp_path: Path) -> None:
    assert headers_of(load(tmp_path, **KEY)) == {}
    expected = {"api-key": "a:b", "X-Title": "Chat"}
    assert headers_of(load(tmp_path, **KEY, OPENAI_HEADERS="api-key: a:b, X-Title:Chat")) == expected
    config = tmp_path / "config.yaml"
    for written in ("{api-key: 'a:b', X-Title: Chat}", "['api-key: a:b', 'X-Title: Chat']"):
        config.write_text(f"openai_headers: {written}")
        assert headers_of(load(tmp_path, **KEY, CONFIG=str(config))) == expected


@pytest.mark.parametrize(
    "headers", ["hunter2", "cookie: hunter2", "api-key:", "X: hunter2, x: hunter2", "X: h\nunter2"]
)
def test_what_is_no_header_is_pointed_out_but_not_shown(tmp_path: Path, headers: str) -> None:
    line = fault(tmp_path, **KEY, OPENAI_HEADERS=headers)
    assert line.startswith("GQL_CHAT_OPENAI_HEADERS: must be headers such as api-key: secret, comma-separated")
    assert "hunter2" not in line


@pytest.mark.parametrize("written", ["1", "[1]"])
def test_nor_is_what_a_file_may_hold_besides(tmp_path: Path, written: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"openai_headers: {written}")
    assert fault(tmp_path, **KEY, CONFIG=str(config)).startswith("GQL_CHAT_OPENAI_HEADERS: ")


def test_only_secret_values_are_masked_in_logs(tmp_path: Path) -> None:
    settings = load(tmp_path, **KEY, OPENAI_HEADERS="api-key: azure-secret, HTTP-Referer: https://chat.example")
    assert "azure-secret" in settings.secrets()
    assert "https://chat.example" not in settings.secrets()
    shown = {line.variable: line.value for line in effective_settings(settings)}["GQL_CHAT_OPENAI_HEADERS"]
    assert "azure-secret" not in shown
    assert shown.startswith("api-key:")


def test_headers_need_a_key(tmp_path: Path) -> None:
    assert fault(tmp_path, OPENAI_HEADERS="api-key: a").startswith("GQL_CHAT_OPENAI_API_KEY: must be set")
