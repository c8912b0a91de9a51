"""The journeys of people, in a real browser, in front of the fake services."""

import pytest

from tests.browser.conftest import Open
from tests.browser.test_frame import faults
from tests.services.portal import answers
from tests.services.portal.fake import Town


@pytest.fixture(autouse=True)
def _fresh(town: Town) -> None:
    town.asked.clear()


@pytest.mark.parametrize("scripts", [True, False])
def test_five_requests_in_three_taps(opened: Open, town: Town, scripts: bool) -> None:
    page = opened("supervisor", width=390, scripts=scripts)
    page.get_by_role("link", name="Setujui 5 usulan").click()
    page.get_by_role("button", name="Setujui yang dipilih").click()
    page.get_by_text("5 permintaan disetujui").wait_for()
    [(path, body, _)] = town.commands()
    assert path.endswith("/seats/approvals")
    assert len(body["seats"]) == 5


def test_a_double_click_approves_once(opened: Open, town: Town) -> None:
    page = opened("supervisor")
    page.goto("/approvals")
    page.get_by_role("button", name="Setujui yang dipilih").dblclick()
    page.get_by_text("permintaan disetujui").wait_for()
    assert len({headers["Idempotency-Key"] for *_, headers in town.commands()}) == 1


@pytest.mark.parametrize("scripts", [True, False])
def test_a_survey_is_answered_on_a_small_phone(opened: Open, town: Town, scripts: bool) -> None:
    page = opened(None, width=320, scripts=scripts)
    page.goto(f"/s/{answers.LINK}")
    if scripts:
        assert faults(page) == []
    page.get_by_role("button", name="Kirim jawaban").click()
    page.get_by_role("alert").wait_for()
    if scripts:
        assert page.evaluate("document.activeElement.id") == "summary"
        assert faults(page) == []
    page.get_by_label("5 sangat sulit").check()
    page.get_by_label("pas", exact=True).check()
    page.get_by_role("button", name="Kirim jawaban").click()
    page.get_by_text("Terima kasih").first.wait_for()
    assert town.commands()[-1][1] == {"answers": {"difficulty": 5, "pace": 2}}


def test_a_half_answered_survey_waits_on_the_device(opened: Open) -> None:
    page = opened(None, width=320)
    page.goto(f"/s/{answers.LINK}")
    page.get_by_label("Apa yang perlu diubah?").fill("Lebih banyak contoh")
    page.get_by_label("5 sangat sulit").check()
    page.reload()
    assert page.get_by_label("Apa yang perlu diubah?").input_value() == "Lebih banyak contoh"
    assert page.get_by_label("5 sangat sulit").is_checked()
    page.get_by_label("pas", exact=True).check()
    page.get_by_role("button", name="Kirim jawaban").click()
    page.get_by_text("Terima kasih").first.wait_for()
    page.goto(f"/s/{answers.LINK}")
    assert page.get_by_label("Apa yang perlu diubah?").input_value() == ""


def test_choosing_another_change_keeps_what_was_typed(opened: Open) -> None:
    page = opened("evaluator", width=390)
    page.goto(f"/findings/{answers.OPEN_FINDING}")
    page.get_by_label("Perubahannya, dalam satu kalimat").fill("Dua jam tambahan.")
    page.get_by_label("Batas waktu").fill("2031-05-06")
    page.get_by_label("Apa yang diubah").select_option("duration")
    page.get_by_label("Lama pelatihan (JP)").wait_for()
    assert page.get_by_label("Perubahannya, dalam satu kalimat").input_value() == "Dua jam tambahan."
    assert page.get_by_label("Batas waktu").input_value() == "2031-05-06"


def test_every_control_shows_where_the_keyboard_is(opened: Open) -> None:
    page = opened("office", width=390)
    page.goto("/batches/new")
    for name in ("Nama angkatan", "Pagu anggaran"):
        page.get_by_label(name).focus()
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", name
    page.locator("#find").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Cari"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_finding_is_decided_by_keyboard(opened: Open, town: Town) -> None:
    page = opened("evaluator")
    page.goto(f"/findings/{answers.OPEN_FINDING}")
    page.get_by_label("Apa yang diubah").select_option("duration")
    page.get_by_label("Lama pelatihan (JP)").wait_for()
    page.get_by_label("Lama pelatihan (JP)").focus()
    page.keyboard.type("16")
    page.keyboard.press("Tab")
    page.keyboard.type("Dua jam tambahan untuk latihan.")
    page.get_by_role("button", name="Putuskan dan tugaskan").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Keputusan tersimpan").wait_for()
    change = town.commands()[-1][1]["change"]
    assert change == {"kind": "duration", "note": "Dua jam tambahan untuk latihan.", "jp": 16}


def test_everyone_present_in_one_press(opened: Open, town: Town) -> None:
    page = opened("office", width=390)
    page.goto(f"/batches/{answers.SECOND}/attendance")
    page.get_by_role("button", name="Tandai semua hadir").click()
    page.get_by_role("button", name="Simpan presensi").click()
    page.get_by_text("Presensi tersimpan: 3 hadir dari 3.").wait_for()


def test_forty_are_nominated_from_a_search(opened: Open, town: Town) -> None:
    """Leaving the search field must not fetch the list again: what was chosen in it would be gone."""
    page = opened("officer")
    page.goto(f"/batches/{answers.SECOND}/nominations")
    page.get_by_label("Nama").fill("Peserta")
    page.wait_for_url("**search=Peserta**")
    page.get_by_label("Pilih semua di halaman ini").check()
    page.get_by_role("button", name="Usulkan yang dipilih").click()
    page.get_by_role("heading", name="4 dari 4 usulan diterima").wait_for()
    assert faults(page) == []


def test_a_partial_page_says_what_is_missing(opened: Open, town: Town) -> None:
    page = opened("office")
    town.down = {"surveys", "budget"}
    try:
        page.goto(f"/batches/{answers.FIRST}")
        assert page.get_by_text("Hasil survei sedang tidak dapat ditampilkan").is_visible()
        assert page.get_by_text("Uang angkatan ini sedang tidak dapat ditampilkan").is_visible()
        assert page.get_by_role("heading", name="Manajemen Waktu Angkatan I").is_visible()
        assert faults(page) == []
    finally:
        town.down = set()
