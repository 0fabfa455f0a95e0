"""The page of the protocols: versions with who published and signed off, what differs, and the fields of a draft."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from layouts.protocol_fields import parts, value_at, value_text
from layouts.protocols import NOT_SIGNED_OFF, draft_page, protocols_page, version_page
from models.people import Person, Role
from models.protocol import STANDARD
from models.protocol_desk import Checked
from models.protocol_draft import differences, faults
from models.store.protocols import PUBLISHED, SIGNED_OFF, Draft, Mark, Version
from models.vitals import VITALS
from tests.component_tree import prop, said, walk, with_testid
from tests.sample_sessions import START

ADMIN = Person("1", "admin", Role.ADMIN, "site")
CLINICIAN = Person("2", "a.lindqvist", Role.CLINICIAN, "site")
NURSE = Person("3", "m.silva", Role.NURSE, "site")
FIRST = Version("v1", STANDARD, START)
SECOND = Version(
    "v2",
    replace(STANDARD, version=2, intervals=replace(STANDARD.intervals, recovery=10)),
    START,
    (Mark(PUBLISHED, "admin", START, "agreed on Monday"), Mark(SIGNED_OFF, "a.lindqvist", START, "agreed for use")),
    in_force=True,
)


def checked(**changes: Any) -> Checked:  # noqa: ANN401  # parts of a protocol
    body = {key: value for key, value in STANDARD.as_json().items() if key != "version"} | changes
    draft = Draft("d1", "v1", 3, "admin", START, body)
    return Checked(draft, tuple(faults(body)), tuple(differences(STANDARD.as_json(), body)))


def leaves(body: dict[str, Any], within: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in body.items():
        found |= leaves(value, f"{within}{key}.") if isinstance(value, dict) else {f"{within}{key}"}
    return found


def test_every_value_of_a_protocol_has_its_field_and_no_field_is_without() -> None:
    paths = {one.path for part in parts() for one in part.fields}

    assert leaves(STANDARD.as_json()) - {"version"} <= paths
    known = leaves(STANDARD.as_json()) | {
        f"limits.{vital.key}.{name}"
        for vital in VITALS
        for name in ("critical_low", "caution_low", "caution_high", "critical_high", "inclusive", "source")
    }
    assert {path for path in paths - known if not path.startswith("do_this.texts.")} == set()


def test_a_version_says_who_published_it_why_and_who_signed_it_off() -> None:
    page = protocols_page([SECOND, FIRST], [], NURSE, UTC)

    second, first = with_testid(page, "protocol-version")
    assert "in force admin, Sun 22 Nov 2026 13:58: agreed on Monday A. Lindqvist" in said(second)
    assert "came with the program" in said(first)
    assert NOT_SIGNED_OFF in said(first)


@pytest.mark.parametrize(("person", "acts"), [(ADMIN, {"copy"}), (CLINICIAN, {"sign-off"}), (NURSE, set())])
def test_each_is_offered_what_the_role_may_do(person: Person, acts: set[str]) -> None:
    page = version_page(SECOND, [SECOND, FIRST], [], person, UTC)

    assert {prop(one, "data-protocol") for one in walk(page)} - {None} == acts


def test_drafts_are_listed_for_who_edits_them_with_what_is_wrong() -> None:
    broken = checked(name="New", intervals={**STANDARD.as_json()["intervals"], "recovery": 0})

    assert "New admin, Sun 22 Nov 2026 2 changed, 1 wrong" in said(protocols_page([FIRST], [broken], ADMIN, UTC))
    assert "Drafts" not in said(protocols_page([FIRST], [], NURSE, UTC))


def test_a_version_shows_every_value_and_what_it_changes() -> None:
    changed = differences(FIRST.protocol.as_json(), SECOND.protocol.as_json())

    page = version_page(SECOND, [SECOND, FIRST], changed, NURSE, UTC)

    (row,) = with_testid(page, "protocol-difference")
    assert said(row) == "Schedule, minutes: recovery 15 10"
    assert "Caution high 160" in said(page)


def test_a_draft_carries_its_values_its_faults_and_its_fields() -> None:
    broken = checked(gate=None)

    (form,) = with_testid(draft_page(broken), "protocol-form")

    carried = json.loads(prop(form, "data-protocol-draft"))
    assert (carried["id"], carried["revision"], carried["protocol"]["gate"]) == ("d1", 3, None)
    assert [fault["field"] for fault in carried["faults"]] == ["gate"]
    assert json.loads(prop(form, "data-parts"))[0]["title"] == "Name"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        ("", "—"),
        (160, "160"),
        (0, "0"),
        (False, "no"),
        (["sbp", "hr"], "sbp, hr"),
        ([], "—"),
        ("local", "local"),
    ],
)
def test_a_value_is_read_as_text_and_nothing_is_a_dash(value: object, text: str) -> None:
    assert value_text(value) == text
    assert value_at({"gate": {"a": value}}, "gate.a") == value
    assert value_at({"gate": None}, "gate.a") is None
