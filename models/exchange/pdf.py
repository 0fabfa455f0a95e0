"""A record set as a PDF by typst: its own fonts, no browser, no network; data goes in as JSON, never as markup."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, cast

import orjson
import typst

TEMPLATE: Final = Path(__file__).with_name("record.typ")
_EMBEDDED: Final = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def record_pdf(document: Mapping[str, Any]) -> bytes:
    """Return the PDF of a record: the patient's name, record number and page of pages on every page."""
    return _set(document, "pdf")[0]


def record_pages(document: Mapping[str, Any], ppi: float = 110) -> list[bytes]:
    """Return each page of the same as a PNG, to be looked at."""
    return _set(document, "png", ppi)


def _set(document: Mapping[str, Any], form: Literal["pdf", "png"], ppi: float | None = None) -> list[bytes]:
    made = typst.compile(
        TEMPLATE.read_bytes(),
        format=form,
        ppi=ppi,
        font_paths=_EMBEDDED,
        ignore_system_fonts=True,
        sys_inputs={"record": orjson.dumps(document).decode()},
    )
    pages = cast("bytes | list[bytes]", made)  # several pictures come as a list, whatever the types say
    return pages if isinstance(pages, list) else [pages]
