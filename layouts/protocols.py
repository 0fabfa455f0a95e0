"""The page of the protocols: versions, what differs between two, and the form in which a draft is edited."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import tzinfo
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from layouts.attributes import attributes
from layouts.protocol_fields import labels, parts, value_at, value_text
from layouts.protocol_trial import TRY, trial_part
from layouts.record_words import day_text, person_text
from layouts.unseen import unseen, unseen_title
from models.exchange.protocols import draft_json
from models.moments import clock
from models.people import Person, Right
from models.protocol_desk import Checked
from models.protocol_draft import Difference
from models.protocol_trial import Trial
from models.store.protocols import PUBLISHED, SIGNED_OFF, Mark, Version

PATH: Final = "/settings/protocols"
SIGN_OFF: Final = "I have read these limits and agree to their use"
NOT_SIGNED_OFF: Final = "Not signed off by a clinician yet"


def protocols_page(versions: Sequence[Version], drafts: Sequence[Checked], person: Person, zone: tzinfo) -> Component:
    """Return the list of versions and, for who edits them, the drafts."""
    parts_of = [
        _versions(versions, person, zone),
        _drafts(drafts, zone) if person.may(Right.MANAGE_PROTOCOLS) else None,
    ]
    return _main([one for one in parts_of if one is not None])


def version_page(
    version: Version, versions: Sequence[Version], changed: Sequence[Difference], person: Person, zone: tzinfo
) -> Component:
    """Return everything one version says, and what it changes against another one."""
    name = f"{version.protocol.name}, version {version.protocol.version}"
    body = version.protocol.as_json()
    tables = [_part([html.H2(part.title), _table(_rows(body, part.fields))]) for part in parts()]
    head = [html.H2(name), *_said(version, zone), *_acts(version, person), _compared(version, versions, changed)]
    return _main([_part([_back(), *head]), *tables])


def draft_page(checked: Checked, trial: Trial | None = None) -> Component:
    """Return the form of a draft; the script draws the fields from the data it carries."""
    form = html.Div(
        **attributes(
            {
                "data-protocol-draft": json.dumps(draft_json(checked)),
                "data-parts": json.dumps([asdict(part) for part in parts()]),
                "data-testid": "protocol-form",
            }
        )
    )
    note = "A draft is kept with its faults, and published only without. Sessions that began keep their version."
    shown = [] if trial is None else [trial_part(trial)]
    return _main([_part([_back(), html.H2("Draft of a protocol"), html.P(note), *_trying(checked), form]), *shown])


def _trying(checked: Checked) -> list[Component]:
    """Return the way to try a draft on past sessions, as it was last saved; one with faults cannot be tried."""
    if checked.faults:
        return []
    href = f"{PATH}?draft={checked.draft.id}&try=1"
    return [html.A(TRY, href=href, className="button", **attributes({"data-testid": "protocol-try"}))]


def _main(children: Sequence[Component]) -> Component:
    return html.Main([unseen_title("Protocols"), *children], className="settings")


def _part(children: Iterable[Component]) -> Component:
    return html.Section(list(children), className="settings__part")


def _back() -> Component:
    return html.A("All protocols", href=PATH, className="settings__back")


def _table(rows: Sequence[Component], heads: Sequence[str | Component] = ()) -> Component:
    head = [html.Thead(html.Tr([html.Th(one, scope="col") for one in heads]))] if heads else []
    return html.Div(html.Table([*head, html.Tbody(list(rows))]), className="settings__scroll")


def _rows(body: Mapping[str, Any], fields: Sequence[Any]) -> list[Component]:
    return [
        html.Tr([html.Th(field.label, scope="row"), html.Td(value_text(value_at(body, field.path)))])
        for field in fields
    ]


def _versions(versions: Sequence[Version], person: Person, zone: tzinfo) -> Component:
    heads = ("Protocol", "Version", "In force", "Published", "Signed off", unseen("copy"))
    rows = [_version_row(one, person, zone) for one in versions]
    intro = html.P("New sessions begin under the newest version in force. A clinician signs off the limits before use.")
    return _part([html.H2("Protocols"), intro, _table(rows, heads)])


def _version_row(version: Version, person: Person, zone: tzinfo) -> Component:
    protocol = version.protocol
    return html.Tr(
        [
            html.Th(html.A(protocol.name, href=f"{PATH}?version={version.id}"), scope="row"),
            html.Td(str(protocol.version)),
            html.Td("in force" if version.in_force else ""),
            html.Td(published_text(version, zone)),
            html.Td(signed_off_text(version, zone)),
            html.Td(_copy(version) if person.may(Right.MANAGE_PROTOCOLS) else ""),
        ],
        **attributes({"data-testid": "protocol-version"}),
    )


def published_text(version: Version, zone: tzinfo) -> str:
    """Return who published a version when and why, or that it came with the program."""
    mark = next((one for one in version.marks if one.kind == PUBLISHED), None)
    return f"came with the program, {day_text(version.created_at, zone)}" if mark is None else _mark_text(mark, zone)


def signed_off_text(version: Version, zone: tzinfo) -> str:
    """Return who signed off the limits, the last one first."""
    marks = [one for one in version.marks if one.kind == SIGNED_OFF]
    return "; ".join(_mark_text(one, zone) for one in reversed(marks)) or NOT_SIGNED_OFF


def _mark_text(mark: Mark, zone: tzinfo) -> str:
    when = f"{day_text(mark.made_at, zone)} {clock(mark.made_at, zone)}"
    return f"{person_text(mark.author)}, {when}: {mark.reason}"


def _said(version: Version, zone: tzinfo) -> list[Component]:
    state = "In force for new sessions. " if version.in_force else ""
    return [
        html.P(f"{state}Published: {published_text(version, zone)}."),
        html.P(f"Signed off: {signed_off_text(version, zone)}."),
    ]


def _button(words: str, act: str, version: str = "", testid: str = "") -> Component:
    data = {"data-protocol": act, "data-id": version, "data-testid": testid or f"protocol-{act}"}
    return html.Button(words, type="button", className="button", disable_n_clicks=True, **attributes(data))


def _copy(version: Version) -> Component:
    return _button("Copy and edit", "copy", version.id)


def _acts(version: Version, person: Person) -> list[Component]:
    found = [_copy(version)] if person.may(Right.MANAGE_PROTOCOLS) else []
    found += [_button(SIGN_OFF, "sign-off", version.id)] if person.may(Right.SIGN_OFF_LIMITS) else []
    said = html.P(className="settings__said", role="status", **attributes({"data-protocol-said": ""}))
    return [*found, said]


def _compared(version: Version, versions: Sequence[Version], changed: Sequence[Difference]) -> Component:
    others = [one for one in versions if one.id != version.id]
    links = [
        html.Li(
            html.A(
                f"{one.protocol.name}, version {one.protocol.version}",
                href=f"{PATH}?version={version.id}&from={one.id}",
            )
        )
        for one in others
    ]
    said = [html.H3("What it changes"), difference_table(changed)] if changed else []
    compare = [html.H3("Compare with"), html.Ul(links)] if links else []
    return html.Div([*said, *compare])


def difference_table(changed: Sequence[Difference]) -> Component:
    """Return the fields that differ, with both values."""
    words = labels()
    rows = [
        html.Tr(
            [
                html.Th(words.get(one.path, one.path), scope="row"),
                html.Td(html.Del(value_text(one.before))),
                html.Td(value_text(one.after)),
            ],
            **attributes({"data-testid": "protocol-difference"}),
        )
        for one in changed
    ]
    return _table(rows, ("Field", "Before", "After"))


def _drafts(drafts: Sequence[Checked], zone: tzinfo) -> Component:
    rows = [
        html.Tr(
            [
                html.Th(html.A(str(one.draft.body.get("name") or "unnamed"), href=f"{PATH}?draft={one.draft.id}")),
                html.Td(f"{person_text(one.draft.author)}, {day_text(one.draft.changed_at, zone)}"),
                html.Td(f"{len(one.changes)} changed, {len(one.faults)} wrong"),
            ]
        )
        for one in drafts
    ]
    said = html.P(className="settings__said", role="status", **attributes({"data-protocol-said": ""}))
    shown = _table(rows, ("Draft", "Last saved", "")) if rows else html.P("No draft.")
    return _part([html.H2("Drafts"), shown, said])
