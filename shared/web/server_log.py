"""gunicorn's own words in the form of our logs: its format would print a request's address and an error's words."""

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from shared.observe import logs, whole_process


class ServerLog(Logger):  # type: ignore[misc]
    """Set by `logger_class`; the process is named after its service."""

    def setup(self, cfg: Any) -> None:
        """Write nothing by itself: the root logger does."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
        self.error_log.propagate = True
        logs(cfg.loglevel, service=cfg.proc_name)
        whole_process()
