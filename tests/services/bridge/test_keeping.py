"""Ids of facts are forgotten after their time."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from services.bridge.handlers.keeping import sweep_facts
from services.bridge.store.tables import LMS_FACT
from shared.unit import unit_of
from tests.town import Town


def test_ids_of_facts_go_after_their_days(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGKOM_BRIDGE_FACT_DAYS", "60")
    engine = town.engines["bridge"]
    with unit_of(engine, "bridge") as unit:
        unit.db.execute(
            insert(LMS_FACT),
            [{"site": "one", "fact_id": str(days), "at": unit.now - timedelta(days=days)} for days in (1, 59, 61, 900)],
        )
    swept = []
    for _ in range(2):
        with unit_of(engine, "bridge") as unit:
            swept.append(sweep_facts(unit))
    assert swept == [2, 0]
    with engine.connect() as db:
        assert sorted(db.scalars(select(LMS_FACT.c.fact_id))) == ["1", "59"]
