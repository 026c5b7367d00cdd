"""The Helm chart, linted and rendered by Helm's own engine: `scripts/check-helm`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from helm_python import Chart, lint

from gql_chat import __version__
from gql_chat.server.supervisor import END_SECONDS
from gql_chat.settings import Settings, check_settings
from tests.deploy.dockerfile import read_dockerfile

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm"
WARNING = 2  # of Helm's severities

# What values.yaml asks the operator's secret to hold.
SECRET = {
    "GQL_CHAT_DATABASE_URL": "postgres://gql_chat:secret@postgres/gql_chat",
    "GQL_CHAT_REDIS_URL": "redis://redis",
    "GQL_CHAT_SECRET_KEY": "s" * 48,
    "GQL_CHAT_MASTER_KEYS": f"main:{'A' * 43}=",
    "GQL_CHAT_STORE_ACCESS_KEY_ID": "id",
    "GQL_CHAT_STORE_SECRET_ACCESS_KEY": "secret",
}


def main() -> None:
    """Check everything; an assertion that fails shows what is wrong."""
    findings = [finding for finding in lint(CHART, strict=True)["messages"] if finding["severity"] >= WARNING]
    assert not findings, findings
    manifests = render()
    assert {*manifests} == {"Deployment", "Ingress", "Job", "PodDisruptionBudget", "Service"}
    assert {*render(replicas=1, ingress={"enabled": False})} == {"Deployment", "Job", "Service"}
    check_pod(manifests["Deployment"]["spec"]["template"]["spec"], ["serve"])
    check_pod(manifests["Job"]["spec"]["template"]["spec"], ["migrate"])
    check_ways(manifests)
    sys.stdout.write("the chart is as it should be\n")


def render(**values: Any) -> dict[str, dict[str, Any]]:
    """Return the manifests by their kind."""
    texts = Chart.load(CHART).render(values, name="chat").items()
    loaded = [yaml.safe_load(text) for name, text in texts if name.endswith(".yaml")]
    return {manifest["kind"]: manifest for manifest in loaded if manifest}


def check_pod(pod: Mapping[str, Any], arguments: list[str]) -> None:
    """Require the image of this version, the user of the Dockerfile, and settings that a server takes."""
    [container] = pod["containers"]
    assert (container["image"], container["args"]) == (f"gql-chat:{__version__}", arguments)
    user = read_dockerfile(ROOT / "Dockerfile")[-1].last("USER").rest
    assert pod["securityContext"]["runAsUser"] == int(user)
    settings = settings_of(container)
    assert not settings.is_embedded
    if arguments == ["serve"]:
        assert pod["terminationGracePeriodSeconds"] == settings.drain_seconds + END_SECONDS


def settings_of(container: Mapping[str, Any]) -> Settings:
    """Return the settings of a server in this container."""
    return check_settings({variable["name"]: variable["value"] for variable in container["env"]} | SECRET)


def check_ways(manifests: Mapping[str, Mapping[str, Any]]) -> None:
    """Require that the ingress reaches the service, and the service the pods at the port on which they listen."""
    service = manifests["Service"]
    [port] = service["spec"]["ports"]
    [rule] = manifests["Ingress"]["spec"]["rules"]
    [path] = rule["http"]["paths"]
    backend = path["backend"]["service"]
    assert (backend["name"], backend["port"]["name"]) == (service["metadata"]["name"], port["name"])
    template = manifests["Deployment"]["spec"]["template"]
    assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
    [container] = template["spec"]["containers"]
    [listening] = container["ports"]
    assert listening["name"] == port["targetPort"]
    assert listening["containerPort"] == settings_of(container).port


if __name__ == "__main__":
    main()
