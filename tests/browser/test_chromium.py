"""The browser that the journeys run in is real, and every page in it is a new person."""

from collections.abc import Callable

from playwright.sync_api import Page


def test_a_page_has_the_size_of_the_tablet_it_stands_for(new_page: Callable[..., Page]) -> None:
    page = new_page(viewport=(800, 1280))

    page.set_content("<title>chair 3</title>")

    assert page.title() == "chair 3"
    assert page.evaluate("[innerWidth, innerHeight]") == [800, 1280]
