"""How names show on the wall: decided by an admin, kept to by the server in the page and in every live message."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from websockets import Origin
from websockets.sync.client import connect

from tests.served import Client, Served, values

SHOWN = {"none": "", "initials": "P.N.", "given": "Priya N.", "full": "Priya Nair"}
PARTS = ("Priya", "Nair", "P.N.")


@pytest.fixture(autouse=True)
def _initials_after(served: Served) -> Iterator[None]:
    """Leave the clinic as it was found."""
    yield
    served.sign_in("admin").post("/api/v1/wall", {"names": "initials"})


def decide(served: Served, names: str) -> None:
    admin = served.sign_in("admin")
    admin.good(admin.post("/api/v1/wall", {"names": names}))


def listened(served: Served, client: Client, query: str, session: str, chart: Client) -> str:
    """Return everything that the live push says to a board: at first, and after a change."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.http.cookies.items())
    address = f"ws://127.0.0.1:{served.port}/live?page=board{query}"
    with connect(address, origin=Origin(served.url), additional_headers={"Cookie": cookies}) as socket:
        said, version = "", 0
        while version < 2:
            text = str(socket.recv(10))
            said += text
            message = json.loads(text)
            if message.get("session") == session:
                version = message["v"]
                if version == 1:
                    chart.good(chart.chart(session, "reading", values=values(124, 78)))
    return said


@pytest.mark.parametrize("level", SHOWN)
def test_the_wall_account_gets_no_more_of_a_name_than_was_decided(served: Served, nurse: Client, level: str) -> None:
    session = nurse.seat()
    decide(served, level)

    page = served.app.clinic.wall.level(served.app.stores.site)
    said = listened(served, served.sign_in("wall"), "", session, nurse)

    assert page == level
    assert (f'"{SHOWN[level]}"' in said) is True
    assert [part for part in PARTS if part in said and part not in SHOWN[level]] == []


def test_a_nurse_who_opens_the_wall_gets_what_was_decided_and_on_the_board_initials(
    served: Served, nurse: Client
) -> None:
    session = nurse.seat()
    decide(served, "none")

    wall = listened(served, nurse, "&wall=", session, nurse)
    board = listened(served, nurse, "", nurse.seat("2"), nurse)

    assert "P.N." not in wall
    assert "P.N." in board


@pytest.mark.parametrize("level", SHOWN)
def test_the_page_of_the_wall_account_is_drawn_with_no_more_either(served: Served, nurse: Client, level: str) -> None:
    nurse.seat()
    decide(served, level)
    wall = served.sign_in("wall")
    body = {
        "output": "shell-page.children",
        "outputs": {"id": "shell-page", "property": "children"},
        "inputs": [{"id": "shell-location", "property": "pathname", "value": "/"}],
        "state": [{"id": "shell-location", "property": "search", "value": ""}],
        "changedPropIds": ["shell-location.pathname"],
    }

    page = wall.post("/_dash-update-component", body).text

    assert SHOWN[level] in page
    assert [part for part in PARTS if part in page and part not in SHOWN[level]] == []


def test_only_an_admin_decides_and_only_one_of_the_levels(served: Served) -> None:
    statuses = {
        name: served.sign_in(name).post("/api/v1/wall", {"names": "full"}).status_code
        for name in ("m.silva", "a.lindqvist", "v.marsh", "wall")
    }
    wrong = served.sign_in("admin").post("/api/v1/wall", {"names": "everything"})

    assert set(statuses.values()) == {403}
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "names")
    assert served.sign_in("admin").get("/api/v1/wall").json() == {"names": "initials"}
