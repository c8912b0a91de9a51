from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from shared.auth import AUDITOR, LEARNER
from shared.cli import bangkom, merge
from shared.cli.data import moment
from shared.ids import new_id
from shared.issuer import AUDIENCE, ISSUER, DevelopmentIssuer
from shared.tokens import Issuer, Keys, Verifier


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BANGKOM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BANGKOM_ENV", "development")
    return tmp_path / "home"


def group(name: str, **commands: click.Command) -> click.Group:
    return click.Group(name, commands=dict(commands))


def test_groups_of_one_name_become_one() -> None:
    staff, budget = click.Command("staff"), click.Command("budget")
    first, second = group("import", staff=staff), group("import", budget=budget)
    merged: dict[str, click.Command] = {}
    merge(merged, {"import": first}, "enrolment")
    merge(merged, {"import": second}, "budget")
    made = merged["import"]
    assert isinstance(made, click.Group)
    assert set(made.commands) == {"staff", "budget"}
    assert set(first.commands) == {"staff"}


@pytest.mark.parametrize(
    "second", [click.Command("import"), click.Group("import", commands={"staff": click.Command("staff")})]
)
def test_two_commands_of_one_name_are_a_mistake_in_the_code(second: click.Command) -> None:
    merged: dict[str, click.Command] = {}
    merge(merged, {"import": group("import", staff=click.Command("staff"))}, "enrolment")
    with pytest.raises(ValueError, match="budget adds the command"):
        merge(merged, {"import": second}, "budget")


def test_services_commands_are_on_the_help_page_once() -> None:
    told = CliRunner().invoke(bangkom, ["--help"]).output
    assert told.count("\n  import ") == 1
    assert {"staff", "budget"} <= set(CliRunner().invoke(bangkom, ["import", "--help"]).output.split())


def test_the_house_s_own_commands_load_no_service(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGKOM_SERVICES", "no_such_service")
    assert CliRunner().invoke(bangkom, ["token", "--role", "auditor"]).exit_code == 0


def test_a_token_is_for_the_role_agency_and_person_named(home: Path) -> None:
    agency, person = new_id(), new_id()
    words = ["token", "--role", LEARNER, "--agency", str(agency), "--person", str(person)]
    told = CliRunner().invoke(bangkom, words).output.strip()
    verifier = Verifier((Issuer(ISSUER, Keys(str(DevelopmentIssuer(home).jwks))),), AUDIENCE)
    by = verifier.principal(told)
    assert by.person_id == person
    assert by.agencies(LEARNER) == frozenset({agency})
    everywhere = verifier.principal(CliRunner().invoke(bangkom, ["token", "--role", AUDITOR]).output.strip())
    assert everywhere.agencies(AUDITOR) is None


def test_no_token_outside_development(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGKOM_ENV", "production")
    assert CliRunner().invoke(bangkom, ["token", "--role", AUDITOR]).exit_code != 0


def test_a_service_that_is_not_there_is_named_with_those_that_are() -> None:
    told = CliRunner().invoke(bangkom, ["dead", "list", "--service", "nothing"])
    assert told.exit_code == 2
    assert "enrolment" in told.output


def test_moments_are_ago_or_a_time() -> None:
    now = datetime.now(UTC)
    for text, ago in (("90m", timedelta(minutes=90)), ("2h", timedelta(hours=2)), ("7d", timedelta(days=7))):
        assert abs(now - ago - moment(text)) < timedelta(seconds=5)
    assert moment("2026-01-31T08:00+07:00") == datetime(2026, 1, 31, 1, tzinfo=UTC)
    assert moment("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2w", "-1h", "2026-13-01"])
def test_anything_else_is_no_moment(text: str) -> None:
    with pytest.raises(click.BadParameter):
        moment(text)
