"""One site's folder: nothing is read or written outside it, and nothing appears in it half written."""

import csv
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from shared.errors import CATALOGUE
from shared.home import home

ROOT = "BANGKOM_LMS_FOLDER"
ROOMS = ("out", "in", "done", "bad")
MOST_BYTES = 5 * 1024 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Unusable(Exception):
    """The folder can't be worked with; the sentence is for an operator."""


def root() -> Path:
    """Where the folders of all sites are: BANGKOM_LMS_FOLDER, else `lms` in the data folder."""
    named = os.environ.get(ROOT, "").strip()
    return Path(named).expanduser().resolve() if named else home() / "lms"


class Folder:
    """The folder of one site."""

    def __init__(self, name: object) -> None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Unusable("The setting folder must be one name of a-z, 0-9, - and _.")
        base = root()
        self.path = base / name
        for room in (self.path, *(self.path / one for one in ROOMS)):
            try:
                room.mkdir(mode=0o750, parents=True, exist_ok=True)
            except OSError as error:
                raise Unusable(f"The folder {room.name} can't be made: {error.strerror}.") from error
            # A link that leads elsewhere would let whoever may write here write there.
            if room.is_symlink() or not room.resolve().is_relative_to(base.resolve()):
                raise Unusable(f"The folder {room.name} is a link or lies outside {ROOT}.")
        if not os.access(self.path / "out", os.W_OK) or not os.access(self.path / "in", os.R_OK | os.W_OK):
            raise Unusable("The folders in and out must be writable.")

    def incoming(self) -> list[Path]:
        """The CSV files in `in`, by name. Links, hidden files and files under another name are left alone."""
        found = (self.path / "in").iterdir()
        return sorted(
            path
            for path in found
            if path.suffix.lower() == ".csv" and path.name[0] != "." and path.is_file() and not path.is_symlink()
        )

    def write_once(self, kind: str, rows: Mapping[str, Sequence[str]], header: Sequence[str]) -> None:
        """Write the rows whose key was never written before into one new file of `out`.

        A crash at any moment neither loses a row nor writes one twice: the file is written whole under a hidden name,
        then the journal names it with its keys in one line, then it gets its name; what was left in between is made up
        for.
        """
        journal = self.path / "out" / ".written"
        written = self._recovered(journal)
        new = {key: row for key, row in rows.items() if key not in written}
        if not new:
            return
        name = f"{kind}-{min(new)}.csv"
        part = self.path / "out" / f".{name}.part"
        text = io.StringIO()
        lines = csv.writer(text, quoting=csv.QUOTE_ALL)
        lines.writerow(["key", *header])
        lines.writerows([key, *map(harmless, row)] for key, row in new.items())
        _write(part, text.getvalue().encode(), os.O_TRUNC)
        torn = journal.exists() and not journal.read_bytes().endswith(b"\n")
        _write(journal, (("\n" if torn else "") + " ".join([name, *new]) + "\n").encode(), os.O_APPEND)
        part.replace(self.path / "out" / name)

    def _recovered(self, journal: Path) -> set[str]:
        lines = journal.read_text(encoding="utf-8").split("\n")[:-1] if journal.exists() else []
        named = {line.split(" ")[0]: line.split(" ")[1:] for line in lines if line}
        for part in (self.path / "out").glob(".*.part"):
            name = part.name.removeprefix(".").removesuffix(".part")
            if name in named:
                part.replace(self.path / "out" / name)
            else:
                part.unlink()
        return {key for keys in named.values() for key in keys}

    def put_away(self, path: Path, good: bool, report: Iterable[Sequence[object]]) -> None:
        """Move a read file to `done` or `bad`, its report beside it. The report comes first: a file without one is not
        put away yet."""
        room = self.path / ("done" if good else "bad")
        target, number = room / path.name, 1
        while target.exists():
            number += 1
            target = room / f"{path.stem}-{number}{path.suffix}"
        text = io.StringIO()
        lines = csv.writer(text)
        lines.writerow(["line", "result", "code", "keterangan"])
        lines.writerows([*row, _sentence(str(row[-1]))] for row in report)
        _write(room / f"{target.name}.report", text.getvalue().encode(), os.O_TRUNC)
        path.replace(target)


def harmless(cell: str) -> str:
    """A cell that a spreadsheet takes as text: one that begins like a formula gets an apostrophe in front."""
    flat = cell.replace("\x00", "").replace("\r", " ").replace("\n", " ")
    return f"'{flat}" if cell.startswith(_FORMULA) or flat.lstrip().startswith(_FORMULA) else flat


def _sentence(code: str) -> str:
    known = CATALOGUE.get(code)
    return known().sentence() if known else ""


def _write(path: Path, data: bytes, how: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | how, 0o640)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
