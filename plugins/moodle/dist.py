"""Builds what a Moodle is given: a zip for each plugin, the same bytes for the same sources.

python -m plugins.moodle.dist [FOLDER]      into build/moodle without one
"""

import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
INTO = HERE.parents[1] / "build" / "moodle"
PLUGINS = {"local_bangkom": "local", "enrol_bangkom": "enrol", "block_bangkom": "blocks"}
"""Each plugin with the folder of Moodle that it goes into."""

_MODE = 0o100644
_VERSION = re.compile(r"\$plugin->version = (\d{4})(\d\d)(\d\d)(\d\d);")


def files(plugin: str) -> Iterator[tuple[str, Path]]:
    """Every file of a plugin by its name in the zip, whose one folder is what Moodle calls the plugin: bangkom."""
    for path in sorted((HERE / plugin).rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(HERE).parts):
            yield f"bangkom/{path.relative_to(HERE / plugin).as_posix()}", path


def day(plugin: str) -> tuple[int, int, int, int, int, int]:
    """The time of every file in the zip: that of the version. PHP keeps compiled files until their time changes, so a
    new version needs a new one."""
    said = _VERSION.search((HERE / plugin / "version.php").read_text(encoding="utf-8"))
    if said is None:
        raise ValueError(f"{plugin}/version.php names no version like 2026112400")
    year, month, of_month, step = map(int, said.groups())
    return year, month, of_month, step // 60, step % 60, 0


def build(into: Path = INTO) -> list[Path]:
    """Write the zips and answer where they are."""
    into.mkdir(parents=True, exist_ok=True)
    built = []
    for plugin in PLUGINS:
        target, when = into / f"{plugin}.zip", day(plugin)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, path in files(plugin):
                entry = zipfile.ZipInfo(name, when)
                entry.external_attr = _MODE << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
        built.append(target)
    return built


def main(words: Sequence[str]) -> int:
    """Build and say where."""
    for path in build(Path(words[0]) if words else INTO):
        print(f"{path}  {path.stat().st_size} bytes")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
