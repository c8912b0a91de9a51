"""How the demo speaks: sentences and tables for people, in Indonesian or English, or nothing but data."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

T = TypeVar("T")


@dataclass
class Teller:
    """Speaks to a console; every sentence is given in Indonesian and in English."""

    console: Console
    language: str = "id"
    _chapter: int = field(default=0, init=False)
    _since: float = field(default_factory=time.monotonic, init=False)

    def pick(self, indonesian: str, english: str) -> str:
        return english if self.language == "en" else indonesian

    def chapter(self, indonesian: str, english: str) -> None:
        self._chapter += 1
        if self._chapter > 1:
            self.console.print(Text(f"{time.monotonic() - self._since:.1f} s", style="dim"), justify="right")
        self._since = time.monotonic()
        self.console.print()
        self.console.rule(Text(f"{self._chapter}. {self.pick(indonesian, english)}", style="bold cyan"), align="left")

    def say(self, indonesian: str, english: str, style: str = "") -> None:
        self.console.print(Text(self.pick(indonesian, english), style=style))

    def box(self, title: tuple[str, str], lines: Sequence[tuple[str, str]]) -> None:
        body = "\n".join(self.pick(*line) for line in lines)
        self.console.print(
            Panel(Text(body), title=self.pick(*title), title_align="left", border_style="green", expand=False)
        )

    def table(
        self, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]], right: Iterable[int] = ()
    ) -> None:
        table = Table(header_style="bold")
        to_the_right = set(right)
        for index, column in enumerate(columns):
            table.add_column(self.pick(*column), justify="right" if index in to_the_right else "left")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self.console.print(table)

    def each(self, indonesian: str, english: str, things: Sequence[T]) -> Iterator[T]:
        """Go through things under a progress bar, which stays as a line when it is full."""
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
        )
        with bar:
            task = bar.add_task(self.pick(indonesian, english), total=len(things))
            for thing in things:
                yield thing
                bar.update(task, advance=1)


def silent() -> Teller:
    """A teller that says nothing, for tests."""
    return Teller(Console(quiet=True))


def rupiah(amount: int) -> str:
    """Rp1.234.567, as people write it."""
    return f"Rp{amount:,}".replace(",", ".")


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"
