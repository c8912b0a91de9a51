"""Backups that make themselves: one every so often, old ones taken away, and now and then one rehearsed.

    Keeper(settings, place, make, rehearse).keep(time.sleep)

What is due is read from the place each time and nowhere else. So a keeper that was started anew makes no second backup
within the hour and forgets no rehearsal, one that was killed leaves nothing to put right, and two at once are only one
too many.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import msgspec
import structlog

from shared.backup.drill import Drill
from shared.backup.manifest import Manifest
from shared.backup.place import Place
from shared.backup.refusal import Refusal
from shared.config import BadSettings, setting, whole_number
from shared.loop import in_short

NOTE = "drill.json"
AGAIN = timedelta(minutes=10)
"""After a backup that failed, or that was begun and is not whole: somebody makes it, or was killed over it."""
DRILL_AGAIN = timedelta(days=1)
"""After a drill that failed or never ended; a restore that is too much for the machine must not be tried all day."""

log = structlog.get_logger("bangkom.backup")


@dataclass(frozen=True, kw_only=True)
class KeepSettings:
    """`bangkom backup keep`: minutes between two backups, how many whole ones stay, days between two drills (0: none
    at all)."""

    every: int = setting("BANGKOM_BACKUP_EVERY", whole_number(1, 1440), 60)
    copies: int = setting("BANGKOM_BACKUP_KEEP", whole_number(1, 10_000), 168)
    drill_days: int = setting("BANGKOM_BACKUP_DRILL_DAYS", whole_number(0, 366), 7)


class Rehearsed(msgspec.Struct, frozen=True):
    """What the place remembers of the last drill. `ok` is None until it has ended."""

    began: datetime
    name: str
    ok: bool | None = None


class Keeper:
    """Keeps one place. `make` makes a backup in it, `rehearse` drills one; either may raise anything."""

    def __init__(
        self,
        settings: KeepSettings,
        place: Place,
        make: Callable[[], Manifest],
        rehearse: Callable[[Manifest], Drill],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._place = place
        self._make = make
        self._rehearse = rehearse
        self._now = now

    def keep(self, wait: Callable[[float], object]) -> NoReturn:
        """Go on until something that is no failure of a run, such as SystemExit, ends it."""
        while True:
            wait(self.turn().total_seconds())

    def turn(self) -> timedelta:
        """Do what is due, each part whatever became of the others; answers how long nothing will be."""
        parts = (("create", self._backup), ("prune", self._prune), ("drill", self._drill))
        return min(self._tried(what, part) for what, part in parts)

    def _tried(self, what: str, part: Callable[[], timedelta]) -> timedelta:
        try:
            return part()
        except Exception as error:  # noqa: BLE001 - a run that fails is told and tried again, whatever it was
            # Only our own sentences: those of others may quote what is in the databases.
            why = {"why": str(error)} if isinstance(error, Refusal | BadSettings) else {}
            log.error("backup.failed", step=what, error=in_short(error), **why)
            return AGAIN

    def _backup(self) -> timedelta:
        left = self._until_due()
        if left > timedelta(0):
            return left
        made = self._make()
        log.info("backup.made", name=made.name, rows=made.rows, bytes=made.bytes, closed_seconds=made.closed_seconds)
        return self._every

    def _until_due(self) -> timedelta:
        now = self._now()
        for one in self._place.listed():
            if one.manifest is not None:
                age = now - one.manifest.cut
                # One from far in the future tells of a clock that was wrong, not of a backup that can be waited for.
                return self._every - max(age, timedelta(0)) if age > -self._every else timedelta(0)
            if one.why is None and timedelta(0) <= now - one.began < AGAIN:
                return AGAIN - (now - one.began)
        return timedelta(0)

    def _prune(self) -> timedelta:
        for name in self._place.keep(self._settings.copies, self._now()):
            log.info("backup.removed", name=name)
        return self._every

    def _drill(self) -> timedelta:
        if not self._settings.drill_days:
            return self._every
        now, last = self._now(), self._last_drill()
        if last is not None and last.began <= now:
            left = last.began + (timedelta(days=self._settings.drill_days) if last.ok else DRILL_AGAIN) - now
            if left > timedelta(0):
                return left
        manifest = self._place.manifest()
        # Said before it begins: whoever is killed over a drill does not begin the next at once.
        self._note(Rehearsed(now, manifest.name))
        found = self._rehearse(manifest)
        self._note(Rehearsed(now, manifest.name, found.ok))
        tell = log.info if found.ok else log.error
        rules = sorted({row["rule"] for row in found.broken})
        seconds = round(found.seconds["all"], 1)
        tell("backup.drilled", name=found.name, ok=found.ok, rows=found.rows, rules=rules, seconds=seconds)
        return self._every

    def _last_drill(self) -> Rehearsed | None:
        with suppress(msgspec.MsgspecError):
            text = self._place.note(NOTE)
            return msgspec.json.decode(text, type=Rehearsed) if text else None
        return None

    def _note(self, what: Rehearsed) -> None:
        self._place.take_note(NOTE, msgspec.json.encode(what))

    @property
    def _every(self) -> timedelta:
        return timedelta(minutes=self._settings.every)
