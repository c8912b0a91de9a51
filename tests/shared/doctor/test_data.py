"""The doctor at databases and the broker: each thing it looks at is broken once for real."""

import os
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from shared import migrate
from shared.db import driver_url
from shared.doctor import bus, databases
from shared.doctor.finding import Finding
from shared.ids import new_id
from shared.provision import setting_of
from shared.service import Service
from shared.topology import broker
from tests.ports import free_port
from tests.shared.bus.fixtures import Toys, until
from tests.shared.bus.proxy import Proxy
from tests.shared.bus.toys import SERVICES
from tests.shared.doctor.fixtures import told
from tests.town import service_named

BUDGET, CONTENT = service_named("budget"), service_named("content")


@pytest.fixture
def least(server_url: str) -> Iterator[dict[str, URL]]:
    """Databases of two services with roles of their own, as `bangkom provision` makes them, under other names."""
    admin = create_engine(driver_url(server_url), isolation_level="AUTOCOMMIT")
    names = {one.name: f"doctor_{os.getpid()}_{new_id().hex[-8:]}_{one.name}" for one in (BUDGET, CONTENT)}
    with admin.connect() as db:
        for name in names.values():
            db.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD 'secret'"))
            db.execute(text(f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0"))
            db.execute(text(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC"))
    yield {service: admin.url.set(username=name, password="secret", database=name) for service, name in names.items()}
    with admin.connect() as db:
        for name in names.values():
            db.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        for name in names.values():
            db.execute(text(f"DROP ROLE {name}"))
    admin.dispose()


def use(monkeypatch: pytest.MonkeyPatch, service: Service, url: URL) -> None:
    monkeypatch.setenv(setting_of(service.name), url.render_as_string(hide_password=False))


def look(owners: Sequence[Service] = (BUDGET, CONTENT)) -> list[Finding]:
    return list(databases.database(BUDGET, owners))


def test_a_database_as_it_should_be_is_well(least: dict[str, URL], monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, BUDGET, least["budget"])
    use(monkeypatch, CONTENT, least["content"])
    assert told(look())["migrations", "budget"] == "bad"
    engine = create_engine(least["budget"])
    migrate.upgrade(engine, BUDGET)
    engine.dispose()
    assert set(told(look()).values()) == {"ok"}
    assert {one.check for one in look()} == {"database", "migrations", "rights", "clock"}


def test_a_role_that_enters_another_service_s_database_is_seen(
    least: dict[str, URL], monkeypatch: pytest.MonkeyPatch, server_url: str
) -> None:
    use(monkeypatch, BUDGET, least["budget"])
    use(monkeypatch, CONTENT, least["content"])
    admin = create_engine(driver_url(server_url), isolation_level="AUTOCOMMIT")
    with admin.connect() as db:
        db.execute(text(f"GRANT CONNECT ON DATABASE {least['content'].database} TO {least['budget'].username}"))
    admin.dispose()
    (wrong,) = [one for one in look() if one.check == "rights"]
    assert wrong.state == "bad"
    assert least["content"].database in wrong.seen.split()


def test_an_administrator_as_a_service_s_role_is_seen(monkeypatch: pytest.MonkeyPatch, server_url: str) -> None:
    use(monkeypatch, BUDGET, driver_url(server_url))
    wrong = [one for one in look([BUDGET]) if one.check == "rights"]
    assert wrong[0].state == "bad"
    assert "super" in wrong[0].seen


def test_a_version_that_is_not_served_is_seen(monkeypatch: pytest.MonkeyPatch, server_url: str) -> None:
    use(monkeypatch, BUDGET, driver_url(server_url))
    monkeypatch.setattr(databases, "VERSIONS", range(1, 3))
    (version,) = [one for one in look([BUDGET]) if one.check == "database"]
    assert version.state == "bad"
    assert "1 to 2 are served" in version.english


def test_a_database_that_cannot_be_entered_is_seen_and_no_password_told(
    least: dict[str, URL], monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = URL.create("postgresql+psycopg", "budget", "hidden-word", "127.0.0.1", free_port(), "budget")
    for url in (nobody, least["budget"].set(password="hidden-word")):
        use(monkeypatch, BUDGET, url)
        (wrong,) = look([BUDGET])
        assert (wrong.check, wrong.state) == ("database", "bad")
        assert "hidden-word" not in repr(wrong)
        assert "bangkom provision" in wrong.do(english=True)


def test_a_broker_as_it_should_be_is_well_once_somebody_listens(rabbit: Toys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMQP_URL", rabbit.url)
    (up, missing) = [one for one in bus.broker(SERVICES, rabbit.names) if one.check in ("broker", "topology")]
    assert (up.state, missing.state) == ("ok", "bad")
    assert "Run `bangkom topology apply`" in missing.english
    rabbit.declare()
    queue = rabbit.names.queue(SERVICES[0].name)
    assert told(bus.broker(SERVICES, rabbit.names))["broker", queue] == "warn"
    for service in SERVICES:
        rabbit.worker(service.name)
    until(lambda: set(told(bus.broker(SERVICES, rabbit.names)).values()) == {"ok"})


def test_a_missing_queue_other_arguments_and_dead_letters_are_seen(
    rabbit: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMQP_URL", rabbit.url)
    rabbit.declare()
    first, second = (service.name for service in SERVICES[:2])
    with broker(rabbit.url) as connection:
        channel = connection.channel()
        channel.queue_delete(rabbit.names.queue(first))
        channel.queue_delete(rabbit.names.dead_queue(second))
        channel.queue_declare(rabbit.names.dead_queue(second), durable=True, auto_delete=False)
        message = channel.prepare_message(b"x", content_encoding="binary")
        channel.basic_publish(message, exchange="", routing_key=rabbit.names.dead_queue(first))
        until(lambda: told(bus.broker(SERVICES, rabbit.names)).get(("dead letters", first)) == "warn")
    seen = {one.seen: one.subject for one in bus.broker(SERVICES, rabbit.names) if one.check == "topology"}
    assert seen == {"missing": rabbit.names.queue(first), "other arguments": rabbit.names.dead_queue(second)}


def test_a_broker_that_is_away_or_refuses_us_is_seen(
    broker_door: tuple[Proxy, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    door, url = broker_door
    monkeypatch.setenv("AMQP_URL", make_url(url).set(password="hidden-word").render_as_string(hide_password=False))
    (refused,) = bus.broker([])
    assert (refused.check, refused.state) == ("broker", "bad")
    assert "hidden-word" not in repr(refused)
    monkeypatch.setenv("AMQP_URL", url)
    door.cut()
    (away,) = bus.broker([])
    assert (away.check, away.state) == ("broker", "bad")
    monkeypatch.delenv("AMQP_URL")
    (unset,) = bus.broker([])
    assert "Set AMQP_URL" in unset.english
