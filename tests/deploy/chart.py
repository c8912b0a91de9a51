"""The chart as tests look at it: what it renders to, and who may talk to whom under its policies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import helm_python as helm
import yaml
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "helm" / "bangkom"
RELEASE, NAMESPACE = "kota", "bangkom"
Thing = Mapping[str, Any]
SAMPLES = {
    "AMQP_URL": "amqp://bangkom:Vh3kQz81LmWc0pRtYs7d@broker:5672/",
    "BANGKOM_LMS_KEYS": Fernet.generate_key().decode(),
}
HOUSE = ("backup create --keep 168", "backup drill", "watch")
"""What belongs to no service."""


def values(name: str) -> dict[str, Any]:
    """The values in a file of the chart's ci/: least or all."""
    found: dict[str, Any] = yaml.safe_load((CHART / "ci" / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def render(given: Mapping[str, Any]) -> list[Thing]:
    """Every thing that these values make."""
    with helm.Chart.load(CHART) as chart:
        made = chart.render(dict(given), name=RELEASE, namespace=NAMESPACE)
    texts = [text for name, text in made.items() if name.endswith(".yaml")]
    return [thing for text in texts for thing in yaml.safe_load_all(text) if thing]


@cache
def rendered(name: str) -> tuple[Thing, ...]:
    """What the values of one of the chart's files make."""
    return tuple(render(values(name)))


def of_kind(things: tuple[Thing, ...] | list[Thing], *kinds: str) -> list[Thing]:
    return [thing for thing in things if thing["kind"] in kinds]


def template(thing: Thing) -> Thing:
    """The template of the pods that a Deployment, Job or CronJob makes."""
    spec = thing["spec"]["jobTemplate"]["spec"] if thing["kind"] == "CronJob" else thing["spec"]
    found: Thing = spec["template"]
    return found


def containers(name: str) -> dict[str, Thing]:
    """The container of each Deployment, Job and CronJob by what it runs, with its pod's spec as `pod`."""
    made: dict[str, Thing] = {}
    for thing in of_kind(rendered(name), "Deployment", "Job", "CronJob"):
        pod = template(thing)["spec"]
        (container,) = pod["containers"]
        made[" ".join(container["args"])] = {**container, "pod": pod}
    return made


def environ(container: Thing) -> dict[str, str]:
    """The environment as the process reads it, each secret's file replaced by a sample of what is in it."""
    given = {}
    for each in container["env"]:
        name = each["name"].removesuffix("_FILE")
        if name == each["name"]:
            given[name] = each["value"]
        else:
            database = "postgresql://role:Vh3kQz81LmWc0pRtYs7d@host:5432/database"
            given[name] = SAMPLES.get(name, database if name.endswith("DATABASE_URL") else "Vh3kQz81LmWc0pRtYs7dBn42Xa")
    return given


def secrets_of(container: Thing) -> set[tuple[str, str]]:
    """The Secrets' names and the settings that a container is given of each."""
    (volume,) = (each for each in container["pod"]["volumes"] if each["name"] == "secrets")
    if "secret" in volume:
        one = volume["secret"]
        return {(one["secretName"], item["path"]) for item in one["items"]}
    given = [source["secret"] for source in volume["projected"]["sources"]]
    return {(one["name"], item["path"]) for one in given for item in one["items"]}


@dataclass(frozen=True)
class Pod:
    """A pod, or with `address` a place outside the cluster."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    namespace: str = NAMESPACE
    address: str = ""


def pods(things: tuple[Thing, ...]) -> dict[str, Pod]:
    """A pod of each Deployment, Job and CronJob, by its component and service."""
    made = {}
    for thing in of_kind(things, "Deployment", "Job", "CronJob"):
        labels = template(thing)["metadata"]["labels"]
        name = f"{labels['app.kubernetes.io/component']} {labels['bangkom/service']}"
        made[name] = Pod(name, labels)
    return made


def lets_through(things: tuple[Thing, ...], source: Pod, target: Pod, port: int, protocol: str = "TCP") -> bool:
    """Whether policies let a connection through: where any policy is about a pod, only what one of them names."""
    return all(
        not about or any(_names(rule, end, other, port, protocol) for policy in about for rule in policy.get(way) or [])
        for way, end, me, other in (("egress", "to", source, target), ("ingress", "from", target, source))
        for about in [list(_about(things, way, me))]
    )


def _about(things: tuple[Thing, ...], way: str, pod: Pod) -> Iterator[Thing]:
    for policy in of_kind(things, "NetworkPolicy"):
        spec = policy["spec"]
        here = not pod.address and pod.namespace == NAMESPACE
        if here and way.capitalize() in spec["policyTypes"] and _matches(spec["podSelector"], pod.labels):
            yield spec


def _names(rule: Thing, end: str, other: Pod, port: int, protocol: str) -> bool:
    ports = rule.get("ports")
    if ports and not any(each["port"] == port and each.get("protocol", "TCP") == protocol for each in ports):
        return False
    peers = rule.get(end)
    return not peers or any(_is(peer, other) for peer in peers)


def _is(peer: Thing, pod: Pod) -> bool:
    if "ipBlock" in peer:
        return bool(pod.address)
    if pod.address:
        return False
    if "namespaceSelector" in peer:
        here = _matches(peer["namespaceSelector"], {"kubernetes.io/metadata.name": pod.namespace})
    else:
        here = pod.namespace == NAMESPACE
    return here and _matches(peer.get("podSelector", {}), pod.labels)


def _matches(selector: Thing, labels: Mapping[str, str]) -> bool:
    for name, value in selector.get("matchLabels", {}).items():
        if labels.get(name) != value:
            return False
    for each in selector.get("matchExpressions", []):
        among = labels.get(each["key"]) in each["values"]
        if among != {"In": True, "NotIn": False}[each["operator"]]:
            return False
    return True
