"""Packed files: compressed as they stream, with their sum."""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from shared.backup.manifest import Packed
from shared.backup.place import Place
from shared.backup.refusal import Unusable

_GZIP = 31
_LEVEL = 3


class Packer:
    """Takes blocks; `packed` is known when its file is closed."""

    def __init__(self, file: IO[bytes], path: str) -> None:
        self._file = file
        self._path = path
        self._sum = hashlib.sha256()
        self._pack = zlib.compressobj(_LEVEL, wbits=_GZIP)
        self._bytes = 0
        self.lines = 0

    def write(self, block: bytes | memoryview) -> int:
        """The whole block, always."""
        plain = bytes(block)
        self.lines += plain.count(b"\n")
        self._out(self._pack.compress(plain))
        return len(plain)

    def end(self) -> Packed:
        self._out(self._pack.flush())
        return Packed(path=self._path, bytes=self._bytes, sha256=self._sum.hexdigest(), lines=self.lines)

    def _out(self, data: bytes) -> None:
        if data:
            self._sum.update(data)
            self._bytes += len(data)
            self._file.write(data)


@contextmanager
def packing(place: Place, name: str, path: str, into: list[Packed]) -> Iterator[Packer]:
    """A packed file of the backup `name`; what it came to is added to `into` when the block ends well."""
    with place.writing(name, path) as file:
        packer = Packer(file, path)
        yield packer
        made = packer.end()
    into.append(made)


def unpacked(place: Place, name: str, packed: Packed) -> Iterator[bytes]:
    """What was packed, block by block. Unusable, at the latest after the last block, where it is not what was
    written."""
    total, counted, size = hashlib.sha256(), 0, 0
    unpack = zlib.decompressobj(wbits=_GZIP)
    try:
        for block in place.blocks(name, packed.path):
            total.update(block)
            size += len(block)
            if plain := unpack.decompress(block):
                counted += plain.count(b"\n")
                yield plain
    except zlib.error as error:
        raise _damaged(name, packed.path) from error
    if (total.hexdigest(), size, counted, unpack.eof) != (packed.sha256, packed.bytes, packed.lines, True):
        raise _damaged(name, packed.path)


def _damaged(name: str, path: str) -> Unusable:
    return Unusable(
        f"Berkas {path} pada cadangan {name} rusak atau diubah. Gunakan cadangan lain (`bangkom backup list`).",
        f"The file {path} of backup {name} is damaged or was changed. Use another backup (`bangkom backup list`).",
    )
