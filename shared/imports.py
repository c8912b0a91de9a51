"""What every importer of a file has in common: its options, a report per line, its progress bar, its last words.

    @group.command("staff")
    @import_options
    def staff(options: ImportOptions) -> None:
        table = read_table(options.file, ALIASES, options.mapping)
        report = Report(kind="staff", file=options.file.name, unknown=table.unknown)
        ...one report.add(...) a line...
        if report.may_write(options):          # no bad line, or --skip-bad; never with --dry-run
            ...write the good lines in one transaction...
            report.written = True
        report.conclude(options)               # prints, and exits 1 when lines were bad and not skipped

An importer is idempotent: a line that changes nothing is SAME and says nothing.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable
from rich.text import Text

from shared.errors import DomainError

MOST_SHOWN = 200
"""Lines that a report shows on a screen; --json holds all of them."""


class LineState(StrEnum):
    """What a line does to the records."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    BAD = "bad"


_WORDS = {
    "id": {
        LineState.NEW: "baru",
        LineState.CHANGED: "berubah",
        LineState.SAME: "sama",
        LineState.BAD: "salah",
        "line": "Baris",
        "what": "Apa",
        "state": "Hasil",
        "why": "Keterangan",
        "more": "... dan {n} baris lagi (--json menampilkan semua)",
        "unknown": "Kolom yang tidak dibaca: {columns}",
        "dry_run": "Uji coba: tidak ada yang ditulis.",
        "refused": "Tidak ada yang ditulis karena ada baris yang salah. Perbaiki, atau lewati dengan --skip-bad.",
        "written": "Tersimpan.",
        "nothing": "Tidak ada yang perlu ditulis.",
    },
    "en": {
        LineState.NEW: "new",
        LineState.CHANGED: "changed",
        LineState.SAME: "same",
        LineState.BAD: "bad",
        "line": "Line",
        "what": "What",
        "state": "Result",
        "why": "Details",
        "more": "... and {n} more lines (--json shows all)",
        "unknown": "Columns that are not read: {columns}",
        "dry_run": "Dry run: nothing was written.",
        "refused": "Nothing was written because lines are bad. Correct them, or leave them out with --skip-bad.",
        "written": "Written.",
        "nothing": "There was nothing to write.",
    },
}


@dataclass(frozen=True)
class ImportOptions:
    """What the person asked for on the command line; `mapping` is header -> field."""

    file: Path
    dry_run: bool = False
    skip_bad: bool = False
    mapping: dict[str, str] = field(default_factory=dict)
    as_json: bool = False
    language: str = "id"


@dataclass(frozen=True)
class LineReport:
    """One line: `subject` is what people know it by (a name, a masked number, a code), `changes` names the columns that
    differ, `problems` say why it is bad."""

    number: int
    state: LineState
    subject: str
    changes: tuple[str, ...] = ()
    problems: tuple[DomainError, ...] = ()


@dataclass
class Report:
    """The report of one run over one file."""

    kind: str
    file: str
    unknown: Sequence[str] = ()
    lines: list[LineReport] = field(default_factory=list)
    written: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    def add(
        self,
        number: int,
        state: LineState,
        subject: str,
        *,
        changes: Sequence[str] = (),
        problems: Sequence[DomainError] = (),
    ) -> None:
        """Report a line."""
        self.lines.append(LineReport(number, state, subject, tuple(changes), tuple(problems)))

    @property
    def counts(self) -> dict[str, int]:
        """Lines by state; every state is named."""
        found = Counter(line.state for line in self.lines)
        return {state.value: found[state] for state in LineState}

    def may_write(self, options: ImportOptions) -> bool:
        """Whether the good lines are to be written."""
        return not options.dry_run and (options.skip_bad or not self.counts[LineState.BAD])

    def data(self, language: str = "id") -> dict[str, Any]:
        """The report as data."""
        return {
            "kind": self.kind,
            "file": self.file,
            "written": self.written,
            "counts": self.counts,
            "unknown_columns": list(self.unknown),
            **self.extra,
            "lines": [
                {
                    "line": line.number,
                    "state": line.state.value,
                    "subject": line.subject,
                    "changes": list(line.changes),
                    "problems": [{"code": no.code, "sentence": no.sentence(language)} for no in line.problems],
                }
                for line in self.lines
                if line.state is not LineState.SAME
            ],
        }

    def conclude(self, options: ImportOptions, console: Console | None = None) -> None:
        """Print the report and end with 1 when a bad line kept everything from being written."""
        if options.as_json:
            click.echo(json.dumps(self.data(options.language), ensure_ascii=False))
        else:
            self.show(console or Console(), options)
        if self.counts[LineState.BAD] and not options.skip_bad:
            raise SystemExit(1)

    def show(self, console: Console, options: ImportOptions) -> None:
        """The report as a table: every line that is not the same as before."""
        words = _WORDS[options.language]
        telling = [line for line in self.lines if line.state is not LineState.SAME]
        # Bad lines first: they are what the person has to act on.
        telling.sort(key=lambda line: (line.state is not LineState.BAD, line.number))
        if telling:
            console.print(_rich(telling[:MOST_SHOWN], options.language))
        if len(telling) > MOST_SHOWN:
            console.print(words["more"].format(n=len(telling) - MOST_SHOWN))
        if self.unknown:
            console.print(Text(words["unknown"].format(columns=", ".join(self.unknown))))
        console.print(", ".join(f"{words[state]}: {self.counts[state.value]}" for state in LineState))
        console.print(words[self._end(options)])

    def _end(self, options: ImportOptions) -> str:
        if options.dry_run:
            return "dry_run"
        if self.counts[LineState.BAD] and not options.skip_bad:
            return "refused"
        return "written" if self.counts[LineState.NEW] or self.counts[LineState.CHANGED] else "nothing"


def _rich(lines: Sequence[LineReport], language: str) -> RichTable:
    words = _WORDS[language]
    table = RichTable(box=None, header_style="bold")
    table.add_column(words["line"], justify="right")
    table.add_column(words["state"])
    table.add_column(words["what"])
    table.add_column(words["why"])
    styles = {LineState.BAD: "red", LineState.NEW: "green", LineState.CHANGED: "yellow", LineState.SAME: ""}
    for line in lines:
        why = "\n".join(no.sentence(language) for no in line.problems) or ", ".join(line.changes)
        # Text, not markup: a cell such as [red] must appear as it stands in the file.
        table.add_row(
            str(line.number), Text(words[line.state], style=styles[line.state]), Text(line.subject), Text(why)
        )
    return table


def import_options(command: Callable[..., None]) -> Callable[..., None]:
    """FILE, --dry-run, --skip-bad, --map, --json and --english, given to the command as ImportOptions."""

    def run(**given: Any) -> None:
        options = ImportOptions(
            file=given.pop("file"),
            dry_run=given.pop("dry_run"),
            skip_bad=given.pop("skip_bad"),
            mapping=dict(given.pop("mapping")),
            as_json=given.pop("as_json"),
            language="en" if given.pop("english") else "id",
        )
        try:
            command(options, **given)
        except DomainError as no:
            click.echo(no.sentence(options.language), err=True)
            raise SystemExit(1) from no

    run.__doc__ = command.__doc__
    run.__name__ = command.__name__
    for more in getattr(command, "__click_params__", ()):
        run.__dict__.setdefault("__click_params__", []).append(more)
    for decorate in (
        click.option("--english", is_flag=True, help="Report in English."),
        click.option("--json", "as_json", is_flag=True, help="Report as one JSON object, all lines."),
        click.option(
            "--map",
            "mapping",
            multiple=True,
            callback=_pairs,
            metavar='"HEADER=column"',
            help="Read a header as column.",
        ),
        click.option("--skip-bad", is_flag=True, help="Leave bad lines out and write the rest."),
        click.option("--dry-run", is_flag=True, help="Report only; write nothing."),
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ):
        decorate(run)
    return run


def _pairs(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for value in values:
        header, equals, column = value.rpartition("=")
        if not equals or not header.strip() or not column.strip():
            raise click.BadParameter('"HEADER=column"', context, parameter)
        pairs.append((header.strip(), column.strip()))
    return pairs


@contextmanager
def progress(description: str, total: int, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr; call what it gives with the number of lines done."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
        transient=True,
    )
    with bar:
        task = bar.add_task(description, total=total)
        yield lambda done: bar.update(task, advance=done)
