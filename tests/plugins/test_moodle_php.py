"""The PHP of the Moodle plugins that asks nothing of Moodle, under PHPUnit; and what Moodle demands of the files."""

import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from plugins.moodle import dist
from tests.needs import a_phpunit

HERE = Path(__file__).resolve().parent
STRING = re.compile(r"^\$string\['([^']+)'\] = '((?:[^'\\]|\\.)*)';$", re.MULTILINE)
PLACE = re.compile(r"\{\$a(?:->\w+)?\}")


def strings(plugin: str, language: str) -> dict[str, str]:
    text = (dist.HERE / plugin / "lang" / language / f"{plugin}.php").read_text(encoding="utf-8")
    return dict(STRING.findall(text))


def test_the_php_that_needs_no_moodle_passes_its_tests() -> None:
    tests = HERE / "moodle_php"
    command = [
        a_phpunit(),
        "--no-configuration",
        "--do-not-cache-result",
        "--fail-on-warning",
        "--bootstrap",
        str(tests / "autoload.php"),
    ]
    ran = subprocess.run([*command, str(tests)], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"^OK \(\d+ tests", ran.stdout, re.MULTILINE), ran.stdout


@pytest.mark.parametrize("plugin", dist.PLUGINS)
def test_each_string_is_there_in_both_languages_with_the_same_places_to_fill(plugin: str) -> None:
    english, indonesian = strings(plugin, "en"), strings(plugin, "id")
    assert list(english) == sorted(english, key=lambda name: name.encode())
    assert list(english) == list(indonesian)
    for name, text in english.items():
        assert set(PLACE.findall(text)) == set(PLACE.findall(indonesian[name])), name


@pytest.mark.parametrize("plugin", dist.PLUGINS)
def test_every_string_that_is_asked_for_is_there(plugin: str) -> None:
    asked = set()
    for path in (dist.HERE / plugin).rglob("*"):
        if path.suffix in {".php", ".mustache"}:
            text = path.read_text(encoding="utf-8")
            asked |= set(re.findall(rf"(?:get_string|lang_string)\(\s*'(\w+)', '{plugin}'", text))
            asked |= set(re.findall(rf"\{{\{{#str\}}\}}\s*(\w+), {plugin}", text))
    assert asked
    assert asked <= set(strings(plugin, "en"))


def test_each_plugin_is_one_zip_with_the_folder_that_moodle_expects(tmp_path: Path) -> None:
    for path in dist.build(tmp_path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        assert {name.split("/")[0] for name in names} == {"bangkom"}
        assert {"bangkom/version.php", f"bangkom/lang/en/{path.stem}.php", "bangkom/db/upgrade.php"} <= set(names)


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = dist.build(tmp_path / "a"), dist.build(tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_the_files_of_a_new_version_have_a_new_time() -> None:
    assert dist.day("local_bangkom")[:3] == (2026, 11, 24)


@pytest.mark.parametrize("plugin", dist.PLUGINS)
def test_each_php_file_says_its_licence(plugin: str) -> None:
    for path in (dist.HERE / plugin).rglob("*.php"):
        text = path.read_text(encoding="utf-8")
        assert "GNU General Public License" in text[:900], path
        assert f"@package    {plugin}\n" in text, path
