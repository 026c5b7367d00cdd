"""compose.yaml says what the server, its example of an env file and the images need."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gql_chat.server.supervisor import END_SECONDS
from gql_chat.settings import load_settings
from tests.deploy.compose import COMPOSE, ROOT, VARIABLE, Missing, filled_in, read_compose, read_env_example

IMAGE = re.compile(r"[a-z-]+(/[a-z-]+)?:\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?")
SECRETS = {"POSTGRES_PASSWORD", "GQL_CHAT_SECRET_KEY", "GQL_CHAT_MASTER_KEYS", "STORE_SECRET"}
WANTED = """
    ALLOWED_NETWORKS ALLOWED_ORIGINS LOG_FORMAT LOG_LEVEL MAIL_FROM MAILER MAX_REPLIES_PER_USER MONTHLY_TOKENS_PER_USER
    SMTP_HOST SMTP_PASSWORD SMTP_PORT SMTP_SECURITY SMTP_USERNAME UPLOAD_QUOTA_BYTES_PER_USER
"""
DIGEST = f"@sha256:{'5a' * 32}"
# Knows each image under two names, as a Docker that has pulled it from a mirror too.
DOCKER = f"""#!/bin/sh
for last; do :; done
[ "$1" != image ] || printf '%s\\n' "mirror.example/x@sha256:{"00" * 32}" "${{last%:*}}{DIGEST}"
"""


@pytest.fixture
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read_compose(filled_in())["services"]
    return found


@pytest.mark.parametrize("name", ["app-1", "app-2", "migrate"])
def test_the_server_takes_every_setting_that_it_is_given(
    services: dict[str, dict[str, Any]], name: str, tmp_path: Path
) -> None:
    settings = load_settings({**services[name]["environment"], "GQL_CHAT_DATA_DIR": str(tmp_path)})
    assert not settings.is_embedded
    assert list(settings.master_keys) == ["main"]


def test_only_the_network_of_the_proxy_is_believed(services: dict[str, dict[str, Any]]) -> None:
    compose = read_compose(filled_in())
    (trusted,) = load_settings(services["app-1"]["environment"]).trusted_proxies
    (front,) = compose["networks"]["front"]["ipam"]["config"]
    assert front["subnet"] == str(trusted)
    assert {name for name, service in services.items() if "front" in service.get("networks", ())} == {
        *("proxy", "app-1", "app-2", "migrate"),
    }
    # Where they meet elsewhere, the servers would not believe it.
    assert set(services["proxy"]["networks"]) & set(services["app-1"]["networks"]) == {"front"}


def test_the_servers_wait_for_the_tables_and_the_bucket(services: dict[str, dict[str, Any]]) -> None:
    for name in ("app-1", "app-2"):
        waits = {service: how["condition"] for service, how in services[name]["depends_on"].items()}
        assert waits == {
            "migrate": "service_completed_successfully",
            "bucket": "service_completed_successfully",
            "valkey": "service_healthy",
        }
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["migrate"]["command"] == ["migrate"]
    assert services["bucket"]["depends_on"] == {"seaweedfs": {"condition": "service_healthy"}}
    assert set(services["proxy"]["depends_on"]) == {"app-1", "app-2"}


def test_who_is_waited_for_says_how_it_is(services: dict[str, dict[str, Any]]) -> None:
    for service in services.values():
        for name, how in service.get("depends_on", {}).items():
            # The servers' health check is in their image.
            assert how["condition"] != "service_healthy" or "healthcheck" in services[name] or "build" in services[name]


def test_every_image_is_of_one_version_and_only_the_proxy_is_reached_from_outside(
    services: dict[str, dict[str, Any]],
) -> None:
    for name, service in services.items():
        assert IMAGE.fullmatch(service["image"]), service["image"]
        assert ("ports" in service) == (name == "proxy")


def test_the_proxy_finds_everybody_where_they_are(services: dict[str, dict[str, Any]]) -> None:
    servers = re.findall(r"server (172[\d.]+):(\d+)", (ROOT / "deploy/nginx/common.conf").read_text(encoding="utf-8"))
    replicas = [(services[name]["networks"]["front"]["ipv4_address"], "8000") for name in ("app-1", "app-2")]
    assert servers == [*replicas, *replicas, (services["seaweedfs"]["networks"]["files"]["ipv4_address"], "8333")]


def test_the_example_names_each_variable_and_holds_no_secret() -> None:
    used = {found[1] for found in VARIABLE.finditer(COMPOSE.read_text(encoding="utf-8"))}
    example = read_env_example()
    assert set(example) == used
    assert {name for name in SECRETS if example[name]} == set()


def test_every_setting_of_the_example_reaches_the_server_under_its_own_name() -> None:
    passed_on = {name for name in read_env_example() if name.startswith("GQL_CHAT_")}
    values = filled_in() | {name: f"a value of {name}" for name in passed_on}
    environment = read_compose(values)["services"]["app-1"]["environment"]
    assert {name: environment.get(name) for name in passed_on} == {name: values[name] for name in passed_on}
    assert passed_on >= {f"GQL_CHAT_{name}" for name in WANTED.split()}


def test_what_an_operator_fills_in_is_what_the_server_reads(tmp_path: Path) -> None:
    mail = {"MAILER": "smtp", "MAIL_FROM": "chat@example.com", "SMTP_HOST": "mail.example.com", "SMTP_PORT": "2525"}
    limits = {"MONTHLY_TOKENS_PER_USER": "1000", "MAX_KEYS_PER_USER": "3", "UPLOAD_QUOTA_BYTES_PER_USER": "5000"}
    reach = {"ALLOWED_ORIGINS": "https://app.example.com", "ALLOWED_NETWORKS": "ollama:11434"}
    filled = {f"GQL_CHAT_{name}": value for name, value in {**mail, **limits, **reach, "LOG_LEVEL": "WARNING"}.items()}
    environment = read_compose(filled_in() | filled)["services"]["app-1"]["environment"]
    settings = load_settings({**environment, "GQL_CHAT_DATA_DIR": str(tmp_path)})
    assert (settings.mailer, settings.smtp_host, settings.smtp_port) == ("smtp", "mail.example.com", 2525)
    assert (settings.monthly_tokens_per_user, settings.max_keys_per_user) == (1000, 3)
    assert (settings.upload_quota_bytes_per_user, settings.log_level) == (5000, "WARNING")
    assert [str(network) for network in settings.allowed_networks] == ["ollama:11434"]
    assert list(settings.allowed_origins) == ["https://app.example.com"]


def test_the_example_as_it_is_changes_no_default(tmp_path: Path) -> None:
    environment = read_compose(filled_in())["services"]["app-1"]["environment"] | {"GQL_CHAT_DATA_DIR": str(tmp_path)}
    needed = {*SECRETS, "GQL_CHAT_REGISTRATION"}
    without = {name: value for name, value in environment.items() if name in needed or name not in read_env_example()}
    assert load_settings(environment).model_dump() == load_settings(without).model_dump()


def test_images_are_pinned_by_the_digests_of_the_registry(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    for name in ("compose.yaml", "Dockerfile", "scripts/pin-images"):
        shutil.copy(ROOT / name, tmp_path / name)
    docker = tmp_path / "bin" / "docker"
    docker.write_text(DOCKER, encoding="utf-8")
    docker.chmod(0o755)
    for _ in range(2):  # the second time it replaces what it wrote
        environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
        subprocess.run([tmp_path / "scripts/pin-images"], check=True, env=environment, stdout=subprocess.DEVNULL)
    pinned = (tmp_path / "compose.yaml").read_text(encoding="utf-8")
    images = re.findall(r"^ *image: (.*)$", pinned, re.MULTILINE)
    assert len(images) == 6
    for image in images:
        assert image.startswith("gql-chat:") or image.endswith(DIGEST), image
        assert IMAGE.fullmatch(image), image
    assert pinned.replace(DIGEST, "") == COMPOSE.read_text(encoding="utf-8")
    assert f"-slim-bookworm{DIGEST}\n" in (tmp_path / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_nothing_starts_without_its_secrets(name: str) -> None:
    with pytest.raises(Missing, match=name):
        read_compose(filled_in() | {name: ""})


def test_whatever_stops_a_server_waits_until_its_replies_have_ended(services: dict[str, dict[str, Any]]) -> None:
    for name in ("app-1", "app-2"):
        service = services[name]
        seconds = load_settings(service["environment"]).drain_seconds + END_SECONDS
        assert service["stop_grace_period"] == f"{seconds:g}s"
    unit = (ROOT / "deploy/gql-chat.service").read_text(encoding="utf-8")
    numbers = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)$", unit, re.MULTILINE)}
    assert numbers["TimeoutStopSec"] == numbers["GQL_CHAT_DRAIN_SECONDS"] + END_SECONDS


def test_a_server_without_workers_that_systemd_reloads_is_started_again() -> None:
    unit = (ROOT / "deploy/gql-chat.service").read_text(encoding="utf-8").splitlines()
    assert "ExecReload=/bin/kill -HUP $MAINPID" in unit  # with one worker, that ends the server with the exit code 0
    assert "Restart=always" in unit
