"""What the chart runs for the whole house: backups, their rehearsal, who watches, and the key that it asks with."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared.backup import BackupSettings
from shared.config import BadSettings, BrokerSettings, DatabaseSettings, HouseSettings, ProvisionSettings, read
from shared.services import services
from shared.watch import WatchSettings
from tests.deploy.chart import (
    HOUSE,
    Pod,
    Thing,
    containers,
    environ,
    lets_through,
    of_kind,
    pods,
    render,
    rendered,
    secrets_of,
    template,
    values,
)

OWNERS = sorted(service.name for service in services() if service.metadata is not None)
BACKUP, DRILL, WATCH = HOUSE
CLAIM: Mapping[str, Any] = {
    "backups": {"claim": "backups"},
    "operator": {"secret": "operator"},
    "watch": {"enabled": True},
    "services": {"bridge": {"lmsFolderClaim": "lms"}},
}


def with_a_claim() -> list[Thing]:
    return render({**values("least"), **CLAIM})


def mounts(things: list[Thing], name: str) -> dict[str, bool]:
    """What the process of this name has mounted, and whether it may only read it."""
    (thing,) = (each for each in of_kind(things, "CronJob", "Deployment") if each["metadata"]["name"] == name)
    (container,) = template(thing)["spec"]["containers"]
    return {each["mountPath"]: each.get("readOnly", False) for each in container["volumeMounts"]}


def test_without_a_place_nothing_is_backed_up_and_without_a_key_nobody_watches() -> None:
    things = rendered("least")
    assert not of_kind(things, "CronJob")
    assert not [each for each in things if each["metadata"]["name"].endswith(("-watch", "-to-store"))]
    assert not [each for each in containers("least").values() if "BANGKOM_OPERATOR_JWKS" in environ(each)]


def test_backups_come_every_hour_and_a_rehearsal_every_week_one_at_a_time() -> None:
    jobs = {each["metadata"]["name"]: each["spec"] for each in of_kind(rendered("all"), "CronJob")}
    assert {name: job["schedule"] for name, job in jobs.items()} == {
        "kota-bangkom-backup": "7 * * * *",
        "kota-bangkom-drill": "37 3 * * 0",
    }
    assert {job["concurrencyPolicy"] for job in jobs.values()} == {"Forbid"}
    assert jobs["kota-bangkom-drill"]["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_a_drill_can_be_left_out() -> None:
    things = render({**values("least"), "backups": {"claim": "backups", "drill": {"enabled": False}}})
    assert [each["metadata"]["name"] for each in of_kind(things, "CronJob")] == ["kota-bangkom-backup"]


def test_each_is_given_what_it_needs() -> None:
    found = containers("all")
    for owner in OWNERS:
        read(DatabaseSettings, owner, environ(found[BACKUP]))
        assert read(HouseSettings, owner, environ(found[WATCH])).url == f"http://kota-bangkom-{owner}:8000"
    assert environ(found[BACKUP])["BANGKOM_LMS_FOLDER"] == "/lms"
    read(ProvisionSettings, environ=environ(found[DRILL]))
    for name in HOUSE:
        given = environ(found[name])
        assert read(BackupSettings, environ=given).place == "s3://bangkom/backups"
        assert given["AWS_ENDPOINT_URL"] == "https://s3.example.id"
        assert "AWS_SHARED_CREDENTIALS" in given
    watching = environ(found[WATCH])
    assert read(WatchSettings, environ=watching).listen == ("0.0.0.0", 9100)
    assert read(HouseSettings, "budget", watching).operator_key
    read(BrokerSettings, environ=watching)


def test_the_services_databases_and_the_server_are_never_in_one_hand() -> None:
    found = containers("all")
    for owner in OWNERS:
        with pytest.raises(BadSettings):
            read(DatabaseSettings, owner, environ(found[DRILL]))
    with pytest.raises(BadSettings):
        read(ProvisionSettings, environ=environ(found[BACKUP]))
    databases = {(f"kota-bangkom-{each}", f"BANGKOM_{each.upper()}_DATABASE_URL") for each in OWNERS}
    keys = ("kota-bangkom-backups", "AWS_SHARED_CREDENTIALS")
    assert secrets_of(found[BACKUP]) == databases | {keys}
    assert secrets_of(found[DRILL]) == {("kota-bangkom-backups", "DATABASE_URL"), keys}


def test_a_private_key_is_given_to_who_watches_alone_and_its_public_half_to_services() -> None:
    for run, container in containers("all").items():
        has = {path for _, path in secrets_of(container)}
        assert ("BANGKOM_OPERATOR_KEY" in has) == (run == WATCH), run
        public = [each["secret"] for each in container["pod"]["volumes"] if each["name"] == "operator"]
        asked = run.startswith("web ") and run != "web portal"
        assert bool(public) == asked, run
        if asked:
            assert public[0]["items"] == [{"key": "BANGKOM_OPERATOR_JWKS", "path": "jwks.json"}]
            (mount,) = (each for each in container["volumeMounts"] if each["name"] == "operator")
            given = environ(container)["BANGKOM_OPERATOR_JWKS"]
            assert given == f"{mount['mountPath']}/jwks.json"


def test_a_volume_for_backups_is_written_by_one_and_read_by_the_others() -> None:
    things = with_a_claim()
    assert mounts(things, "kota-bangkom-backup") == {
        "/tmp": False,
        "/run/secrets/bangkom": True,
        "/backups": False,
        "/lms": True,
    }
    for name in ("kota-bangkom-drill", "kota-bangkom-watch"):
        assert mounts(things, name)["/backups"] is True
        assert "/lms" not in mounts(things, name)


def test_with_a_volume_nobody_goes_outside_for_backups() -> None:
    things = tuple(with_a_claim())
    ours, outside = pods(things), Pod("https outside", address="203.0.113.7")
    for name in ("backup backups", "drill backups", "watch house"):
        assert not lets_through(things, ours[name], outside, 443), name


def test_prometheus_finds_who_watches() -> None:
    (monitor,) = of_kind(rendered("all"), "ServiceMonitor")
    (service,) = (each for each in of_kind(rendered("all"), "Service") if each["metadata"]["name"].endswith("-watch"))
    selected = monitor["spec"]["selector"]["matchLabels"]
    assert selected.items() <= service["metadata"]["labels"].items()
    assert {each["name"] for each in service["spec"]["ports"]} & {each["port"] for each in monitor["spec"]["endpoints"]}
    assert service["spec"]["selector"].items() <= pods(rendered("all"))["watch house"].labels.items()


def test_one_watches_and_no_scaler_makes_it_two() -> None:
    (watch,) = (each for each in of_kind(rendered("all"), "Deployment") if each["metadata"]["name"].endswith("-watch"))
    assert watch["spec"]["replicas"] == 1


def test_a_cluster_of_ours_has_a_role_for_rehearsals_that_enters_no_service_s_database() -> None:
    (cluster,) = (each for each in of_kind(rendered("all"), "Cluster"))
    (role,) = (each for each in cluster["spec"]["managed"]["roles"] if each["name"] == "bangkom_drill")
    assert role["createdb"] is True
    assert not role.get("superuser")
    lines = [each.split() for each in cluster["spec"]["postgresql"]["pg_hba"] if "bangkom_drill" in each]
    assert [line[1] for line in lines] == ["postgres", "/^scratch_", "all"]
    assert lines[-1][-1] == "reject"
    without = render({**values("all"), "backups": {}})
    (cluster,) = of_kind(without, "Cluster")
    assert "bangkom_drill" not in str(cluster)
