"""Drafts: what they say is what was charted, and what was not charted they leave out."""

from __future__ import annotations

from models.drafts import narrative, sbar
from models.entries import Phase
from tests.sample_sessions import START, Sheet, core, event, finished


def test_a_narrative_tells_dose_baseline_peak_events_medicines_and_end() -> None:
    assert narrative(finished().view()) == (
        "Record 40-718, 72 kg, chair 7. Infusion from 13:58, 45.4 mg (0.63 mg/kg) in 65 min. Baseline 124/78. "
        "Peak systolic pressure 178 at minute 40, +54 to baseline. "
        "Dizziness, mild at minute 22, ended at 14:58. Nausea, moderate at minute 46, ended at 15:02. "
        "Given: Ondansetron 4 mg IV at 14:45. Session closed at 16:08."
    )


def test_a_draft_of_a_session_without_a_start_invents_nothing() -> None:
    sheet = Sheet()
    sheet.write(1, Phase("cancelled", "went home"))

    assert narrative(sheet.view()) == (
        "Record 40-718, 72 kg, chair 7. The infusion was not started. No baseline was charted. "
        "Cancelled before the start."
    )


def test_a_handover_has_four_parts_and_leaves_the_last_to_who_hands_over() -> None:
    sheet = Sheet()
    sheet.write(-8, core(184, 90, 70, 0, 0))
    sheet.write(-5, event("x", "Chest pain", START, serious=["other_important"]))

    lines = sbar(sheet.view(-4)).split("\n")

    assert [line.partition(":")[0] for line in lines] == ["Situation", "Background", "Assessment", "Recommendation"]
    assert "Planned 49.4 mg over 60 min." in lines[1]
    assert "SBP 184, limit before start 160" in lines[2]
    assert "Open: Chest pain." in lines[2]
    assert lines[3] == "Recommendation: "


def test_a_draft_carries_no_name() -> None:
    view = finished().view()

    assert not [word for word in ("Priya", "Nair") if word in narrative(view) + sbar(view)]
