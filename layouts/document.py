"""A page as one HTML document, drawn whole by the server: words and forms are there before any script has run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final

from dash.development.base_component import Component

from layouts.markup import to_html
from layouts.root import DEMO

_DOCUMENT: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/_favicon.ico">
{styles}
{early}
</head>
<body>
<div data-plain>{page}</div>
{scripts}
</body>
</html>"""

_EARLY: Final = "/theme.js"
"""Decides between light and dim before anything is drawn: a dim room must not be lit up for a moment."""


@dataclass(frozen=True, slots=True)
class Files:
    """The addresses of the styles and scripts of a page, in their order."""

    styles: tuple[str, ...]
    scripts: tuple[str, ...]


def document(page: Component, files: Files, *, demo: bool = False) -> str:
    """Return the document of a page that is drawn with plain elements only; its title is what the page says.

    Raises:
        TypeError: something on the page is not a plain element.
    """
    early = [script for script in files.scripts if _EARLY in script]
    return _DOCUMENT.format(
        title=escape(getattr(page, "data-title", "Chairside")),
        styles="\n".join(f'<link rel="stylesheet" href="{escape(style)}">' for style in files.styles),
        early=_scripts(early),
        page=to_html([page, DEMO] if demo else page),
        scripts=_scripts(script for script in files.scripts if script not in early),
    )


def _scripts(addresses: Iterable[str]) -> str:
    return "\n".join(f'<script src="{escape(address)}"></script>' for address in addresses)
