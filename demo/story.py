"""The main job as a story: a training is run, found too hard by some, changed, and run again.

Beside the main batch run others that show the compensations: one refused for money, one cancelled for want of people,
one whose line pays for some of its seats only, one online without sessions.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from demo import answers
from demo.account import Account, Book, read_account
from demo.cast import Somebody
from demo.city import City, CityFiles
from demo.city.agencies import TRAINING_OFFICE
from demo.cycle import Cycle
from demo.orders import DEMO, LINES, PROGRAMMES, SITE, Order, Programme, Size, orders
from demo.tell import Teller, percent, rupiah
from demo.world import Doors, Json
from shared import clock

LONGEST = timedelta(days=80)
"""The story fits into one calendar year: where less is left of this one, it begins in January of the next."""


def begin(doors: Doors) -> int:
    """Go to a day from which the story fits into one year; answers the year."""
    now = clock.now()
    if (now + LONGEST).year != now.year:
        doors.travel(datetime(now.year + 1, 1, 4, 2, tzinfo=UTC) - now)
    return clock.now().year


@dataclass
class Story:
    """Tells and runs the main job. What it did stands in `book` as ids; figures are read back from the services."""

    cycle: Cycle
    city: City
    teller: Teller
    size: Size = DEMO
    book: Book = field(default_factory=Book)
    first_people: list[str] = field(default_factory=list)
    """Who took part in the first run, by person id."""

    def run(self, files: CityFiles) -> Account:
        self.arrive(files)
        self.plan()
        self.nominate()
        self.change_minds()
        self.first_run()
        finding = self.ask_first_run()
        if finding is not None:
            programme = self.decide(finding)
            self.second_run(programme, finding)
        return self.conclude()

    # --- chapters -----------------------------------------------------------------------------------------------------

    def arrive(self, files: CityFiles) -> None:
        tell, cycle = self.teller, self.cycle
        tell.chapter("Kota masuk dari berkas biasa", "The city comes in from ordinary files")
        cycle.import_city(self.city, files)
        agencies, people, lines = len(cycle.cast.agencies), len(cycle.cast.people), len(self.city.lines)
        pns = sum(row.status == "PNS" for row in self.city.staff)
        tell.say(
            f"{agencies} OPD dan {people} pegawai ({pns} PNS, {people - pns} PPPK) terbaca, "
            f"juga {lines} baris DPA {self.city.year}, tiga program, satu survei.",
            f"{agencies} agencies and {people} staff ({pns} PNS, {people - pns} PPPK) are in, "
            f"with {lines} budget lines of {self.city.year}, three programmes, one survey.",
        )
        tell.say(
            "Jumlah OPD dan pegawai adalah asumsi; tidak ada orang nyata di dalamnya.",
            "The numbers of agencies and staff are an assumption; no real person is in them.",
            style="dim",
        )

    def plan(self) -> None:
        """Open the batches."""
        tell, cycle, book = self.teller, self.cycle, self.book
        tell.chapter("BKPSDM membuka angkatan", "The training office opens batches")
        cycle.site(SITE, "LMS kota (tanpa sambungan)", "null", {})
        self._orders = orders(self.size, self.city.year, self._line)
        for key, order in self._orders.items():
            if key != "second":
                batch = cycle.open_batch(cycle.programme(PROGRAMMES[key]), order)
                book.batches[key], book.names[key] = str(batch["batch_id"]), order.name
                book.add_line(order.line_id)
                self._say_opened(order, str(batch["state"]))

    def _say_opened(self, order: Order, state: str) -> None:
        cost = rupiah(order.fixed_cost)
        if state == "refused":
            self.teller.say(
                f"{order.name}: ditolak anggaran, biaya tetap {cost} melebihi sisa pagu.",
                f"{order.name}: refused by the budget, its fixed cost {cost} exceeds what is left.",
                style="yellow",
            )
        else:
            self.teller.say(
                f"{order.name}: dibuka, {order.capacity} kursi, biaya tetap {cost} dipesan.",
                f"{order.name}: open, {order.capacity} seats, fixed cost {cost} reserved.",
            )

    def nominate(self) -> None:
        """Officers nominate, supervisors decide, the budget answers."""
        tell, cycle, size, book = self.teller, self.cycle, self.size, self.book
        tell.chapter("Usulan, persetujuan, uang, tempat di LMS", "Nomination, approval, money, a place in the LMS")
        school = self._mixed(size.capacity + size.waiting + size.rejected)
        others = cycle.cast.others()
        cycle.rng.shuffle(others)
        narrow, few = others[: size.money_asked], others[size.money_asked : size.money_asked + 2]
        online = others[size.money_asked + 2 : size.money_asked + 2 + size.online]
        rejected = {
            one.person_id: "Sedang menyelesaikan laporan BOS; ikut angkatan berikutnya."
            for one in school[-size.rejected :]
        }
        reason = "Kebutuhan pengembangan kompetensi tahun ini."
        plans: tuple[tuple[str, list[Somebody], dict[str, str]], ...] = (
            ("first", school, rejected),
            ("narrow", narrow, {}),
            ("quorum", few, {}),
            ("online", online, {}),
        )
        for key, people, no in tell.each("Angkatan", "Batches", plans):
            cycle.nominate(book.batches[key], people, reason)
            cycle.approve(book.batches[key], no)
        self._show_seats()

    def change_minds(self) -> None:
        """Somebody gives a seat up in the full batch and in the one without money: the next in line moves up."""
        self.teller.chapter("Kursi dilepas, yang berikutnya naik", "A seat is given up, the next one moves up")
        self._move_up("first", "waiting", ("daftar tunggu", "waiting list"))
        self._move_up("narrow", "refused", ("ditolak karena uang", "refused for money"))
        self.book.seats = {key: dict(self.cycle.settled(batch_id)) for key, batch_id in self.book.batches.items()}

    def _move_up(self, key: str, queue: str, words: tuple[str, str]) -> None:
        cycle, batch_id = self.cycle, self.book.batches[key]
        name, before = self.book.names[key], cycle.settled(batch_id)
        was = int(before.get(queue, 0))
        seat = cycle.rng.choice(cycle.seats(batch_id, state="confirmed"))
        cycle.cancel_seat(str(seat["seat_id"]), "Ada tugas dinas pada tanggal itu.")

        def moved() -> Json | None:
            counts = cycle.settled(batch_id)
            return counts if counts.get(queue, 0) == max(0, was - 1) else None

        after = cycle.until("moved up", moved)
        now, sure = after.get(queue, 0), after["confirmed"]
        self.teller.say(
            f"{name}: satu peserta batal, uangnya kembali; {words[0]} {was} -> {now}, pasti {sure}.",
            f"{name}: one participant cancelled, the money came back; {words[1]} {was} -> {now}, confirmed {sure}.",
        )

    def first_run(self) -> None:
        """Days pass: the batch without its quorum ends, the first one is held, the online one completes by modules."""
        tell, cycle, book = self.teller, self.cycle, self.book
        tell.chapter("Angkatan pertama berjalan", "The first batch runs")
        batch_id = book.batches["first"]
        seats = cycle.seats(batch_id, state="confirmed")
        cycle.rng.shuffle(seats)
        no_show, half_way = seats[0], seats[1]
        cycle.attend(batch_id, absent=[str(no_show["seat_id"])])
        cycle.batch_in("quorum missed", book.batches["quorum"], "cancelled")
        tell.say(
            f"{book.names['quorum']}: peserta terlalu sedikit, dibatalkan; semua uangnya dilepas.",
            f"{book.names['quorum']}: too few people, cancelled; all its money was released.",
            style="yellow",
        )
        for seat in tell.each("Modul Literasi Data", "Data literacy modules", seats[1:]):
            cycle.learn(batch_id, str(seat["person_id"]), most=1 if seat is half_way else None)
        online = cycle.seats(book.batches["online"], state="confirmed")
        for seat in tell.each("Modul Etika (daring)", "Ethics modules (online)", online):
            cycle.learn(book.batches["online"], str(seat["person_id"]))
        cycle.count_of("online completed", book.batches["online"], "completed", len(online))
        self.first_people = [str(seat["person_id"]) for seat in seats if seat is not no_show]
        cycle.learnt(batch_id, self.first_people[1:])
        counts = cycle.close(batch_id)["counts"]
        passed, failed = counts.get("completed", 0), counts.get("failed", 0)
        tell.say(
            f"{book.names['first']} ditutup: {passed} lulus, {failed} tidak (tidak hadir atau belum selesai).",
            f"{book.names['first']} closed: {passed} completed, {failed} did not (never came or did not finish).",
        )
        tell.say(
            f"{book.names['online']}: {len(online)} lulus dari modul saja, tanpa sesi.",
            f"{book.names['online']}: {len(online)} completed by modules alone, without a session.",
        )

    def ask_first_run(self) -> Json | None:
        tell, cycle, size, book = self.teller, self.cycle, self.size, self.book
        tell.chapter("Peserta ditanya", "The participants are asked")
        batch_id = book.batches["first"]
        who = cycle.rng.sample(self.first_people, min(size.answered, len(self.first_people)))
        cycle.answer(batch_id, who, answers.FIRST_RUN)
        campaign = cycle.close_campaign(batch_id)
        book.campaigns.append(str(campaign["campaign_id"]))
        invited, answered = campaign["invited"], campaign["answered"]
        tell.say(
            f"{invited} diundang (hanya yang benar-benar ikut), {answered} menjawab tanpa nama.",
            f"{invited} were invited (only those who took part), {answered} answered without a name.",
        )
        finding = cycle.finding(batch_id)
        if finding is None:
            tell.say(
                "Tidak ada temuan: batas bawah rentang 95 % tidak melewati ambang. Tidak ada yang diubah.",
                "No finding: the lower 95 % limit does not pass the threshold. Nothing is changed.",
                style="yellow",
            )
            return None
        book.finding_id = str(finding["finding_id"])
        finding = cycle.read_finding(book.finding_id)
        worst = finding.get("worst_segment")
        where = (
            (f", paling berat pada {worst['name']['id']}", f", worst among {worst['name']['en']}")
            if worst
            else ("", "")
        )
        interval = f"{percent(finding['low'])} - {percent(finding['high'])}"
        figures = f"{finding['shown']} (n = {finding['n']}, 95 %: {interval})"
        tell.say(
            f"Temuan: {figures} merasa terlalu sulit{where[0]}.",
            f"Finding: {figures} found it too hard{where[1]}.",
            style="bold",
        )
        return finding

    def decide(self, finding: Json) -> Programme:
        tell, cycle = self.teller, self.cycle
        tell.chapter("Tindak lanjut: penanggung jawab, tenggat, perubahan", "A decision: owner, due date, change")
        change = {
            "kind": "bridging_module",
            "note": "Tambahkan modul jembatan sebelum rumus, bagi yang jarang memakai lembar kerja.",
            "module_title": "Jembatan: dasar lembar kerja",
            "module_minutes": 90,
        }
        due = (clock.now() + timedelta(days=14)).date()
        cycle.decide(str(finding["finding_id"]), cycle.cast.office.id, due, change)
        before = cycle.programme(PROGRAMMES["first"])
        programme = cycle.publish(before)
        tell.say(
            f"Modul jembatan diputuskan, disusun, dan terbit sebagai versi {programme.version}.",
            f"A bridging module was decided, drafted, and published as version {programme.version}.",
        )
        return programme

    def second_run(self, programme: Programme, finding: Json) -> None:
        tell, cycle, size, book = self.teller, self.cycle, self.size, self.book
        tell.chapter("Angkatan kedua memakai versi baru", "The second batch runs on the new version")
        batch_id = str(cycle.open_batch(programme, self._orders["second"])["batch_id"])
        book.batches["second"] = batch_id
        people = self._mixed(size.second, without=self._nominated)
        cycle.nominate(batch_id, people, "Belum mengikuti angkatan pertama.")
        cycle.approve(batch_id)
        cycle.attend(batch_id)
        persons = [str(seat["person_id"]) for seat in cycle.seats(batch_id, state="confirmed")]
        for person_id in tell.each("Modul Literasi Data II", "Data literacy II modules", persons):
            cycle.learn(batch_id, person_id)
        cycle.learnt(batch_id, persons)
        cycle.close(batch_id)
        cycle.answer(batch_id, cycle.rng.sample(persons, min(size.second_answered, len(persons))), answers.SECOND_RUN)
        book.campaigns.append(str(cycle.close_campaign(batch_id)["campaign_id"]))
        effect = cycle.effect(str(finding["finding_id"]))
        tell.say(
            f"Pertanyaan yang sama diukur lagi: {effect['state']}.",
            f"The same question was measured again: {effect['state']}.",
            style="bold",
        )

    def conclude(self) -> Account:
        self.book.told_candidates = list(self.first_people)
        return read_account(self.cycle, self.city, self.book)

    # --- who and what -------------------------------------------------------------------------------------------------

    _orders: dict[str, Order] = field(default_factory=dict, init=False, repr=False)
    _nominated: set[str] = field(default_factory=set, init=False, repr=False)

    def order(self, key: str) -> Order:
        return self._orders[key]

    def _line(self, key: str) -> str:
        sub_activity, account, _ = LINES[key]
        return str(self.cycle.line((TRAINING_OFFICE, sub_activity, account), self.city.year)["line_id"])

    def _mixed(self, count: int, without: set[str] | None = None) -> list[Somebody]:
        """School staff, every second one of grade II as far as there are any."""
        pool = [one for one in self.cycle.cast.school_staff() if one.person_id not in (without or set())]
        second = [one for one in pool if one.band == "II"][: count // 2]
        rest = [one for one in pool if one.band != "II"][: count - len(second)]
        chosen = second + rest
        random.Random(f"{self.cycle.rng.random()}").shuffle(chosen)
        self._nominated |= {one.person_id for one in chosen}
        return chosen

    def _show_seats(self) -> None:
        rows = []
        for batch_id in self.book.batches.values():
            batch = self.cycle.batch(batch_id)
            counts = batch["counts"]
            shown = [str(counts.get(state, 0)) for state in ("confirmed", "waiting", "refused", "rejected")]
            rows.append([str(batch["name"]), str(batch["state"]), *shown])
        columns = (
            ("Angkatan", "Batch"),
            ("Keadaan", "State"),
            ("Pasti", "Confirmed"),
            ("Menunggu", "Waiting"),
            ("Ditolak uang", "No money"),
            ("Ditolak atasan", "Rejected"),
        )
        self.teller.table(columns, rows, right=range(2, 6))
