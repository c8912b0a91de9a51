"""A decided change becomes part of a draft: what each kind does to a definition, in numbers and in words for people."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from shared.errors import problem
from shared.events.content import Module
from shared.events.surveys import Change

from .programmes import LEVELS, MODES, MOST_JP, MOST_MODULES, MOST_PREREQUISITES, Definition

INCOMPLETE = problem(
    "content.change_incomplete",
    422,
    "Keputusan belum lengkap: {field} tidak terisi atau tidak dikenal.",
    "The decision is incomplete: {field} is empty or not known.",
)
NO_DIFFERENCE = problem(
    "content.change_without_difference",
    409,
    "Program sudah seperti yang diputuskan; tidak ada yang berubah.",
    "The programme already is as decided; nothing would change.",
)
JP_OUT_OF_RANGE = problem(
    "content.jp_out_of_range",
    422,
    "JP harus 1 sampai 200.",
    "Lesson hours must be 1 to 200.",
)
TOO_MANY = problem(
    "content.too_many",
    422,
    "Program sudah memiliki jumlah {what} terbanyak yang diizinkan.",
    "The programme already has as many {what} as are allowed.",
)
CHANGE_PREREQUISITE_UNKNOWN = problem(
    "content.change_prerequisite_unknown",
    422,
    "Program prasyarat yang diputuskan tidak ada.",
    "The prerequisite that was decided does not exist.",
)

MOST_MINUTES = 6000
_LEVEL_WORDS = {"basic": "dasar", "intermediate": "menengah", "advanced": "lanjutan"}
_MODE_WORDS = {"classroom": "tatap muka", "online": "daring", "hybrid": "campuran"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A change with what the store knows of it: `module_id` is the finding's own module, `prerequisite` the code behind
    the id, None where there is no such programme."""

    change: Change
    module_id: UUID
    prerequisite: str | None = None


@dataclass(frozen=True, kw_only=True)
class Applied:
    """The definition with the change in it, and the words before and after."""

    definition: Definition
    before: str
    after: str


def apply(definition: Definition, asked: Asked) -> Applied:
    """Apply one decided change; raises the DomainError that says why it can't be."""
    return _APPLY[asked.change.kind](definition, asked)


def revert(definition: Definition, asked: Asked, base: Definition) -> Definition:
    """Take the change out of a definition again as far as it still stands in it; `base` is how it was without."""
    change = asked.change
    match change.kind:
        case "level" if definition.level == change.level:
            return replace(definition, level=base.level)
        case "duration" if definition.jp == change.jp:
            return replace(definition, jp=base.jp)
        case "mode" if definition.mode == change.mode:
            return replace(definition, mode=base.mode)
        case "prerequisite" if asked.prerequisite not in base.prerequisites:
            kept = tuple(code for code in definition.prerequisites if code != asked.prerequisite)
            return replace(definition, prerequisites=kept)
        case "bridging_module" | "material":
            return _without_module(definition, asked, base)
        case _:
            return definition


def _without_module(definition: Definition, asked: Asked, base: Definition) -> Definition:
    modules = tuple(part for part in definition.modules if part.module_id != asked.module_id)
    before = {part.module_id: part for part in base.modules}
    if asked.change.kind == "material":
        modules = tuple(
            replace(part, minutes=before[part.module_id].minutes)
            if _same_title(part, asked.change.module_title) and part.module_id in before
            else part
            for part in modules
        )
    return replace(definition, modules=modules).numbered()


def _level(definition: Definition, asked: Asked) -> Applied:
    level = asked.change.level
    if level not in LEVELS:
        raise INCOMPLETE(field="level")
    _differs(definition.level, level)
    return Applied(
        definition=replace(definition, level=level),
        before=f"tingkat {_LEVEL_WORDS[definition.level]}",
        after=f"tingkat {_LEVEL_WORDS[level]}",
    )


def _duration(definition: Definition, asked: Asked) -> Applied:
    jp = asked.change.jp
    if jp is None:
        raise INCOMPLETE(field="jp")
    if not 1 <= jp <= MOST_JP:
        raise JP_OUT_OF_RANGE()
    _differs(definition.jp, jp)
    return Applied(definition=replace(definition, jp=jp), before=f"{definition.jp} JP", after=f"{jp} JP")


def _mode(definition: Definition, asked: Asked) -> Applied:
    mode = asked.change.mode
    if mode not in MODES:
        raise INCOMPLETE(field="mode")
    _differs(definition.mode, mode)
    return Applied(
        definition=replace(definition, mode=mode), before=_MODE_WORDS[definition.mode], after=_MODE_WORDS[mode]
    )


def _bridging_module(definition: Definition, asked: Asked) -> Applied:
    title, minutes = _title_and_minutes(asked)
    if any(_same_title(part, title) for part in definition.modules):
        raise NO_DIFFERENCE()
    first = Module(module_id=asked.module_id, position=1, title=title, minutes=minutes, bridging=True)
    return Applied(
        definition=_with_modules(definition, (first, *definition.modules)),
        before="tanpa modul pengantar ini",
        after=f"modul pengantar “{title}” ({minutes} menit) di awal",
    )


def _material(definition: Definition, asked: Asked) -> Applied:
    title, minutes = _title_and_minutes(asked)
    for part in definition.modules:
        if _same_title(part, title):
            _differs(part.minutes, minutes)
            changed = tuple(replace(one, minutes=minutes) if one is part else one for one in definition.modules)
            return Applied(
                definition=replace(definition, modules=changed),
                before=f"modul “{part.title}” {part.minutes} menit",
                after=f"modul “{part.title}” {minutes} menit",
            )
    last = Module(module_id=asked.module_id, position=len(definition.modules) + 1, title=title, minutes=minutes)
    return Applied(
        definition=_with_modules(definition, (*definition.modules, last)),
        before="tanpa modul ini",
        after=f"modul baru “{title}” ({minutes} menit)",
    )


def _prerequisite(definition: Definition, asked: Asked) -> Applied:
    if asked.change.prerequisite_id is None:
        raise INCOMPLETE(field="prerequisite_id")
    code = asked.prerequisite
    if code is None:
        raise CHANGE_PREREQUISITE_UNKNOWN()
    if code in definition.prerequisites:
        raise NO_DIFFERENCE()
    if len(definition.prerequisites) >= MOST_PREREQUISITES:
        raise TOO_MANY(what="prasyarat")
    return Applied(
        definition=replace(definition, prerequisites=(*definition.prerequisites, code)),
        before=f"tanpa prasyarat {code}",
        after=f"prasyarat {code}",
    )


_APPLY: dict[str, Callable[[Definition, Asked], Applied]] = {
    "level": _level,
    "duration": _duration,
    "mode": _mode,
    "bridging_module": _bridging_module,
    "material": _material,
    "prerequisite": _prerequisite,
}


def _title_and_minutes(asked: Asked) -> tuple[str, int]:
    title, minutes = (asked.change.module_title or "").strip(), asked.change.module_minutes
    if not title or len(title) > 200:
        raise INCOMPLETE(field="module_title")
    if minutes is None or not 1 <= minutes <= MOST_MINUTES:
        raise INCOMPLETE(field="module_minutes")
    return title, minutes


def _with_modules(definition: Definition, modules: tuple[Module, ...]) -> Definition:
    if len(modules) > MOST_MODULES:
        raise TOO_MANY(what="modul")
    return replace(definition, modules=modules).numbered()


def _same_title(part: Module, title: str | None) -> bool:
    return part.title.casefold() == (title or "").strip().casefold()


def _differs(old: object, new: object) -> None:
    if old == new:
        raise NO_DIFFERENCE()


__all__ = ["Applied", "Asked", "apply", "revert"]
