"""`python -m demo.city --seed N --out DIR`: write the demo city's files."""

from datetime import UTC, datetime
from pathlib import Path

import click

from demo.city import build, write
from demo.city.build import AGENCIES, STAFF


@click.command()
@click.option("--seed", default=1273, show_default=True, help="The same seed gives the same files.")
@click.option("--year", default=None, type=int, help="The fiscal year of the budget lines; by default the current one.")
@click.option("--agencies", default=AGENCIES, show_default=True, type=click.IntRange(2, AGENCIES))
@click.option("--staff", default=STAFF, show_default=True, type=click.IntRange(20, 20_000))
@click.option("--out", default="demo/files", show_default=True, type=click.Path(file_okay=False, path_type=Path))
def main(seed: int, year: int | None, agencies: int, staff: int, out: Path) -> None:
    """Write the files of a demo city. No person in them exists."""
    city = build(seed, year or datetime.now(UTC).year, agencies, staff)
    files = write(city, out)
    for path in (files.agencies, *files.staff, files.budget, files.programmes, files.instrument):
        click.echo(str(path))


if __name__ == "__main__":
    main()
