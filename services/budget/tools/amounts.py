"""Rupiah as text: whole amounts only, never a float."""

import re

MOST_RUPIAH = 10**15
"""A quadrillion rupiah: more than any local budget, far inside the database's bigint."""

_PLAIN = re.compile(r"([0-9]{1,16})(?:[,.]0{1,2})?")
_GROUPED = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+)(?:,0{1,2})?")


def rupiah(text: str) -> int | None:
    """The amount in whole rupiah of `1500000`, `1.500.000`, `1.500.000,00` or `Rp 1.500.000`; None where it is none of
    these, is negative, has sen or is larger than MOST_RUPIAH. A dot before exactly three digits groups thousands."""
    bare = re.sub(r"^rp\.?", "", text.strip().replace("\u00a0", " "), flags=re.IGNORECASE).strip()
    found = _GROUPED.fullmatch(bare) or _PLAIN.fullmatch(bare)
    if found is None:
        return None
    amount = int(found[1].replace(".", ""))
    return amount if amount <= MOST_RUPIAH else None


def readable(amount: int) -> str:
    """`Rp1.234.567`, with a minus sign before a negative difference."""
    sign = "-" if amount < 0 else ""
    return f"{sign}Rp{abs(amount):,}".replace(",", ".")
