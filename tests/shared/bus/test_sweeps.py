"""Time causes work, and clears away what the transport no longer needs."""

from dataclasses import replace

from sqlalchemy import Engine, text

from shared.service import Sweep
from shared.sweeps import Sweeper, clear
from shared.unit import Unit, unit_of
from tests.shared.bus.fixtures import until
from tests.shared.bus.toys import TOY_ASK, count


def test_sent_rows_go_after_a_week_unsent_never_inbox_after_a_month(toy_engines: dict[str, Engine]) -> None:
    engine = toy_engines["toyask"]
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO outbox (event_id, type, key, items, data, at, sent_at)"
                " SELECT gen_random_uuid(), 't', 'k', 1, '', now() - d, CASE WHEN sent THEN now() - d END"
                " FROM (VALUES (interval '8 days', true), ('6 days', true), ('90 days', false)) AS v (d, sent)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO inbox (event_id, at) SELECT gen_random_uuid(), now() - n * interval '1 day'"
                " FROM generate_series(1, 40) AS n"
            )
        )
    with unit_of(engine, "toyask") as unit:
        assert clear(unit) == 1 + 11
    with unit_of(engine, "toyask") as unit:
        assert clear(unit) == 0
    assert (count(engine, "outbox"), count(engine, "inbox")) == (2, 29)


def test_a_sweep_is_called_again_while_it_did_something_and_a_broken_one_stops_nobody(
    toy_engines: dict[str, Engine],
) -> None:
    left, calls = [5], [0]

    def broken(unit: Unit) -> int:
        calls[0] += 1
        raise RuntimeError("always")

    def counting(unit: Unit) -> int:
        left[0] -= 1
        return max(left[0], 0)

    service = replace(TOY_ASK, sweeps=(Sweep("broken", 0.05, broken), Sweep("counting", 3600, counting)))
    sweeper = Sweeper(service, toy_engines["toyask"])
    sweeper.start()
    until(lambda: left[0] == 0 and calls[0] >= 2)
    sweeper.stop()
    assert sweeper.join(10)
