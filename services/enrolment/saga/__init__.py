"""The one conductor: a seat (and a batch) asks for money, then for its LMS place, and undoes what it took.

`advance` is pure: a saga, what was heard and the moment go in; proceed, wait or roll back comes out, with what is to be
said. Every step of STEPS names its compensation and the proof that it waits for.
"""

from services.enrolment.saga.batch import BatchSaga, BatchStep, advance_batch
from services.enrolment.saga.seat import advance
from services.enrolment.saga.values import (
    COUNTING,
    LIVE,
    PATIENCE,
    STEPS,
    Answer,
    Cancel,
    Close,
    Fact,
    Finish,
    Heard,
    Hold,
    Patience,
    Retry,
    Saga,
    Say,
    Start,
    State,
    Step,
    TimeOut,
)

__all__ = [
    "COUNTING",
    "LIVE",
    "PATIENCE",
    "STEPS",
    "Answer",
    "BatchSaga",
    "BatchStep",
    "Cancel",
    "Close",
    "Fact",
    "Finish",
    "Heard",
    "Hold",
    "Patience",
    "Retry",
    "Saga",
    "Say",
    "Start",
    "State",
    "Step",
    "TimeOut",
    "advance",
    "advance_batch",
]
