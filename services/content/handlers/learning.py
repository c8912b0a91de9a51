"""Who may learn what, and how far they are: access follows confirmed seats, progress comes from people or from an
LMS."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.content.domain.programmes import Definition
from services.content.domain.progress import COMPLETED, OPENED, SCORED, Act, Steps, average, met, spread
from services.content.store import learning as store
from services.content.store import programmes
from services.content.store.learning import Access
from shared.errors import NOT_FOUND, NotYet
from shared.events.bridge import ProgressReported
from shared.events.content import (
    ModuleCompletion,
    ModuleOpening,
    ModulesCompleted,
    ModulesOpened,
    ProgrammeCompletion,
    ProgrammesCompleted,
)
from shared.events.enrolment import BatchChanged, BatchOpened, SeatsConfirmed, SeatsReleased
from shared.outbox import emit
from shared.unit import Unit

Run = tuple[UUID, UUID, int]
"""Batch, programme and version: what one event of progress is about."""


def on_batch(unit: Unit, event: BatchOpened | BatchChanged) -> None:
    """Keep the name of a batch for the learner's page."""
    store.put_batch(unit.db, event.batch)


def on_seats_confirmed(unit: Unit, event: SeatsConfirmed) -> None:
    """Grant access; a seat released with this attempt or a later one gets none."""
    if not programmes.bodies(unit.db, [(event.programme_id, event.version)]):
        raise NotYet(f"programme {event.programme_id} version {event.version}")
    store.grant(
        unit.db,
        [
            {
                "seat_id": seat.seat_id,
                "attempt": seat.attempt,
                "person_id": seat.person_id,
                "batch_id": event.batch_id,
                "programme_id": event.programme_id,
                "version": event.version,
                "agency_id": seat.segment.agency_id,
                "granted_at": unit.now,
            }
            for seat in event.seats
        ],
    )


def on_seats_released(unit: Unit, event: SeatsReleased) -> None:
    """Revoke access, also of seats not yet known."""
    store.revoke(
        unit.db,
        [
            {
                "seat_id": seat.seat_id,
                "revoked": seat.attempt,
                "person_id": seat.person_id,
                "batch_id": event.batch_id,
                "revoked_at": unit.now,
            }
            for seat in event.seats
        ],
    )


def on_progress_reported(unit: Unit, event: ProgressReported) -> None:
    """Take facts from an LMS, each once by its key at the site. Facts of people whose seat is not yet heard of wait;
    those of a released seat mean nothing any more."""
    new = store.claim_facts(unit.db, event.site, (row.fact_id for row in event.rows), unit.now)
    rows = {row.fact_id: row for row in event.rows if row.fact_id in new}
    pairs = {(row.person_id, row.batch_id) for row in rows.values()}
    if not pairs:
        return
    found = store.lock_access_of(unit.db, pairs)
    missing = pairs - set(found) - store.known_pairs(unit.db, pairs)
    if missing:
        raise NotYet(f"{len(missing)} seats, the first in batch {min(missing)[1]}")
    acts, live = [], {}
    for row in rows.values():
        access = found.get((row.person_id, row.batch_id))
        if access is not None and access.live:
            live[access.seat_id] = access
            acts.append(
                Act(
                    seat_id=access.seat_id,
                    module_id=row.module_id,
                    kind=row.kind,
                    score=row.score,
                    seconds=row.seconds,
                    at=row.at,
                )
            )
    learn(unit, list(live.values()), acts)


def open_module(unit: Unit, batch_id: UUID, module_id: UUID) -> dict[str, Any]:
    """The signed-in learner opens a module of an accessible programme."""
    return _act(unit, batch_id, module_id, OPENED, None, None)


def complete_module(
    unit: Unit, batch_id: UUID, module_id: UUID, score: int | None, seconds: int | None
) -> dict[str, Any]:
    """The signed-in learner completes a module; a better score may be handed in again."""
    return _act(unit, batch_id, module_id, COMPLETED, score, seconds)


def _act(
    unit: Unit, batch_id: UUID, module_id: UUID, kind: str, score: int | None, seconds: int | None
) -> dict[str, Any]:
    person_id = unit.by.person_id
    if person_id is None:
        raise NOT_FOUND()
    access = store.lock_access_of(unit.db, [(person_id, batch_id)]).get((person_id, batch_id))
    if access is None or not access.live:
        raise NOT_FOUND()
    body = programmes.bodies(unit.db, [(access.programme_id, access.version)])[access.programme_id, access.version]
    if module_id not in {part.module_id for part in body.modules}:
        raise NOT_FOUND()
    act = Act(seat_id=access.seat_id, module_id=module_id, kind=kind, score=score, seconds=seconds, at=unit.now)
    learn(unit, [access], [act])
    return progress_view(unit, [access], {access.seat_id: None})[0]


def learn(unit: Unit, accesses: Sequence[Access], acts: Iterable[Act]) -> None:
    """Apply acts to locked, live seats and say what happened for the first time: openings, completions, and the rule
    met."""
    access_of = {one.seat_id: one for one in accesses}
    bodies = programmes.bodies(unit.db, ((one.programme_id, one.version) for one in accesses))
    steps = store.steps_of(unit.db, access_of)
    touched: dict[tuple[UUID, UUID], Steps] = {}
    opened: dict[Run, list[ModuleOpening]] = defaultdict(list)
    completed: dict[Run, list[tuple[Access, Steps]]] = defaultdict(list)
    scores = {one.seat_id: one.course_score for one in accesses}
    for act in sorted(acts, key=lambda one: one.at):
        access = access_of[act.seat_id]
        modules = [part.module_id for part in bodies[access.programme_id, access.version].modules]
        if act.module_id is None and act.kind in (SCORED, COMPLETED) and act.score is not None:
            scores[act.seat_id] = max(act.score, scores[act.seat_id] or 0)
        for one in spread(act, modules):
            assert one.module_id is not None
            step = steps.setdefault((one.seat_id, one.module_id), Steps(seat_id=one.seat_id, module_id=one.module_id))
            first_opened, first_completed = step.take(one)
            touched[one.seat_id, one.module_id] = step
            if first_opened:
                opened[_run(access)].append(
                    ModuleOpening(seat_id=one.seat_id, person_id=access.person_id, module_id=one.module_id, at=one.at)
                )
            if first_completed:
                completed[_run(access)].append((access, step))
    store.put_steps(unit.db, touched.values())
    better = {one.seat_id: scores[one.seat_id] for one in accesses if scores[one.seat_id] != one.course_score}
    store.put_course_scores(unit.db, {seat: score for seat, score in better.items() if score is not None})
    for run, openings in opened.items():
        emit(unit.db, ModulesOpened(**_about(run), openings=tuple(openings)))
    for run, found in completed.items():
        emit(unit.db, ModulesCompleted(**_about(run), completions=tuple(_completion(*one) for one in found)))
    marked = [replace(one, course_score=scores[one.seat_id]) for one in accesses]
    _finish(unit, marked, bodies, list(steps.values()))


def _finish(
    unit: Unit, accesses: Sequence[Access], bodies: dict[tuple[UUID, int], Definition], steps: Sequence[Steps]
) -> None:
    known = store.finished(unit.db, [one.seat_id for one in accesses])
    by_seat: dict[UUID, list[Steps]] = defaultdict(list)
    for step in steps:
        by_seat[step.seat_id].append(step)
    done: dict[Run, list[ProgrammeCompletion]] = defaultdict(list)
    for access in accesses:
        body, mine = bodies[access.programme_id, access.version], by_seat[access.seat_id]
        modules = [part.module_id for part in body.modules]
        if access.seat_id in known or not met(body.rule, modules, mine, access.course_score):
            continue
        seconds = [one.seconds for one in mine if one.seconds is not None]
        done[_run(access)].append(
            ProgrammeCompletion(
                seat_id=access.seat_id,
                person_id=access.person_id,
                score=average(mine, access.course_score),
                seconds=sum(seconds) if seconds else None,
                at=max(one.completed_at for one in mine if one.completed_at is not None),
            )
        )
    for run, completions in done.items():
        store.add_finished(unit.db, {one.seat_id: run[0] for one in completions}, completions)
        emit(unit.db, ProgrammesCompleted(**_about(run), completions=tuple(completions)))


def say_progress(unit: Unit, seats: Sequence[UUID]) -> int:
    """Say again all that was said of the progress of these seats."""
    accesses = store.accesses(unit.db, seats)
    steps = store.steps_of(unit.db, [one.seat_id for one in accesses])
    finished = store.finished(unit.db, [one.seat_id for one in accesses])
    said = 0
    for access in accesses:
        mine = [step for (seat_id, _), step in steps.items() if seat_id == access.seat_id]
        about = _about(_run(access))
        openings = tuple(
            ModuleOpening(seat_id=one.seat_id, person_id=access.person_id, module_id=one.module_id, at=one.opened_at)
            for one in mine
            if one.opened_at is not None
        )
        completions = tuple(_completion(access, one) for one in mine if one.completed_at is not None)
        emit(unit.db, ModulesOpened(**about, openings=openings))
        emit(unit.db, ModulesCompleted(**about, completions=completions))
        row = finished.get(access.seat_id)
        if row is not None:
            done = ProgrammeCompletion(
                seat_id=access.seat_id, person_id=access.person_id, score=row.score, seconds=row.seconds, at=row.at
            )
            emit(unit.db, ProgrammesCompleted(**about, completions=(done,)))
        said += bool(openings) + bool(completions) + (row is not None)
    return said


def progress_view(unit: Unit, accesses: Sequence[Access], names: dict[UUID, str | None]) -> list[dict[str, Any]]:
    """What a page shows of these seats: the programme, its modules with their steps, whether the rule is met."""
    bodies = programmes.bodies(unit.db, ((one.programme_id, one.version) for one in accesses))
    seats = [one.seat_id for one in accesses]
    steps, finished = store.steps_of(unit.db, seats), store.finished(unit.db, seats)
    views = []
    for access in accesses:
        body = bodies[access.programme_id, access.version]
        parts = []
        for part in body.modules:
            step = steps.get((access.seat_id, part.module_id))
            parts.append({**vars(part), **({} if step is None else vars(step))})
        done = finished.get(access.seat_id)
        views.append(
            {
                **vars(access),
                "batch_name": names.get(access.seat_id),
                "code": body.code,
                "title": body.title,
                "goal": body.goal,
                "jp": body.jp,
                "modules": parts,
                "opened": sum(part.get("opened_at") is not None for part in parts),
                "completed": sum(part.get("completed_at") is not None for part in parts),
                "finished_at": done.at if done else None,
                "score": done.score if done else None,
            }
        )
    return views


def _run(access: Access) -> Run:
    return access.batch_id, access.programme_id, access.version


def _about(run: Run) -> dict[str, Any]:
    return {"batch_id": run[0], "programme_id": run[1], "version": run[2]}


def _completion(access: Access, step: Steps) -> ModuleCompletion:
    assert step.completed_at is not None
    return ModuleCompletion(
        seat_id=step.seat_id,
        person_id=access.person_id,
        module_id=step.module_id,
        score=step.score,
        seconds=step.seconds,
        at=step.completed_at,
    )
