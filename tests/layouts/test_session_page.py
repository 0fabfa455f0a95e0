"""The page of one session: who, when, how much, what was changed, who signed, and who may do what."""

from __future__ import annotations

import json
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from dash.development.base_component import Component

from layouts.record_forms import FORMS, forms_json
from layouts.session import identity_text, session_page, stage_text, when_text
from models.entries import (
    ENTRY_KINDS,
    Acknowledgement,
    BaselineSet,
    Correction,
    Discharge,
    Emergency,
    FollowUp,
    Handover,
    Hold,
    Infusion,
    Limit,
    Medication,
    Move,
    Note,
    Override,
    Phase,
    Reading,
    ReviewNote,
    Signature,
    Waste,
    Written,
    parse_entry,
)
from models.moments import iso
from models.people import Person, Role
from models.session import Chair
from tests.component_tree import of_type, prop, said, walk, with_class, with_testid
from tests.sample_sessions import ALL_NO, START, Sheet, core, event, finished, same_id, signed

CLINICIAN = Person("1", "a.lindqvist", Role.CLINICIAN, "site")
NURSE = Person("2", "m.silva", Role.NURSE, "site")
DRAFTS = ("Draft summary", "Draft SBAR")
REVIEWER = Person("4", "v.marsh", Role.REVIEWER, "site")


def running() -> Sheet:
    sheet = Sheet()
    sheet.write(-15, ALL_NO)
    sheet.write(-8, core(124, 78, 70, 0, 0))
    sheet.write(0, Infusion("start", 36))
    return sheet


def page(sheet: Sheet, person: Person = CLINICIAN, minute: float = 200) -> Component:
    return session_page(sheet.view(minute), UTC, person)


def buttons(part: Component, act: str) -> list[Component]:
    return [one for one in walk(part) if prop(one, "data-record") == act]


def part(whole: Component, title: str) -> str:
    (found,) = [one for one in with_class(whole, "record-part") if prop(one, "aria-label") == title]
    return said(found)


def test_the_head_says_who_it_is() -> None:
    view = finished().view()

    assert identity_text(view) == "born 14 Mar 1979 (47) · record 40-718 · 72 kg · chronic migraine"
    assert said(of_type(page(finished()), "H1")[0]) == "Priya Nair"


def test_the_head_says_day_chair_times_and_limits() -> None:
    assert when_text(finished().view(), UTC) == "Sun 22 Nov 2026 · chair 7 · 13:58 to 15:03 · limits version 1"


def test_times_are_told_by_the_clock_of_the_clinic() -> None:
    west = timezone(timedelta(hours=-14))

    assert when_text(finished().view(), west).startswith("Sat 21 Nov 2026 · chair 7 · 23:58 to 22 Nov 01:03")


def test_a_session_without_stop_or_start_says_so() -> None:
    assert "from 13:58, no stop charted" in when_text(running().view(5), UTC)
    assert "arrived 13:38, not started" in when_text(Sheet().view(5), UTC)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([], "Infusion, before start"),
        ([(0, Infusion("start", 36))], "Infusion, minute 20"),
        ([(0, Infusion("start", 36)), (10, Infusion("pause"))], "Infusion, paused"),
        ([(0, Infusion("start", 36)), (10, Infusion("stop"))], "Infusion, recovery"),
        ([(0, Phase("closed"))], "Infusion, closed"),
        ([(0, Phase("cancelled", "went home"))], "Infusion, cancelled"),
        ([(0, Signature("Reviewed", 1))], "Infusion, signed"),
    ],
)
def test_the_head_says_where_the_session_stands(entries: list[tuple[float, Any]], words: str) -> None:
    sheet = Sheet()
    for minute, content in entries:
        sheet.write(minute, content)

    assert stage_text(sheet.view(20)) == words


def test_the_numbers_of_the_session_are_told_with_what_they_are_held_against() -> None:
    found = part(page(finished()), "Summary")

    assert found == (
        "45.4 mg 0.63 mg/kg in 65 min 178 mmHg peak SBP at 40 min +54 (+44 %) 14 of 14 checks on time (100 %)"
    )


def test_numbers_that_are_not_known_are_dashes() -> None:
    found = part(page(Sheet()), "Summary")

    assert found == "— mg infusion not started planned 49.4 mg — mmHg no pressure charted — no check was due"


def test_a_planned_dose_that_ran_past_says_that_no_stop_was_charted() -> None:
    assert "planned dose reached, stop not charted" in part(page(running(), minute=90), "Summary")


def test_an_event_tells_grade_dose_action_outcome_and_when_it_ended() -> None:
    found = part(page(finished()), "Adverse events")

    assert found.startswith("Adverse events 2, all ended")
    assert "2 Dizziness 14:20, 17.2 mg 1 mild dose not changed recovered, min 60" in found
    assert "charted 14:20, M. Silva" in found
    assert "updated 15:34, M. Silva" in found


def test_an_open_event_is_counted_as_open() -> None:
    sheet = running()
    sheet.write(10, event("x", "Panic", START + timedelta(minutes=9), serious=[], note="Wants to stop."))

    found = part(page(sheet, minute=12), "Adverse events")

    assert found.startswith("Adverse events 1, 1 open")
    assert "not graded" in found
    assert "not serious Wants to stop." in found


def test_seriousness_that_nobody_judged_is_not_told() -> None:
    sheet = running()
    sheet.write(10, event("x", "Panic", START))

    assert "serious" not in part(page(sheet), "Adverse events")


def test_a_corrected_event_shows_what_was_said_before() -> None:
    sheet = running()
    wrong = sheet.write(10, event("x", "Dizziness", START, grade=3))
    sheet.correct(12, wrong, event("x", "Dizziness", START, grade=1), "wrong button")

    whole = page(sheet)

    assert [said(one) for one in of_type(whole, "Del")] == ["Dizziness, from 13:58, 3 severe"]
    assert "corrected 14:10, M. Silva: wrong button" in part(whole, "Adverse events")
    assert "1 mild" in part(whole, "Adverse events")


def test_a_struck_event_stays_legible() -> None:
    sheet = running()
    wrong = sheet.write(10, event("x", "Dizziness", START))
    sheet.correct(12, wrong, None, "other chair")

    whole = page(sheet)

    assert "Dizziness, from 13:58" in [said(one) for one in of_type(whole, "Del")]
    assert "entered in error 14:10, M. Silva: other chair" in part(whole, "Adverse events")


def test_infusion_actions_are_numbered_as_on_the_panel() -> None:
    found = part(page(finished()), "Infusion")

    assert found.startswith("Infusion 45.4 mg, 4.5 mL 13:58 Started 36 mg/h, 10 mg/mL M. Silva")
    assert "1 14:10 Rate 60 mg/h" in found
    assert "4 14:38 Paused: SBP 178" in found


def test_a_start_without_a_rate_tells_the_planned_one() -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start"))

    assert "Started (49.4 mg/h)" in part(page(sheet, minute=1), "Infusion")


def test_what_does_not_fit_the_record_is_marked_disputed() -> None:
    sheet = running()
    sheet.write(5, Infusion("resume"))

    assert "disputed: resumed while running" in part(page(sheet, minute=6), "Infusion")


def test_medicines_and_notes_are_lines_of_their_own() -> None:
    sheet = running()
    sheet.write(5, Medication("Ondansetron", 4, "mg", "IV"))
    wrong = sheet.write(6, Note("asleep"), typed=20)
    sheet.correct(21, wrong, Note("awake"), "wrong word")

    whole = page(sheet)

    assert "14:03 Ondansetron 4 mg IV M. Silva" in part(whole, "Medicines")
    assert "was asleep now awake" in part(whole, "Notes")
    assert "corrected 14:19, M. Silva: wrong word late entry, typed 14:18" in part(whole, "Notes")


def test_a_note_with_a_script_is_text() -> None:
    sheet = running()
    sheet.write(6, Note("<script>alert(1)</script>"))

    whole = page(sheet)

    assert "<script>alert(1)</script>" in part(whole, "Notes")
    assert not {type(one).__name__ for one in walk(whole)} & {"Markdown", "Script", "Iframe", "DangerouslyAllowHTML"}


def test_plan_screening_and_baseline_are_told() -> None:
    found = part(page(finished()), "Before the start")

    assert "72 kg, 49.4 mg in 60 min, 49.4 mg/h" in found
    assert "All 9 conditions answered no" in found
    assert "Baseline 124/78 at 13:50" in found


def test_without_screening_and_baseline_the_page_says_so() -> None:
    found = part(page(Sheet()), "Before the start")

    assert "not screened" in found
    assert "No baseline: limits against the patient's own values are silent." in found


def test_an_unsigned_record_says_so_and_offers_the_signature() -> None:
    whole = page(finished())

    (button,) = with_testid(whole, "session-sign")
    assert said(with_testid(whole, "signed-by")) == "not signed"
    assert prop(button, "data-last-seq") == str(len(finished().entries))
    assert "a.lindqvist signs 31 entries. Afterwards only notes, reviews and follow-ups can be added." in part(
        whole, "Signatures"
    )


def test_a_signature_names_what_it_would_leave_open() -> None:
    sheet = running()
    sheet.write(10, Infusion("stop"))
    sheet.write(11, event("x", "Panic", START))

    assert "Panic is still open; the session is not closed." in part(page(sheet), "Signatures")


def test_a_running_infusion_cannot_be_signed_yet() -> None:
    whole = page(running(), minute=5)

    assert with_testid(whole, "session-sign") == []
    assert "once the stop of the infusion is charted" in part(whole, "Signatures")


def test_a_signed_record_says_who_and_offers_only_what_comes_afterwards() -> None:
    whole = page(signed())

    assert said(with_testid(whole, "signed-by")) == "A. Lindqvist"
    assert "Reviewed and agreed, signed 16:13" in part(whole, "Signatures")
    assert with_testid(whole, "session-sign") == []
    assert with_testid(whole, "entry-correct") == []
    assert [said(one) for one in buttons(whole, "add")] == [*DRAFTS, "Add note", "Add review", "Add follow-up"]


def test_what_came_after_the_signature_is_said_beside_it() -> None:
    sheet = signed()
    sheet.write(20, Note("found on paper"), typed=140)

    found = part(page(sheet), "Signatures")

    assert "▲ 1 entry measured before the signature came after it" in found


def test_what_came_after_the_signature_is_read_in_a_part_of_its_own_and_nowhere_else() -> None:
    sheet = signed()
    sheet.chairs = {**sheet.chairs, "nine": Chair("nine", "9")}
    wrong = sheet.write(20, core(192, 101, 70, 0, 0), typed=140)
    sheet.correct(21, wrong, core(129, 101, 70, 0, 0), "misread", at=20)
    sheet.write(22, Infusion("bolus", dose_mg=5), typed=140)
    sheet.write(23, Move("nine"), typed=140)
    sheet.write(24, Waste(2, "r.okafor"), by="r.okafor", typed=140)

    whole = page(sheet)
    found = part(whole, "Arrived after the signature")

    for words in (
        "4, outside what was signed",
        "14:18",
        "SBP 192",
        "SBP 129",
        "corrected",
        "misread",
        "M. Silva",
        "late entry, typed 16:18",
        "Bolus 5 mg",
        "Moved to chair 9",
        "2 mg wasted, witness R. Okafor",
        "came after signing, not part of what was signed",
    ):
        assert words in found
    assert said(whole).count("SBP 192") == 1
    assert said(whole).count("mg wasted") == 1
    assert not [one for one in walk(page(signed())) if prop(one, "aria-label") == "Arrived after the signature"]


@pytest.mark.parametrize(("person", "signs"), [(CLINICIAN, True), (REVIEWER, True), (NURSE, False)])
def test_only_clinician_and_reviewer_sign(person: Person, *, signs: bool) -> None:
    assert bool(with_testid(page(finished(), person), "session-sign")) is signs


def test_a_nurse_corrects_own_entries_and_a_clinician_all() -> None:
    own = len(with_testid(page(finished(), NURSE), "entry-correct"))
    every = len(with_testid(page(finished(), CLINICIAN), "entry-correct"))

    assert 0 < own < every


def test_a_reviewer_corrects_nothing_and_may_add_a_note_or_a_review() -> None:
    whole = page(finished(), REVIEWER)

    assert with_testid(whole, "entry-correct") == []
    assert [said(one) for one in buttons(whole, "add")] == [*DRAFTS, "Add note", "Add review"]


def test_closing_is_offered_until_it_is_closed() -> None:
    assert [said(one) for one in buttons(page(running(), NURSE, 5), "add")] == [*DRAFTS, "Add note", "Close session"]
    assert [said(one) for one in buttons(page(finished(), NURSE), "add")] == [*DRAFTS, "Add note", "Add follow-up"]
    assert [said(one) for one in buttons(page(running(), REVIEWER, 5), "add")] == [*DRAFTS, "Add note"]


def test_closing_asks_for_a_reason_where_something_speaks_against_it() -> None:
    sheet = running()
    sheet.write(5, event("x", "Panic", START))

    (button,) = [one for one in buttons(page(sheet, NURSE, 6), "add") if said(one) == "Close session"]

    (field,) = json.loads(prop(button, "data-fields"))
    assert field["label"] == "Reason (no stop is charted; still open: panic)"
    assert field["required"] is True
    assert json.loads(prop(button, "data-body")) == {"kind": "phase", "to": "closed"}


def test_a_session_that_never_started_is_cancelled_with_a_reason() -> None:
    (button,) = [one for one in buttons(page(Sheet(), NURSE), "add") if said(one) == "Cancel session"]

    assert json.loads(prop(button, "data-body")) == {"kind": "phase", "to": "cancelled"}
    assert json.loads(prop(button, "data-fields"))[0]["required"] is True


def test_export_and_print_are_at_hand() -> None:
    whole = page(finished())

    for form, path in (("csv", "record.csv"), ("pdf", "record.pdf"), ("fhir", "fhir")):
        (export,) = with_testid(whole, f"export-{form}")
        assert prop(export, "href") == f"/api/v1/sessions/{finished().id}/{path}"
    assert len(with_testid(whole, "print")) == 1


def test_the_page_says_of_which_moment_it_is() -> None:
    found = part(page(running(), minute=5), "Signatures")

    assert "4 entries, shown as at 14:03. This page does not follow the session." in found


def test_there_is_a_form_for_every_kind_that_can_be_corrected() -> None:
    assert set(FORMS) == {kind.key for kind in ENTRY_KINDS} - {"correction", "signature"}


def test_every_field_of_a_form_says_how_it_is_asked() -> None:
    known = {"number", "text", "long", "flag", "choice", "count", "many", "time"}

    for fields in json.loads(forms_json()).values():
        assert {field["type"] for field in fields} <= known
        assert all(field["options"] for field in fields if field["type"] in {"choice", "count", "many"})


def watched() -> Sheet:
    """Return the finished session with everything in it that is about the watching itself."""
    sheet = finished()
    for content in (
        Acknowledgement("SBP_HIGH:1", "rechecking", "at the chair"),
        Emergency("called for help"),
        Hold("washroom", (START + timedelta(minutes=40)).isoformat()),
        Limit("hr", {"caution_low": 44}, "athlete"),
        BaselineSet({"sbp": 130, "dbp": 80}, "known from the last visit"),
        Move(next(iter(sheet.chairs))),
        Handover("r.okafor", "Recheck at 14:20."),
    ):
        sheet.write(33, content)
    return sheet


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Alerts seen", "Saw SBP_HIGH: rechecking: at the chair"),
        ("Emergency", "called for help"),
        ("Holds", "No checks until 14:38: washroom"),
        ("Limits of this patient", "HR caution low 44: athlete"),
        ("Baseline decided", "Baseline SBP 130, DBP 80: known from the last visit"),
        ("Moved", "Moved"),
        ("Handed over", "To R. Okafor: Recheck at 14:20."),
    ],
)
def test_what_is_about_the_watching_is_told_in_the_record(title: str, told: str) -> None:
    assert told in part(page(watched()), title)


def test_what_a_correction_button_carries_can_be_posted_as_it_is() -> None:
    sheet = watched()
    sheet.write(126, Discharge({"oriented": True, "steady_gait": False}, Override("sees the doctor first")))
    sheet.write(127, Waste(3.5, "r.okafor"))
    sheet.write(131, ReviewNote(same_id("event", "sick"), "probable", "as last time"))
    sheet.write(132, FollowUp(2, "slept well"))
    whole = page(sheet)
    found = with_testid(whole, "entry-correct")

    for button in found:
        body = json.loads(prop(button, "data-body"))
        posted = {
            "id": same_id("correction"),
            "kind": "correction",
            "measured_at": iso(START + timedelta(minutes=140)),
            "entry_id": prop(button, "data-entry"),
            "reason": "typing error",
            "replacement": body,
        }
        draft = parse_entry(posted)
        assert isinstance(draft.content, Correction)
        assert isinstance(draft.content.replacement, Written)
        assert draft.content.replacement.body() == body

    kinds = {json.loads(prop(button, "data-body"))["kind"] for button in found}
    assert kinds == set(FORMS)


def test_a_correction_starts_from_what_counts_now_and_targets_the_original() -> None:
    sheet = running()
    wrong = sheet.write(12, Note("asleep"))
    sheet.correct(16, wrong, Note("awake"), "wrong word")

    (button,) = [one for one in with_testid(page(sheet), "entry-correct") if "awake" in prop(one, "data-body")]

    assert prop(button, "data-entry") == wrong.id
    assert json.loads(prop(button, "data-times")) == {"measured_at": "14:10"}
    assert prop(button, "aria-label") == "Correct note of 14:10"


def test_how_an_entry_travelled_is_not_sent_again() -> None:
    sheet = running()
    sheet.write(6, Reading({"hr": 155}, queued=True, unconfirmed=("hr",)))

    bodies = [json.loads(prop(one, "data-body")) for one in with_testid(page(sheet), "entry-correct")]

    assert not any({"queued", "unconfirmed"} & body.keys() for body in bodies)


# Going home, waste, and what comes afterwards


def test_every_criterion_is_told_with_its_reading_and_what_is_missing_is_said() -> None:
    sheet = finished()
    sheet.entries.pop()  # not closed yet

    found = part(page(sheet, minute=126), "Going home")

    assert "3 not met" in found
    assert "MOAA/S 5, wanted 5" in found
    assert "Not met: Oriented: not asked" in found


def test_before_the_end_the_earliest_moment_to_go_is_told() -> None:
    sheet = running()
    sheet.write(60, Infusion("stop"))

    found = part(page(sheet, minute=70), "Going home")

    assert "15:58 at the earliest" in found
    assert "Not met: 60 min after the end of the infusion: from 15:58" in found
    assert with_testid(page(running(), minute=70), "discharge-minutes") == []


def test_an_override_is_told_and_never_shows_as_met() -> None:
    sheet = running()
    sheet.write(60, Infusion("stop"))
    sheet.write(70, Discharge({}, Override("taken to the ward")), by="a.lindqvist")

    found = part(page(sheet, minute=71), "Going home")

    assert "A. Lindqvist: taken to the ward. Not met then: minutes," in found
    assert "overridden, 7 not met" in found
    assert "Not met: Escort confirmed: not asked" in found


@pytest.mark.parametrize(("person", "offered"), [(NURSE, False), (CLINICIAN, True)])
def test_only_who_may_override_is_asked_for_the_reason(person: Person, *, offered: bool) -> None:
    sheet = running()
    sheet.write(60, Infusion("stop"))

    (button,) = with_testid(page(sheet, person, 70), "add-discharge")

    assert ("override.reason" in prop(button, "data-fields")) is offered


def test_waste_and_what_comes_afterwards_stand_on_the_record() -> None:
    sheet = finished()
    sheet.write(127, Waste(3.5, "r.okafor"))
    sheet.write(131, ReviewNote(same_id("event", "sick"), "probable", "as last time"))
    sheet.write(132, FollowUp(2, "slept well"))

    whole = page(sheet)

    assert "3.5 mg wasted, witness R. Okafor" in part(whole, "Waste")
    assert "Causality probable: as last time" in part(whole, "Afterwards")
    assert "Headache 2, slept well" in part(whole, "Afterwards")


@pytest.mark.parametrize(("person", "offered"), [(NURSE, ["follow_up"]), (REVIEWER, ["review"])])
def test_reviews_are_offered_to_reviewers_and_follow_ups_to_nurses(person: Person, offered: list[str]) -> None:
    whole = page(signed(), person)

    assert [kind for kind in ("review", "follow_up") if with_testid(whole, f"add-{kind}")] == offered


@pytest.mark.parametrize(
    ("pump_ml", "concentration", "text"),
    [
        (4.2, 10, "Pump 4.2 mL, record 4.00 mL: +0.20 mL"),
        (3.5, 10, "▲ Pump 3.5 mL, record 4.00 mL: −0.50 mL"),
        (3.5, None, "Pump 3.5 mL, record in mL not known: no concentration charted"),
    ],
)
def test_the_volume_on_the_pump_stands_beside_the_record(pump_ml: float, concentration: int | None, text: str) -> None:
    sheet = Sheet()
    sheet.write(0, Infusion("start", 40, concentration_mg_ml=concentration, happened=True))
    sheet.write(60, Infusion("stop", pump_ml=pump_ml))

    assert said(with_testid(page(sheet), "pump-reconciled")) == text
