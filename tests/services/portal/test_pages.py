"""What the pages show, to whom, in front of fixed answers."""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from services.enrolment.domain.happenings import REASONS
from services.portal import words
from tests.services.portal import answers
from tests.services.portal.conftest import SignIn
from tests.services.portal.fake import Town

EVERYONE = ["/", "/me", "/batches", f"/batches/{answers.FIRST}", "/programmes", f"/programmes/{answers.PROGRAMME}"]
OFFICE = [
    *EVERYONE,
    f"/batches/{answers.SECOND}",
    f"/batches/{answers.ONLINE}",
    f"/batches/{answers.FIRST}/seats",
    f"/batches/{answers.SECOND}/nominations",
    f"/batches/{answers.SECOND}/attendance",
    f"/batches/{answers.SECOND}/closing",
    f"/batches/{answers.SECOND}/cancellation",
    "/batches/new",
    "/approvals",
    "/people",
    f"/people/{answers.LEARNER}",
    "/search?q=waktu",
    "/findings",
    f"/findings/{answers.FINDING}",
    "/effects",
    "/lines",
    f"/lines/{answers.LINE}",
    f"/seats/{answers.seat_id(1)}",
    f"/learning/{answers.FIRST}",
]


@pytest.mark.parametrize("path", OFFICE)
def test_a_page_stands_in_both_languages_and_runs_no_script_of_its_own(sign_in: SignIn, path: str) -> None:
    client = sign_in("office")
    indonesian = client.get(path)
    client.set_cookie("lang", "en")
    english = client.get(path)
    assert indonesian.status_code == english.status_code == 200
    assert '<html lang="id"' in indonesian.text
    assert '<html lang="en"' in english.text
    for page in (indonesian.text, english.text):
        assert "<script>" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert page.count("<h1") == 1
    policy = indonesian.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_the_batch_page_tells_the_whole_story(sign_in: SignIn) -> None:
    page = " ".join(sign_in("office").get(f"/batches/{answers.FIRST}").text.split())
    for told in [
        "Rp14.450.000",
        "25 dari 27 yang ditanya sudah menjawab",
        "60 % dari 25 peserta menilai materinya terlalu sulit",
        "golongan II",
        "Materi dimulai dari dasar.",
        "1 Mei 2026",
        "Membaik",
        "Beda −42 poin persen, selang 95 % dari −62 sampai −16.",
        "2 Februari 2026 09.00 WIB",
    ]:
        assert told in page.replace("\u00a0", " "), told


def test_a_name_is_never_markup(sign_in: SignIn) -> None:
    for path in (f"/batches/{answers.SECOND}/nominations", "/people", "/approvals", f"/batches/{answers.FIRST}"):
        page = sign_in("office").get(path).text
        assert "&lt;script&gt;alert" in page
        assert "<script>alert" not in page


def test_tasks_of_both_services_stand_together_and_answers_below(sign_in: SignIn) -> None:
    page = sign_in("supervisor").get("/").text
    assert f"/approvals?batch_id={answers.SECOND}" in page
    assert f"/s/{answers.LINK}" in page
    assert "Tingkat materi diubah menjadi dasar mulai versi 2" in page


def test_an_empty_list_says_what_to_do_next(sign_in: SignIn, backends: Town) -> None:
    nothing = answers.a_list([])
    backends.replace = {"enrolment/v1/tasks": nothing, "surveys/v1/tasks": nothing}
    page = sign_in("learner").get("/").text
    assert "Tidak ada yang menunggu Anda" in page
    assert "Lihat catatan saya" in page


def test_a_service_that_is_down_leaves_a_partial_page(sign_in: SignIn, backends: Town) -> None:
    backends.down = {"surveys"}
    answer = sign_in("office").get(f"/batches/{answers.FIRST}")
    assert answer.status_code == 200
    assert "Hasil survei sedang tidak dapat ditampilkan" in answer.text
    assert "Rp14.450.000" in answer.text
    backends.down = {"enrolment"}
    answer = sign_in("office").get(f"/batches/{answers.FIRST}")
    assert answer.status_code == 200
    assert "Keadaan angkatan dan kursinya sedang tidak dapat ditampilkan" in answer.text


def test_when_all_is_down_the_page_says_so(sign_in: SignIn, backends: Town) -> None:
    backends.down = {"enrolment", "content", "surveys", "budget", "bridge"}
    assert sign_in("office").get(f"/batches/{answers.FIRST}").status_code == 503
    assert "sedang tidak dapat ditampilkan" in sign_in("office").get("/").text


def test_what_a_role_may_not_see_is_left_out(sign_in: SignIn, backends: Town) -> None:
    refused = {"status": 403, "code": "auth.forbidden", "detail": "Peran Anda tidak mencakup tindakan ini."}
    backends.refuse = {("GET", "/money"): refused, ("GET", "/campaigns"): refused, ("GET", "/findings"): refused}
    page = sign_in("learner").get(f"/batches/{answers.FIRST}").text
    assert "h-money" not in page
    assert "h-survey" not in page
    assert "Usulkan pegawai" not in page


def test_someone_elses_record_is_not_there(sign_in: SignIn, backends: Town) -> None:
    problem = {"status": 404, "code": "request.not_found", "detail": "Yang diminta tidak ada, atau bukan untuk Anda."}
    backends.refuse = {("GET", "/record"): problem}
    answer = sign_in("learner").get(f"/people/{answers.OFFICER}")
    assert answer.status_code == 404
    assert "Yang diminta tidak ada, atau bukan untuk Anda." in answer.text
    assert "request.not_found" in answer.text


@pytest.mark.parametrize(
    ("who", "shown", "hidden"),
    [
        ("learner", ["/me", "/batches"], ["/approvals", "/lines", "/findings", "/people"]),
        ("supervisor", ["/approvals", "/people"], ["/lines", "/findings"]),
        ("budget", ["/lines"], ["/approvals", "/findings"]),
        ("evaluator", ["/findings", "/effects"], ["/approvals", "/lines"]),
    ],
)
def test_the_navigation_follows_the_role(sign_in: SignIn, who: str, shown: list[str], hidden: list[str]) -> None:
    page = sign_in(who).get("/me").text
    links = set(re.findall(r'<li><a href="([^"?]+)"', page))
    assert set(shown) <= links
    assert not set(hidden) & links


def test_the_first_load_is_small(portal: Flask, sign_in: SignIn) -> None:
    import gzip

    page = sign_in("office").get(f"/batches/{answers.FIRST}")
    client = portal.test_client()
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    if not portal.extensions["portal_assets"]:
        pytest.skip("the style is not built: python -m services.portal.build")
    size = len(gzip.compress(page.data)) + sum(len(gzip.compress(client.get(each).data)) for each in files)
    assert size < 150_000
    built = client.get(next(each for each in files if each.endswith(".css")))
    assert "immutable" in built.headers["Cache-Control"]


def test_a_batch_offers_what_can_be_done_now(sign_in: SignIn, backends: Town) -> None:
    def offered(batch_id: str) -> set[str]:
        page = sign_in("office").get(f"/batches/{batch_id}").text
        return {
            step for step in ("nominations", "attendance", "closing", "cancellation") if f"{batch_id}/{step}" in page
        }

    assert offered(answers.SECOND) == {"nominations", "cancellation"}
    assert offered(answers.RUNNING) == {"attendance", "closing"}
    assert offered(answers.FIRST) == set()
    online = {**answers.BATCHES[answers.ONLINE], "state": "open"}
    backends.replace = {f"enrolment/v1/batches/{answers.ONLINE}": online}
    assert offered(answers.ONLINE) == {"nominations", "closing", "cancellation"}


def test_the_cycle_ends_with_the_run_for_whom_the_survey_is_not_for(sign_in: SignIn, backends: Town) -> None:
    refused = {"status": 403, "code": "auth.forbidden", "detail": "Peran Anda tidak mencakup tindakan ini."}
    assert "Diukur lagi" in sign_in("office").get(f"/batches/{answers.FIRST}").text
    backends.refuse = {("GET", "/campaigns"): refused, ("GET", "/findings"): refused}
    page = sign_in("learner").get(f"/batches/{answers.FIRST}").text
    assert "Diukur lagi" not in page
    assert "Ditutup" in page
    assert 'aria-current="step"' not in page


def test_a_question_without_a_threshold_shows_its_mean(sign_in: SignIn, backends: Town) -> None:
    mean = {"item": "clear", "kind": "", "title": answers.say("Jelas", "Clear"), "n": 25, "share": None, "mean": 73.5}
    shown = {**answers.CAMPAIGN_OF_FIRST, "measures": [*answers.MEASURES, {**mean, "shown": None}]}
    backends.replace = {f"surveys/v1/campaigns/{answers.CAMPAIGN}": shown}
    page = sign_in("office").get(f"/batches/{answers.FIRST}").text
    assert '<th scope="row" class="fw-normal">Jelas</th><td class="number">25</td><td class="number">73,5</td>' in page
    assert "Rata-rata" in page


def test_a_survey_with_too_few_answers_says_why_nothing_is_shown(sign_in: SignIn, backends: Town) -> None:
    few = {**answers.CAMPAIGN_OF_FIRST, "answered": 2, "outcome": "too_few", "measures": []}
    backends.replace = {f"surveys/v1/campaigns/{answers.CAMPAIGN}": few}
    assert "terlalu sedikit untuk ditampilkan" in sign_in("office").get(f"/batches/{answers.FIRST}").text
    assert "terlalu sedikit untuk ditampilkan" not in sign_in("office").get(f"/batches/{answers.SECOND}").text


@pytest.mark.parametrize("state", ["later", "open", "given", "rejected", "void"])
def test_every_state_of_an_approval_has_its_word(sign_in: SignIn, backends: Town, state: str) -> None:
    step = {"step": 1, "role": "supervisor", "state": state, "at": None}
    seat = {**answers.SEATS[0], "batch_id": answers.SECOND, "batch": "A", "approvals": [step], "timeline": []}
    backends.replace = {f"enrolment/v1/seats/{answers.seat_id(1)}": seat}
    page = sign_in("office").get(f"/seats/{answers.seat_id(1)}").text
    assert f"<dd>{state}" not in page
    assert "Persetujuan atasan langsung" in page


def test_every_reason_that_enrolment_gives_has_its_word() -> None:
    assert set(REASONS) - {"request.not_found"} <= set(words.REASONS)


def test_only_the_evaluator_is_asked_to_decide(sign_in: SignIn) -> None:
    page = sign_in("evaluator").get(f"/findings/{answers.OPEN_FINDING}").text
    assert 'id="decide-form"' in page
    assert "Evaluator yang memutuskan" not in page
    page = sign_in("office").get(f"/findings/{answers.OPEN_FINDING}").text
    assert 'id="decide-form"' not in page
    assert "Putuskan" not in page
    assert "Evaluator yang memutuskan" in page


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "level", "level": "basic"}, "Tingkat → dasar: Lebih mudah."),
        ({"kind": "mode", "mode": "online"}, "Cara penyelenggaraan → daring: Lebih mudah."),
        ({"kind": "duration", "jp": 16}, "Lama pelatihan (JP) → 16 JP: Lebih mudah."),
        (
            {"kind": "bridging_module", "module_title": "Dasar", "module_minutes": 90},
            "Modul jembatan → Dasar (90 menit): Lebih mudah.",
        ),
        ({"kind": "quota", "capacity": 20}, "Kuota → 20 kursi: Lebih mudah."),
        ({"kind": "venue", "place": "Aula"}, "Tempat → Aula: Lebih mudah."),
        ({"kind": "schedule"}, "Jadwal: Lebih mudah."),
    ],
)
def test_a_decision_says_what_it_sets(sign_in: SignIn, backends: Town, change: dict[str, object], told: str) -> None:
    finding = answers.FINDINGS[answers.FINDING]
    decided = {**finding, "decision": {**finding["decision"], "change": {**change, "note": "Lebih mudah."}}}
    backends.replace = {f"surveys/v1/findings/{answers.FINDING}": decided}
    assert told in sign_in("office").get(f"/findings/{answers.FINDING}").text


def test_a_finding_that_is_decided_waits_for_nobody(sign_in: SignIn) -> None:
    for who in ("evaluator", "office"):
        page = sign_in(who).get(f"/findings/{answers.FINDING}").text
        assert 'id="decide-form"' not in page
        assert "Evaluator yang memutuskan" not in page


@pytest.mark.parametrize("path", [f"/findings/{answers.FINDING}", f"/batches/{answers.FIRST}"])
def test_who_answers_for_a_decision_is_named_to_those_who_may_see_it(
    sign_in: SignIn, backends: Town, path: str
) -> None:
    link = f'<a href="/people/{answers.OFFICE}">Petugas BKPSDM Contoh</a>'
    assert link in sign_in("evaluator").get(path).text
    hidden = {"status": 404, "code": "request.not_found", "detail": "Yang diminta tidak ada, atau bukan untuk Anda."}
    backends.refuse = {("GET", f"/people/{answers.OFFICE}"): hidden}
    page = sign_in("evaluator").get(path).text
    assert answers.OFFICE not in page
    assert "namanya tidak ditampilkan untuk peran Anda" in page
    assert link in sign_in("office").get(path).text


def test_the_service_searches_batches(sign_in: SignIn, backends: Town) -> None:
    found = answers.BATCHES[answers.SECOND]["name"]
    for path in ("/search?q=waktu+ii", "/batches?q=waktu+ii"):
        page = sign_in("office").get(path).text
        assert f'href="/batches/{answers.SECOND}"' in page
        assert found in page
        assert f'href="/batches/{answers.ONLINE}"' not in page


def test_times_are_those_of_the_city(portal: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    east = replace(portal.extensions["portal"], zone=ZoneInfo("Asia/Jayapura"))
    monkeypatch.setitem(portal.extensions, "portal", east)
    page = sign_in("office").get(f"/batches/{answers.FIRST}").text
    assert "2 Februari 2026 11.00 WIT" in page
    assert "WIB" not in page
    assert "Waktu dalam WIT." in sign_in("office").get("/batches/new").text


def test_pages_are_kept_by_nobody(sign_in: SignIn) -> None:
    assert sign_in("learner").get("/me").headers["Cache-Control"] == "private, no-store"


def test_it_can_be_installed(portal: Flask) -> None:
    client = portal.test_client()
    manifest = client.get("/manifest.webmanifest").get_json()
    assert manifest["start_url"] == "/"
    assert manifest["icons"]
    worker = client.get("/sw.js")
    assert worker.content_type.startswith("text/javascript")
    assert "/offline" in worker.text
    assert client.get("/offline").status_code == 200
