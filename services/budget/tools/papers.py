"""The cells of a budget document's line as values, with every problem of it. The headers it is known by."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.budget.domain.codes import Codes, codes
from services.budget.domain.problems import BAD_AMOUNT, UNKNOWN_CODE
from services.budget.tools import names
from services.budget.tools.amounts import rupiah
from shared.errors import DomainError

ALIASES = {
    "instance": ["kode instansi", "instansi", "kode daerah", "kode pemda", "instance"],
    "year": ["tahun anggaran", "tahun", "year"],
    "agency_code": ["kode skpd", "kode opd", "kode unit skpd", "skpd", "opd", "agency"],
    "agency_name": ["nama skpd", "nama opd", "nama unit skpd"],
    "sub_activity": ["kode sub kegiatan", "kode subkegiatan", "sub kegiatan", "subkegiatan"],
    "sub_activity_name": ["nama sub kegiatan", "nama subkegiatan", "uraian sub kegiatan"],
    "account": ["kode rekening", "kode akun", "rekening", "akun"],
    "account_name": ["nama rekening", "nama akun", "uraian rekening"],
    "fund": ["sumber dana", "kode sumber dana", "sumber pendanaan"],
    "name": ["uraian", "uraian belanja", "keterangan"],
    "amount": ["pagu", "pagu anggaran", "jumlah", "nilai", "anggaran", "jumlah rp"],
}
"""Fields of a budget document and the headers they are read from."""

REQUIRED = ("agency_code", "sub_activity", "account", "fund", "amount")
MOST_NAME = 500
"""Characters of a name that are kept; official names have up to about 300."""


@dataclass(frozen=True)
class Read:
    """One line as it was read. `agency_name` is None where the file has none; `subject` is what people know the line
    by.
    """

    codes: Codes
    amount: int
    agency_name: str | None
    sub_activity_name: str
    account_name: str
    name: str


def subject(values: Mapping[str, str]) -> str:
    """What people know a line by, as it stands in the file."""
    return " ".join(values.get(part, "")[:60] for part in ("agency_code", "sub_activity", "account", "fund"))


def read_line(values: Mapping[str, str], instance: str, year: str) -> Read | list[DomainError]:
    """The line in these cells, or all that is wrong with it. `instance` and `year` hold where the file names none."""
    found = codes(
        values.get("year") or year,
        instance=values.get("instance") or instance,
        agency_code=values["agency_code"],
        sub_activity=values["sub_activity"],
        account=values["account"],
        fund=values["fund"],
    )
    amount = rupiah(values["amount"])
    wrong = list(found) if isinstance(found, list) else []
    if amount is None:
        wrong.append(BAD_AMOUNT(value=values["amount"][:60] or "-"))
    if isinstance(found, list) or amount is None:
        return wrong
    description = values.get("name", "")[:MOST_NAME]
    sub_name = names.sub_activity(found.sub_activity) or values.get("sub_activity_name", "")[:MOST_NAME] or description
    account_name = names.account(found.account) or values.get("account_name", "")[:MOST_NAME] or description
    if not sub_name:
        wrong.append(UNKNOWN_CODE(column="sub_activity", value=found.sub_activity))
    if not account_name:
        wrong.append(UNKNOWN_CODE(column="account", value=found.account))
    if wrong:
        return wrong
    return Read(
        found,
        amount,
        agency_name=values.get("agency_name", "")[:MOST_NAME] or None,
        sub_activity_name=sub_name,
        account_name=account_name,
        name=description or f"{sub_name} - {account_name}",
    )
