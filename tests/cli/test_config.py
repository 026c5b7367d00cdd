"""`gql-chat config …`."""

from pathlib import Path

import pytest

from gql_chat.server.server import read_trusted_documents
from gql_chat.settings import Settings, load_settings, variable_of
from tests.support.command_line import invoke

FILE = """port: 9000
smtp_password: hunter2 of the mail server
mail_from: chat@example.com
smtp_host: mail.example.com
mailer: smtp
smtp_username: chat
"""
GIVEN = {
    "DATABASE_URL": "postgres://chat:hunter2-of-the-database@db:5432/chat?password=hunter2-again",
    "REDIS_URL": "redis://:hunter2-of-redis@cache:6379/0",
    "SECRET_KEY": "hunter2 " * 8,
    "MASTER_KEYS": f"new:{'B' * 42}A=,old:{'A' * 43}=",
    "ALLOWED_NETWORKS": "10.0.0.0/8, fd00::/8",
    "RATE_LIMITS": "no",
}


def test_it_prints_what_holds_and_where_it_comes_from_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(FILE, encoding="utf-8")
    result = invoke("config", "check", CONFIG=tmp_path / "settings.yaml", **GIVEN)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert [line.partition("=")[0] for line in lines] == [variable_of(name) for name in Settings.model_fields]
    for line in (
        "GQL_CHAT_PORT=9000\tfile",
        "GQL_CHAT_HOST=127.0.0.1\tdefault",
        "GQL_CHAT_RATE_LIMITS=off\tenvironment",
        "GQL_CHAT_ALLOWED_NETWORKS=10.0.0.0/8,fd00::/8\tenvironment",
        "GQL_CHAT_DATABASE_URL=postgres://chat:[redacted]@db:5432/chat?password=[redacted]\tenvironment",
        "GQL_CHAT_REDIS_URL=redis://:[redacted]@cache:6379/0\tenvironment",
        "GQL_CHAT_SECRET_KEY=[redacted]\tenvironment",
        "GQL_CHAT_MASTER_KEYS=new:[redacted],old:[redacted]\tenvironment",
        "GQL_CHAT_SMTP_PASSWORD=[redacted]\tfile",
        "GQL_CHAT_OPENAI_API_KEY=\tdefault",
    ):
        assert line in lines
    assert "hunter2" not in result.stdout


def test_every_fault_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    wrong = {"PORT": "x", "LOG_FORMAT": "xml", "OPENAI_MODEL": "m", "PORTT": "1"}
    result = invoke("config", "check", DATA_DIR=tmp_path / "data", **wrong)
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "Error: GQL_CHAT_PORT: must be a whole number\n"
        "GQL_CHAT_LOG_FORMAT: must be 'auto', 'json' or 'text'\n"
        "GQL_CHAT_PORTT: unknown setting; did you mean GQL_CHAT_PORT?\n"
        "GQL_CHAT_OPENAI_API_KEY: must be set with the others; any text if the server wants none\n",
    )
    assert invoke("config", "check", DATA_DIR=tmp_path / "data").exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_a_bad_personas_file_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "personas.yaml"
    file.write_text("- nam: x\n", encoding="utf-8")
    result = invoke("config", "check", PERSONAS_FILE=file)
    assert (result.exit_code, result.stdout, result.stderr.startswith(f"Error: {file}:1: ")) == (1, "", True)


def test_check_reads_the_manifest_of_trusted_documents(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"hello-1": "{ hello }"}')
    given = {"DATA_DIR": tmp_path / "data", "TRUSTED_DOCUMENTS": "only", "TRUSTED_DOCUMENTS_FILE": manifest}
    assert invoke("config", "check", **given).exit_code == 0
    manifest.write_text("{")
    result = invoke("config", "check", **given)
    reason = "is not JSON in UTF-8: line 1"
    assert (result.exit_code, result.stderr) == (1, f"Error: GQL_CHAT_TRUSTED_DOCUMENTS_FILE: {manifest}: {reason}\n")


@pytest.mark.parametrize("mode", ["on", "only"])
def test_the_documents_of_the_pages_are_trusted_beside_those_of_the_manifest(tmp_path: Path, mode: str) -> None:
    of_pages, manifest = tmp_path / "documents.json", tmp_path / "manifest.json"
    of_pages.write_text('{"a": "query A { hello }"}')
    manifest.write_text('{"b": "query B { hello }"}')
    names = {"DATA_DIR": tmp_path / "data", "TRUSTED_DOCUMENTS": mode, "TRUSTED_DOCUMENTS_FILE": manifest}
    settings = load_settings({variable_of(name.lower()): str(value) for name, value in names.items()})
    documents = read_trusted_documents(settings, of_pages)
    for name, query in {"a": "query A { hello }", "b": "query B { hello }"}.items():
        assert documents.resolve({"query": query}) == {"query": query}
        assert documents.resolve({"documentId": name}) == {"documentId": name, "query": query}
    assert read_trusted_documents(settings, tmp_path / "none.json").mode == mode
