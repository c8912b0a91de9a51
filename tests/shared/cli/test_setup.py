"""`bangkom setup` on a PostgreSQL server of its own with nothing on it, and a real broker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from demo.world import ROOT
from shared import topology
from shared.embedded import Embedded
from shared.ids import new_id
from shared.migrate import at_head
from shared.provision import drop, name_of, setting_of
from shared.services import service_named, services
from shared.topology import PREFIX, Names, Queue, broker, plan
from tests.broker import take_down
from tests.ports import free_port
from tests.shared.bus.fixtures import amqp_url, until
from tests.town import WITH_DATA

SECRET = "word-of-{}-that-is-kept"
MESSAGE = b"waits on"


@dataclass(frozen=True)
class Place:
    """An installation to be. `environment` is what the command is given."""

    admin: URL
    names: Names
    environment: dict[str, str]

    def setup(self, **changed: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            COMMAND, env=self.environment | changed, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
        )

    def begun(self) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        return subprocess.Popen(COMMAND, env=self.environment, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)

    def ask(self, question: str, service: str = "") -> list[Any]:
        """Rows, asked as the administrator in the server's own database or in that of a service."""
        engine = create_engine(self.admin.set(database=name_of(service)) if service else self.admin)
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(question))]
        finally:
            engine.dispose()

    def lacks(self) -> list[str]:
        """What an installation needs and this one does not have."""
        known = {row[0] for row in self.ask("SELECT datname FROM pg_database")}
        found = [f"database {name}" for name in WITH_DATA if name_of(name) not in known]
        for name in WITH_DATA:
            if name_of(name) in known and not self._entered(name):
                found.append(f"schema of {name}")
        return found + topology.check(self.environment["AMQP_URL"], services(), self.names)

    def _entered(self, name: str) -> bool:
        """Whether the service gets into its database with its own address, and finds the newest schema there."""
        engine = create_engine(make_url(self.environment[setting_of(name)]).set(drivername="postgresql+psycopg"))
        try:
            with engine.connect() as connection:
                return at_head(connection, service_named(name))
        finally:
            engine.dispose()

    def looks(self) -> str:
        """All there is: roles and rights, tables with their columns, indexes, triggers and rows, messages."""
        found: dict[str, Any] = {"roles": self.ask(ROLES), "databases": self.ask(DATABASES)}
        for name in WITH_DATA:
            found[name] = [self.ask(question, name) for question in THINGS]
            tables = [row[0] for row in self.ask(TABLES, name)]
            rows = [f"SELECT '{table}', count(*), md5(string_agg(t::text, ' ')) FROM \"{table}\" t" for table in tables]
            found[f"{name} rows"] = self.ask(" UNION ALL ".join(rows) + " ORDER BY 1", name)
        with broker(self.environment["AMQP_URL"]) as connection:
            channel = connection.channel()
            for part in plan(services(), self.names):
                if isinstance(part, Queue):
                    found[part.name] = int(channel.queue_declare(queue=part.name, passive=True).message_count)
        return json.dumps(found, default=str, indent=1)


COMMAND = [sys.executable, "-m", "shared.cli", "setup"]
ROLES = "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolcanlogin FROM pg_roles ORDER BY 1"
OWN_ROLES = f"SELECT rolname FROM pg_roles WHERE rolname IN ({', '.join(repr(name_of(name)) for name in WITH_DATA)})"
DATABASES = "SELECT datname, pg_get_userbyid(datdba), datacl::text FROM pg_database ORDER BY 1"
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
THINGS = (
    "SELECT table_name, column_name, data_type, column_default, is_nullable FROM information_schema.columns "
    "WHERE table_schema = 'public' ORDER BY 1, 2",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "SELECT tgrelid::regclass::text, tgname FROM pg_trigger ORDER BY 1, 2",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2, 3",
)


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    server = Embedded(tmp_path_factory.mktemp("setup") / "server", durable=False)
    server.start()
    yield make_url(server.url).set(drivername="postgresql+psycopg")
    server.stop()


@pytest.fixture
def place(own_server: URL, tmp_path: Path) -> Iterator[Place]:
    """Nothing is there yet: no role, no database, no queue."""
    names = Names(f"setup-{new_id().hex[-12:]}")
    urls = {
        setting_of(name): own_server.set(
            drivername="postgresql", username=name_of(name), database=name_of(name), password=SECRET.format(name)
        )
        for name in WITH_DATA
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BANGKOM_")}
    environment = {
        **inherited,
        **{name: url.render_as_string(hide_password=False) for name, url in urls.items()},
        "DATABASE_URL": own_server.set(drivername="postgresql").render_as_string(hide_password=False),
        "AMQP_URL": amqp_url(),
        "BANGKOM_ENV": "development",
        "BANGKOM_HOME": str(tmp_path / "home"),
        PREFIX: names.prefix,
    }
    yield Place(own_server, names, environment)
    drop(own_server, WITH_DATA)
    take_down(amqp_url(), services(), names)


def test_an_empty_server_and_broker_become_whole_and_a_second_run_changes_nothing(place: Place) -> None:
    missing = place.lacks()
    assert {f"database {name}" for name in WITH_DATA} <= set(missing)
    assert f"queue {place.names.queue('enrolment')} is missing" in missing
    done = place.setup()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        *(f"{name}: at the newest schema" for name in sorted(WITH_DATA)),
        "broker: declared",
    ]
    assert place.lacks() == []
    open_to_all = [row for row in place.ask(DATABASES) if row[0].startswith("bangkom_") and "{=" in row[2]]
    assert open_to_all == [], "a role may enter a database that is not its own"

    _leave_something(place)
    before = place.looks()
    again = place.setup()
    assert again.returncode == 0, again.stderr
    assert place.looks() == before
    assert '"kept"' in before
    assert f'"{place.names.queue("enrolment")}": 1' in before
    assert not [word for word in (SECRET.format(name) for name in WITH_DATA) if word in done.stdout + done.stderr]


def _roles(place: Place) -> bool:
    return bool(place.ask(OWN_ROLES))


def _databases(place: Place) -> bool:
    return len(place.ask("SELECT 1 FROM pg_database WHERE datname LIKE 'bangkom%'")) >= 2


def _tables(place: Place) -> bool:
    first = min(WITH_DATA)
    known = place.ask(f"SELECT 1 FROM pg_database WHERE datname = '{name_of(first)}'")
    return bool(known) and bool(place.ask(TABLES, first))


@pytest.mark.parametrize("moment", [_roles, _databases, _tables], ids=["roles", "databases", "tables"])
def test_killed_in_between_and_run_again_it_is_whole(place: Place, moment: Callable[[Place], bool]) -> None:
    process = place.begun()
    try:
        until(lambda: process.poll() is not None or moment(place))
    finally:
        process.kill()
    _, heard = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, f"it ended by itself before: {heard}"
    assert place.lacks() != []
    done = place.setup()
    assert done.returncode == 0, done.stderr
    assert place.lacks() == []


@pytest.mark.parametrize("setting", ["DATABASE_URL", "AMQP_URL"])
@pytest.mark.parametrize("wrong", ["password", "port"])
def test_who_is_not_let_in_is_told_what_to_do_and_no_secret(place: Place, setting: str, wrong: str) -> None:
    address = make_url(place.environment[setting])
    bad = address.set(password="wrong-word-nobody-knows")
    if wrong == "port":
        bad = address.difference_update_query(["host", "port"]).set(host="127.0.0.1", port=free_port())
    done = place.setup(**{setting: bad.render_as_string(hide_password=False)})
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert f"  {setting}: the server does not let us in." in said
    assert "docs/settings.md" in said
    assert "run the command again" in said
    assert "Traceback" not in said
    secrets = ["wrong-word-nobody-knows", *(SECRET.format(name) for name in WITH_DATA)]
    secrets += [str(address.password)] if setting == "DATABASE_URL" else []
    assert [word for word in secrets if word in said] == []


def test_an_address_with_another_role_is_named_before_anything_is_made(place: Place) -> None:
    setting = setting_of("budget")
    other = make_url(place.environment[setting]).set(username="somebody").render_as_string(hide_password=False)
    done = place.setup(**{setting: other})
    assert done.returncode == 1
    assert f"{setting}: must name role and database bangkom_budget" in done.stderr
    assert SECRET.format("budget") not in done.stdout + done.stderr
    assert place.ask(OWN_ROLES) == []


def _leave_something(place: Place) -> None:
    """A row and a message, as people and services leave them."""
    engine = create_engine(place.admin.set(database=name_of("enrolment")))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (n int)"))
        connection.execute(text("INSERT INTO kept VALUES (1)"))
    engine.dispose()
    with broker(place.environment["AMQP_URL"]) as connection:
        channel = connection.channel()
        message = channel.prepare_message(MESSAGE, properties={"delivery_mode": 2})
        channel.basic_publish(message, routing_key=place.names.queue("enrolment"))
        until(lambda: channel.queue_declare(place.names.queue("enrolment"), passive=True).message_count == 1)
