"""The csv plugin: files out whole and once, files in whatever they hold, and nothing outside its folder."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.csv.connector import Connector
from plugins.csv.folder import ROOT, Folder, Unusable, harmless
from plugins.csv.lines import read_file
from services.bridge.contract import MOST_FACTS, Fact, FactKind, Learner, Place, Result, Site
from shared.ids import new_id

NIP = "200012312024121001"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(ROOT, str(tmp_path / "lms"))
    return tmp_path / "lms"


Connect = Callable[..., Connector]


@pytest.fixture
def connect(root: Path) -> Connect:
    return lambda **settings: Connector(Site(code="kota", settings=settings))


def place(name: str = "Sari Dewi", nip: str = NIP, course: str = "MW-1", key: str = "") -> Place:
    learner = Learner(person_id=new_id(), nip=nip, name=name, email="sari@example.go.id")
    return Place(key=key or str(new_id()), course=course, learner=learner)


def out(root: Path, kind: str = "enrolments") -> list[list[str]]:
    rows: list[list[str]] = []
    for path in sorted((root / "kota" / "out").glob(f"{kind}-*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            header, *lines = csv.reader(file)
            assert header == ["key", "nip", "name", "email", "course"]
            rows += lines
    return rows


def drop(connect: Connect, root: Path, name: str, text: str | bytes) -> Path:
    connect().check()
    path = root / "kota" / "in" / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def look(connector: Connector, unread: dict[str, str] | None = None) -> list[Fact]:
    """Read everything that is there, as the bridge does."""
    found: list[Fact] = []
    for _ in range(1000):
        told = connector.facts()
        if not told.receipt:
            return found
        found += told.facts
        connector.kept(told.receipt, unread or {})
    raise AssertionError("the plugin never came to an end")


def report(root: Path, room: str) -> list[tuple[str, str]]:
    (path,) = (root / "kota" / room).glob("*.report")
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["result"], row["code"]) for row in csv.DictReader(file)]


def test_a_wish_is_written_once_however_often_it_is_asked(connect: Connect, root: Path) -> None:
    first, second, third = (place(nip=NIP[:-1] + digit) for digit in "123")
    for wishes in ([first, second], [second, first], [first, second, third]):
        assert {one.result for one in connect().enrol(wishes)} == {Result.DONE}
    assert sorted(row[0] for row in out(root)) == sorted(one.key for one in (first, second, third))
    connect().unenrol([place()])
    assert len(out(root, "unenrolments")) == 1


def test_a_wish_stays_written_after_the_lms_side_took_the_file_away(connect: Connect, root: Path) -> None:
    wish = place()
    connect().enrol([wish])
    for path in (root / "kota" / "out").glob("*.csv"):
        path.unlink()
    connect().enrol([wish])
    assert out(root) == []


@pytest.mark.parametrize("crash_at", ["journal", "rename"])
def test_a_crash_neither_loses_a_wish_nor_writes_it_twice(
    connect: Connect, root: Path, monkeypatch: pytest.MonkeyPatch, crash_at: str
) -> None:
    wish = place()
    with monkeypatch.context() as patch:

        def die(*_: Any) -> None:
            raise RuntimeError("power cut")

        def tear(path: Path, data: bytes, how: int) -> None:
            path.write_bytes(data[:10])
            die()

        if crash_at == "rename":
            patch.setattr(Path, "replace", die)
        else:
            patch.setattr("plugins.csv.folder._write", tear)
        with pytest.raises(RuntimeError):
            connect().enrol([wish])
    assert out(root) == []
    connect().enrol([wish])
    connect().enrol([wish])
    assert [row[0] for row in out(root)] == [wish.key]


def test_a_torn_journal_is_made_up_for(connect: Connect, root: Path) -> None:
    wish = place()
    connect().check()
    (root / "kota" / "out" / ".written").write_text(f"enrolments-x.csv {wish.key[:8]}", encoding="utf-8")
    connect().enrol([wish])
    connect().enrol([wish])
    assert [row[0] for row in out(root)] == [wish.key]


@pytest.mark.parametrize("name", ["=1+1", "+62", "-x", "@SUM(A1)", "\t=1", "  =1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula_and_a_nip_is_text(connect: Connect, root: Path, name: str) -> None:
    connect().enrol([place(name=name)])
    ((_, nip, cell, _, _),) = out(root)
    assert nip == NIP
    assert cell.startswith("'")
    (path,) = (root / "kota" / "out").glob("*.csv")
    assert f'"{NIP}"' in path.read_text(encoding="utf-8")


@given(st.text(max_size=50))
def test_a_cell_is_one_harmless_line(text: str) -> None:
    cell = harmless(text)
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert not set(cell) & set("\r\n\x00")


def test_whom_refuse_csv_names_is_refused(connect: Connect, root: Path) -> None:
    connect().check()
    other = NIP[:-1] + "2"
    (root / "kota" / "refuse.csv").write_text(
        f"nip;course;code\n'{NIP};MW-1;lms.no_licence\n{other};*;\n", encoding="utf-8"
    )
    wishes = [place(), place(course="MW-2"), place(nip=other, course="MW-2")]
    answers = {one.key: (one.result, one.code) for one in connect().enrol(wishes)}
    assert [answers[one.key] for one in wishes] == [
        (Result.REFUSED, "lms.no_licence"),
        (Result.DONE, ""),
        (Result.REFUSED, "lms.refused"),
    ]
    assert len(out(root)) == 1


def test_with_confirm_file_the_answer_comes_by_a_file(connect: Connect, root: Path) -> None:
    wish, other = place(), place()
    site = {"confirm": "file"}
    assert {one.result for one in connect(**site).enrol([wish, other])} == {Result.HANDED}
    drop(connect, root, "enrolled-1.csv", f"key\n{wish.key}\n")
    drop(connect, root, "refused-1.csv", f"key,alasan\n{other.key},lms.full\n")
    facts = look(connect(**site))
    assert [(one.kind, one.key, one.code) for one in facts] == [
        (FactKind.ENROLLED, wish.key, ""),
        (FactKind.REFUSED, other.key, "lms.full"),
    ]


def test_completions_become_facts_and_the_file_goes_to_done(connect: Connect, root: Path) -> None:
    drop(
        connect,
        root,
        "completions-maret.csv",
        "\ufeffNIP;Kursus;Modul;Nilai;Detik;Waktu\n"
        f"{NIP};MW-1;2;85;600;02-03-2026 14:30\n"
        f"'{NIP};MW-1;;90,0;;2026-03-02T10:00:00Z\n"
        "\n",
    )
    first, second = look(connect())
    assert (first.kind, first.nip, first.course, first.module, first.score, first.seconds) == (
        FactKind.COMPLETED,
        NIP,
        "MW-1",
        "2",
        85,
        600,
    )
    assert first.at == datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
    assert (second.module, second.score, second.at) == ("", 90, datetime(2026, 3, 2, 10, tzinfo=UTC))
    assert (root / "kota" / "done" / "completions-maret.csv").is_file()
    assert report(root, "done") == [("ok", ""), ("ok", "")]
    assert not list((root / "kota" / "in").iterdir())


def test_the_same_line_is_the_same_fact_in_any_file(connect: Connect, root: Path) -> None:
    line = f"nip,course,module\n{NIP},MW-1,1\n"
    drop(connect, root, "completions-1.csv", line)
    drop(connect, root, "completions-2.csv", line)
    assert len({one.fact_id for one in look(connect())}) == 1
    assert len(list((root / "kota" / "done").glob("*.csv"))) == 2


def test_a_bad_line_goes_with_its_file_and_the_good_ones_count(connect: Connect, root: Path) -> None:
    lines = [
        f"{NIP},MW-1,,,",
        "123,MW-1,,,",
        f"{NIP},,,,",
        f"{NIP},MW-1,101,,",
        f"{NIP},MW-1,-1,,",
        f"{NIP},MW-1,1e2,,",
        f"{NIP},MW-1,,yesterday,",
        f"{NIP},MW-1,,,scored",
        f"{NIP},MW-1,,,danced",
        f"{NIP},{'x' * 301},,,",
        "٢٠٠٠١٢٣١٢٠٢٤١٢١٠٠١,MW-1,,,",
        f"{NIP}",
    ]
    drop(connect, root, "completions.csv", "nip,course,score,at,kind\n" + "\n".join(lines))
    assert len(look(connect())) == 1
    assert [code for _, code in report(root, "bad")] == [
        "",
        "csv.bad_nip",
        "csv.bad_course",
        "csv.bad_number",
        "csv.bad_number",
        "csv.bad_number",
        "csv.bad_moment",
        "csv.bad_number",
        "csv.bad_kind",
        "csv.bad_length",
        "csv.bad_nip",
        "csv.bad_course",
    ]


def test_what_the_bridge_could_not_read_stands_in_the_report(connect: Connect, root: Path) -> None:
    drop(connect, root, "completions.csv", f"id,nip,course\n7,{NIP},MW-1\n8,{NIP},MW-9\n")
    assert len(look(connect(), {"csv:8": "lms.unknown_course"})) == 2
    assert report(root, "bad") == [("ok", ""), ("bad", "lms.unknown_course")]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("surprise.csv", b"nip,course\n", "csv.file_unknown"),
        ("completions.csv", b"a,b\n1,2\n", "csv.header_missing"),
        ("completions.csv", b"nip,course\n\x00\n", "csv.file_unreadable"),
        ("completions.csv", b'nip,course\n"open', "csv.file_unreadable"),
        ("completions.csv", b"x" * (5 * 1024 * 1024 + 1), "csv.file_too_large"),
        ("enrolled.csv", b"nip\n1\n", "csv.header_missing"),
    ],
)
def test_a_hostile_file_goes_to_bad(connect: Connect, root: Path, name: str, data: bytes, code: str) -> None:
    drop(connect, root, name, data)
    assert look(connect()) == []
    assert report(root, "bad") == [("bad", code)]


def test_a_long_file_is_read_in_slices_and_goes_on_after_a_crash(connect: Connect, root: Path) -> None:
    count = MOST_FACTS * 2 + 7
    text = "id,nip,course\n" + "".join(f"{number},{NIP},MW-1\n" for number in range(count))
    drop(connect, root, "completions.csv", text)
    told = connect().facts()
    assert (len(told.facts), told.more) == (MOST_FACTS, True)
    assert connect().facts() == told
    connect().kept(told.receipt, {})
    connect().kept(told.receipt, {})
    assert len(look(connect())) == count - MOST_FACTS
    assert len(report(root, "done")) == count


def test_a_file_that_changed_meanwhile_is_read_again(connect: Connect, root: Path) -> None:
    path = drop(connect, root, "completions.csv", f"nip,course\n{NIP},MW-1\n")
    told = connect().facts()
    path.write_text(f"nip,course\n{NIP},MW-1\n{NIP},MW-2\n", encoding="utf-8")
    connect().kept(told.receipt, {})
    assert path.is_file()
    assert len(look(connect())) == 2


def test_a_second_file_of_the_same_name_keeps_the_first(connect: Connect, root: Path) -> None:
    for course in ("MW-1", "MW-2"):
        drop(connect, root, "completions.csv", f"nip,course\n{NIP},{course}\n")
        look(connect())
    assert {path.name for path in (root / "kota" / "done").glob("*.csv")} == {"completions.csv", "completions-2.csv"}


@pytest.mark.parametrize("name", ["../x", "/etc", "a/b", "..", "", "A", "x" * 65, 5, None, "a\x00"])
def test_a_folder_outside_the_root_is_refused(connect: Connect, root: Path, name: Any) -> None:
    health = connect(folder=name).check()
    assert not health.ok
    with pytest.raises(Unusable):
        Folder(name)


def test_links_are_not_followed(connect: Connect, root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(f"nip,course\n{NIP},MW-1\n", encoding="utf-8")
    connect().check()
    (root / "kota" / "in" / "completions.csv").symlink_to(secret)
    assert look(connect()) == []
    (root / "elsewhere").mkdir()
    (root / "linked").symlink_to(tmp_path)
    assert not connect(folder="linked").check().ok
    (root / "kota" / "out").rmdir()
    (root / "kota" / "out").symlink_to(tmp_path)
    assert not connect().check().ok


@pytest.mark.parametrize("setting", [{"confirm": "maybe"}, {"zone": "Nowhere/Land"}, {"zone": "../../etc/passwd"}])
def test_a_wrong_setting_is_said_by_the_check(connect: Connect, setting: dict[str, str]) -> None:
    health = connect(**setting).check()
    assert not health.ok
    assert next(iter(setting)) in health.detail


@given(data=st.one_of(st.binary(max_size=400), st.text(max_size=300).map(str.encode)))
@settings(max_examples=150)
def test_any_bytes_are_read_without_raising(root: Path, data: bytes) -> None:
    root.mkdir(parents=True, exist_ok=True)
    path = root / "completions.csv"
    path.write_bytes(b"nip,course,module,score,at\n" + data)
    for line in read_file(path, UTC).lines:
        assert (line.fact is None) == bool(line.code)
        if line.fact is not None:
            assert line.fact.at.tzinfo is not None
            assert line.fact.score is None or 0 <= line.fact.score <= 100
