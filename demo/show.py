"""The account as people read it, and the pages that are left up."""

from collections.abc import Iterable, Sequence

from demo.account import Account
from demo.tell import Teller, percent, rupiah
from shared.issuer import Persona

Row = tuple[str, str]

_STATES = {
    "improved": ("membaik", "improved"),
    "no_effect": ("tidak berubah", "no effect"),
    "worse": ("memburuk", "worse"),
    "too_few": ("terlalu sedikit untuk disimpulkan", "too few to say"),
}


def show_account(tell: Teller, account: Account, seconds: float) -> None:
    """Every figure of the account in one table."""
    tell.chapter("Hasil, dibaca kembali dari layanan", "The account, read back from the services")
    tell.table((("Apa", "What"), ("Nilai", "Value")), [list(row) for row in _rows(tell, account)], right=())
    if account.audit["ok"]:
        tell.say(
            f"Audit: {account.audit['checked']} fakta diperiksa, tidak ada yang salah.",
            f"Audit: {account.audit['checked']} facts checked, nothing is broken.",
            style="bold green",
        )
    else:
        tell.say(
            f"Audit: {account.audit['checked']} fakta diperiksa, ADA yang salah: {account.audit['broken']}",
            f"Audit: {account.audit['checked']} facts checked, something IS broken: {account.audit['broken']}",
            style="bold red",
        )
    tell.say(f"Selesai dalam {seconds:.0f} detik.", f"Done in {seconds:.0f} seconds.", style="dim")


def show_pages(tell: Teller, address: str, batch_id: str, people: Iterable[Persona]) -> None:
    """Where the pages are and as whom to look at them."""
    lines: Sequence[tuple[str, str]] = [
        (f"Halaman: {address}", f"Pages: {address}"),
        (f"Angkatan pertama: {address}/batches/{batch_id}", f"The first batch: {address}/batches/{batch_id}"),
        ("Masuk dengan memilih nama:", "Sign in by choosing a name:"),
        *((f"  {one.name}: {', '.join(one.roles)}",) * 2 for one in people),
        ("Ctrl-C untuk mengakhiri.", "Ctrl-C to end."),
    ]
    tell.box(("Lihat sendiri", "See for yourself"), lines)


def _rows(tell: Teller, account: Account) -> Iterable[Row]:
    pick = tell.pick
    seats, money = account.seats, account.money
    yield pick("Pegawai, OPD", "Staff, agencies"), f"{account.people}, {account.agencies}"
    yield (
        pick("Kursi: pasti, menunggu, ditolak uang", "Seats: confirmed, waiting, no money"),
        f"{seats['confirmed']}, {seats['waiting']}, {seats['refused']}",
    )
    yield pick("Uang dipesan", "Money reserved"), rupiah(money["reserved"])
    yield pick("Uang terpakai", "Money realised"), rupiah(money["realised"])
    yield pick("Uang dilepas", "Money released"), rupiah(money["released"])
    yield pick("Sisa pagu", "Money available"), rupiah(money["available"])
    yield pick("JP dibukukan", "JP credited"), str(account.jp_credited)
    yield (
        pick("Survei: diundang, menjawab", "Survey: invited, answered"),
        f"{account.survey['invited']}, {account.survey['answered']}",
    )
    if account.finding is None:
        yield pick("Temuan", "Finding"), pick("tidak ada yang melewati ambang", "none passes the threshold")
        return
    low, high = account.finding["interval"]
    yield (
        pick("Temuan: terlalu sulit", "Finding: too hard"),
        f"{percent(account.finding['share'])} (n = {account.finding['n']}, 95 %: {percent(low)} - {percent(high)})",
    )
    worst = account.finding["worst_segment"]
    if worst:
        yield (
            pick("Paling berat pada", "Worst among"),
            f"{worst['name'][tell.language]} ({worst['shown']}, n = {worst['n']})",
        )
    if account.decision:
        decision = account.decision
        yield pick("Keputusan", "Decision"), f"{decision['change']['note']} ({decision['due']})"
    yield pick("Versi program", "Version"), f"{account.version['before']} -> {account.version['after']}"
    if account.effect:
        low, high = account.effect["interval"]
        by = account.effect["difference"]
        difference = percent(by) if by is not None else "..."
        yield (
            pick("Dampak", "Effect"),
            f"{pick(*_STATES[account.effect['state']])}, {difference} (95 %: {percent(low)} .. {percent(high)})",
        )
    yield pick("Diberi tahu dari angkatan pertama", "Told, of the first batch"), str(account.told)
