"""Lines, entries and a batch's money over HTTP: who may, what of it, page by page."""

from typing import Any
from uuid import UUID

import pytest

from services.budget.domain.documents import PERGESERAN
from shared.auth import AGENCY_OFFICER, AUDITOR, BUDGET_OFFICER, LEARNER, SUPERVISOR, TRAINING_OFFICE
from shared.events.enrolment import AgenciesChanged, Agency
from shared.ids import new_id
from tests.services.budget.givens import (
    AGENCY_CODE,
    INSTANCE,
    YEAR,
    a_line,
    approved,
    closed,
    completed,
    document,
    opened,
    released,
    row,
    seats,
)
from tests.town import Client, Town, who

OTHER_CODE = "1.01.2.22.0.00.01.0000"


@pytest.fixture
def agencies(town: Town) -> tuple[UUID, UUID]:
    own, other = new_id(), new_id()
    town.hear(
        "budget",
        AgenciesChanged(
            instance=INSTANCE,
            agencies=(
                Agency(agency_id=own, rev=1, code=AGENCY_CODE, name="Badan Kepegawaian", parent_id=None),
                Agency(agency_id=other, rev=1, code=OTHER_CODE, name="Dinas Pendidikan", parent_id=None),
            ),
        ),
    )
    return own, other


@pytest.fixture
def officer(town: Town) -> Client:
    return town.client("budget", who(BUDGET_OFFICER))


def test_a_line_shows_its_balances_and_figures(town: Town, officer: Client, agencies: tuple[UUID, UUID]) -> None:
    line_id, (held, spent) = a_line(town, 1_000_000), seats(2)
    document(town, row(1_200_000), kind=PERGESERAN)
    town.hear("budget", approved(line_id, held, spent, amount=250_000))
    town.hear("budget", completed(line_id, spent))

    line = officer.get(f"/v1/lines/{line_id}").json

    assert line["agency"] == "Badan Kepegawaian"
    assert line["agency_id"] == str(agencies[0])
    assert (line["original"], line["shifts"], line["amendment"]) == (1_000_000, 200_000, 0)
    figures = [line[name] for name in ("effective", "reserved", "realised", "available", "remaining")]
    assert figures == [1_200_000, 250_000, 250_000, 700_000, 950_000]
    assert line["absorption_percent"] == 20.83
    assert (line["sub_activity"], line["account"], line["fund"], line["year"]) == (
        "5.04.02.2.01.0003",
        "5.1.02.02.12.0001",
        "PAD",
        YEAR,
    )


def test_a_line_without_budget_has_no_absorption_figure(town: Town, officer: Client) -> None:
    line_id = a_line(town, 0)

    assert officer.get(f"/v1/lines/{line_id}").json["absorption_percent"] is None


def test_lines_are_found_by_year_agency_and_words_and_paged(
    town: Town, officer: Client, agencies: tuple[UUID, UUID]
) -> None:
    mine = [a_line(town, 1, fund) for fund in ("PAD", "DAU", "DAK")]
    other = a_line(town, 1, agency_code=OTHER_CODE)
    last_year = a_line(town, 1, year=YEAR - 1)

    def ids(**query: Any) -> list[str]:
        return [item["line_id"] for item in officer.get("/v1/lines", **query).json["items"]]

    assert ids() == [str(line) for line in (*mine, other, last_year)]
    assert ids(year=YEAR) == [str(line) for line in (*mine, other)]
    assert ids(year=YEAR, agency_id=agencies[1]) == [str(other)]
    assert ids(search="kompetensi dau") == [str(mine[1])]
    assert ids(search="%") == ids(search="100%") == []
    assert ids(year="", agency_id="", search="", after="") == ids()
    first = officer.get("/v1/lines", limit=2).json
    second = officer.get("/v1/lines", limit=2, after=first["next"]).json
    third = officer.get("/v1/lines", limit=2, after=second["next"]).json
    assert [item["line_id"] for page in (first, second, third) for item in page["items"]] == ids()
    assert third["next"] is None


def test_a_budget_officer_of_an_agency_sees_its_own_lines_only(town: Town, agencies: tuple[UUID, UUID]) -> None:
    own, other = a_line(town, 1), a_line(town, 1, agency_code=OTHER_CODE)
    client = town.client("budget", who(BUDGET_OFFICER, agency=agencies[0]))

    assert [item["line_id"] for item in client.get("/v1/lines").json["items"]] == [str(own)]
    assert client.get("/v1/lines", agency_id=agencies[1]).json["items"] == []
    assert client.get(f"/v1/lines/{own}").status_code == 200
    for path in (f"/v1/lines/{other}", f"/v1/lines/{other}/entries", f"/v1/lines/{new_id()}"):
        answer = client.get(path)
        assert (answer.status_code, answer.json["code"]) == (404, "request.not_found")


def test_an_agency_that_is_heard_of_later_opens_its_lines(town: Town) -> None:
    line_id, agency_id = a_line(town, 1), new_id()
    client = town.client("budget", who(BUDGET_OFFICER, agency=agency_id))
    assert client.get(f"/v1/lines/{line_id}").status_code == 404

    for rev, name in ((2, "Nama Baru"), (1, "Nama Lama")):
        agency = Agency(agency_id=agency_id, rev=rev, code=AGENCY_CODE, name=name, parent_id=None)
        town.hear("budget", AgenciesChanged(instance=INSTANCE, agencies=(agency,)))

    assert client.get(f"/v1/lines/{line_id}").json["agency"] == "Nama Baru"


@pytest.mark.parametrize("role", [TRAINING_OFFICE, BUDGET_OFFICER, AUDITOR])
def test_the_roles_that_work_with_money_read_it(town: Town, role: str) -> None:
    line_id = a_line(town, 1)

    assert town.client("budget", who(role)).get(f"/v1/lines/{line_id}").status_code == 200


@pytest.mark.parametrize("role", [LEARNER, SUPERVISOR, AGENCY_OFFICER])
def test_other_roles_do_not_and_nobody_without_signing_in(town: Town, role: str) -> None:
    line_id = a_line(town, 1)
    paths = ("/v1/lines", f"/v1/lines/{line_id}", f"/v1/lines/{line_id}/entries", f"/v1/batches/{new_id()}/money")

    for path in paths:
        assert town.client("budget", who(role)).get(path).status_code == 403
        assert town.client("budget").get(path).status_code == 401


@pytest.mark.parametrize(
    "query",
    [{"year": "abc"}, {"year": 1}, {"agency_id": "x"}, {"search": "x" * 101}, {"limit": 501}, {"limit": 0}, {"a": "b"}],
)
def test_bad_filters_are_refused(officer: Client, query: dict[str, Any]) -> None:
    answer = officer.get("/v1/lines", **query)

    assert (answer.status_code, answer.json["code"]) == (422, "request.invalid")


def test_entries_tell_their_document_or_seat_and_are_paged(town: Town, officer: Client) -> None:
    line_id, seat, batch = a_line(town, 1000), new_id(), new_id()
    document(town, row(1500), kind=PERGESERAN, number="900/12/2027")
    town.hear("budget", opened(line_id, batch, 300))
    town.hear("budget", approved(line_id, seat, batch_id=batch))
    town.hear("budget", released(line_id, seat, batch_id=batch))

    first = officer.get(f"/v1/lines/{line_id}/entries", limit=3).json
    second = officer.get(f"/v1/lines/{line_id}/entries", limit=3, after=first["next"]).json
    items = first["items"] + second["items"]

    assert [(item["kind"], item["amount"]) for item in items] == [
        ("original", 1000),
        ("shift", 500),
        ("reserve", 300),
        ("reserve", 100),
        ("release", 100),
    ]
    assert items[1]["document"] == "PERGESERAN 900/12/2027"
    assert (items[2]["batch_id"], items[2]["seat_id"]) == (str(batch), None)
    assert (items[3]["batch_id"], items[3]["seat_id"], items[3]["attempt"]) == (str(batch), str(seat), 1)
    assert second["next"] is None


def test_a_batchs_money_is_summed_by_line(town: Town, officer: Client) -> None:
    line_id, batch = a_line(town, 1000), new_id()
    spent, held, gone, refused, retried = seats(5)
    town.hear("budget", opened(line_id, batch, 300))
    town.hear("budget", approved(line_id, spent, held, gone, batch_id=batch))
    town.hear("budget", approved(line_id, refused, retried, amounts=[5000, 6000], batch_id=batch))
    town.hear("budget", completed(line_id, spent, batch_id=batch))
    town.hear("budget", released(line_id, gone, batch_id=batch))
    town.hear("budget", approved(line_id, retried, amount=50, attempt=2, batch_id=batch))
    town.hear("budget", closed(line_id, batch))

    money = officer.get(f"/v1/batches/{batch}/money").json

    assert [money[name] for name in ("reserved", "realised", "released", "refused")] == [150, 400, 100, 5000]
    assert money["seats"] == {"reserved": 2, "realised": 1, "released": 1, "refused": 1}
    [line] = money["lines"]
    assert (line["line_id"], line["reserved"], line["sub_activity"]) == (str(line_id), 150, "5.04.02.2.01.0003")


def test_a_batch_nobody_asked_money_for_or_out_of_scope_has_none(
    town: Town, officer: Client, agencies: tuple[UUID, UUID]
) -> None:
    line_id, batch = a_line(town, 1000), new_id()
    town.hear("budget", opened(line_id, batch, 300))
    stranger = town.client("budget", who(BUDGET_OFFICER, agency=agencies[1]))

    for client, asked in ((officer, new_id()), (stranger, batch)):
        money = client.get(f"/v1/batches/{asked}/money").json
        assert (money["reserved"], money["lines"]) == (0, [])


def test_a_refusal_on_an_unknown_line_is_in_the_batchs_money(town: Town, officer: Client) -> None:
    batch = new_id()
    town.hear("budget", opened(new_id(), batch, 300))

    money = officer.get(f"/v1/batches/{batch}/money").json

    assert money["refused"] == 300
    assert money["lines"][0]["sub_activity"] is None
