"""The Helm chart: it lints, renders, and what it renders to is valid, hardened and complete."""

import copy
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import helm_python as helm
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from services.bridge.sealing import SealSettings
from services.portal import settings as portal_settings
from shared.config import BadSettings, BrokerSettings, DatabaseSettings, WebSettings, WorkSettings, read
from shared.services import services
from tests.deploy.chart import CHART, HOUSE, ROOT, containers, environ, of_kind, render, rendered, secrets_of, values
from tests.house.pages import RIGHTS, broker_rights, variables_on_page

BOTH = pytest.mark.parametrize("name", ["least", "all"])
OWNERS = sorted(service.name for service in services() if service.metadata is not None)
KUBERNETES = kubernetes_validate.latest_version()
OPERATORS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "postgresql.cnpg.io/v1": {"Cluster": ("instances", "storage"), "Database": ("cluster", "name", "owner")},
    "rabbitmq.com/v1beta1": {
        "RabbitmqCluster": ("replicas", "persistence"),
        "User": ("rabbitmqClusterReference", "importCredentialsSecret"),
        "Permission": ("vhost", "userReference", "permissions", "rabbitmqClusterReference"),
        "TopicPermission": ("vhost", "userReference", "permissions", "rabbitmqClusterReference"),
    },
    "keda.sh/v1alpha1": {"ScaledObject": ("scaleTargetRef", "triggers"), "TriggerAuthentication": ("secretTargetRef",)},
    "monitoring.coreos.com/v1": {"ServiceMonitor": ("selector", "endpoints"), "PrometheusRule": ("groups",)},
    "gateway.networking.k8s.io/v1": {"HTTPRoute": ("parentRefs", "hostnames", "rules")},
}
"""What comes from operators, whose schemas are not Kubernetes' own: the parts that they require of each."""


@BOTH
def test_the_chart_lints_without_a_warning(name: str) -> None:
    report = helm.lint(CHART, values(name), strict=True)
    assert [each for each in report["messages"] if each["severity"] > 1] == []
    assert report["errors"] == []


@BOTH
def test_what_it_renders_to_is_valid(name: str) -> None:
    for thing in rendered(name):
        if thing["apiVersion"] in OPERATORS:
            required = OPERATORS[thing["apiVersion"]][thing["kind"]]
            assert set(required) <= set(thing["spec"]), thing["metadata"]["name"]
        else:
            kubernetes_validate.validate(dict(thing), KUBERNETES, strict=True)


@BOTH
def test_names_are_short_enough_and_used_once(name: str) -> None:
    named = [(thing["kind"], thing["metadata"]["name"]) for thing in rendered(name)]
    assert len(named) == len(set(named))
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?", each) for _, each in named)


def test_every_process_runs() -> None:
    processes = [f"web {each}" for each in [*OWNERS, "portal"]] + [f"work {each}" for each in OWNERS]
    once = [f"migrate {each}" for each in OWNERS] + ["topology apply"]
    assert sorted(containers("least")) == sorted(processes + once)


@BOTH
def test_everything_is_on_where_it_is_asked_for(name: str) -> None:
    kinds = {thing["kind"] for thing in rendered(name)}
    optional = {kind for known in OPERATORS.values() for kind in known}
    assert kinds & optional == (optional if name == "all" else set())


@BOTH
def test_a_container_may_do_nothing_but_its_work(name: str) -> None:
    for container in containers(name).values():
        pod, own = container["pod"], container["securityContext"]
        assert own == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        ours = pod["securityContext"]
        assert (ours["runAsNonRoot"], ours["runAsUser"]) == (True, 10001)
        assert ours["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        assert not any("hostPath" in volume for volume in pod["volumes"])
        assert set(container["resources"]) == {"requests", "limits"}
        assert container["resources"]["limits"]["memory"]


@BOTH
def test_every_process_is_watched_and_kept_up(name: str) -> None:
    budgets = [thing["spec"]["selector"]["matchLabels"] for thing in of_kind(rendered(name), "PodDisruptionBudget")]
    for deployment in of_kind(rendered(name), "Deployment"):
        spec = deployment["spec"]
        (container,) = spec["template"]["spec"]["containers"]
        assert container["livenessProbe"]["httpGet"]["path"] == "/live"
        assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
        assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        assert budgets.count(spec["selector"]["matchLabels"]) == 1


@pytest.mark.parametrize(("by", "kind"), [("metric", "HorizontalPodAutoscaler"), ("keda", "ScaledObject")])
def test_workers_grow_with_their_queue(by: str, kind: str) -> None:
    things = render({**values("least"), "work": {"lag": {"by": by}}})
    targets = [thing["spec"]["scaleTargetRef"]["name"] for thing in of_kind(things, kind)]
    assert {f"kota-bangkom-{each}-work" for each in OWNERS} <= set(targets)
    scaled = {thing["metadata"]["name"]: "replicas" in thing["spec"] for thing in of_kind(things, "Deployment")}
    assert not any(scaled.values()), "a number of replicas would undo at each upgrade what the scaler did"


@BOTH
def test_the_chart_names_only_settings_that_exist(name: str) -> None:
    known = set(variables_on_page())
    known |= {each.replace("{SERVICE}", service.upper()) for each in known for service in OWNERS}
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for run, container in containers(name).items():
        given = {each["name"] for each in container["env"]}
        stores = {each for each in given if each.startswith("AWS_")}
        assert {each.removesuffix("_FILE") for each in given - stores} <= known, run
        assert all(f"`{each}`" in page for each in stores), run


@BOTH
def test_every_process_is_given_what_it_needs(name: str) -> None:
    for run, container in containers(name).items():
        if run in HOUSE:
            continue
        kind, service = run.split()
        given = environ(container)
        if run == "web portal":
            portal_settings.from_environment(given)
            continue
        kinds: dict[str, list[type[Any]]] = {
            "web": [WebSettings],
            "work": [WorkSettings],
            "migrate": [DatabaseSettings],
            "topology": [BrokerSettings],
        }
        if service == "bridge" and kind in ("web", "work"):
            assert read(SealSettings, environ=given).keys
            assert given["BANGKOM_PUBLIC_URL"] == "https://bangkom.example.id"
        for of in kinds[kind]:
            read(of, service, given)


def test_what_a_process_needs_is_missed_where_it_is_not_given() -> None:
    given = environ(containers("least")["work budget"])
    del given["AMQP_URL"]
    with pytest.raises(BadSettings, match="AMQP_URL"):
        read(WorkSettings, "budget", given)


@BOTH
def test_secrets_are_files_of_the_process_that_needs_them_and_never_values(name: str) -> None:
    for run, container in containers(name).items():
        mounted = {path for _, path in secrets_of(container)}
        files = {each["name"]: each["value"] for each in container["env"] if each["name"].endswith("_FILE")}
        assert set(files.values()) == {f"/run/secrets/bangkom/{path}" for path in mounted}, run
        assert all(path.removeprefix("/run/secrets/bangkom/") == name[:-5] for name, path in files.items()), run
        if run not in HOUSE:
            assert all(run.split()[1].upper() in path for path in mounted if path.endswith("DATABASE_URL"))
        plain = [each["name"] for each in container["env"] if not each["name"].endswith("_FILE")]
        assert not [each for each in plain if re.search(r"PASSWORD|SECRET|_KEYS$|DATABASE_URL|AMQP_URL", each)]
    assert not of_kind(rendered(name), "Secret")


def wrong(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    given = copy.deepcopy(values("least"))
    change(given)
    return given


WRONG: Mapping[str, dict[str, Any]] = {
    "nothing": {},
    "a door without TLS": wrong(lambda given: given.update(publicUrl="http://bangkom.example.id")),
    "keys that anybody could give": wrong(lambda given: given["tokens"].update(jwks="http://sso.example.id/keys")),
    "an unknown name": wrong(lambda given: given.update(replicaCount=2)),
    "an unknown name deeper": wrong(lambda given: given.update(web={"replica": 2})),
    "an unknown service": wrong(lambda given: given.update(services={"payroll": {}})),
    "no replica": wrong(lambda given: given.update(web={"replicas": 0})),
    "text for a number": wrong(lambda given: given.update(work={"pool": "8"})),
    "a scaler nobody knows": wrong(lambda given: given.update(work={"lag": {"by": "magic"}})),
    "a secret as a value": wrong(lambda given: given.update(settings={"BANGKOM_PORTAL_SECRET": "plain"})),
    "a password as a value": wrong(lambda given: given.update(settings={"BANGKOM_BUDGET_DATABASE_URL": "plain"})),
    "a digest that is none": wrong(lambda given: given.update(image={"digest": "sha256:1"})),
    "an even broker cluster": wrong(lambda given: given.update(rabbitmq={"cluster": {"replicas": 2}})),
    "two places for backups": wrong(
        lambda given: given.update(backups={"claim": "backups", "s3": {"address": "s3://bucket/backups"}})
    ),
    "a place that is no bucket": wrong(lambda given: given.update(backups={"s3": {"address": "https://bucket"}})),
    "no backup kept": wrong(lambda given: given.update(backups={"keep": 0})),
    "somebody who watches without a key": wrong(lambda given: given.update(watch={"enabled": True})),
    "a peer that is none": wrong(lambda given: given.update(network={"door": ["gateways"]})),
}


@pytest.mark.parametrize("given", WRONG.values(), ids=WRONG)
def test_a_wrong_value_is_refused(given: dict[str, Any]) -> None:
    with helm.Chart.load(CHART) as chart, pytest.raises(helm.HelmError):
        chart.validate_schema(chart.merge_values(given))


@BOTH
def test_right_values_are_taken(name: str) -> None:
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(chart.merge_values(values(name)))


def test_the_rules_are_those_of_the_repository_whole() -> None:
    folder = ROOT / "deploy" / "prometheus" / "rules"
    written = [yaml.safe_load(path.read_text(encoding="utf-8"))["groups"] for path in sorted(folder.glob("*.yml"))]
    made = [thing["spec"]["groups"] for thing in of_kind(rendered("all"), "PrometheusRule")]
    assert written
    assert sorted(made, key=str) == sorted(written, key=str)


def test_the_brokers_users_have_the_rights_that_the_code_gives() -> None:
    assert RIGHTS.read_text(encoding="utf-8") == broker_rights(), "run `make pages`"
    may = {thing["metadata"]["name"]: thing["spec"]["permissions"] for thing in of_kind(rendered("all"), "Permission")}
    assert sorted(may) == [f"kota-bangkom-{name}" for name in OWNERS]
    assert may["kota-bangkom-budget"]["configure"] == r"^(bangkom\.budget|bangkom\.budget\.dead)$"
    topics = of_kind(rendered("all"), "TopicPermission")
    assert {thing["spec"]["permissions"]["exchange"] for thing in topics} > {"bangkom.events", "bangkom.dead"}


def test_a_role_of_the_cluster_enters_its_own_database_alone() -> None:
    (cluster,) = of_kind(rendered("all"), "Cluster")
    for owner in OWNERS:
        lines = [line for line in cluster["spec"]["postgresql"]["pg_hba"] if line.split()[2] == f"bangkom_{owner}"]
        assert [line.split()[1::3] for line in lines] == [[f"bangkom_{owner}", "scram-sha-256"], ["all", "reject"]]


@pytest.mark.parametrize(("name", "hook"), [("least", "pre-install,pre-upgrade"), ("all", "post-install,pre-upgrade")])
def test_migrations_come_before_the_new_code_and_after_the_clusters(name: str, hook: str) -> None:
    jobs = of_kind(rendered(name), "Job")
    assert {job["metadata"]["annotations"]["helm.sh/hook"] for job in jobs} == {hook}


def test_the_door_shows_no_figures_and_nothing_internal() -> None:
    (route,) = of_kind(rendered("all"), "HTTPRoute")
    assert len(route["spec"]["rules"]) <= 16, "more than the Gateway API allows"
    shown = {}
    for rule in route["spec"]["rules"]:
        for match in rule["matches"]:
            shown[match["path"]["value"]] = [each["name"] for each in rule.get("backendRefs", [])]
    assert shown["/"] == ["kota-bangkom-portal"]
    assert shown["/metrics"] == shown["/ready"] == shown["/live"] == []
    apis = [path for path in shown if path.startswith("/api/")]
    assert all(re.fullmatch(r"/api/[a-z]+/v1|/api/bridge/(facts|site|jwks\.json)", path) for path in apis)


def test_the_templates_have_no_secret_and_no_pinned_registry_of_ours() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(CHART / "templates").iterdir()]
    assert not [text for text in texts if re.search(r"password:|stringData|kind: Secret", text)]
