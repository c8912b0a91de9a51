"""The plugin that speaks in files; see the package for its convention."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from plugins.csv.folder import MOST_BYTES, Folder, Unusable
from plugins.csv.lines import Line, Read, read_file
from services.bridge.contract import MOST_FACTS, Answer, Capability, Facts, Health, Place, Result, Site

AT_ONCE, BY_FILE = "at_once", "file"
HEADER = ("nip", "name", "email", "course")


@dataclass(frozen=True)
class _Stand:
    """How far a file has been kept: lines done, and the codes of those that the bridge could not read."""

    digest: str
    done: int
    unread: dict[str, str]


class Connector:
    """Files out, files in."""

    capabilities: ClassVar[Capability] = Capability.ENROL | Capability.UNENROL | Capability.FACTS

    def __init__(self, site: Site) -> None:
        self.site = site

    def check(self) -> Health:
        """Whether the settings are right and the folder can be worked with."""
        try:
            self._folder()
            self._by_file()
            self._zone()
        except Unusable as error:
            return Health(ok=False, detail=str(error))
        return Health(ok=True)

    def enrol(self, places: Sequence[Place]) -> Sequence[Answer]:
        """Write who is to be enrolled; refused is whom refuse.csv names."""
        folder, by_file = self._folder(), self._by_file()
        refused = {} if by_file else self._refused(folder)
        answers, rows = [], {}
        for place in places:
            nip = place.learner.nip
            no = refused.get((nip, place.course)) or refused.get((nip, ""))
            if no is not None:
                answers.append(Answer(key=place.key, result=Result.REFUSED, code=no))
            else:
                rows[place.key] = _row(place)
                answers.append(Answer(key=place.key, result=Result.HANDED if by_file else Result.DONE))
        folder.write_once("enrolments", rows, HEADER)
        return answers

    def unenrol(self, places: Sequence[Place]) -> Sequence[Answer]:
        """Write who is to be taken out."""
        result = Result.HANDED if self._by_file() else Result.DONE
        self._folder().write_once("unenrolments", {place.key: _row(place) for place in places}, HEADER)
        return [Answer(key=place.key, result=result) for place in places]

    def facts(self) -> Facts:
        """The next lines of the first file in `in`."""
        folder, zone = self._folder(), self._zone()
        files = folder.incoming()
        if not files:
            return Facts(facts=())
        path = files[0]
        read = read_file(path, zone)
        start = self._stand(folder, path, read).done
        lines = read.lines[start : start + MOST_FACTS]
        end = start + len(lines)
        receipt = json.dumps([path.name, read.digest, start, end])
        facts = {line.fact.fact_id: line.fact for line in lines if line.fact}
        return Facts(facts=tuple(facts.values()), receipt=receipt, more=end < len(read.lines) or len(files) > 1)

    def kept(self, receipt: str, unread: Mapping[str, str]) -> None:
        """Go on in the file, or put it away when all its lines are kept. A receipt of a file that has changed since, or
        that was given before, changes nothing."""
        folder = self._folder()
        name, digest, start, end = json.loads(receipt)
        path = next((one for one in folder.incoming() if one.name == name), None)
        if path is None:
            return
        read = read_file(path, self._zone())
        stand = self._stand(folder, path, read)
        if read.digest != digest or stand.done != start:
            return
        known = {**stand.unread, **unread}
        if end < len(read.lines):
            self._note(folder, path, _Stand(digest, end, known))
            return
        report = [(0, "bad", read.code)] if read.code else [_report(line, known) for line in read.lines]
        folder.put_away(path, all(row[1] == "ok" for row in report), report)
        self._state(folder, path).unlink(missing_ok=True)

    def _folder(self) -> Folder:
        return Folder(self.site.settings.get("folder", self.site.code))

    def _by_file(self) -> bool:
        confirm = self.site.settings.get("confirm", AT_ONCE)
        if confirm not in (AT_ONCE, BY_FILE):
            raise Unusable(f"The setting confirm must be {AT_ONCE} or {BY_FILE}.")
        return bool(confirm == BY_FILE)

    def _zone(self) -> tzinfo:
        try:
            return ZoneInfo(str(self.site.settings.get("zone", "Asia/Jakarta")))
        except (ValueError, OSError, KeyError) as error:
            raise Unusable("The setting zone must be a time zone such as Asia/Jayapura.") from error

    def _refused(self, folder: Folder) -> dict[tuple[str, str], str]:
        path = folder.path / "refuse.csv"
        if not path.is_file() or path.is_symlink() or path.stat().st_size > MOST_BYTES:
            return {}
        read = read_file(path, self._zone(), kind="refused")
        return {
            (line.fact.nip, line.fact.course if line.fact.course != "*" else ""): line.fact.code or "lms.refused"
            for line in read.lines
            if line.fact
        }

    @staticmethod
    def _state(folder: Folder, path: Path) -> Path:
        return folder.path / f".{path.name}.read"

    def _stand(self, folder: Folder, path: Path, read: Read) -> _Stand:
        try:
            stand = _Stand(**json.loads(self._state(folder, path).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return _Stand(read.digest, 0, {})
        return stand if stand.digest == read.digest else _Stand(read.digest, 0, {})

    def _note(self, folder: Folder, path: Path, stand: _Stand) -> None:
        state = self._state(folder, path)
        part = state.with_suffix(".part")
        part.write_text(json.dumps(vars(stand)), encoding="utf-8")
        part.replace(state)


def _row(place: Place) -> tuple[str, ...]:
    return place.learner.nip, place.learner.name, place.learner.email, place.course


def _report(line: Line, unread: Mapping[str, str]) -> tuple[Any, ...]:
    code = line.code or (unread.get(line.fact.fact_id, "") if line.fact else "")
    return line.number, "bad" if code else "ok", code
