"""Serving: uvicorn run by ourselves, with bounds on what one browser can cost."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

import orjson
import uvicorn

from dashboard.app import Chairside, create_app
from dashboard.settings import Settings

_SOCKET_FRAME_MOST: Final = 4096


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until the process is told to stop."""
    log_to_stderr(settings.log)
    run(create_app(settings), host, port)


def run(chairside: Chairside, host: str, port: int) -> None:
    """Run uvicorn on an app that is put together already."""
    uvicorn.Server(config(chairside, host, port)).run()


def config(chairside: Chairside, host: str, port: int, **more: Any) -> uvicorn.Config:  # noqa: ANN401  # uvicorn's own options
    """Return how uvicorn runs it: no access log (addresses may name a chair), small socket frames, short farewells."""
    return uvicorn.Config(
        chairside.asgi,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        ws_max_size=_SOCKET_FRAME_MOST,
        ws_per_message_deflate=False,  # five kilobytes to fifty boards: packing costs more time than the wire
        ws_ping_interval=10,
        ws_ping_timeout=10,
        timeout_graceful_shutdown=2,
        **more,
    )


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "name": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


def log_to_stderr(form: str) -> None:
    """Send every log line to standard error, as text or JSON."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else text)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
