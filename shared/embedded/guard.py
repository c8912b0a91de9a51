"""Keeps an embedded PostgreSQL alive exactly as long as the process that wanted it.

Run as a program of its own: `python -I -S embedded_guard.py WISH`, where the JSON in WISH names the command, the user
and the files. Standard input is a pipe from the parent. When the pipe ends, because the parent let go or was killed,
the server is shut down fast, then hard. Were this guard killed as well, the kernel tells the server
(PR_SET_PDEATHSIG). Standard library only, for it must start in a few milliseconds.
"""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_FAST, _IMMEDIATE = signal.SIGINT, signal.SIGQUIT


def main(wish: dict[str, Any]) -> int:
    """Start the server, wait for the parent's end or the server's, and leave nothing behind."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None

    def before_exec() -> None:
        # This guard has one thread when it forks, so code between fork and exec is safe here. The wish for the signal
        # must come after the change of user, which would clear it; subprocess changes the user before it calls this.
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, int(_FAST), 0, 0, 0)

    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with Path(str(wish["log"])).open("ab") as log:
        server: subprocess.Popen[bytes] = subprocess.Popen(
            wish["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=wish["environment"],
            preexec_fn=before_exec,
            **(wish["user"] or {}),
        )
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(_FAST))
    watch = threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True)
    watch.start()
    code: int = server.wait()
    if wish["remove"]:
        shutil.rmtree(str(wish["remove"]), ignore_errors=True)
    return code


def _stop_at_end_of_input(server: subprocess.Popen[bytes]) -> None:
    while os.read(0, 1):
        pass
    server.send_signal(_FAST)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.send_signal(_IMMEDIATE)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
