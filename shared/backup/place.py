"""Where backups lie: a folder, or a bucket that speaks S3. Everything about files and names is here.

What S3 needs to know comes from the environment as botocore reads it: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_ENDPOINT_URL and their like.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from fsspec.core import url_to_fs  # type: ignore[import-untyped]

from shared.backup import manifest as manifests
from shared.backup.manifest import Manifest
from shared.backup.refusal import Refusal, Unusable
from shared.config import setting, text_of

LATE = timedelta(hours=26)
"""A backup a day and two hours for making it: a newest one older than this is late."""
_DESERTED = timedelta(days=1)
_TIME = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{4}")
_BLOCK = 8 * 1024 * 1024
_STORES = ("botocore.", "aiobotocore.", "aiohttp.")


@dataclass(frozen=True, kw_only=True)
class BackupSettings:
    """`place` is a folder or an address like s3://bucket/prefix."""

    place: str | None = setting("BANGKOM_BACKUP", text_of(1000), None)


@dataclass(frozen=True)
class Listed:
    """A backup as it is found. Without a manifest it is no whole one: it is being made, or its maker was killed.
    `why` says what is wrong with a manifest that is there."""

    name: str
    manifest: Manifest | None
    why: Refusal | None = None

    @property
    def began(self) -> datetime:
        """When it was begun, as its name says."""
        return datetime.strptime(self.name[:16], _TIME).replace(tzinfo=UTC)


class Place:
    """A place by its address. Every method raises Unusable where it can't be worked with."""

    def __init__(self, address: str) -> None:
        self.address = address
        with self._told():
            self._fs, self._root = url_to_fs(
                address if "://" in address else Path(address).expanduser().resolve().as_uri(),
                use_listings_cache=False,
                skip_instance_cache=True,
            )
        self._local = "file" in ([self._fs.protocol] if isinstance(self._fs.protocol, str) else self._fs.protocol)

    @property
    def folder(self) -> Path | None:
        """The folder on this machine; None for a place elsewhere."""
        return Path(self._root) if self._local else None

    def begin(self, now: datetime) -> str:
        """A new name, with a folder for it that is private where the place has folders."""
        name = f"{now.astimezone(UTC).strftime(_TIME)}-{secrets.token_hex(2)}"
        with self._told():
            if self._local:
                self._fs.makedirs(self._path(name), exist_ok=False)
                Path(self._path(name)).chmod(0o700)
        return name

    @contextmanager
    def writing(self, name: str, path: str) -> Iterator[IO[bytes]]:
        """A file of a backup, on the disk when the block ends."""
        with self._told():
            if self._local:  # Elsewhere it would make a bucket out of a name that is misspelt.
                self._fs.makedirs(self._path(name, path).rpartition("/")[0], exist_ok=True)
            with self._fs.open(self._path(name, path), "wb", block_size=_BLOCK) as file:
                yield file
                file.flush()
                if self._local:
                    os.fsync(file.fileno())

    def blocks(self, name: str, path: str) -> Iterator[bytes]:
        """What is in a file of a backup."""
        with self._told(), self._fs.open(self._path(name, path), "rb", block_size=_BLOCK) as file:
            while block := file.read(1024 * 1024):
                yield block

    def finish(self, manifest: Manifest) -> None:
        """Make it a backup: this is the last thing that is written."""
        with self.writing(manifest.name, manifests.FILE) as file:
            file.write(manifests.write(manifest))

    def names(self) -> list[str]:
        """Every backup, also those that are not whole; the newest first."""
        with self._told():
            try:
                found = self._fs.ls(self._root, detail=False)
            except FileNotFoundError:
                return []
        last = [str(path).rstrip("/").rpartition("/")[2] for path in found]
        return sorted((name for name in last if _NAME.fullmatch(name)), reverse=True)

    def listed(self) -> Iterator[Listed]:
        """Every backup with its manifest, the newest first."""
        for name in self.names():
            try:
                yield Listed(name, self._manifest(name))
            except Refusal as why:
                yield Listed(name, None, why)

    def manifest(self, name: str = "") -> Manifest:
        """The manifest of a backup, of the newest whole one without a name; Refusal where there is none."""
        if not name:
            found = next((one.manifest for one in self.listed() if one.manifest is not None), None)
        else:
            found = self._manifest(name) if _NAME.fullmatch(name) else None
        if found is None:
            raise Refusal(
                f"Tidak ada cadangan utuh {name or 'apa pun'} di {self.address}. Lihat `bangkom backup list`.",
                f"There is no whole backup {name or 'at all'} in {self.address}. See `bangkom backup list`.",
            )
        return found

    def remove(self, name: str) -> None:
        """Take a backup away, its manifest first: one that is half gone is none."""
        with self._told():
            with suppress(FileNotFoundError):
                self._fs.rm_file(self._path(name, manifests.FILE))
            with suppress(FileNotFoundError):
                self._fs.rm(self._path(name), recursive=True)

    def keep(self, most: int, now: datetime) -> list[str]:
        """Keep the newest so many whole ones, and none that was left unfinished a day ago; answers what went."""
        gone: list[str] = []
        whole = 0
        for one in list(self.listed()):
            whole += one.manifest is not None
            left = one.manifest is None and one.why is None and one.began + _DESERTED < now
            if left or (one.manifest is not None and whole > most):
                self.remove(one.name)
                gone.append(one.name)
        return gone

    def note(self, name: str) -> bytes:
        """What was noted beside the backups under this name; empty where nothing was."""
        with self._told():
            try:
                text: bytes = self._fs.cat_file(self._path(name))
            except FileNotFoundError:
                return b""
        return text

    def take_note(self, name: str, text: bytes) -> None:
        """Note something beside the backups, in place of what was noted there before."""
        with self._told():
            self._fs.pipe_file(self._path(name), text)

    def _manifest(self, name: str) -> Manifest | None:
        with self._told():
            try:
                text: bytes = self._fs.cat_file(self._path(name, manifests.FILE))
            except FileNotFoundError:
                return None
        return manifests.read(name, text)

    def _path(self, *parts: str) -> str:
        return "/".join([self._root.rstrip("/"), *parts])

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever the file system or the store says becomes one kind of error, with a sentence."""
        try:
            yield
        except Refusal:
            raise
        except Exception as error:
            # Only theirs: inside the block that writes a file a database may fail as well.
            if isinstance(error, OSError | ValueError | ImportError) or type(error).__module__.startswith(_STORES):
                raise _unusable(self.address, error) from error
            raise


def newest(address: str) -> datetime | None:
    """The moment of the newest whole backup in this place, None where there is none; Unusable where it can't be
    read."""
    return next((one.manifest.cut for one in Place(address).listed() if one.manifest is not None), None)


def _unusable(address: str, error: Any) -> Unusable:
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    why = f"{type(error).__name__}: {why}"[:300]
    return Unusable(
        f"Tempat cadangan {address} tidak dapat dipakai ({why}). Periksa ruang disk, hak tulis, alamat dan kunci S3.",
        f"The place of backups {address} can't be used ({why}). Look at disk space, rights, address and S3 keys.",
    )
