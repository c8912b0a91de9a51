"""One stored sample of each event version is never edited, and today's code reads it."""

import json
from pathlib import Path

import pytest

from shared.codec import Unreadable, decode, encode
from shared.events import CATALOGUE
from tests.town import WITH_DATA, service_named

SAMPLES = Path(__file__).parent / "samples"

for _name in WITH_DATA:
    service_named(_name)


def test_each_version_has_its_sample() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(CATALOGUE)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_stored_sample_is_read_and_nothing_of_it_is_lost(path: Path) -> None:
    stored = json.loads(path.read_text(encoding="utf-8"))
    event = decode(path.stem, path.read_bytes())
    written = json.loads(encode(event))
    assert _within(stored, written)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_sample_with_a_field_of_tomorrow_is_read_today(path: Path) -> None:
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert decode(path.stem, json.dumps(stored | {"field_of_tomorrow": 1}).encode()) == decode(
        path.stem, path.read_bytes()
    )


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"batch_id": 7}', b"[" * 100_000, b"\xff\xfe"])
def test_data_that_do_not_fit_are_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        decode("bangkom.enrolment.batch_closed.v1", data)


def test_a_type_that_nobody_knows_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        decode("bangkom.enrolment.batch_sold.v1", b"{}")


def _within(stored: object, written: object) -> bool:
    """Whether all that was stored stands in what is written; new fields with defaults may have come."""
    if isinstance(stored, dict) and isinstance(written, dict):
        return all(name in written and _within(value, written[name]) for name, value in stored.items())
    if isinstance(stored, list) and isinstance(written, list):
        return len(stored) == len(written) and all(map(_within, stored, written))
    return stored == written
