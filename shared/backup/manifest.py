"""What a backup says of itself: which product made it, when, and every file with its sum and its rows."""

from datetime import datetime

import msgspec

from shared.backup.refusal import Refusal, Unusable

FORMAT = 1
FILE = "manifest.json"


class Packed(msgspec.Struct, frozen=True):
    """One packed file: its size in bytes and its SHA-256 as it lies there, and `lines` in it once unpacked."""

    path: str
    bytes: int
    sha256: str
    lines: int


class TableRows(msgspec.Struct, frozen=True):
    """The rows of one table, a line each, with these columns. `numbers` are where its identity columns got to."""

    name: str
    columns: tuple[str, ...]
    rows: Packed
    numbers: dict[str, int] = {}


class Database(msgspec.Struct, frozen=True):
    """One service's database. `revisions` are the migrations it had, `tables` in the order to fill them."""

    revisions: tuple[str, ...]
    server: str
    tables: tuple[TableRows, ...]


class Manifest(msgspec.Struct, frozen=True):
    """`cut` is the moment that all databases show, for which writers were kept waiting `closed_seconds`; `files` holds
    the files beside them, None where there were none."""

    format: int
    name: str
    product: str
    started: datetime
    cut: datetime
    ended: datetime
    databases: dict[str, Database]
    files: Packed | None = None
    closed_seconds: float = 0.0

    @property
    def packed(self) -> list[Packed]:
        """Every file of the backup but the manifest."""
        found = [table.rows for database in self.databases.values() for table in database.tables]
        return [*found, self.files] if self.files else found

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self.packed)

    @property
    def rows(self) -> int:
        return sum(table.rows.lines for database in self.databases.values() for table in database.tables)


def write(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def read(name: str, text: bytes) -> Manifest:
    """The manifest in this text. Refusal for one of a newer product's form, Unusable where it can't be read."""
    try:
        loose = msgspec.json.decode(text)
        if isinstance(loose, dict) and isinstance(loose.get("format"), int) and loose["format"] > FORMAT:
            product = str(loose.get("product", "?"))[:40]
            raise Refusal(
                f"Cadangan {name} dibuat oleh Bangkom {product}, lebih baru daripada ini. Pasang versi itu dahulu.",
                f"Backup {name} was made by Bangkom {product}, which is newer than this. Install that version first.",
            )
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.MsgspecError as error:
        raise Unusable(
            f"Manifes cadangan {name} rusak. Gunakan cadangan lain (`bangkom backup list`).",
            f"The manifest of backup {name} is damaged. Use another backup (`bangkom backup list`).",
        ) from error
