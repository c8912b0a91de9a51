"""The long runs: collected only when this folder is named (`make soak`), never by a plain `pytest`."""

from pathlib import Path

import pytest

_HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the folder out unless an argument of the command line lies in it."""
    named = [Path(config.invocation_params.dir, argument.split("::")[0]).resolve() for argument in config.args]
    asked = any(path == _HERE or _HERE in path.parents for path in named)
    return None if asked else True
