"""The chairs over HTTP: what each is, who has it, and what is refused, on both databases."""

from __future__ import annotations

from tests.served import Json, Served


def chair(found: list[Json], name: str = "1") -> Json:
    return next(one for one in found if one["name"] == name)


def test_a_chair_says_what_it_is_and_who_has_it(alone: Served) -> None:
    nurse = alone.sign_in("m.silva")
    before = chair(nurse.good(nurse.get("/api/v1/chairs"))["items"])

    nurse.good(nurse.post(f"/api/v1/chairs/{before['id']}/state", {"state": "reserved", "note": "for two o'clock"}))
    told = nurse.good(nurse.post(f"/api/v1/chairs/{before['id']}/nurse", {"take": True}))

    assert (before["state"], before["said"], before["nurse"]) == ("free", None, None)
    assert (told["state"], told["said"]["author"], told["said"]["note"]) == ("reserved", "m.silva", "for two o'clock")
    assert told["nurse"]["name"] == "m.silva"
    assert chair(nurse.good(nurse.get("/api/v1/chairs"))["items"]) == told
    log = nurse.good(nurse.get(f"/api/v1/chairs/{before['id']}/log"))["items"]
    assert [(one["kind"], one["value"]) for one in log] == [("nurse", "m.silva"), ("state", "reserved")]


def test_a_chair_out_of_use_refuses_a_seating_with_a_sentence(alone: Served) -> None:
    nurse, admin = alone.sign_in("m.silva"), alone.sign_in("admin")
    admin.good(admin.post(f"/api/v1/chairs/{nurse.chair_id('1')}/state", {"state": "out_of_use", "note": "no suction"}))

    answer = nurse.post("/api/v1/sessions", nurse.opening("1"))

    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("This chair is out of use: no suction. Take another chair")
    back = nurse.post(f"/api/v1/chairs/{nurse.chair_id('1')}/state", {"state": "free"})
    assert (back.status_code, "put it back" in back.json()["detail"]) == (403, True)


def test_a_taken_chair_is_running_and_names_nobody_to_an_admin(alone: Served) -> None:
    nurse, admin = alone.sign_in("m.silva"), alone.sign_in("admin")
    nurse.seat("1")

    answer = admin.get("/api/v1/chairs")

    assert chair(answer.json()["items"])["state"] == "running"
    assert "Nair" not in answer.text
