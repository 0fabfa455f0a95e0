"""Settings: read once from the environment into a frozen object; a bad value stops the start with one sentence."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dashboard.proxy import plain_address
from models.errors import UnsafeStorageError
from models.store.engine import check_address

_KEY_BYTES: Final = 32
_IDLE_MOST: Final = 720
_PORTS: Final = {"http": 80, "https": 443}


class SettingsError(Exception):
    """A setting is wrong; the message names variable, value and what is allowed."""


@dataclass(frozen=True, slots=True)
class Tls:
    """With what the server speaks HTTPS by itself."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment decides."""

    data_dir: Path
    database_url: str
    secret_key: bytes
    zone: ZoneInfo
    public_origin: str | None
    anchor: Path
    idle: timedelta
    log: str
    demo: bool = False
    key_file: Path | None = None
    """Where the secret key was read from; ``None`` where the environment gave it."""
    proxies: frozenset[str] = frozenset()
    tls: Tls | None = None

    @property
    def secure(self) -> bool:
        """Say whether browsers reach this server over HTTPS."""
        return self.tls is not None or (self.public_origin or "").startswith("https://")


def read(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: a value is wrong, or the data directory cannot be used.
    """
    data_dir = Path(environ.get("CHAIRSIDE_DATA_DIR") or "./var")
    return Settings(
        data_dir=data_dir,
        database_url=_database_url(environ, data_dir),
        secret_key=_secret_key(environ, data_dir),
        zone=_zone(environ),
        public_origin=_origin(environ),
        anchor=Path(environ.get("CHAIRSIDE_ANCHOR") or data_dir / "anchor.jsonl"),
        idle=timedelta(minutes=_idle_minutes(environ)),
        log=_log(environ),
        key_file=None if environ.get("CHAIRSIDE_SECRET_KEY") else data_dir / "secret.key",
        proxies=_proxies(environ),
    )


def _wrong(name: str, value: str, allowed: str) -> SettingsError:
    return SettingsError(f"CHAIRSIDE_{name}={value!r}: {allowed}.")


def _directory(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _wrong("DATA_DIR", str(data_dir), "give a directory that can be written") from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise _wrong("DATA_DIR", str(data_dir), "give a directory that can be written")


def _database_url(environ: Mapping[str, str], data_dir: Path) -> str:
    given = environ.get("CHAIRSIDE_DATABASE_URL")
    if not given:
        _directory(data_dir)
        return f"sqlite:///{data_dir.resolve() / 'chairside.db'}"
    allowed = "Give sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
    try:
        check_address(given)
    except UnsafeStorageError as error:
        raise _wrong("DATABASE_URL", given.partition(":")[0] + ":…", f"{error} {allowed}") from error
    return given


def _secret_key(environ: Mapping[str, str], data_dir: Path) -> bytes:
    given = environ.get("CHAIRSIDE_SECRET_KEY")
    if given:
        return _parse_key("CHAIRSIDE_SECRET_KEY", given)
    _directory(data_dir)
    file = data_dir / "secret.key"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _parse_key(str(file), file.read_text("ascii", "replace").strip())
    with os.fdopen(handle, "w") as opened:
        key = secrets.token_hex(_KEY_BYTES)
        opened.write(key + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    return bytes.fromhex(key)


def _parse_key(name: str, text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < _KEY_BYTES:
        message = f"{name} is not usable: give {_KEY_BYTES} bytes or more, in hex."
        raise SettingsError(message)
    return key


def _zone(environ: Mapping[str, str]) -> ZoneInfo:
    name = environ.get("CHAIRSIDE_TIMEZONE") or "UTC"
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise _wrong("TIMEZONE", name, "give a name like Europe/Berlin") from error


def _origin(environ: Mapping[str, str]) -> str | None:
    given = environ.get("CHAIRSIDE_PUBLIC_ORIGIN")
    if not given:
        return None
    allowed = "give scheme and host only, like https://chairside.example"
    try:
        parts = urlsplit(given)
        usual = _PORTS.get(parts.scheme) == parts.port
    except ValueError as error:
        raise _wrong("PUBLIC_ORIGIN", given, allowed) from error
    sent = f"{parts.scheme}://{parts.netloc.lower()}"  # as a browser sends it: small letters, no name, no usual port
    if parts.scheme not in _PORTS or not parts.hostname or "@" in given or usual or given != sent:
        raise _wrong("PUBLIC_ORIGIN", given, allowed)
    return given


def _proxies(environ: Mapping[str, str]) -> frozenset[str]:
    given = environ.get("CHAIRSIDE_PROXY") or ""
    addresses = [plain_address(one.strip()) for one in given.split(",") if given]
    if None in addresses:
        raise _wrong("PROXY", given, "give the IP address of the web server in front, or several with commas")
    return frozenset(one for one in addresses if one is not None)


def _idle_minutes(environ: Mapping[str, str]) -> int:
    given = environ.get("CHAIRSIDE_IDLE_MINUTES") or "15"
    if not (given.isascii() and given.isdigit()) or not 1 <= int(given) <= _IDLE_MOST:
        raise _wrong("IDLE_MINUTES", given, f"give whole minutes from 1 to {_IDLE_MOST}")
    return int(given)


def _log(environ: Mapping[str, str]) -> str:
    given = environ.get("CHAIRSIDE_LOG") or "text"
    if given not in {"json", "text"}:
        raise _wrong("LOG", given, "give json or text")
    return given
