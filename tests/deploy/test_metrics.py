"""The dashboard, the alerts and the documentation speak of metrics that exist, by labels that they have."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

import gql_chat.infra.telemetry.logging  # what counts lines, which programs import themselves,
import gql_chat.server.redis_services  # those of Redis, and
import gql_chat.server.server  # noqa: F401 - everything else that makes instruments

TOP = Path(__file__).parents[2]
DASHBOARD = TOP / "deploy" / "grafana.json"
ALERTS = TOP / "deploy" / "alerts.yaml"
OPERATIONS = TOP / "docs" / "operations.md"
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
# Of the histogram's buckets, and what Prometheus adds to all that it reads.
GIVEN_LABELS = {"le", "job", "instance"}


def instruments() -> dict[str, set[str]]:
    """Return the labels of each metric by its name."""
    found: dict[str, set[str]] = {}
    for collector in set(REGISTRY._names_to_collectors.values()):
        if isinstance(collector, MetricWrapperBase) and collector._name.startswith("gql_chat_"):
            for suffix in SUFFIXES[str(collector._type)]:
                found[f"{collector._name}{suffix}"] = set(collector._labelnames)
    return found


def expressions() -> dict[str, list[str]]:
    dashboard = json.loads(DASHBOARD.read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    variables = [one["definition"] for one in dashboard["templating"]["list"] if "definition" in one]
    rules = [rule["expr"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    return {"grafana.json": panels + variables, "alerts.yaml": rules}


@pytest.mark.parametrize("file", expressions())
def test_every_metric_that_is_named_exists(file: str) -> None:
    known = instruments()
    for expression in expressions()[file]:
        named = set(re.findall(r"\bgql_chat_\w+", expression))
        assert named or "up{" in expression, expression
        assert named <= known.keys(), expression
        for name, matchers in re.findall(r"(gql_chat_\w+)\{([^}]*)\}", expression):
            assert set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", matchers)) <= known[name] | GIVEN_LABELS, expression
        for labels in re.findall(r"\bby \(([^)]*)\)", expression):
            allowed = set.union(GIVEN_LABELS, *(known[name] for name in named))
            assert set(re.findall(r"\w+", labels)) <= allowed, expression


def test_the_dashboard_shows_every_metric() -> None:
    shown = " ".join(expressions()["grafana.json"])
    families = {name.removesuffix("_bucket") for name in instruments() if not name.endswith(("_sum", "_count"))}
    assert {name for name in families if name not in shown} == set()


def test_panels_do_not_overlap_and_have_ids_of_their_own() -> None:
    panels: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        own = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert cells.isdisjoint(own), panel["title"]
        assert max(x for x, _ in own) < 24
        cells |= own


def test_the_documentation_tells_of_every_metric_and_its_labels() -> None:
    rows = dict(re.findall(r"^\| `(gql_chat_\w+)` \|([^|]*)\|", OPERATIONS.read_text(), re.MULTILINE))
    told = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows.items()}
    families = {
        name.removesuffix("_bucket"): labels
        for name, labels in instruments().items()
        if not name.endswith(("_sum", "_count"))
    }
    assert told == families


def test_the_documentation_tells_of_every_alert() -> None:
    text = OPERATIONS.read_text()
    names = [rule["alert"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    assert [name for name in names if f"`{name}`" not in text] == []
