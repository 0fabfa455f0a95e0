"""The check of a deployment: each unsafe setting is named with what to do; other machines wait until none is left."""

from __future__ import annotations

import os
import secrets
import ssl
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from dashboard import deploy_check, server
from dashboard.demo import ACCOUNTS, PASSWORD
from dashboard.deploy_check import findings
from dashboard.settings import Settings, Tls, read
from models.errors import NotStoredNowError, UnsafeStorageError
from models.moments import utc_now
from models.passwords import hashed
from models.people import Role
from models.store.engine import Database
from models.store.migrate import migrate
from models.store.people import PeopleStore
from models.store.places import PlaceStore
from tests.dashboard.test_commands import Command, chairside, url
from tests.served import PASSWORD as SERVED_PASSWORD
from tests.served import Served, settings_for

__all__ = ["chairside", "url"]
GOOD = "violet tram under snow"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Give the settings of a clinic that is deployed with care."""
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    return {
        "CHAIRSIDE_DATA_DIR": str(tmp_path / "data"),
        "CHAIRSIDE_PUBLIC_ORIGIN": "https://chairside.example",
        "CHAIRSIDE_SECRET_KEY": secrets.token_hex(32),
        "CHAIRSIDE_ANCHOR": str(tmp_path / "elsewhere" / "anchor.jsonl"),
    }


def furnished(settings: Settings, *people: tuple[str, str]) -> Settings:
    """Make the database, its files its user's alone, with accounts."""
    before = os.umask(0o077)
    try:
        with closing(Database(settings.database_url)) as database:
            migrate(database)
            site = PlaceStore(database).default_site()
            for name, password in people:
                PeopleStore(database).add_account(site, name, Role.NURSE, hashed(password), utc_now())
        settings.anchor.touch()
    finally:
        os.umask(before)
    return settings


def said(settings: Settings) -> list[str]:
    return [str(one) for one in findings(settings)]


def only(settings: Settings) -> str:
    """Return the one finding that there must be."""
    found = said(settings)
    assert len(found) == 1, found
    return found[0]


def test_a_clinic_that_is_deployed_with_care_has_no_findings(environ: dict[str, str]) -> None:
    assert said(furnished(read(environ), ("m.silva", GOOD))) == []


def test_a_database_that_is_not_there_yet_is_not_made_by_looking(environ: dict[str, str], tmp_path: Path) -> None:
    assert said(read(environ)) == []
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("origin", ["", "http://chairside.example"])
def test_plain_http_is_named(environ: dict[str, str], origin: str) -> None:
    found = only(read(environ | {"CHAIRSIDE_PUBLIC_ORIGIN": origin}))

    assert "plain HTTP" in found
    assert "--tls-cert" in found


@pytest.mark.parametrize("key", ["00" * 32, "5c" * 32, "0123456789abcdef" * 8])
def test_a_key_that_was_typed_is_named(environ: dict[str, str], key: str) -> None:
    assert "can be guessed" in only(read(environ | {"CHAIRSIDE_SECRET_KEY": key}))


def test_keys_that_were_drawn_are_never_named(environ: dict[str, str]) -> None:
    assert [said(read(environ | {"CHAIRSIDE_SECRET_KEY": secrets.token_hex(32)})) for _ in range(200)] == [[]] * 200


def test_a_key_beside_the_data_is_named(environ: dict[str, str], tmp_path: Path) -> None:
    found = only(read(environ | {"CHAIRSIDE_SECRET_KEY": ""}))

    assert str(tmp_path / "data" / "secret.key") in found
    assert "CHAIRSIDE_SECRET_KEY" in found


@pytest.mark.parametrize("anchor", ["", "data/anchor.jsonl", "data/below/anchor.jsonl", "elsewhere/../data/a"])
def test_an_anchor_beside_the_data_is_named(environ: dict[str, str], tmp_path: Path, anchor: str) -> None:
    given = str(tmp_path / anchor) if anchor else ""

    assert "The anchor lies beside the data" in only(read(environ | {"CHAIRSIDE_ANCHOR": given}))


def test_an_anchor_beside_a_database_of_another_folder_is_named(environ: dict[str, str], tmp_path: Path) -> None:
    there = environ | {"CHAIRSIDE_DATABASE_URL": f"sqlite:///{tmp_path / 'elsewhere' / 'clinic.db'}"}

    assert "The anchor lies beside the data" in only(read(there))


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("data", 0o750),
        ("data", 0o705),
        ("data/chairside.db", 0o640),
        ("data/chairside.db", 0o604),
        ("data/chairside.db-wal", 0o644),
        ("elsewhere/anchor.jsonl", 0o644),
    ],
)
def test_what_other_accounts_can_use_is_named_with_how_to_close_it(
    environ: dict[str, str], tmp_path: Path, name: str, mode: int
) -> None:
    settings = furnished(read(environ))
    path = tmp_path / name
    path.touch()
    path.chmod(mode)

    found = only(settings)

    assert f"{path} (mode {mode:04o})" in found
    assert f"chmod {'700' if name == 'data' else '600'} {path}" in found


def test_a_key_file_that_others_can_read_is_named(environ: dict[str, str], tmp_path: Path) -> None:
    settings = read(environ | {"CHAIRSIDE_SECRET_KEY": ""})
    (tmp_path / "data" / "secret.key").chmod(0o640)

    assert any("secret.key (mode 0640)" in one for one in said(settings))


@pytest.mark.parametrize("name", [name for name, _role in ACCOUNTS] + ["somebody.else"])
def test_an_account_with_the_password_of_the_demo_is_named(environ: dict[str, str], name: str) -> None:
    found = only(furnished(read(environ), (name, PASSWORD), ("other", GOOD)))

    assert f"account {name} has the password that the demo prints" in found
    assert ("demo account" in found) is (name != "somebody.else")
    assert PASSWORD not in found


def test_a_disabled_account_is_no_way_in(environ: dict[str, str]) -> None:
    settings = furnished(read(environ), ("m.silva", PASSWORD))
    with closing(Database(settings.database_url)) as database:
        PeopleStore(database).disable_account("m.silva", utc_now())

    assert said(settings) == []


def test_a_backup_that_would_be_lost_with_the_data_is_named(
    chairside: Command, tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    furnished(read(environ))
    beside, away = tmp_path / "data" / "kept.backup", tmp_path / "elsewhere" / "kept.backup"
    assert [chairside("backup", str(path))[0] for path in (beside, away)] == [0, 0]

    found = only(read(environ))

    assert str(beside) in found
    assert "another disk or machine" in found


def test_a_sqlite_that_loses_committed_writes_is_named(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_old() -> None:
        raise UnsafeStorageError("SQLite 3.45.1 can lose committed writes: 3.51.3 or later is needed.")

    monkeypatch.setattr(deploy_check, "sqlite_driver", too_old)

    assert "3.51.3 or later" in only(read(environ))


def test_a_database_that_does_not_answer_is_named(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = furnished(read(environ))

    def silent(_store: object) -> None:
        raise NotStoredNowError("Not now.")

    monkeypatch.setattr(PeopleStore, "password_hashes", silent)

    assert "does not answer" in only(settings)


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit"])
def test_a_postgresql_that_could_lose_what_was_saved_is_named(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    def unsafe(_database: object) -> None:
        raise UnsafeStorageError(f"PostgreSQL runs with {setting} off; it must be on so that saved means saved.")

    monkeypatch.setattr(Database, "read", unsafe)
    url = "postgresql+psycopg://chairside@127.0.0.1/clinic"

    assert f"{setting} off" in only(read(environ | {"CHAIRSIDE_DATABASE_URL": url}))


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("chairside@db.example/clinic", True),
        ("chairside@db.example/clinic?sslmode=prefer", True),
        ("chairside@db.example/clinic?sslmode=verify-full", False),
        ("chairside@127.0.0.1/clinic", False),
        ("chairside@/clinic?host=/run/postgresql", False),
    ],
)
def test_an_unencrypted_way_to_the_database_is_named(
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    named: bool,  # noqa: FBT001  # a column of the table
) -> None:
    monkeypatch.setattr(deploy_check, "_accounts", lambda _settings: iter(()))

    found = said(read(environ | {"CHAIRSIDE_DATABASE_URL": f"postgresql+psycopg://{address}"}))

    assert any("unencrypted" in one for one in found) is named


# The command, and serving


def test_the_command_says_all_of_it_and_ends_with_one(chairside: Command, tmp_path: Path) -> None:
    code, out, err = chairside("check", "--deploy")

    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("Unsafe: ") and line.endswith(".") for line in lines)
    assert str(tmp_path) in out


def test_the_command_ends_with_nothing_where_nothing_is_unsafe(
    chairside: Command, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    assert chairside("check", "--deploy") == (0, "Nothing unsafe was found.\n", "")


@pytest.mark.parametrize("arguments", [("check",), ("check", "--deploy", "now"), ("check", "--all")])
def test_a_check_of_nothing_is_misuse(chairside: Command, arguments: tuple[str, ...]) -> None:
    code, out, err = chairside(*arguments)

    assert (code, out, err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("look", deploy_check.LOOKS, ids=lambda look: look.__name__)
def test_other_machines_are_not_let_in_while_anything_is_unsafe(
    chairside: Command,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    look: object,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    served: list[object] = []
    monkeypatch.setattr(server, "serve", lambda *asked: served.append(asked))
    found = deploy_check.Finding("Something is unsafe", "put it right")
    looks = [(lambda _settings: iter([found])) if one is look else one for one in deploy_check.LOOKS]
    monkeypatch.setattr(deploy_check, "LOOKS", looks)

    refused, _out, err = chairside("serve", "--host", "0.0.0.0")  # noqa: S104  # what must be refused
    here, _out, _err = chairside("serve")

    assert (refused, here, len(served)) == (2, 0, 1)
    assert "chairside: Something is unsafe: put it right." in err.splitlines()


def test_what_commands_write_is_their_users_alone(
    chairside: Command, tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    before = os.umask(0o022)
    try:
        assert chairside("migrate")[0] == 0
        after = os.umask(0o022)
    finally:
        os.umask(before)

    assert (tmp_path / "data" / "chairside.db").stat().st_mode & 0o077 == 0
    assert after == 0o022, "a caller's own files are its own business"


# HTTPS of its own


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate for this machine that ends with the tests."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "here.crt", folder / "here.key"
    asked = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        ["openssl", *asked.split(), "-out", certificate, "-keyout", key], check=True, capture_output=True, timeout=60
    )
    key.chmod(0o600)
    return certificate, key


def test_a_certificate_and_its_key_let_other_machines_in(
    chairside: Command, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, pair: tuple[Path, Path]
) -> None:
    for name, value in (environ | {"CHAIRSIDE_PUBLIC_ORIGIN": ""}).items():
        monkeypatch.setenv(name, value)
    served: list[Settings] = []
    monkeypatch.setattr(server, "serve", lambda settings, *_where: served.append(settings))
    arguments = ["serve", "--host", "0.0.0.0", "--tls-cert", str(pair[0]), "--tls-key", str(pair[1])]  # noqa: S104  # allowed with HTTPS

    assert chairside(*arguments)[0] == 0
    assert served[0].secure

    pair[1].chmod(0o644)
    code, _out, err = chairside(*arguments)
    pair[1].chmod(0o600)
    assert code == 2
    assert f"{pair[1]} (mode 0644)" in err


@pytest.mark.parametrize("given", ["cert alone", "key alone", "missing", "swapped"])
def test_half_a_certificate_is_misuse(chairside: Command, pair: tuple[Path, Path], given: str) -> None:
    certificate, key = map(str, pair)
    arguments = {
        "cert alone": ["--tls-cert", certificate],
        "key alone": ["--tls-key", key],
        "missing": ["--tls-cert", certificate, "--tls-key", key + ".none"],
        "swapped": ["--tls-cert", key, "--tls-key", certificate],
    }

    code, _out, err = chairside("serve", *arguments[given])

    assert (code, err.count("\n")) == (2, 1)
    assert "--tls-cert" in err


def test_served_over_https_cookies_belong_to_this_host_alone(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    door = Served(replace(settings_for(f"sqlite:///{tmp_path / 'chairside.db'}", tmp_path), tls=Tls(*pair)))
    door.start()
    try:
        trusted = ssl.create_default_context(cafile=str(pair[0]))
        with httpx.Client(base_url=f"https://127.0.0.1:{door.port}", verify=trusted) as http:
            answer = http.post("/api/v1/sign-in", json={"username": "m.silva", "password": SERVED_PASSWORD})
            me = http.get("/api/v1/me")
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{door.url}/healthz")
    finally:
        door.stop()
        door.app.stores.database.close()

    kept = answer.headers.get_list("set-cookie")
    assert [one.partition("=")[0] for one in kept] == ["__Host-chairside", "chairside-csrf", "__Host-chairside-device"]
    assert all("Secure" in one and "Path=/" in one and "Domain" not in one for one in kept)
    assert me.status_code == 200
    assert "Strict-Transport-Security" in answer.headers
