"""What an installation may set."""

from fractions import Fraction

import pytest

from services.surveys.handlers.settings import settings
from shared.config import BadSettings
from tests.services.surveys.scene import HARD, Scene, guests


def test_everything_has_a_default() -> None:
    found = settings()
    assert (found.k, found.answer_time.days, found.invite_within.total_seconds()) == (5, 14, 3600)
    assert found.thresholds == {"too_hard": Fraction(1, 3)}


def test_the_least_group_can_be_raised_and_not_lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEYS_LEAST_GROUP", "10")
    assert settings().k == 10
    monkeypatch.setenv("SURVEYS_LEAST_GROUP", "4")
    with pytest.raises(BadSettings):
        settings()


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"SURVEYS_TOO_HARD_THRESHOLD": "2", "BANGKOM_TIME_ZONE": "Sibolga", "SURVEYS_ANSWER_DAYS": "x"}
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as no:
        settings()
    assert set(no.value.names) == set(wrong)


def test_a_larger_least_group_hides_what_a_smaller_one_would_show(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURVEYS_LEAST_GROUP", "10")
    people = guests(III=9)
    campaign_id = scene.ran(people)
    scene.all_answer(people, lambda _: HARD)
    scene.town.run()
    assert scene.show("campaigns", campaign_id)["outcome"] == "too_few"


def test_another_threshold_is_another_bar(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEYS_TOO_HARD_THRESHOLD", "3/5")
    scene.run_survey(guests(III=20), hard=15)
    assert scene.findings() == []
    monkeypatch.setenv("SURVEYS_TOO_HARD_THRESHOLD", "1/5")
    scene.run_survey(guests(III=20), hard=9)
    assert [finding["threshold"] for finding in scene.findings()] == [0.2]
