"""`bangkom backup`: make, list, check and put back backups, and rehearse it."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from shared.backup import (
    BackupSettings,
    Drill,
    Keeper,
    KeepSettings,
    Manifest,
    Place,
    Refusal,
    create,
    drill,
    folders,
    restore,
    sweep,
    verify,
)
from shared.backup.create import Watch
from shared.backup.queues import purge, within_reach
from shared.cli.reach import broker, drill_server, engines_of, none_unknown, owners_here
from shared.config import MEMORY, BadSettings, level, read
from shared.observe import logs

_at = click.option("--at", "address", metavar="PLACE", help="A folder or s3://bucket/prefix; else BANGKOM_BACKUP.")
_as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
_english = click.option("--english", is_flag=True, help="In English.")
_name = click.argument("name", required=False, default="")


def _refused(command: Callable[..., None]) -> Callable[..., None]:
    """A refusal ends the command with its sentence."""

    @wraps(command)
    def run(*args: Any, english: bool, **more: Any) -> None:
        try:
            command(*args, english=english, **more)
        except Refusal as error:
            sys.exit(error.sentence(english))

    return run


@click.group("backup")
def backup_group() -> None:
    """Backups of all databases and files, and putting them back."""


@backup_group.command("create")
@_at
@click.option("--keep", type=click.IntRange(1, 10_000), help="Then take away all but the newest so many.")
@_as_json
@_english
@_refused
def create_command(address: str | None, keep: int | None, as_json: bool, english: bool) -> None:
    """Back up every service's database, and the files of LMSs without an API, as of one moment."""
    place, began = _place(address), time.monotonic()
    with engines_of(owners_here()) as engines, _watched(as_json, None) as watch:
        made = create(engines, place, folders(), watch)
    gone = place.keep(keep, datetime.now(UTC)) if keep else []
    told = {**_row(made), "seconds": round(time.monotonic() - began, 1), "removed": gone}
    words = f"{made.rows} rows, {made.bytes} bytes" if english else f"{made.rows} baris, {made.bytes} bita"
    _tell(told, as_json, f"{made.name}: {words}, {told['seconds']} s", *(f"- {name}" for name in gone))


@backup_group.command("list")
@_at
@_as_json
@_english
@_refused
def list_command(address: str | None, as_json: bool, english: bool) -> None:
    """The backups in a place, the newest first; ends with 1 where there is no whole one."""
    place = _place(address)
    found = list(place.listed())
    rows = [_row(one.manifest) if one.manifest else {"name": one.name, "cut": None, "complete": False} for one in found]
    cut = next((one.manifest.cut for one in found if one.manifest), None)
    age = (datetime.now(UTC) - cut).total_seconds() if cut else None
    if as_json:
        newest = cut.isoformat() if cut else None
        click.echo(json.dumps({"place": place.address, "newest": newest, "age_seconds": age, "items": rows}))
    else:
        heads = ("Name", "As of", "Bytes", "Rows", "Product") if english else ("Nama", "Saat", "Bita", "Baris", "Versi")
        table = Table(*heads, box=None)
        for one, row in zip(found, rows, strict=True):
            unfinished = "not whole" if english else "tidak utuh"
            words = [row["name"], row["cut"] or (one.why.sentence(english) if one.why else unfinished)]
            table.add_row(*(Text(str(word)) for word in [*words, *(row.get(key, "") for key in _SHOWN)]))
        Console().print(table)
    sys.exit(0 if cut else 1)


@backup_group.command("verify")
@_name
@_at
@click.option("--restore", "really", is_flag=True, help="Also restore it into scratch databases and drop them.")
@_as_json
@_english
@_refused
def verify_command(name: str, address: str | None, really: bool, as_json: bool, english: bool) -> None:
    """Compare every sum and count of a backup (the newest without a name); ends with 1 where one is wrong."""
    place = _place(address)
    manifest = place.manifest(name)
    with _watched(as_json, manifest.rows) as watch:
        wrong = verify(manifest, place, watch)
    told: dict[str, Any] = {**_row(manifest), "ok": not wrong, "wrong": [one.sentence(english) for one in wrong]}
    if really and not wrong:
        told["restored"] = _drilled(place, manifest, as_json)
    ok = ("sound" if english else "sehat") + (", restored" if really and english else ", dipulihkan" if really else "")
    _tell(told, as_json, *(told["wrong"] or [f"{manifest.name}: {ok}"]))
    sys.exit(1 if wrong else 0)


@backup_group.command("restore")
@_name
@_at
@click.option("--only", multiple=True, metavar="SERVICE", help="Only this service's database; may be repeated.")
@click.option("--replace", is_flag=True, help="Throw away what the databases hold.")
@click.option("--no-broker", is_flag=True, help="Leave the broker's queues: it is new and empty.")
@_as_json
@_english
@_refused
def restore_command(
    name: str,
    address: str | None,
    only: tuple[str, ...],
    replace: bool,
    no_broker: bool,
    as_json: bool,
    english: bool,
) -> None:
    """Put a backup back (the newest without a name), migrate, and let events be sent again over the gap.

    Every `bangkom web` and `bangkom work` must be stopped. Queues of a broker are emptied, unless only some services
    are restored: what lies in them happened after the backup and is forgotten everywhere.
    """
    place, began = _place(address), time.monotonic()
    manifest = place.manifest(name)
    owners = owners_here()
    wanted = [one for one in owners if one.name in (only or manifest.databases)]
    none_unknown(only or tuple(manifest.databases), owners)
    broker_url = MEMORY if only or no_broker else broker()
    within_reach(broker_url)
    files = {} if only and "bridge" not in only else folders()
    total = sum(table.rows.lines for one in wanted for table in manifest.databases[one.name].tables)
    with engines_of(owners) as engines, _watched(as_json, total) as watch:
        done = restore(manifest, place, wanted, engines, files, replace=replace, watch=watch)
        purged = purge(broker_url, owners)
    told = {
        "name": done.name,
        "cut": done.cut.isoformat(),
        "rows": done.rows,
        "files": done.files,
        "replayed": done.replayed,
        "purged": purged,
        "seconds": round(time.monotonic() - began, 1),
    }
    words = _RESTORED["en" if english else "id"].format(**{**told, "replayed": sum(done.replayed.values())})
    _tell(told, as_json, *words.split("\n"))


@backup_group.command("drill")
@_name
@_at
@_as_json
@_english
@_refused
def drill_command(name: str, address: str | None, as_json: bool, english: bool) -> None:
    """Rehearse a disaster: restore into scratch databases, migrate, audit, drop, and tell the time it took.

    The server is the one in DATABASE_URL, else an embedded one that is started from nothing.
    """
    place = _place(address)
    manifest = place.manifest(name)
    told = _drilled(place, manifest, as_json)
    words = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in told["seconds"].items())
    found = [f"{row['rule']}: {row}" for row in told["broken"]]
    well = ("sound" if english else "sehat") if told["ok"] else ("broken" if english else "rusak")
    _tell(told, as_json, f"{manifest.name}: {well}, {told['rows']} rows, {told['checked']} facts; {words}", *found)
    sys.exit(0 if told["ok"] else 1)


@backup_group.command("keep")
@_at
@_english
@_refused
def keep_command(address: str | None, english: bool) -> None:
    """Make a backup every BANGKOM_BACKUP_EVERY minutes, take old ones away, rehearse one a week; until it is stopped.

    A run that fails is logged and tried again. SIGTERM ends it at once, in the middle of a backup too, of which then
    nothing stays.
    """
    settings = read(KeepSettings, process="bangkom backup keep")
    logs(level(os.environ.get("BANGKOM_LOG_LEVEL", "info")), service="backup")
    place = _place(address)

    def make() -> Manifest:
        with engines_of(owners_here()) as engines:
            return create(engines, place, folders())

    def stop(*_: object) -> None:
        # Once: what is cleared away on the way out is not to be torn off by a second one.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        sys.exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with engines_of(owners_here()):
        pass  # What is missing of the settings is said now and not in an hour.
    words = _KEEPS["en" if english else "id"]
    click.echo(words.format(place=place.address, every=settings.every, copies=settings.copies))
    Keeper(settings, place, make, lambda manifest: _rehearsed(place, manifest, True)).keep(time.sleep)


_DESERTED = timedelta(days=1)
_SHOWN = ("bytes", "rows", "product")
_KEEPS = {
    "id": "Cadangan ke {place} setiap {every} menit; {copies} yang terbaru disimpan.",
    "en": "Backups go to {place} every {every} minutes; the newest {copies} stay.",
}
_RESTORED = {
    "id": "{name}: {rows} baris, {files} berkas, keadaan {cut}, {seconds} s\n"
    "{replayed} peristiwa akan dikirim lagi, {purged} pesan lama dibuang.\n"
    "Lalu: hidupkan web dan work, `bangkom reconcile --fix`, `bangkom audit --settled`, `bangkom lms sync KODE --fix`.",
    "en": "{name}: {rows} rows, {files} files, as of {cut}, {seconds} s\n"
    "{replayed} events will be sent again, {purged} old messages were thrown away.\n"
    "Next: start web and work, `bangkom reconcile --fix`, `bangkom audit --settled`, `bangkom lms sync CODE --fix`.",
}


def _place(address: str | None) -> Place:
    found = address or read(BackupSettings, process="bangkom backup").place
    if not found:
        raise BadSettings("bangkom backup", {"BANGKOM_BACKUP": "is missing (or say --at PLACE)"})
    return Place(found)


@contextmanager
def _watched(as_json: bool, total: int | None) -> Iterator[Watch]:
    """A bar on standard error where a person looks on."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=as_json or not console.is_terminal, transient=True
    ) as progress:
        task = progress.add_task("", total=total)
        yield lambda what, rows: progress.update(task, description=what, advance=rows)


def _rehearsed(place: Place, manifest: Manifest, as_json: bool) -> Drill:
    owners = owners_here()
    none_unknown(tuple(manifest.databases), owners)
    wanted = [one for one in owners if one.name in manifest.databases]
    with _watched(as_json, manifest.rows) as watch, drill_server() as server:
        sweep(server, datetime.now(UTC) - _DESERTED)
        return drill(manifest, place, wanted, server, watch)


def _drilled(place: Place, manifest: Manifest, as_json: bool) -> dict[str, Any]:
    done = _rehearsed(place, manifest, as_json)
    return {
        "name": done.name,
        "ok": done.ok,
        "rows": done.rows,
        "checked": done.checked,
        "seconds": {step: round(seconds, 2) for step, seconds in done.seconds.items()},
        "broken": done.broken,
    }


def _row(manifest: Manifest) -> dict[str, Any]:
    return {
        "name": manifest.name,
        "cut": manifest.cut.isoformat(),
        "complete": True,
        "bytes": manifest.bytes,
        "rows": manifest.rows,
        "product": manifest.product,
        "closed_seconds": manifest.closed_seconds,
    }


def _tell(told: Mapping[str, Any], as_json: bool, *lines: str) -> None:
    if as_json:
        click.echo(json.dumps(told, default=str))
        return
    for line in lines:
        click.echo(line)
