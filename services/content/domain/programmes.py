"""What a programme version is and when it may stand."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from shared.errors import DomainError, problem
from shared.events.content import CompletionRule, Module

LEVELS = ("basic", "intermediate", "advanced")
MODES = ("classroom", "online", "hybrid")
MOST_JP = 200
MOST_MODULES = 100
MOST_PREREQUISITES = 20
PARTS = ("title", "goal", "form", "mode", "level", "jp", "prerequisites", "modules", "rule")
"""The parts of a definition that may change from version to version; the code never does."""

CODE_TAKEN = problem(
    "content.code_taken",
    409,
    "Kode {code} sudah dipakai program lain. Ubah drafnya, atau pilih kode lain.",
    "Code {code} belongs to another programme. Change its draft, or choose another code.",
)
CODE_FIXED = problem(
    "content.code_fixed",
    422,
    "Kode program tidak dapat diubah.",
    "The code of a programme can't be changed.",
)
NO_DRAFT = problem(
    "content.no_draft",
    409,
    "Tidak ada draf yang dapat diterbitkan.",
    "There is no draft to publish.",
)
RULE_WITHOUT_MODULES = problem(
    "content.rule_without_modules",
    422,
    "Syarat kelulusan meminta modul atau nilai, tetapi program ini tidak memiliki modul.",
    "The completion rule asks for modules or a score, but the programme has no modules.",
)
MODULE_TWICE = problem(
    "content.module_twice",
    422,
    "Judul modul “{title}” dipakai dua kali.",
    "The module title “{title}” is used twice.",
)
PREREQUISITE_UNKNOWN = problem(
    "content.prerequisite_unknown",
    422,
    "Program prasyarat {prerequisite} tidak ada.",
    "The prerequisite programme {prerequisite} does not exist.",
)
PREREQUISITE_CYCLE = problem(
    "content.prerequisite_cycle",
    422,
    "Prasyarat {prerequisite} membuat program ini mensyaratkan dirinya sendiri.",
    "The prerequisite {prerequisite} makes the programme require itself.",
)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What one version of a programme says. `form` is the national kind id 1..25, `jp` lesson hours of 45 minutes,
    `prerequisites` codes of programmes; modules are in order."""

    code: str
    title: str
    goal: str
    form: int
    mode: str
    level: str
    jp: int
    prerequisites: tuple[str, ...]
    modules: tuple[Module, ...]
    rule: CompletionRule

    def numbered(self) -> "Definition":
        """The same with module positions counted from 1 in the order they stand."""
        return replace(self, modules=tuple(replace(part, position=at) for at, part in enumerate(self.modules, 1)))

    def data(self) -> dict[str, Any]:
        """As JSON data; `Definition.of` reads it back."""
        made = asdict(self)
        made["modules"] = [{**asdict(part), "module_id": str(part.module_id)} for part in self.modules]
        made["prerequisites"] = list(self.prerequisites)
        return made

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Definition":
        """A definition from its stored data."""
        modules = (Module(**{**part, "module_id": UUID(part["module_id"])}) for part in data["modules"])
        return cls(
            **{name: data[name] for name in ("code", "title", "goal", "form", "mode", "level", "jp")},
            prerequisites=tuple(data["prerequisites"]),
            modules=tuple(modules),
            rule=CompletionRule(**data["rule"]),
        )


def differences(old: Definition, new: Definition) -> tuple[str, ...]:
    """The names of the parts in which two definitions differ."""
    return tuple(part for part in PARTS if getattr(old, part) != getattr(new, part))


def merged(current: Definition, imported: Definition | None, file: Definition) -> Definition:
    """`current` with what the file changed since it was last imported, so that importing never undoes a decided
    change."""
    moved = differences(imported, file) if imported is not None else PARTS
    return replace(current, **{part: getattr(file, part) for part in moved}).numbered()


def flaws(definition: Definition, graph: Mapping[str, Iterable[str]]) -> list[DomainError]:
    """Everything that keeps a definition from standing. `graph` holds the prerequisites of every other programme by
    code."""
    found: list[DomainError] = []
    titles: set[str] = set()
    for part in definition.modules:
        if part.title.casefold() in titles:
            found.append(MODULE_TWICE(title=part.title))
        titles.add(part.title.casefold())
    if not definition.modules and (definition.rule.all_modules or definition.rule.least_score is not None):
        found.append(RULE_WITHOUT_MODULES())
    for code in definition.prerequisites:
        if code != definition.code and code not in graph:
            found.append(PREREQUISITE_UNKNOWN(prerequisite=code))
        elif requires(code, definition.code, graph):
            found.append(PREREQUISITE_CYCLE(prerequisite=code))
    return found


def requires(code: str, sought: str, graph: Mapping[str, Iterable[str]]) -> bool:
    """Whether `code` is `sought` or requires it, directly or through others."""
    seen: set[str] = set()
    left = [code]
    while left:
        one = left.pop()
        if one == sought:
            return True
        if one not in seen:
            seen.add(one)
            left.extend(graph.get(one, ()))
    return False
