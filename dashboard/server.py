"""Serving: uvicorn run by ourselves, with bounds on what one browser can cost."""

from __future__ import annotations

import gc
import logging
import resource
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import orjson
import uvicorn

from dashboard.app import Chairside, create_app
from dashboard.connections import CONNECTIONS_MOST, HttpConnection, SocketConnection
from dashboard.settings import Settings
from models.store.engine import sqlite_file
from models.store.serving import working_on

_SOCKET_FRAME_MOST: Final = 4096
_CHAIN_MOST: Final = 10
_TURN_SECONDS: Final = 0.001
"""How long one thread may compute while another waits: drawing in the background must not hold up an answer."""
_FILES_BESIDE: Final = 256
"""Open files that are no connections: database, anchor, what Python has open."""


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until the process is told to stop."""
    log_to_stderr(settings.log)
    with alone(settings):
        chairside = create_app(settings)
        sys.stderr.write(f"Chairside serves {'https' if settings.tls else 'http'}://{host}:{port}\n")
        run(chairside, host, port)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Keep a second server off a SQLite database: changes made in one process would not reach the boards of another.

    Raises:
        InUseError: another server is running on it, or a restore.
    """
    if sqlite_file(settings.database_url) is None:
        said, others = "A restore is running on this database. Wait until it has ended.", True
    else:
        said, others = "Another server is running on this SQLite database. Stop it first, or use PostgreSQL.", False
    with working_on(settings.database_url, alone=not others, said=said):
        yield


def run(chairside: Chairside, host: str, port: int) -> None:
    """Run uvicorn on an app that is put together already."""
    spare_the_collector()
    sys.setswitchinterval(_TURN_SECONDS)
    allow_open_files(CONNECTIONS_MOST + _FILES_BESIDE)
    uvicorn.Server(config(chairside, host, port)).run()


def spare_the_collector() -> None:
    """Leave what was loaded at the start out of every later garbage collection, which would hold up all chairs."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def allow_open_files(wanted: int) -> None:
    """Let this process hold as many connections as it bounds itself to, as far as the machine lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def config(chairside: Chairside, host: str, port: int, **more: Any) -> uvicorn.Config:  # noqa: ANN401  # uvicorn's own options
    """Return how uvicorn runs it: no access log (addresses may name a chair), small socket frames, short farewells.

    No forwarding header is believed here: `dashboard/proxy.py` takes the one that is, from whom it may.
    """
    tls = chairside.settings.tls
    if tls is not None:
        more |= {"ssl_certfile": tls.certificate, "ssl_keyfile": tls.key}
    return uvicorn.Config(
        chairside.asgi,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        http=HttpConnection,
        ws=SocketConnection,
        ws_max_size=_SOCKET_FRAME_MOST,
        ws_per_message_deflate=False,  # five kilobytes to fifty boards: packing costs more time than the wire
        ws_ping_interval=10,
        ws_ping_timeout=10,
        timeout_graceful_shutdown=2,
        **more,
    )


class Lines(logging.Formatter):
    """Lines of text; of an exception they say where it came from and its kind, never its message.

    The message may hold what somebody charted, a name, or a whole row of the database.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; the text that another handler made of the exception is not taken over."""
        record.exc_text = None
        return super().format(record)

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802  # as the base class has it
        """Return the places that each exception of a chain came by, ours and those of libraries."""
        error, parts = ei[1], list[str]()
        while error is not None and len(parts) < _CHAIN_MOST:
            parts.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nafter\n".join(parts)


class JsonLines(Lines):
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
    text = Lines("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else text)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # its lines on sockets hold the names of chairs
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
