"""Each guard of the wall taken out by one line, and the test that must fail then; numbered as in docs/security.md.

`python -m tests.wall.sabotage` applies each to a copy of the source and says which were caught.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_COPIED: Final = ("assets", "bench", "callbacks", "dashboard", "docs", "layouts", "models", "tests")
_SECONDS_MOST: Final = 300
_FAILED: Final = 1
"""What pytest exits with when a test failed; anything else would mean that it did not get so far."""


@dataclass(frozen=True)
class Sabotage:
    """One guard: where it stands, the line as it is and as it would be without it, and the test that must fail."""

    guard: int
    file: str
    old: str
    new: str
    test: str

    @property
    def source(self) -> Path:
        """Return the file in the source itself."""
        return ROOT / self.file


_WALL: Final = "dashboard/wall.py"
_DOOR: Final = "dashboard/callback_door.py"
_T_WALL: Final = "tests/dashboard/test_wall.py::"
_T_MATRIX: Final = "tests/wall/test_matrix.py::"
_T_FORGED: Final = "tests/wall/test_forged_callbacks.py::"
_T_SOCKETS: Final = "tests/wall/test_sockets.py::"
_T_CANARY: Final = "tests/wall/test_canary.py::"
_T_SIGN: Final = "tests/models/test_signing_in.py::"

SABOTAGES: Final = (
    Sabotage(
        1,
        _WALL,
        "return path in _OPEN_PATHS or _is_asset(path)",
        'return path in _OPEN_PATHS or _is_asset(path) or path.startswith("/_dash-")',
        _T_MATRIX + "test_exactly_the_allowed_get_an_answer_from_a_callback",
    ),
    Sabotage(
        2,
        "models/people.py",
        "Right.SEE_RECORDS: frozenset({Role.NURSE, Role.CLINICIAN, Role.REVIEWER}),",
        "Right.SEE_RECORDS: frozenset({Role.NURSE, Role.CLINICIAN, Role.REVIEWER, Role.ADMIN}),",
        _T_MATRIX + "test_exactly_the_allowed_cells_pass",
    ),
    Sabotage(
        3,
        "models/entries.py",
        'EntryKind(Limit, "Patient\'s limit", _CLINICIAN),',
        'EntryKind(Limit, "Patient\'s limit", _CLINICAL),',
        _T_MATRIX + "test_exactly_its_writers_may_write_a_kind",
    ),
    Sabotage(
        4,
        "models/clinic.py",
        "if any(one is not None for one in overrides):",
        "if not overrides:",
        "tests/dashboard/test_going_home_api.py::test_only_a_clinician_overrides_and_what_was_unmet_stays_unmet",
    ),
    Sabotage(
        5,
        "models/clinic.py",
        "if target is not None and target.author != person.name and not may_accept(person.role, target):",
        "if target is None and wanted:",
        "tests/dashboard/test_attacks.py::test_no_spelling_of_an_id_lets_a_nurse_correct_what_somebody_else_wrote",
    ),
    Sabotage(
        6,
        "models/store/places.py",
        "select(PatientRow.__table__).where(PatientRow.site_id == site, PatientRow.id == patient)",
        "select(PatientRow.__table__).where(PatientRow.id == patient)",
        _T_MATRIX + "test_exactly_the_allowed_cells_pass",
    ),
    Sabotage(
        7,
        "dashboard/live.py",
        "return Subscriber(person.site, None, wall",
        "return Subscriber(self.hub.clinic.places.default_site(), None, wall",
        _T_MATRIX + "test_exactly_the_allowed_may_listen",
    ),
    Sabotage(
        8,
        _WALL,
        'if scheme.lower() == "bearer" and api:',
        'if scheme.lower() == "bearer":',
        _T_WALL + "test_a_device_token_opens_no_page",
    ),
    Sabotage(
        9,
        "models/store/people.py",
        "            connection.execute(update(AccountRow).where(AccountRow.id == account).values(disabled_at=now))\n",
        "            return\n",
        _T_SIGN + "test_a_disabled_account_is_out_at_once_everywhere",
    ),
    Sabotage(
        10,
        _WALL,
        "if not hmac.compare_digest(sent.encode(), passed.csrf_token.encode()):",
        'if not hmac.compare_digest(b"", b""):',
        _T_WALL + "test_only_our_own_pages_may_change_anything",
    ),
    Sabotage(
        11,
        _WALL,
        "not self._same_origin(headers, scope):\n            refusal",
        "not self:\n            refusal",
        _T_WALL + "test_a_foreign_origin_may_not_read",
    ),
    Sabotage(
        12,
        _WALL,
        'if headers.get("origin") is None or not self._same_origin(headers, scope):',
        'if headers.get("host") is None:',
        _T_SOCKETS + "test_no_other_origin_listens_with_a_nurses_cookie",
    ),
    Sabotage(
        13,
        _WALL,
        "if meant and unquote(meant) != person.name:",
        "if meant and not unquote(meant):",
        _T_WALL + "test_what_is_meant_for_one_person_is_never_taken_from_another",
    ),
    Sabotage(
        14,
        "dashboard/live.py",
        "if signed_out.done():",
        "if signed_out.cancelled():",
        _T_SOCKETS + "test_who_is_revoked_while_listening_is_closed_within_five_seconds",
    ),
    Sabotage(
        15,
        "dashboard/server.py",
        "ws_max_size=_SOCKET_FRAME_MOST,",
        "ws_max_size=64 * 1024 * _SOCKET_FRAME_MOST,",
        _T_SOCKETS + "test_a_frame_of_sixteen_megabytes_closes_its_socket_and_no_other",
    ),
    Sabotage(
        16,
        _WALL,
        "if len(body) > LARGEST_BODY:",
        "if len(body) > 64 * LARGEST_BODY:",
        _T_WALL + "test_a_body_is_at_most_64_kb",
    ),
    Sabotage(
        17,
        "dashboard/shape.py",
        "    for _ in range(DEEPEST):\n",
        "    for _ in range(10 * DEEPEST):\n",
        "tests/dashboard/test_attacks.py::test_a_body_nested_too_deep_is_refused_unread",
    ),
    Sabotage(
        18,
        _DOOR,
        'body.get("outputs") == _outputs(declared["output"])',
        'bool(body.get("outputs"))',
        _T_FORGED + "test_a_forged_callback_is_refused_and_writes_nothing",
    ),
    Sabotage(
        19,
        _DOOR,
        'and (one.get("id"), one.get("property")) == (wanted["id"], wanted["property"])',
        "and bool(wanted)",
        _T_FORGED + "test_a_forged_callback_is_refused_and_writes_nothing",
    ),
    Sabotage(
        20,
        _DOOR,
        "return all(isinstance(one, str) and one in inputs for one in changed)",
        "return all(isinstance(one, str) for one in changed)",
        _T_FORGED + "test_a_forged_callback_is_refused_and_writes_nothing",
    ),
    Sabotage(
        21,
        "models/clinic.py",
        "        acting.allow(person, Right.SEE_REVIEW)\n",
        "",
        _T_MATRIX + "test_exactly_the_allowed_get_an_answer_from_a_callback",
    ),
    Sabotage(
        22,
        _WALL,
        "script-src 'self' {hashes};",
        "script-src 'self' 'unsafe-inline';",
        _T_WALL + "test_every_answer_carries_the_headers_that_protect_it",
    ),
    Sabotage(
        23,
        _WALL,
        'headers["Cache-Control"] = "no-store"',
        'headers["Cache-Control"] = "private"',
        _T_WALL + "test_every_answer_carries_the_headers_that_protect_it",
    ),
    Sabotage(
        24,
        "dashboard/signing_api.py",
        'httponly=hidden, samesite="strict"',
        'httponly=False, samesite="strict"',
        _T_WALL + "test_cookies_outlive_the_browser_and_are_out_of_reach_of_scripts",
    ),
    Sabotage(
        25,
        _WALL,
        'prefix = "__Host-" if secure else ""',
        'prefix = "" if secure else ""',
        _T_WALL + "test_over_https_cookies_are_bound_to_host_and_scheme",
    ),
    Sabotage(
        26,
        "dashboard/pages.py",
        'wanted.isprintable() and wanted.startswith("/") and',
        'wanted.startswith("/") and',
        _T_WALL + "test_after_signing_in_nobody_is_sent_to_another_site",
    ),
    Sabotage(
        27,
        "layouts/markup.py",
        "        return escape(str(part))",
        "        return str(part)",
        "tests/layouts/test_markup.py::test_a_text_stays_a_text",
    ),
    Sabotage(
        28,
        "models/exchange/csv.py",
        'return f"\'{text}" if is_harmed(text) else text',
        "return text",
        "tests/wall/test_whole.py::test_every_cell_of_every_export_is_one_that_no_spreadsheet_runs",
    ),
    Sabotage(
        29,
        "dashboard/app.py",
        '"Something went wrong on the server. Nothing is known to be stored."',
        'f"{error}"',
        _T_WALL + "test_a_failure_tells_the_browser_nothing",
    ),
    Sabotage(
        30,
        "dashboard/server.py",
        "+ type(error).__qualname__)",
        "+ str(error))",
        _T_CANARY + "test_a_failure_logs_where_it_failed_and_not_on_whom",
    ),
    Sabotage(
        31,
        "models/store/engine.py",
        "hide_parameters=True,  # what was to be stored must not get into a log with an error",
        "hide_parameters=False,",
        _T_CANARY + "test_a_statement_that_fails_tells_nothing_of_what_was_to_be_stored",
    ),
    Sabotage(
        32,
        "dashboard/server.py",
        "access_log=False,",
        "access_log=True,",
        _T_CANARY + "test_an_address_that_holds_a_name_is_not_logged",
    ),
    Sabotage(
        33,
        "models/fields.py",
        'return self.wrong(name, f"{name}: give plain text.")',
        'return self.wrong(name, f"{name} {value}: give plain text.")',
        _T_CANARY + "test_no_refusal_of_an_entry_repeats_a_text",
    ),
    Sabotage(
        34,
        "models/store/tries.py",
        "            if waits:\n",
        "            if len(waits) > 99:\n",
        _T_SIGN + "test_ten_wrong_passwords_are_the_most_for_an_account",
    ),
    Sabotage(
        35,
        "models/signing_in.py",
        "if not passwords.fits(given, kept) or account is None:",
        "if account is None or not passwords.fits(given, kept):",
        _T_SIGN + "test_strangers_and_the_disabled_hear_and_cost_the_same",
    ),
    Sabotage(
        36,
        "models/signing_in.py",
        "session = WebSession(digest_of(token), person,",
        "session = WebSession(token, person,",
        _T_SIGN + "test_the_database_keeps_no_secret_that_signs_in",
    ),
    Sabotage(
        37,
        "models/signing_in.py",
        "if limit is not None and idle > limit:",
        "if limit is None and idle > self.idle:",
        _T_SIGN + "test_who_does_nothing_is_signed_out_after_the_idle_limit",
    ),
    Sabotage(
        38,
        "dashboard/health.py",
        "and is_loopback(request.client.host) and not forwarded",
        "and is_loopback(request.client.host)",
        _T_WALL + "test_metrics_are_for_this_machine_only",
    ),
    Sabotage(
        39,
        "dashboard/app.py",
        "docs_url=None,",
        'docs_url="/docs",',
        _T_MATRIX + "test_every_route_has_a_row_and_every_change_a_body_that_would_be_stored",
    ),
    Sabotage(
        40,
        "dashboard/api_document.py",
        '        ("POST", "/api/v1/sessions/{session}/moves"): Told(_STORED, _MOVE, made),\n',
        "",
        "tests/wall/test_document.py::test_the_document_tells_of_every_route_of_the_api_and_of_no_other",
    ),
    Sabotage(
        41,
        "models/acting.py",
        "    if acting not in {None, asking} and asking.role is not Role.SERVER:\n        raise",
        "    if acting is asking:\n        raise",
        "tests/models/test_denied_by_default.py::test_within_a_request_nobody_acts_for_somebody_else",
    ),
    Sabotage(
        42,
        "models/acting.py",
        "    if not isinstance(asking, Person):\n        raise",
        "    if asking is ...:\n        raise",
        "tests/models/test_denied_by_default.py::test_no_use_case_works_without_a_person",
    ),
    Sabotage(
        43,
        "models/store/emergencies.py",
        "table.until > now, ",
        "",
        "tests/store/test_emergency.py::test_a_session_of_another_site_is_read_for_an_hour_and_not_longer",
    ),
    Sabotage(
        44,
        "models/emergency.py",
        "if one.session == session), None)",
        "if one), None)",
        "tests/store/test_emergency.py::test_it_reaches_nothing_but_that_session_and_nobody_else",
    ),
    Sabotage(
        45,
        "models/clinic.py",
        "        self.trail.write(person, Trace.EXPORT, session=view.id, patient=view.patient.id, about=form)\n",
        "",
        "tests/dashboard/test_sites_api.py::test_an_export_that_cannot_be_written_down_is_not_given_out",
    ),
    Sabotage(
        46,
        "models/store/factors.py",
        "table.last_step < step",
        "table.last_step <= step",
        "tests/store/test_second_factors.py::test_a_code_is_taken_once",
    ),
    Sabotage(
        47,
        "models/store/pins.py",
        "left = update(table).where(mine, table.expires_at > now, table.wrong < most)",
        "left = update(table).where(mine, table.expires_at > now)",
        "tests/store/test_pins.py::test_many_wrong_tries_at_once_are_no_more_than_five",
    ),
    Sabotage(
        48,
        "models/switching.py",
        "        self.sign_in.check_own(person, password)\n",
        "",
        "tests/store/test_pins.py::test_who_finds_a_tablet_unlocked_sets_no_pin_without_the_password",
    ),
    Sabotage(
        49,
        "models/switching.py",
        "            self.sign_in.sign_out(former)\n",
        "            pass\n",
        "tests/store/test_pins.py::test_a_pin_switches_to_its_person_and_ends_the_former_session",
    ),
    Sabotage(
        50,
        "dashboard/live.py",
        "NameLevel.INITIALS if wall_of is None else clinic.wall.level(wall_of)",
        "NameLevel.FULL",
        "tests/dashboard/test_wall_privacy.py::test_the_wall_account_gets_no_more_of_a_name_than_was_decided",
    ),
    Sabotage(
        51,
        "dashboard/proxy.py",
        "if not client or plain_address(client[0]) not in proxies:",
        "if not client:",
        "tests/dashboard/test_proxy.py::test_a_forged_address_does_not_reset_how_often_passwords_may_be_tried",
    ),
    Sabotage(
        52,
        "dashboard/limits.py",
        "        missing = max(0.0, 1 - left)\n",
        "        missing = 0.0\n",
        "tests/dashboard/test_limits.py::test_a_browser_that_asks_too_often_is_told_when_to_come_back",
    ),
    Sabotage(
        53,
        "models/passwords.py",
        "    shortest = SHORTEST_WITH_CODE if with_code else SHORTEST",
        "    shortest = SHORTEST_WITH_CODE",
        "tests/models/test_passwords.py::test_beyond_the_edges_of_the_length_is_refused",
    ),
)


@contextmanager
def copied() -> Iterator[Path]:
    """Give a copy of the source in which something may be broken."""
    with tempfile.TemporaryDirectory(prefix="chairside-") as folder:
        for name in _COPIED:
            shutil.copytree(ROOT / name, Path(folder) / name, ignore=shutil.ignore_patterns("__pycache__", "pictures"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        yield Path(folder)


def is_caught(one: Sabotage, copy: Path) -> bool:
    """Take one guard out of the copy, run its test there, and put the guard back."""
    broken = copy / one.file
    text = broken.read_text("utf-8")
    broken.write_text(text.replace(one.old, one.new), "utf-8")
    try:
        return exit_of(one.test, copy) == _FAILED
    finally:
        broken.write_text(text, "utf-8")


def exit_of(test: str, copy: Path) -> int:
    """Run one test in the copy, up to its first failure."""
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-n", "0", test]
    return subprocess.run(command, cwd=copy, capture_output=True, timeout=_SECONDS_MOST, check=False).returncode


def main(guards: Sequence[str] = ()) -> int:
    """Print the table; ``guards`` are the numbers to try, all without any."""
    missed = 0
    with copied() as copy:
        for one in SABOTAGES:
            if guards and str(one.guard) not in guards:
                continue
            caught = is_caught(one, copy)
            missed += not caught
            sys.stdout.write(f"{one.guard:>3}  {'caught' if caught else 'MISSED'}  {one.file}  {one.test}\n")
            sys.stdout.flush()
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
