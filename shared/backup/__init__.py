"""Backups of the whole house: every service's database and the files beside them, as of one moment.

    place = Place("s3://bucket/bangkom")
    manifest = create(engines, place, folders())
    newest("s3://bucket/bangkom")      # the moment of the newest whole backup, None where there is none

A backup is a folder `<time>-<four digits>` with a packed file of rows for each table and, written last of all,
`manifest.json`. Without its manifest it is no backup: whatever killed the one who made it, half a backup is never
taken for a whole one. docs/decisions/ says why the databases agree with each other.

There are no passwords and keys in it; there is personal data in it, so it is as private as the databases are.
"""

from shared.backup.create import create
from shared.backup.cut import Busy
from shared.backup.drill import Drill, drill, sweep
from shared.backup.files import folders
from shared.backup.keep import Keeper, KeepSettings
from shared.backup.manifest import Manifest
from shared.backup.place import LATE, BackupSettings, Place, newest
from shared.backup.refusal import Refusal, Unusable
from shared.backup.restore import Restored, restore
from shared.backup.verify import verify

__all__ = [
    "LATE",
    "BackupSettings",
    "Busy",
    "Drill",
    "KeepSettings",
    "Keeper",
    "Manifest",
    "Place",
    "Refusal",
    "Restored",
    "Unusable",
    "create",
    "drill",
    "folders",
    "newest",
    "restore",
    "sweep",
    "verify",
]
