"""What the house tests look at: our own Python files and what they say."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("shared", "services", "plugins", "demo", "bench", "deploy", "tests")


def files(*rooms: str) -> Iterator[Path]:
    """Every Python file of these top folders, of all without any, relative to the root."""
    for room in rooms or ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path.relative_to(ROOT)


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """The modules a file imports, wherever in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def texts(path: Path) -> Iterator[str]:
    """The text constants of a file; what is filled into a formatted one shows as {}."""
    inner = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.JoinedStr):
            inner |= {id(part) for part in node.values}
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)  # type: ignore[misc]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.value
