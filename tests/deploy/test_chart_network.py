"""Who may talk to whom under the chart's policies, pair by pair."""

from collections.abc import Iterator

import pytest

from shared.services import services
from tests.deploy.chart import Pod, Thing, lets_through, pods, rendered

OWNERS = sorted(service.name for service in services() if service.metadata is not None)
OUTSIDE = {
    "the door": Pod("the door", {"app": "gateway"}, "gateways"),
    "prometheus": Pod("prometheus", {"app": "prometheus"}, "monitoring"),
    "names": Pod("names", {"k8s-app": "kube-dns"}, "kube-system"),
    "a stranger": Pod("a stranger", {"app": "other"}, "elsewhere"),
    "a stranger next door": Pod("a stranger next door", {"app": "other"}),
    "https outside": Pod("https outside", address="203.0.113.7"),
}
POSTGRES = Pod("postgres", {"cnpg.io/cluster": "kota-bangkom-postgres"})
RABBITMQ = Pod("rabbitmq", {"app.kubernetes.io/name": "kota-bangkom-rabbitmq"})
PORTS = (8000, 9100, 5432, 5672, 443, 80, 22)
Way = tuple[str, str, int]


def wanted() -> Iterator[Way]:
    """Everything that must be possible; whatever is not here must not be."""
    webs = [f"web {each}" for each in [*OWNERS, "portal"]]
    works = [f"work {each}" for each in OWNERS]
    for web in webs:
        yield "the door", web, 8000
        yield web, "https outside", 443
    for owner in OWNERS:
        yield "web portal", f"web {owner}", 8000
        yield "watch house", f"web {owner}", 8000
        for kind in ("web", "work", "migrate"):
            yield f"{kind} {owner}", "postgres", 5432
        yield f"work {owner}", "rabbitmq", 5672
    yield "topology broker", "rabbitmq", 5672
    for place in OUTSIDE:
        # An LMS may be anywhere, in the cluster too; what else listens there is for its own policies.
        yield "web bridge", place, 443
        yield "work bridge", place, 443
    yield "watch house", "rabbitmq", 5672
    for each in ("backup backups", "drill backups"):
        yield each, "postgres", 5432
    # The store of backups is outside.
    for each in ("backup backups", "drill backups", "watch house"):
        yield each, "https outside", 443
    for process in (*webs, *works, "watch house"):
        yield "prometheus", process, 8000
        yield "prometheus", process, 9100


def found(things: tuple[Thing, ...], everybody: dict[str, Pod]) -> set[Way]:
    ours = pods(things)
    return {
        (source, target, port)
        for source, one in everybody.items()
        for target, other in everybody.items()
        for port in PORTS
        if source != target
        # Between two strangers our policies say nothing.
        and (source in ours or target in ours or target in ("postgres", "rabbitmq"))
        and not (source in ("postgres", "rabbitmq") or (target in ours and other.address))
        and lets_through(things, one, other, port)
    }


def test_processes_reach_what_they_need_and_nothing_else() -> None:
    things = rendered("all")
    everybody = {**pods(things), **OUTSIDE, "postgres": POSTGRES, "rabbitmq": RABBITMQ}
    assert found(things, everybody) == set(wanted())


def test_with_servers_outside_the_same_holds() -> None:
    things = rendered("least")
    ours = pods(things)
    server = Pod("a server", address="10.0.0.5")
    for name, pod in ours.items():
        kind, service = name.split()
        assert lets_through(things, pod, server, 5432) == (service in OWNERS), name
        assert lets_through(things, pod, server, 5672) == (kind in ("work", "topology")), name
        assert not lets_through(things, pod, server, 22), name


@pytest.mark.parametrize("name", ["least", "all"])
def test_everybody_may_ask_for_names(name: str) -> None:
    things = rendered(name)
    for pod in pods(things).values():
        assert all(lets_through(things, pod, OUTSIDE["names"], 53, protocol) for protocol in ("TCP", "UDP"))


def test_a_database_and_a_broker_of_ours_let_in_only_who_needs_them() -> None:
    things = rendered("all")
    for server, port in ((POSTGRES, 5432), (RABBITMQ, 5672), (RABBITMQ, 15672), (POSTGRES, 8000)):
        for name in ("the door", "a stranger", "a stranger next door", "prometheus"):
            assert not lets_through(things, OUTSIDE[name], server, port), (name, server.name, port)
    operator = Pod("operator", {}, "operators")
    assert lets_through(things, operator, POSTGRES, 8000)
    assert lets_through(things, operator, RABBITMQ, 15672)
    assert lets_through(things, RABBITMQ, RABBITMQ, 25672)
