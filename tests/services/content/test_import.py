"""Importing programmes from a file."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.content.commands import COMMANDS, import_programmes
from shared.errors import DomainError
from shared.events.content import VersionPublished
from shared.imports import ImportOptions
from tests.services.content.given import decided, definition, office, programme_id_of
from tests.town import Town, only


def _import(town: Town, path: Path, data: Any, publishing: bool = True, **options: Any) -> dict[str, Any]:
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    asked = ImportOptions(file=path, as_json=True, **options)
    with town.unit("content") as unit:
        return import_programmes(unit, path, asked, publishing).data()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "programmes.json"


def test_a_file_comes_in_whole_and_again_changes_nothing(town: Town, path: Path) -> None:
    data = [definition("B-1", prerequisites=["A-1"]), definition("A-1")]
    report = _import(town, path, data)
    assert (report["written"], report["counts"]["new"], report["counts"]["bad"]) == (True, 2, 0)
    assert {event.code for event in only(town.run(), VersionPublished)} == {"A-1", "B-1"}
    again = _import(town, path, {"programmes": data})
    assert again["counts"] == {"new": 0, "changed": 0, "same": 2, "bad": 0}
    assert town.run() == []


def test_a_changed_definition_becomes_a_draft_or_with_publish_a_version(town: Town, path: Path) -> None:
    _import(town, path, [definition()])
    town.run()
    report = _import(town, path, [definition(jp=24)], publishing=False)
    assert report["lines"][0]["changes"] == ["jp"]
    assert town.run() == []
    assert office(town).get(f"/v1/programmes/{programme_id_of('MW-01')}").json["draft"]["definition"]["jp"] == 24
    assert _import(town, path, [definition(jp=24)])["counts"]["changed"] == 1
    assert [(event.version, event.jp) for event in only(town.run(), VersionPublished)] == [(2, 24)]


def test_an_old_file_never_undoes_what_a_finding_asked_for(town: Town, path: Path) -> None:
    _import(town, path, [definition()])
    programme_id = programme_id_of("MW-01")
    town.hear("content", decided(programme_id, "level", level="basic"))
    office(town).post(f"/v1/programmes/{programme_id}/publication", {})
    assert _import(town, path, [definition()])["counts"]["same"] == 1
    _import(town, path, [definition(title="Waktu")])
    newest = office(town).get(f"/v1/programmes/{programme_id}").json["versions"][0]["definition"]
    assert (newest["title"], newest["level"]) == ("Waktu", "basic")


def test_a_dry_run_reports_and_writes_nothing(town: Town, path: Path) -> None:
    report = _import(town, path, [definition()], dry_run=True)
    assert (report["written"], report["counts"]["new"]) == (False, 1)
    assert office(town).get("/v1/programmes").json["items"] == []
    assert town.run() == []


def test_one_bad_line_keeps_everything_out_unless_it_is_skipped(town: Town, path: Path) -> None:
    data = [
        definition("A-1"),
        definition("A-1"),
        definition("B-1", jp=0),
        definition("C-1", prerequisites=["NO-1"]),
        "text",
        definition("D-1", modules=[]),
    ]
    report = _import(town, path, data)
    assert (report["written"], report["counts"]["bad"]) == (False, 5)
    assert [line["problems"][0]["code"] for line in report["lines"] if line["state"] == "bad"] == [
        "content.programme_twice",
        "content.not_a_programme",
        "content.prerequisite_unknown",
        "content.not_a_programme",
        "content.rule_without_modules",
    ]
    assert town.run() == []
    assert _import(town, path, data, skip_bad=True)["written"] is True
    assert [event.code for event in only(town.run(), VersionPublished)] == ["A-1"]


def test_prerequisites_inside_a_file_never_make_a_circle(town: Town, path: Path) -> None:
    data = [definition("A-1", prerequisites=["B-1"]), definition("B-1", prerequisites=["A-1"])]
    assert _import(town, path, data)["counts"]["bad"] == 2
    assert town.run() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "a\0b"),
        ("code", "\ud800"),
        ("jp", "20"),
        ("modules", [{"title": "A", "minutes": 1, "bridging": "yes"}]),
        ("\ud800", 1),
    ],
)
def test_what_the_database_cannot_keep_or_nobody_meant_is_a_bad_line(
    town: Town, path: Path, field: str, value: Any
) -> None:
    report = _import(town, path, [definition(**{field: value})])
    assert report["counts"]["bad"] == 1
    assert json.dumps(report, ensure_ascii=False).encode()
    assert report["lines"][0]["problems"][0]["code"] == "content.not_a_programme"


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"programmes": 1}', "3", '"x"'])
def test_a_file_that_is_no_list_is_refused(town: Town, path: Path, text: str) -> None:
    with pytest.raises(DomainError) as no:
        _import(town, path, text)
    assert no.value.code == "content.unreadable_file"


def test_the_command_imports_reports_and_says_by_its_end_whether_it_wrote(
    town: Town, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = town.engines["content"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("BANGKOM_CONTENT_DATABASE_URL", url)

    def run(data: Any, *words: str) -> Any:
        path.write_text(json.dumps(data), encoding="utf-8")
        return CliRunner().invoke(COMMANDS, ["import", "programmes", str(path), *words])

    assert run([definition(jp=0)], "--publish").exit_code == 1
    assert run("text").exit_code == 1
    assert run([definition()], "--publish", "--dry-run").exit_code == 0
    assert town.run() == []
    done = run([definition()], "--publish", "--json")
    assert json.loads(done.stdout)["counts"]["new"] == 1
    assert len(only(town.run(), VersionPublished)) == 1
    assert run([definition()], "--publish").exit_code == 0
    assert town.run() == []
