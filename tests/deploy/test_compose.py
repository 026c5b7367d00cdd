"""compose.yaml says what the server, its example of an env file and the images need."""

import re
from pathlib import Path
from typing import Any

import pytest

from gql_chat.settings import load_settings
from tests.deploy.compose import COMPOSE, ROOT, VARIABLE, Missing, filled_in, read_compose, read_env_example

SECRETS = {"POSTGRES_PASSWORD", "GQL_CHAT_SECRET_KEY", "GQL_CHAT_MASTER_KEYS", "STORE_SECRET"}


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
    assert {name for name, service in services.items() if "front" in service["networks"]} == {
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
    assert services["bucket"]["depends_on"] == {"minio": {"condition": "service_healthy"}}
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
        assert re.fullmatch(r"[a-z-]+(/[a-z-]+)?:[A-Za-z]*\.?\d+[\w.-]+", service["image"]), service["image"]
        assert ("ports" in service) == (name == "proxy")


def test_the_proxy_finds_everybody_where_they_are(services: dict[str, dict[str, Any]]) -> None:
    servers = re.findall(r"server (172[\d.]+):(\d+)", (ROOT / "deploy/nginx/common.conf").read_text(encoding="utf-8"))
    replicas = [(services[name]["networks"]["front"]["ipv4_address"], "8000") for name in ("app-1", "app-2")]
    assert servers == [*replicas, *replicas, (services["minio"]["networks"]["files"]["ipv4_address"], "9000")]


def test_the_example_names_each_variable_and_holds_no_secret() -> None:
    used = {found[1] for found in VARIABLE.finditer(COMPOSE.read_text(encoding="utf-8"))}
    example = read_env_example()
    assert set(example) == used
    assert {name for name in SECRETS if example[name]} == set()


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_nothing_starts_without_its_secrets(name: str) -> None:
    with pytest.raises(Missing, match=name):
        read_compose(filled_in() | {name: ""})
