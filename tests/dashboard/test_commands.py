"""The command line: what it does, its exit codes, and one plain sentence for every misuse."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from dashboard import server
from dashboard.commands import main
from models.errors import NotSignedInError
from models.passwords import fits
from models.signing_in import SignIn
from models.store.chain import derive_key
from models.store.engine import Database, sqlite_driver
from models.store.people import PeopleStore
from tests.kept import Kept

KEY = "5c" * 32
GOOD = "violet tram under snow"
INTACT = "Intact: every chain holds, 3 entries of 1 sessions. There is no anchor to compare with.\n"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Point every command at a fresh data directory and return the address of its database."""
    for name in ("DATABASE_URL", "TIMEZONE", "PUBLIC_ORIGIN", "ANCHOR", "IDLE_MINUTES", "LOG", "PROXY"):
        monkeypatch.delenv(f"CHAIRSIDE_{name}", raising=False)
    monkeypatch.setenv("CHAIRSIDE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CHAIRSIDE_SECRET_KEY", KEY)
    return f"sqlite:///{tmp_path / 'chairside.db'}"


@pytest.fixture
def chairside(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command as the shell would: exit code, standard output and standard error."""
    assert url

    def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 1
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def kept(url: str) -> Kept:
    """Open the same database that the commands work on."""
    return Kept(url, key=derive_key(bytes.fromhex(KEY), "chain"))


def seated(url: str) -> str:
    """Chart three entries in a new session and return its id."""
    clinic = kept(url)
    session = clinic.seat()
    for _ in range(2):
        clinic.chart(session, text="Comfortable at 3.")
    clinic.close()
    return session


# Misuse


@pytest.mark.parametrize(
    ("arguments", "typed", "named"),
    [
        ((), "", "COMMAND"),
        (("dance",), "", "dance"),
        (("serve", "--port", "0"), "", "'0'"),
        (("serve", "--port", "65536"), "", "'65536'"),
        (("serve", "--port", "http"), "", "'http'"),
        (("serve", "--host", "0.0.0.0"), "", "CHAIRSIDE_PUBLIC_ORIGIN"),  # noqa: S104  # what must be refused
        (("serve", "--host", "clinic.example"), "", "CHAIRSIDE_PUBLIC_ORIGIN"),
        (("serve", "--host", "::"), "", "CHAIRSIDE_PUBLIC_ORIGIN"),
        (("demo", "--chairs", "25"), "", "'25'"),
        (("demo", "--chairs", "0"), "", "'0'"),
        (("demo", "--speed", "0"), "", "'0'"),
        (("demo", "--speed", "nan"), "", "'nan'"),
        (("user", "add", "new", "--role", "doctor", "--password-stdin"), GOOD, "doctor"),
        (("user", "add", "new", "--role", "device", "--password-stdin"), GOOD, "device"),
        (("user", "add", "new", "--password-stdin"), GOOD, "--role"),
        (("user", "add", "new", "--role", "nurse"), "", "--password-stdin"),
        (("user", "add", "new", "--role", "nurse", "--password-stdin"), "short", "15 to 200"),
        (("user", "add", "new", "--role", "nurse", "--password-stdin"), "password123password", "easy to guess"),
        (("user", "add", "new", "--role", "nurse", "--password-stdin"), "", "15 to 200"),
        (("user", "add", " ", "--role", "nurse", "--password-stdin"), GOOD, "account name"),
        (("user", "add", "a" * 65, "--role", "nurse", "--password-stdin"), GOOD, "account name"),
        (("user", "add", "a\tb", "--role", "nurse", "--password-stdin"), GOOD, "account name"),
        (("user", "disable", "nobody"), "", "nobody"),
        (("chair", "add", "a/b"), "", "1 to 40"),
        (("chair", "add", ""), "", "1 to 40"),
        (("token", "add", ""), "", "device name"),
        (("verify", "--session", str(uuid.UUID(int=7))), "", "no such session"),
        (("verify", "--session", "x"), "", "no such session"),
        (("export", str(uuid.UUID(int=7)), "--format", "csv"), "", "no such session"),
        (("export", "x", "--format", "csv"), "", "no such session"),
        (("export", "x", "--format", "xml"), "", "xml"),
        (("replay", "missing.csv"), "", "--user"),
    ],
)
def test_misuse_is_one_plain_sentence_and_exit_two(
    chairside: Command, arguments: tuple[str, ...], typed: str, named: str
) -> None:
    code, out, err = chairside(*arguments, typed=typed)

    assert code == 2
    assert out == ""
    assert named in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert not (typed and typed in err)


def test_a_bad_setting_stops_every_command(chairside: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAIRSIDE_IDLE_MINUTES", "soon")

    said = {chairside(*command.split()) for command in ("serve", "migrate", "verify", "chair add 1")}

    assert said == {(2, "", "chairside: CHAIRSIDE_IDLE_MINUTES='soon': give whole minutes from 1 to 720.\n")}


def test_the_version_is_told(chairside: Command) -> None:
    assert chairside("--version") == (0, f"chairside {version('chairside')}\n", "")


@pytest.mark.parametrize("arguments", [("--help",), ("serve", "--help"), ("user", "--help")])
def test_help_is_given(chairside: Command, arguments: tuple[str, ...]) -> None:
    code, out, err = chairside(*arguments)

    assert (code, err) == (0, "")
    assert out.startswith("usage: ")


def test_the_installed_command_leaves_with_the_same_code() -> None:
    script = Path(sys.executable).with_name("chairside")

    done = subprocess.run([script, "serve", "--port", "x"], capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


# Serving


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_this_machine_is_served_without_https(chairside: Command, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(server, "serve", lambda _settings, *where: asked.append(where))

    code, _out, _err = chairside("serve", "--host", host, "--port", "8051")

    assert code == 0
    assert asked == [(host, 8051)]


def test_other_machines_are_let_in_over_https(
    chairside: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(server, "serve", lambda _settings, *where: asked.append(where))
    monkeypatch.setenv("CHAIRSIDE_PUBLIC_ORIGIN", "https://clinic.example")
    monkeypatch.setenv("CHAIRSIDE_SECRET_KEY", token_hex(32))
    monkeypatch.setenv("CHAIRSIDE_ANCHOR", str(tmp_path.parent / "anchor.jsonl"))

    code, _out, _err = chairside("serve", "--host", "0.0.0.0")  # noqa: S104  # allowed behind https

    assert code == 0
    assert asked == [("0.0.0.0", 8050)]  # noqa: S104  # likewise


def test_http_is_no_reason_to_let_other_machines_in(chairside: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "serve", lambda *_said: None)
    monkeypatch.setenv("CHAIRSIDE_PUBLIC_ORIGIN", "http://clinic.example")

    assert chairside("serve", "--host", "0.0.0.0")[0] == 2  # noqa: S104  # what must be refused


# People, chairs, tokens


def people(url: str) -> PeopleStore:
    return PeopleStore(Database(url))


@pytest.mark.parametrize("role", ["nurse", "clinician", "reviewer", "admin", "wall"])
def test_an_account_is_added_with_its_role_and_password(chairside: Command, url: str, role: str) -> None:
    code, out, err = chairside("user", "add", "new.one", "--role", role, "--password-stdin", typed=GOOD + "\n")

    account = people(url).account("new.one")
    assert (code, out, err) == (0, f"Added new.one as {role}.\n", "")
    assert account is not None
    assert account.person.role == role
    assert fits(GOOD, account.password_hash)


def test_a_name_is_given_once(chairside: Command) -> None:
    command = ("user", "add", "new.one", "--role", "nurse", "--password-stdin")
    chairside(*command, typed=GOOD)

    code, _out, err = chairside(*command, typed=GOOD)

    assert code == 2
    assert "new.one" in err


def test_an_account_is_disabled(chairside: Command, url: str) -> None:
    chairside("user", "add", "new.one", "--role", "nurse", "--password-stdin", typed=GOOD)

    code, out, _err = chairside("user", "disable", "new.one")

    account = people(url).account("new.one")
    assert code == 0
    assert "new.one" in out
    assert account is not None
    assert account.disabled


def test_an_account_is_enabled_again_given_another_role_and_listed(chairside: Command, url: str) -> None:
    chairside("user", "add", "new.one", "--role", "nurse", "--password-stdin", typed=GOOD)
    chairside("user", "disable", "new.one")
    disabled = chairside("user", "list")[1]

    codes = [chairside("user", "enable", "new.one")[0], chairside("user", "role", "new.one", "clinician")[0]]

    account = people(url).account("new.one")
    assert (codes, disabled) == ([0, 0], "new.one\tnurse\tdisabled\n")
    assert chairside("user", "list")[1] == "new.one\tclinician\n"
    assert account is not None
    assert (account.person.role, account.disabled) == ("clinician", False)


@pytest.mark.parametrize(("action", "said"), [("password", "a new password"), ("reset-code", "no second factor")])
def test_a_password_is_reset(chairside: Command, url: str, action: str, said: str) -> None:
    other = "violet tram under snow"
    chairside("user", "add", "new.one", "--role", "nurse", "--password-stdin", typed=GOOD)

    code, out, _err = chairside("user", action, "new.one", "--password-stdin", typed=other)

    account = people(url).account("new.one")
    assert code == 0
    assert said in out
    assert account is not None
    assert fits(other, account.password_hash)
    assert chairside("user", action, "new.one", "--password-stdin", typed="short")[0] == 2


@pytest.mark.parametrize("command", [("enable",), ("role", "nurse"), ("password", "--password-stdin")])
def test_an_account_that_is_not_there_is_misuse(chairside: Command, command: tuple[str, ...]) -> None:
    code, _out, err = chairside("user", command[0], "nobody", *command[1:], typed=GOOD)

    assert code == 2
    assert err == "chairside: There is no account named nobody.\n"


def test_tokens_are_listed_by_name_and_revoked(chairside: Command, url: str) -> None:
    token = chairside("token", "add", "monitor 1")[1].strip()
    before = chairside("token", "list")[1]

    codes = [chairside("token", "revoke", "monitor 1")[0] for _ in range(2)]

    assert before == "monitor 1\tholds\n"
    assert chairside("token", "list")[1] == "monitor 1\trevoked\n"
    assert codes == [0, 2]
    with pytest.raises(NotSignedInError):
        SignIn(people(url), key=bytes(32)).device(token)


def test_a_chair_is_added_once(chairside: Command) -> None:
    codes = [chairside("chair", "add", "Bay 1")[0] for _ in range(2)]

    assert codes == [0, 2]


def test_a_token_is_printed_once_and_works(chairside: Command, url: str) -> None:
    code, out, err = chairside("token", "add", "monitor 1")

    person = SignIn(people(url), key=bytes(32)).device(out.strip())
    assert (code, err) == (0, "")
    assert re.fullmatch(r"[\w-]{43}\n", out)
    assert person.name == "monitor 1"


# Records


def test_migrating_is_told_and_may_be_repeated(chairside: Command, tmp_path: Path) -> None:
    said = [chairside("migrate") for _ in range(2)]

    assert said == [(0, "The database is in its newest form.\n", "")] * 2
    assert (tmp_path / "chairside.db").exists()


def test_intact_records_are_verified(chairside: Command, url: str) -> None:
    session = seated(url)

    assert chairside("verify") == (0, INTACT, "")
    assert chairside("verify", "--session", session)[0] == 0


def test_a_tampered_record_is_named(chairside: Command, url: str) -> None:
    touched, other = seated(url), kept(url)
    untouched = other.seat("2")
    entry = other.records.record(other.site, touched).entries[1].id
    other.close()
    raw = create_engine(url, poolclass=NullPool, module=sqlite_driver())
    with raw.begin() as connection:
        connection.execute(text("DROP TRIGGER entries_no_update"))
        connection.execute(text("UPDATE entries SET body = replace(body, '3', '8') WHERE id = :id"), {"id": entry})

    code, out, err = chairside("verify")

    assert (code, err) == (1, "")
    assert touched in out
    assert entry in out
    assert out.count("\n") == 1
    assert chairside("verify", "--session", touched)[0] == 1
    assert chairside("verify", "--session", untouched)[0] == 0


def test_what_the_review_asks_is_computed_again_and_a_wrong_fact_is_named(chairside: Command, url: str) -> None:
    there = kept(url)
    session = there.seat("1")
    there.chart(session, "phase", to="cancelled", reason="went home")

    assert chairside("review-facts") == (0, "Computed the facts of 1 sessions.\n", "")
    assert chairside("review-facts", "--check") == (0, "All facts are as recorded.\n", "")

    with there.database.write() as connection:
        connection.execute(text("UPDATE review_facts SET line = '[]'"))
    there.close()

    assert chairside("review-facts", "--check") == (1, f"Not as recorded: session {session}\n", "")


def test_another_key_verifies_nothing(chairside: Command, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seated(url)
    monkeypatch.setenv("CHAIRSIDE_SECRET_KEY", "00" * 32)

    assert chairside("verify")[0] == 1


def test_a_session_is_exported_to_the_screen_and_to_a_file(chairside: Command, url: str, tmp_path: Path) -> None:
    session, file = seated(url), tmp_path / "out.csv"

    shown = chairside("export", session, "--format", "csv")
    written = chairside("export", session, "--format", "csv", "-o", str(file))

    assert (shown[0], written) == (0, (0, "", ""))
    assert shown[1].splitlines() == file.read_text("utf-8").splitlines()
    assert shown[1].startswith("seq,kind,measured_at,recorded_at,author,")
    assert shown[1].count("Comfortable at 3.") == 2


def test_an_export_to_nowhere_is_told(chairside: Command, url: str, tmp_path: Path) -> None:
    session, nowhere = seated(url), tmp_path / "missing" / "out.csv"

    code, out, err = chairside("export", session, "--format", "csv", "-o", str(nowhere))

    assert (code, out) == (2, "")
    assert str(nowhere) in err


LONG = "x" * 300


@pytest.mark.parametrize("command", ["backup", "restore", "verify --anchor", "export SESSION --format csv -o"])
def test_a_name_that_no_disk_takes_is_told(chairside: Command, url: str, tmp_path: Path, command: str) -> None:
    arguments = command.replace("SESSION", seated(url)).split()

    code, out, err = chairside(*arguments, str(tmp_path / LONG))

    assert (code, out) == (2, "")
    assert err == f"chairside: {tmp_path / LONG} cannot be used: File name too long.\n"


def test_an_anchor_whose_name_no_disk_takes_is_told(
    chairside: Command, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seated(url)
    monkeypatch.setenv("CHAIRSIDE_ANCHOR", str(tmp_path / LONG))

    code, out, err = chairside("verify")

    assert (code, out) == (2, "")
    assert err == f"chairside: {tmp_path / LONG} cannot be used: File name too long.\n"


def test_a_disk_that_fails_is_told_though_it_names_no_file(
    chairside: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_said: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dashboard.backups.make_backup", full)

    code, out, err = chairside("backup", str(tmp_path / "clinic.backup"))

    assert (code, out, err) == (2, "", "chairside: It could not be done: No space left on device.\n")


@pytest.mark.parametrize("command", ["verify", "verify --session SESSION", "backup FILE"])
@pytest.mark.parametrize("length", [60_000, 20_000, 5000])
def test_a_database_that_is_cut_short_is_broken(
    chairside: Command, url: str, tmp_path: Path, length: int, command: str
) -> None:
    session, database = seated(url), tmp_path / "chairside.db"
    database.write_bytes(database.read_bytes()[:length])
    if command.startswith("backup"):
        command = command.replace("FILE", str(tmp_path / "clinic.backup"))

    code, out, err = chairside(*command.replace("SESSION", session).split())

    assert (code, err, out.count("\n")) == (1, "", 1)
    assert out.startswith("Broken: ")
    assert "damaged" in out


def test_a_database_that_is_away_is_told(chairside: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHAIRSIDE_DATABASE_URL", f"sqlite:///{tmp_path / 'missing' / 'chairside.db'}")

    code, out, err = chairside("verify")

    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "Traceback" not in err
