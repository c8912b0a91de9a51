"""Looking at a backup without putting it back."""

from shared.backup.create import Watch, unwatched
from shared.backup.manifest import Manifest
from shared.backup.packing import unpacked
from shared.backup.place import Place
from shared.backup.refusal import Unusable


def verify(manifest: Manifest, place: Place, watch: Watch = unwatched) -> list[Unusable]:
    """Read every file and compare its sum, size and rows; answers what is wrong, nothing where all is well."""
    wrong = []
    for packed in manifest.packed:
        try:
            for block in unpacked(place, manifest.name, packed):
                watch(packed.path, block.count(b"\n"))
        except Unusable as error:
            wrong.append(error)
    return wrong
