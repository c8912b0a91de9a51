"""The command `python -m demo`."""

from pathlib import Path

from click.testing import CliRunner

from demo.__main__ import main


def test_a_home_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine", encoding="utf-8")
    ran = CliRunner().invoke(main, ["--home", str(tmp_path), "--no-serve"])
    assert ran.exit_code == 1
    assert "is not empty" in ran.output
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]
