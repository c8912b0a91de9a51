"""How money, numbers, shares and moments are written. Indonesian and English share the sums, not the words.

A moment is written in the zone of the city: WIB, WITA or WIT.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

WIB = ZoneInfo("Asia/Jakarta")
NOTHING = "–"


def money(amount: int | float | None) -> str:
    """Rupiah: `Rp1.234.567`."""
    if amount is None:
        return NOTHING
    sign = "−" if amount < 0 else ""
    return f"{sign}Rp{abs(int(amount)):,}".replace(",", ".")


def number(value: int | float | None, language: str = "id") -> str:
    """A count or a figure with at most one decimal."""
    if value is None:
        return NOTHING
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return _separators(text, language)


def percent(share: float | None, language: str = "id", decimals: int = 0) -> str:
    """A fraction 0..1 as `60 %`, so as the field writes it."""
    if share is None:
        return NOTHING
    return _separators(f"{share * 100:,.{decimals}f}", language) + "\u00a0%"


def points(difference: float | None, language: str = "id") -> str:
    """A difference of fractions in percentage points with its sign."""
    if difference is None:
        return NOTHING
    rounded = round(difference * 100)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{_separators(str(abs(rounded)), language)}"


def day(value: str | date | None, language: str = "id", zone: ZoneInfo = WIB) -> str:
    """`2 Januari 2026`; a moment is written as the day it is in the zone."""
    if not value:
        return NOTHING
    if isinstance(value, str):
        value = parse(value).astimezone(zone).date() if "T" in value or " " in value else date.fromisoformat(value)
    elif isinstance(value, datetime):
        value = value.astimezone(zone).date()
    return format_date(value, "d MMMM y", locale=_known(language))


def moment(value: str | datetime | None, language: str = "id", zone: ZoneInfo = WIB) -> str:
    """`2 Januari 2026 09.30 WIB`."""
    if not value:
        return NOTHING
    local = (parse(value) if isinstance(value, str) else value).astimezone(zone)
    mark = ":" if _known(language) == "en" else "."
    return f"{day(local.date(), language)} {local:%H}{mark}{local:%M} {local:%Z}"


def hours(value: str | datetime | None, language: str = "id", zone: ZoneInfo = WIB) -> str:
    """`09.30`, without the zone's word."""
    if not value:
        return NOTHING
    local = (parse(value) if isinstance(value, str) else value).astimezone(zone)
    return f"{local:%H}{':' if _known(language) == 'en' else '.'}{local:%M}"


def parse(value: str) -> datetime:
    """An ISO 8601 moment; without a zone it is UTC."""
    read = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _separators(text: str, language: str) -> str:
    if _known(language) == "en":
        return text
    return text.translate(str.maketrans(",.", ".,"))


def _known(language: str) -> str:
    return "en" if language == "en" else "id"
