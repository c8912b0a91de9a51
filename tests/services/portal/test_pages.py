"""What the pages show, to whom, in front of fixed answers."""

import re

import pytest
from flask import Flask

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
