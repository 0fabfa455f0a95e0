"""The colours, once: tokens for a dim and a light room, their contrast, what the browser is told of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple


class Pair(NamedTuple):
    """One colour in the two themes."""

    dim: str
    light: str


TOKENS: Final[dict[str, Pair]] = {
    # ink
    "text": Pair("#e9edf2", "#131920"),
    "text-2": Pair("#b0bac6", "#43505c"),
    "text-3": Pair("#8a97a5", "#5c6874"),
    "accent": Pair("#8fbdf7", "#1b5cab"),
    "caution": Pair("#f2b54c", "#875600"),
    "critical": Pair("#ff7b72", "#b0121d"),
    "critical-fill": Pair("#c92832", "#b0121d"),
    "hr": Pair("#62c9d6", "#0a6f82"),
    "ghost": Pair("#768392", "#7c8894"),
    "edge": Pair("#6a7786", "#788592"),
    "on-fill": Pair("#ffffff", "#ffffff"),
    # surfaces
    "bg": Pair("#0c0f13", "#f3f5f7"),
    "surface": Pair("#14181e", "#ffffff"),
    "raised": Pair("#1b2129", "#edf1f4"),
    "field": Pair("#0c0f13", "#ffffff"),
    "plot": Pair("#0f1318", "#fafbfc"),
    "line": Pair("#28303a", "#d8dee5"),
    "caution-bg": Pair("#282010", "#fff3d9"),
    "critical-bg": Pair("#2f1317", "#fde8e8"),
    "accent-bg": Pair("#17263a", "#e4eefa"),
    "accent-fill": Pair("#2c64a6", "#1b5cab"),
    "hatch": Pair("#3a4551", "#c3cbd3"),
    # the stripe behind words: softer than `hatch`, so that they stay readable on it
    "stripe": Pair("#29313a", "#e2e7ec"),
    "stripe-caution": Pair("#3a311f", "#f0e2c0"),
    "stripe-critical": Pair("#472128", "#f5d2d3"),
    # the only thing that shouts: the banner of a screen that is not live
    "banner": Pair("#e9edf2", "#131920"),
    "on-banner": Pair("#0c0f13", "#ffffff"),
}
"""Hex by token and theme, lower case; `tokens.css` is written from this."""

STALE: Final[dict[str, Pair]] = {
    "text": Pair("#b0bac6", "#43505c"),
    "text-2": Pair("#9ca8b4", "#505c68"),
    "text-3": Pair("#9ca8b4", "#505c68"),
    "caution": Pair("#b0bac6", "#43505c"),
    "critical": Pair("#b0bac6", "#43505c"),
}
"""What ink becomes on a screen that is not live: only shapes are left."""

BANDS: Final[dict[str, Pair]] = {
    "caution-band": Pair("rgba(242, 181, 76, 0.1)", "rgba(245, 184, 61, 0.2)"),
    "critical-band": Pair("rgba(255, 123, 114, 0.16)", "rgba(229, 72, 77, 0.14)"),
}
"""Fills of the limit bands in a figure."""

_SRGB_KNEE: Final = 0.04045
_NOT_FOR_FIGURES: Final = frozenset({"bg", "banner", "on-banner", "on-fill"})


def dim(token: str) -> str:
    """Return the colour of a token or band as figures are drawn: in the dim theme."""
    return (BANDS.get(token) or TOKENS[token]).dim


def rgba(token: str, alpha: float) -> str:
    """Return a dim token made translucent, in the one spelling that the browser maps to the light theme."""
    red, green, blue = _channels(dim(token))
    return f"rgba({red}, {green}, {blue}, {alpha:g})"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two hex colours by the formula of WCAG 2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= _SRGB_KNEE else ((channel + 0.055) / 1.055) ** 2.4


def figure_colours() -> dict[str, str]:
    """Return the light colour for each colour that a figure may be drawn with.

    `bg` shares its dim hex with `field`: figures use `plot` or `surface`. White stays white in both themes.
    """
    pairs = [*TOKENS.items(), *BANDS.items()]
    return {pair.dim: pair.light for name, pair in pairs if name not in _NOT_FOR_FIGURES}


def figure_colours_script() -> str:
    """Return the asset that tells the browser how to show figures in the light theme."""
    colours = json.dumps(figure_colours(), indent=2)
    return (
        "// Written from layouts/theme.py (python -m layouts.theme): the light colour for each dim one of a figure.\n"
        f"window.chairsideFigureColours = Object.freeze({colours});\n"
    )


def tokens_css() -> str:
    """Return the stylesheet of the tokens: dim by default, light by choice or by the system's scheme."""
    dim_lines, light_lines = _declarations("dim"), _declarations("light")
    stale_dim, stale_light = _declarations("dim", STALE), _declarations("light", STALE)
    return "\n".join(
        [
            "/* Written from layouts/theme.py (python -m layouts.theme): change the colours there. */",
            _rule(":root", ["color-scheme: dark;", *dim_lines]),
            _rule('html[data-live="stale"] [data-fades]', stale_dim),
            "@media (prefers-color-scheme: light) {",
            _rule("html:not([data-theme])", ["color-scheme: light;", *light_lines]),
            _rule('html:not([data-theme])[data-live="stale"] [data-fades]', stale_light),
            "}",
            _rule('html[data-theme="light"]', ["color-scheme: light;", *light_lines]),
            _rule('html[data-theme="light"][data-live="stale"] [data-fades]', stale_light),
            "",
        ]
    )


def _declarations(theme: str, tokens: dict[str, Pair] | None = None) -> list[str]:
    chosen = TOKENS | BANDS if tokens is None else tokens
    return [f"--{name}: {getattr(pair, theme)};" for name, pair in chosen.items()]


def _rule(selector: str, lines: list[str]) -> str:
    body = "\n".join(f"  {line}" for line in lines)
    return f"{selector} {{\n{body}\n}}"


if __name__ == "__main__":
    ASSETS = Path(__file__).parents[1] / "assets"
    (ASSETS / "tokens.css").write_text(tokens_css(), encoding="utf-8")
    (ASSETS / "figure_colours.js").write_text(figure_colours_script(), encoding="utf-8")
