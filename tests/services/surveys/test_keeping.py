"""Words go after their time; figures, and everything younger, stay."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select

from services.surveys.handlers.keeping import sweep_words
from services.surveys.store.tables import ANSWER, BATCH, CAMPAIGN, INSTRUMENT, MEASURE
from shared.unit import unit_of
from tests.town import Town

DEFINITION = {
    "pages": [
        {
            "elements": [
                {"type": "rating", "name": "pace"},
                {"type": "panel", "elements": [{"type": "comment", "name": "more"}]},
                {"type": "text", "name": "short"},
            ]
        }
    ]
}
SAID = {"pace": 4, "more": "It was Budi who said so", "short": "too long"}


def test_words_of_old_surveys_are_deleted_and_nothing_else(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEYS_WORDS_DAYS", "100")
    engine = town.engines["surveys"]
    campaigns = {101: uuid4(), 99: uuid4()}
    with unit_of(engine, "surveys") as unit:
        instrument = uuid4()
        unit.db.execute(
            insert(INSTRUMENT).values(
                instrument_id=instrument, code="c", revision=1, title={}, definition=DEFINITION, at=unit.now
            )
        )
        for days, campaign in campaigns.items():
            batch = uuid4()
            unit.db.execute(
                insert(BATCH).values(
                    batch_id=batch, rev=1, programme_id=uuid4(), version=1, name="Batch", agencies=[], applied=[]
                )
            )
            closed = unit.now - timedelta(days=days)
            unit.db.execute(
                insert(CAMPAIGN).values(
                    campaign_id=campaign,
                    batch_id=batch,
                    instrument_id=instrument,
                    state="closed",
                    made_at=closed,
                    closed_at=closed,
                )
            )
            groups = {"campaign_id": campaign, "grade_band": "III", "agency": "", "unit": ""}
            unit.db.execute(insert(ANSWER), [{**groups, "answer_id": uuid4(), "said": SAID} for _ in range(6)])
            unit.db.execute(
                insert(MEASURE).values(campaign_id=campaign, item="pace", by="", value="", kind="", n=6, counted=1)
            )
    swept = []
    for _ in range(2):
        with unit_of(engine, "surveys") as unit:
            swept.append(sweep_words(unit))
    assert swept == [6, 0]
    with engine.connect() as db:
        for days, said in ((101, {"pace": 4}), (99, SAID)):
            found = db.scalars(select(ANSWER.c.said).where(ANSWER.c.campaign_id == campaigns[days])).all()
            assert found == [said] * 6
        assert db.scalar(select(func.count()).select_from(MEASURE)) == 2
