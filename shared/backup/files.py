"""The files beside the databases: folders over which an LMS without an API gives and takes files."""

import io
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from shared.backup.manifest import Packed
from shared.backup.packing import Packer, packing, unpacked
from shared.backup.place import Place
from shared.backup.refusal import Refusal
from shared.home import home, make_folder

FILE = "files.tar.gz"
_LMS = "lms"


def folders() -> dict[str, Path]:
    """What is kept beside the databases, by the name it has in a backup. Keys and passwords are not."""
    named = os.environ.get("BANGKOM_LMS_FOLDER", "").strip()
    return {_LMS: Path(named).expanduser().resolve() if named else home() / _LMS}


class Bundle:
    """Collects the files of folders into one archive. Files move while they are read, from a folder for what came to
    one for what was read: `collect` is called before the databases are cut and again after it, so that each file is in
    the archive where it was at one of the two times. Both are safe: what is read or written twice is known by its
    key."""

    def __init__(self, packer: Packer, given: Mapping[str, Path]) -> None:
        self._archive = tarfile.open(fileobj=cast("IO[bytes]", packer), mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._folders = given
        self._seen: dict[str, tuple[int, int]] = {}

    def collect(self) -> None:
        """Add what is new or changed since the last time."""
        for name, folder in self._folders.items():
            for path in sorted(folder.rglob("*")):
                self._add(f"{name}/{path.relative_to(folder).as_posix()}", path)

    def close(self) -> int:
        """End the archive; answers how many files and folders are in it."""
        self._archive.close()
        return len(self._seen)

    def _add(self, name: str, path: Path) -> None:
        try:
            if path.is_symlink():
                return
            found = path.stat()
            state = (found.st_mtime_ns, found.st_size) if path.is_file() else (0, 0)
            if self._seen.get(name) == state:
                return
            if path.is_dir():
                self._archive.add(path, name, recursive=False)
            elif path.is_file():
                # Read before its size is told: a file that grows meanwhile would break the archive.
                data = path.read_bytes()
                entry = self._archive.gettarinfo(path, name)
                entry.size = len(data)
                self._archive.addfile(entry, io.BytesIO(data))
            self._seen[name] = state
        except FileNotFoundError:
            return  # It moved on; the second time finds it where it went.


@contextmanager
def bundling(place: Place, name: str, given: Mapping[str, Path], into: list[Packed]) -> Iterator[Bundle]:
    """The archive of a backup; `into` gets it, or nothing where no folder has a file."""
    made: list[Packed] = []
    with packing(place, name, FILE, made) as packer:
        bundle = Bundle(packer, given)
        yield bundle
        count = bundle.close()
    if count:
        into += made


def hold_files(given: Mapping[str, Path]) -> bool:
    """Whether a file lies in one of the folders."""
    return any(path.is_file() for folder in given.values() for path in folder.rglob("*"))


def put_back(place: Place, name: str, packed: Packed, given: Mapping[str, Path]) -> int:
    """Empty the folders and fill them from the backup; answers how many files. Its sum is right before anything is
    taken away."""
    for _ in unpacked(place, name, packed):
        pass
    for folder in given.values():
        make_folder(folder, 0o750)
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    count = 0
    with tarfile.open(fileobj=cast("IO[bytes]", _Stream(unpacked(place, name, packed))), mode="r|") as archive:
        for entry in archive:
            top, _, rest = entry.name.partition("/")
            if top not in given or not rest:
                raise Refusal(
                    f"Cadangan {name} memuat berkas {top}, yang tidak dikenal versi ini.",
                    f"Backup {name} holds files of {top}, which this version does not know.",
                )
            entry.name = rest
            archive.extract(entry, given[top], filter="data")
            count += entry.isfile()
    return count


class _Stream:
    """Blocks as something that can be read."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._left = b""

    def read(self, size: int) -> bytes:
        while len(self._left) < size:
            more = next(self._blocks, None)
            if more is None:
                break
            self._left += more
        given, self._left = self._left[:size], self._left[size:]
        return given
