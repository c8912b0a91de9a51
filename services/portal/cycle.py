"""The training cycle as steps that a reader can follow: pure, from what the services answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString, lazy_gettext

_ = lazy_gettext
DONE, NOW, AHEAD, STOPPED = "done", "now", "ahead", "stopped"


@dataclass(frozen=True)
class Step:
    """One step: `state` is done, now, ahead or stopped."""

    text: LazyString
    state: str


_NAMES = (
    _("Dibuka"),
    _("Usulan"),
    _("Pelaksanaan"),
    _("Ditutup"),
    _("Survei"),
    _("Temuan"),
    _("Keputusan"),
    _("Diukur lagi"),
)
_RUN = 4
"""How many steps belong to the run itself."""
_OF_STATE = {"opening": 0, "open": 1, "running": 2, "closed": 4}


def steps(
    batch: dict[str, Any], campaigns: Sequence[dict[str, Any]], findings: Sequence[dict[str, Any]], whole: bool = True
) -> list[Step]:
    """Where the cycle stands. A cancelled or refused batch stops where it was. `whole` is whether the reader may see
    what the survey brought; for others the cycle ends with the run."""
    known = _steps(batch, campaigns, findings)
    return known if whole else known[:_RUN]


def _steps(
    batch: dict[str, Any], campaigns: Sequence[dict[str, Any]], findings: Sequence[dict[str, Any]]
) -> list[Step]:
    state = str(batch.get("state", ""))
    if state in {"cancelled", "refused"}:
        at = 0 if state == "refused" else 1
        return [
            Step(name, DONE if number < at else STOPPED if number == at else AHEAD)
            for number, name in enumerate(_NAMES)
        ]
    at = _OF_STATE.get(state, 0)
    closed = bool(campaigns) and all(campaign.get("state") == "closed" for campaign in campaigns)
    if at == 4 and closed:
        at = 5
        if findings:
            at = 6
            if any(finding.get("decision") for finding in findings):
                at = 7
            if any(finding.get("effect") for finding in findings):
                at = 8
        else:
            return [Step(name, DONE if number < 6 else AHEAD) for number, name in enumerate(_NAMES)]
    return [Step(name, DONE if number < at else NOW if number == at else AHEAD) for number, name in enumerate(_NAMES)]
