"""A page without internet has its trends, its letters and its style, from the vendored files alone."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
import uvicorn
from dash import Dash, dcc, html
from fastapi import FastAPI
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def trend_address() -> Iterator[str]:
    """Serve one trend, with the vendored files named as their README says."""
    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app = Dash(
        "trend",
        server=server,  # type: ignore[arg-type]  # an app is documented, the hint left it out
        assets_folder=str(ROOT / "assets"),
        assets_path_ignore=["vendor"],
        external_stylesheets=["/assets/vendor/bootstrap.min.css", "/assets/vendor/inter/inter.css"],
        external_scripts=["/assets/vendor/plotly-address.js"],
    )
    app.layout = html.Div([html.H1("Chair 3"), dcc.Graph(figure={"data": [{"y": [120, 131, 128]}]})])
    running = uvicorn.Server(uvicorn.Config(server, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join()


def test_a_trend_is_drawn_by_the_basic_bundle_alone(new_page: Callable[..., Page], trend_address: str) -> None:
    page = new_page(base_url=trend_address)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/")
    expect(page.locator(".scatterlayer .trace")).to_have_count(1)

    bundles = [urlparse(url).path for url in asked if "plotly" in url and "address" not in url]
    assert bundles == ["/assets/vendor/plotly-basic.min.js"]


def test_a_page_asks_nobody_but_the_clinics_own_server(new_page: Callable[..., Page], trend_address: str) -> None:
    page = new_page(base_url=trend_address)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlparse(request.url).netloc))

    page.goto("/")
    expect(page.locator(".scatterlayer .trace")).to_have_count(1)

    assert asked == {urlparse(trend_address).netloc}


def test_text_is_set_in_inter(new_page: Callable[..., Page], trend_address: str) -> None:
    page = new_page(base_url=trend_address)

    page.goto("/")
    expect(page.get_by_role("heading")).to_have_text("Chair 3")
    faces = page.evaluate("document.fonts.load('600 40px Inter', '128 ≥ ▲').then(faces => faces.length)")

    assert faces == 1


def test_our_style_comes_after_bootstraps(new_page: Callable[..., Page], trend_address: str) -> None:
    page = new_page(base_url=trend_address)

    page.goto("/")
    expect(page.get_by_role("heading")).to_be_visible()
    sheets: list[str] = page.eval_on_selector_all(
        "link[rel=stylesheet]", "links => links.map(link => new URL(link.href).pathname)"
    )

    ours = [sheet for sheet in sheets if sheet.startswith("/assets/") and "/vendor/" not in sheet]
    assert sheets == ["/assets/vendor/bootstrap.min.css", "/assets/vendor/inter/inter.css", *ours]
