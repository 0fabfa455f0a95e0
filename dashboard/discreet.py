"""Log lines that tell where something failed and never on whom: what an error says may hold a name or a note."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from copy import copy
from types import TracebackType

_Failure = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Discreet(logging.Formatter):
    """Writes a trace as lines of code and kinds of errors, without what the errors say."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with a trace of its own making: another handler may have left a talkative one."""
        mine = copy(record)
        mine.exc_text = None
        return super().format(mine)

    def formatException(self, ei: _Failure) -> str:  # noqa: N802  # the name that logging calls
        """Return the trace, what was handled before it first."""
        return "" if ei[1] is None else "\n".join(_told(ei[1], set())).rstrip()


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _told(before, seen)
        yield "which led to"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield f"{type(error).__module__}.{type(error).__qualname__}"
