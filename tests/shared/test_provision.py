import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from shared.db import driver_url
from shared.provision import drop, kept_passwords, name_of, provision, setting_of, write_settings

NAMES = ("provision_one", "provision_two")


@pytest.fixture
def clean(server_url: str) -> Iterator[str]:
    drop(server_url, NAMES)
    yield server_url
    drop(server_url, NAMES)


def test_each_service_gets_its_database_and_owns_it(clean: str) -> None:
    urls = provision(clean, dict.fromkeys(NAMES, "secret"))
    for service, url in urls.items():
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE mine (n int)"))
            assert connection.scalar(text("SELECT current_database()")) == name_of(service)
        engine.dispose()


def test_a_role_may_not_connect_to_another_services_database(clean: str) -> None:
    urls = provision(clean, dict.fromkeys(NAMES, "secret"))
    engine = create_engine(urls[NAMES[0]].set(database=name_of(NAMES[1])))
    with pytest.raises(OperationalError, match="permission denied"):
        engine.connect()


def test_a_role_is_nothing_more_than_a_login(clean: str) -> None:
    provision(clean, dict.fromkeys(NAMES, "secret"))
    admin = create_engine(driver_url(clean))
    with admin.connect() as connection:
        powers = connection.execute(
            text("SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = :n"),
            {"n": name_of(NAMES[0])},
        ).one()
        inherits = connection.scalar(
            text("SELECT rolinherit FROM pg_roles WHERE rolname = :n"), {"n": name_of(NAMES[0])}
        )
    admin.dispose()
    assert not any(powers)
    assert inherits, "PostgreSQL 15 gives an owner nothing in its own schema public otherwise"


def test_a_second_run_keeps_the_data_and_takes_the_new_password(clean: str) -> None:
    first = provision(clean, {NAMES[0]: "first"})
    engine = create_engine(first[NAMES[0]])
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (n int)"))
    engine.dispose()
    engine = create_engine(provision(clean, {NAMES[0]: "second"})[NAMES[0]])
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM kept")) == 0
    engine.dispose()


def test_the_server_is_given_a_verifier_and_never_the_password(clean: str) -> None:
    provision(clean, {NAMES[0]: "quite secret"})
    admin = create_engine(driver_url(clean))
    with admin.connect() as connection:
        stored = connection.scalar(
            text("SELECT rolpassword FROM pg_authid WHERE rolname = :n"), {"n": name_of(NAMES[0])}
        )
    admin.dispose()
    assert str(stored).startswith("SCRAM-SHA-256$")


@pytest.mark.parametrize("name", ["", "Budget", "bud get", "budget;drop", "büdget", 'bud"get'])
def test_a_name_that_could_be_something_else_in_sql_is_refused(clean: str, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a service"):
        provision(clean, {name: "secret"})


def test_passwords_are_made_once_and_private(tmp_path: Path) -> None:
    first = kept_passwords(tmp_path / "keys", NAMES)
    assert len(set(first.values())) == 2
    assert kept_passwords(tmp_path / "keys", NAMES) == first
    for file in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_settings_file_names_every_address_and_is_private(tmp_path: Path, clean: str) -> None:
    urls = provision(clean, dict.fromkeys(NAMES, "p@ss/word"))
    file = tmp_path / "addresses"
    write_settings(file, urls)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = dict(line.split("=", 1) for line in file.read_text().splitlines())
    assert {driver_url(value) for value in told.values()} == set(urls.values())
    assert set(told) == {setting_of(service) for service in NAMES}
