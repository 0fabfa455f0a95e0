"""Settings: every variable, good and bad; a bad one is one sentence that names variable, value and what is allowed."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.settings import SettingsError, read

KEY = "5c" * 32


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment with a data directory and a key, and what is asked for."""
    given = {"DATA_DIR": str(folder / "var"), "SECRET_KEY": KEY} | more
    return {f"CHAIRSIDE_{name}": value for name, value in given.items()}


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        read(environ)
    return str(refused.value)


def test_an_empty_environment_gives_the_usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    settings = read({})

    assert settings.data_dir == Path("var")
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'chairside.db'}"
    assert settings.anchor == Path("var/anchor.jsonl")
    assert settings.zone.key == "UTC"
    assert settings.idle == timedelta(minutes=15)
    assert (settings.public_origin, settings.log, settings.demo, settings.secure) == (None, "text", False, False)
    assert len(settings.secret_key) == 32


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("DATABASE_URL", "sqlite:////srv/x.db", "database_url", "sqlite:////srv/x.db"),
        ("DATABASE_URL", "postgresql+psycopg://u@h/n", "database_url", "postgresql+psycopg://u@h/n"),
        ("DATABASE_URL", "", "database_url", None),
        ("SECRET_KEY", KEY, "secret_key", bytes.fromhex(KEY)),
        ("SECRET_KEY", KEY * 2, "secret_key", bytes.fromhex(KEY * 2)),
        ("TIMEZONE", "Europe/Berlin", "zone", None),
        ("TIMEZONE", "", "zone", None),
        ("PUBLIC_ORIGIN", "https://clinic.example", "public_origin", "https://clinic.example"),
        ("PUBLIC_ORIGIN", "https://clinic.example:8443", "public_origin", "https://clinic.example:8443"),
        ("PUBLIC_ORIGIN", "http://127.0.0.1:8050", "public_origin", "http://127.0.0.1:8050"),
        ("PUBLIC_ORIGIN", "", "public_origin", None),
        ("ANCHOR", "/mnt/other/anchor", "anchor", Path("/mnt/other/anchor")),
        ("IDLE_MINUTES", "1", "idle", timedelta(minutes=1)),
        ("IDLE_MINUTES", "720", "idle", timedelta(hours=12)),
        ("LOG", "json", "log", "json"),
        ("LOG", "text", "log", "text"),
    ],
)
def test_a_good_value_is_taken(tmp_path: Path, name: str, value: str, attribute: str, expected: object) -> None:
    settings = read(environment(tmp_path, **{name: value}))

    found = getattr(settings, attribute)
    if name == "TIMEZONE":
        assert found.key == (value or "UTC")
    elif (name, value) == ("DATABASE_URL", ""):
        assert found == f"sqlite:///{tmp_path / 'var' / 'chairside.db'}"
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("DATABASE_URL", "mysql://u@h/n", "postgresql+psycopg"),
        ("DATABASE_URL", "postgresql://u@h/n", "postgresql+psycopg"),
        ("DATABASE_URL", "sqlite://", "needs a file"),
        ("DATABASE_URL", "sqlite:///:memory:", "needs a file"),
        ("TIMEZONE", "Mars/Olympus", "Europe/Berlin"),
        ("TIMEZONE", "../etc/passwd", "Europe/Berlin"),
        ("TIMEZONE", "Europe", "Europe/Berlin"),
        ("PUBLIC_ORIGIN", "clinic.example", "https://chairside.example"),
        ("PUBLIC_ORIGIN", "https://clinic.example/", "https://chairside.example"),
        ("PUBLIC_ORIGIN", "https://clinic.example/path", "https://chairside.example"),
        ("PUBLIC_ORIGIN", "ftp://clinic.example", "https://chairside.example"),
        ("PUBLIC_ORIGIN", "https://clinic.example:port", "https://chairside.example"),
        ("PUBLIC_ORIGIN", "https://", "https://chairside.example"),
        ("PUBLIC_ORIGIN", "https://Clinic.example", "https://chairside.example"),
        ("PUBLIC_ORIGIN", "https://u@clinic.example", "https://chairside.example"),
        ("PUBLIC_ORIGIN", "https://clinic.example:443", "https://chairside.example"),
        ("PUBLIC_ORIGIN", "http://clinic.example:80", "https://chairside.example"),
        ("IDLE_MINUTES", "soon", "whole minutes from 1 to 720"),
        ("IDLE_MINUTES", "0", "whole minutes from 1 to 720"),
        ("IDLE_MINUTES", "721", "whole minutes from 1 to 720"),
        ("IDLE_MINUTES", "1.5", "whole minutes from 1 to 720"),
        ("IDLE_MINUTES", "-5", "whole minutes from 1 to 720"),
        ("IDLE_MINUTES", "٣", "whole minutes from 1 to 720"),
        ("LOG", "xml", "json or text"),
        ("DATA_DIR", "/proc/chairside", "a directory that can be written"),
    ],
)
def test_a_bad_value_is_one_sentence(tmp_path: Path, name: str, value: str, allowed: str) -> None:
    environ = environment(tmp_path, **{name: value})

    said = refusal(environ)

    assert said.startswith(f"CHAIRSIDE_{name}=")
    assert value in said or name == "DATABASE_URL"
    assert allowed in said
    assert said.endswith(".")
    assert "\n" not in said


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@h/n", "mysql://u:hunter2@h/n"])
def test_the_password_of_a_database_is_never_repeated(tmp_path: Path, url: str) -> None:
    assert "hunter2" not in refusal(environment(tmp_path, DATABASE_URL=url))


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "var"
    file.write_text("in the way")

    assert refusal(environment(tmp_path)).startswith(f"CHAIRSIDE_DATA_DIR='{file}'")


# The key


@pytest.mark.parametrize("key", ["5c" * 31, "not hex", "5c" * 31 + "5", " "])
def test_an_unusable_key_is_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    said = refusal(environment(tmp_path, SECRET_KEY=key))

    assert said == "CHAIRSIDE_SECRET_KEY is not usable: give 32 bytes or more, in hex."


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    environ = environment(tmp_path, SECRET_KEY="")

    one, two = read(environ), read(environ)

    file = tmp_path / "var" / "secret.key"
    assert one.secret_key == two.secret_key == bytes.fromhex(file.read_text().strip())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_every_data_directory_has_a_key_of_its_own(tmp_path: Path) -> None:
    keys = {read(environment(tmp_path / name, SECRET_KEY="")).secret_key for name in ("one", "two")}

    assert len(keys) == 2


@pytest.mark.parametrize("content", [b"", b"5c5c", b"\xff\xfe\x00\x80" * 20])
def test_a_damaged_key_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "var" / "secret.key"
    file.parent.mkdir()
    file.write_bytes(content)

    said = refusal(environment(tmp_path, SECRET_KEY=""))

    assert said == f"{file} is not usable: give 32 bytes or more, in hex."
    assert file.read_bytes() == content


@pytest.mark.parametrize(("origin", "secure"), [("https://clinic.example", True), ("http://127.0.0.1:8050", False)])
def test_https_decides_whether_cookies_are_bound_to_it(tmp_path: Path, origin: str, secure: bool) -> None:  # noqa: FBT001  # a parameter of the test
    assert read(environment(tmp_path, PUBLIC_ORIGIN=origin)).secure is secure
