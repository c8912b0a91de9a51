"""Statistics over counts, pure: intervals, the raising rule, the worst segment, the judgement of an effect, the
index."""

from services.surveys.tools.index import Index, satisfaction_index
from services.surveys.tools.intervals import Interval, exceeds, newcombe, raising_count, wilson
from services.surveys.tools.judgement import IMPROVED, NO_EFFECT, TOO_FEW, WORSE, Judgement, judge
from services.surveys.tools.segments import Slice, worst_slice

__all__ = [
    "IMPROVED",
    "NO_EFFECT",
    "TOO_FEW",
    "WORSE",
    "Index",
    "Interval",
    "Judgement",
    "Slice",
    "exceeds",
    "judge",
    "newcombe",
    "raising_count",
    "satisfaction_index",
    "wilson",
    "worst_slice",
]
