"""The colours: assets tell the same as the table, every pair keeps its contrast, and figures map one to one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from layouts.theme import (
    BANDS,
    STALE,
    TOKENS,
    contrast,
    dim,
    figure_colours,
    figure_colours_script,
    rgba,
    tokens_css,
)

ASSETS = Path(__file__).parents[2] / "assets"
SURFACES = ("bg", "surface")
AT_LEAST = (  # ink, surface, ratio in dim, ratio in light
    ("text", "bg", 16.3, 16.2),
    ("text", "surface", 15.1, 17.7),
    ("text-2", "bg", 9.8, 7.6),
    ("text-2", "surface", 9.1, 8.3),
    ("text-3", "bg", 6.4, 5.2),
    ("text-3", "surface", 6.0, 5.7),
    ("accent", "surface", 9.2, 6.6),
    ("accent", "accent-bg", 7.8, 5.7),
    ("caution", "surface", 9.7, 6.2),
    ("caution", "caution-bg", 8.8, 5.7),
    ("critical", "surface", 7.1, 7.1),
    ("critical", "critical-bg", 6.8, 6.1),
    ("critical-fill", "bg", 3.5, 6.5),
    ("critical-fill", "critical-bg", 3.1, 6.1),
    ("hr", "plot", 9.6, 5.6),
    ("hr", "surface", 9.2, 5.8),
    ("ghost", "plot", 4.8, 3.5),
    ("edge", "surface", 3.9, 3.8),
    ("edge", "field", 4.2, 3.8),
    ("on-fill", "critical-fill", 5.5, 7.1),
    ("on-fill", "accent-fill", 6.0, 6.6),
    ("on-banner", "banner", 15.0, 15.0),
)
STRIPES = ("stripe", "stripe-caution", "stripe-critical")


def test_black_on_white_has_the_contrast_that_wcag_names() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == pytest.approx(1)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("ink", "surface", "in_dim", "in_light"), AT_LEAST)
def test_a_pair_of_the_design_keeps_its_contrast(ink: str, surface: str, in_dim: float, in_light: float) -> None:
    one, other = TOKENS[ink], TOKENS[surface]

    assert round(contrast(one.dim, other.dim), 1) >= in_dim
    assert round(contrast(one.light, other.light), 1) >= in_light


@pytest.mark.parametrize("surface", ["text", "text-2", "critical", "caution"])
@pytest.mark.parametrize("stripe", STRIPES)
def test_words_on_the_stripes_of_a_late_row_stay_readable(surface: str, stripe: str) -> None:
    one, other = TOKENS[surface], TOKENS[stripe]

    assert contrast(one.dim, other.dim) >= 4.5
    assert round(contrast(one.light, other.light), 1) >= 4.5


@pytest.mark.parametrize("ink", list(STALE))
@pytest.mark.parametrize("surface", ["surface", "stripe"])
def test_words_on_a_screen_that_is_not_live_stay_readable(ink: str, surface: str) -> None:
    faded, other = STALE[ink], TOKENS[surface]

    assert contrast(faded.dim, other.dim) >= 4.5
    assert contrast(faded.light, other.light) >= 4.5


@pytest.mark.parametrize("ink", ["caution", "critical"])
def test_a_screen_that_is_not_live_has_no_colour(ink: str) -> None:
    assert STALE[ink] in {TOKENS["text-2"], STALE["text"]}


def test_there_is_no_green() -> None:
    def greenish(colour: str) -> bool:
        red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
        return green > red + 24 and green > blue + 8

    assert greenish("#3fae5a")  # the control: this would be found
    assert [name for name, pair in TOKENS.items() if greenish(pair.dim) or greenish(pair.light)] == []


def test_the_stylesheet_of_tokens_is_the_one_written_from_the_table() -> None:
    assert (ASSETS / "tokens.css").read_text() == tokens_css(), "run: python -m layouts.theme"


def test_the_browser_is_told_the_light_colours_of_the_table() -> None:
    assert (ASSETS / "figure_colours.js").read_text() == figure_colours_script(), "run: python -m layouts.theme"


def test_stylesheets_use_only_tokens_that_exist() -> None:
    sheets = "".join((ASSETS / name).read_text() for name in ("tokens.css", "base.css", "board.css"))

    declared = set(re.findall(r"(--[\w-]+):", sheets))
    used = set(re.findall(r"var\((--[\w-]+)", sheets))

    assert used
    assert used - declared == set()


def test_no_two_figure_colours_share_a_dim_hex_with_different_light_ones() -> None:
    pairs = [*TOKENS.items(), *BANDS.items()]
    drawn = [(pair.dim, pair.light) for name, pair in pairs if name not in {"bg", "banner", "on-banner", "on-fill"}]

    assert len(drawn) == len({colour for colour, _ in drawn})
    assert figure_colours() == dict(drawn)


def test_a_translucent_token_is_spelt_as_the_browser_maps_it() -> None:
    assert rgba("caution", 0.1) == "rgba(242, 181, 76, 0.1)" == dim("caution-band")


def test_the_page_without_a_network_has_the_same_colours() -> None:
    worker = (ASSETS / "worker" / "service_worker.js").read_text("utf-8")
    stated = re.findall(r'(\w+): \["(#\w+)", "(#\w+)"\]', worker)

    assert {name for name, *_ in stated} == {"bg", "text", "accent"}
    for name, *colours in stated:
        assert [TOKENS[name].dim, TOKENS[name].light] == colours
