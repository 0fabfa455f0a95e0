"""The check of a deployment: every setting that would let somebody in, or lose something; each with what to do."""

from __future__ import annotations

import ipaddress
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dashboard.demo import ACCOUNTS, PASSWORD
from dashboard.settings import Settings
from models import passwords
from models.errors import NotStoredNowError, UnsafeStorageError
from models.store.backup_form import is_backup
from models.store.engine import Database, sqlite_driver, sqlite_file
from models.store.migrate import current_revision
from models.store.people import PeopleStore

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_PLAIN_KEY: Final = 12
"""A key with fewer different bytes was typed or repeated, not drawn: 32 random bytes have about thirty."""
_LOOKED_AT_MOST: Final = 10_000
_DEMO_NAMES: Final = frozenset(name for name, _role in ACCOUNTS)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is unsafe, and what to do about it."""

    what: str
    to_do: str

    def __str__(self) -> str:
        return f"{self.what}: {self.to_do}."


def findings(settings: Settings) -> list[Finding]:
    """Return everything that is unsafe; nothing is changed, and a database that is not there yet is not made."""
    return [one for look in LOOKS for one in look(settings)]


def plain_http(settings: Settings) -> Iterator[Finding]:
    """Find that browsers of other machines would speak plain HTTP."""
    if not settings.secure:
        to_do = (
            "set CHAIRSIDE_PUBLIC_ORIGIN to the https:// address of the web server in front, or serve with --tls-cert"
        )
        yield Finding("Other machines would speak plain HTTP with this server", to_do)


def weak_key(settings: Settings) -> Iterator[Finding]:
    """Find a secret key that can be guessed; one that is too short stops every command already."""
    if len(set(settings.secret_key)) < _PLAIN_KEY:
        to_do = "draw one, with python3 -c 'import secrets; print(secrets.token_hex(32))', before the first record"
        yield Finding("The secret key can be guessed", to_do)


def beside_the_data(settings: Settings) -> Iterator[Finding]:
    """Find a key or an anchor where whoever can change the records can change them too."""
    places = [folder.resolve() for folder in _data_folders(settings)]
    if settings.key_file is not None and _is_in(settings.key_file, places):
        to_do = (
            "move it out of there and give it in CHAIRSIDE_SECRET_KEY, so that a copy of the data proves nothing false"
        )
        yield Finding(f"The secret key lies beside the data, in {settings.key_file}", to_do)
    if _is_in(settings.anchor, places):
        to_do = "set CHAIRSIDE_ANCHOR to a file in another place, best on another disk"
        yield Finding(f"The anchor lies beside the data, in {settings.anchor}", to_do)


def open_files(settings: Settings) -> Iterator[Finding]:
    """Find files and folders that other accounts of this machine can read or write."""
    for path, mode in _kept(settings):
        with suppress(OSError):
            found = stat.S_IMODE(path.stat().st_mode)
            if found & _OTHERS:
                yield Finding(
                    f"Other accounts of this machine may use {path} (mode {found:04o})", f"chmod {mode} {path}"
                )


def backups_beside(settings: Settings) -> Iterator[Finding]:
    """Find backups that would be lost together with the data."""
    for path in _files_in(settings.data_dir):
        if is_backup(path):
            to_do = "move it to another disk or machine"
            yield Finding(f"The backup {path} lies beside the data and would be lost with it", to_do)


def storage(settings: Settings) -> Iterator[Finding]:
    """Find a database engine that could lose what it said was saved, and accounts that everybody knows."""
    try:
        if sqlite_file(settings.database_url) is None:
            yield from _unprotected(settings)
        else:
            sqlite_driver()
        yield from _accounts(settings)
    except UnsafeStorageError as error:
        yield Finding(str(error).rstrip("."), "nothing is served until that is put right")
    except NotStoredNowError:
        yield Finding("The database does not answer", "start it and check again; its accounts could not be looked at")


LOOKS: Final[tuple[Callable[[Settings], Iterator[Finding]], ...]] = (
    plain_http,
    weak_key,
    beside_the_data,
    open_files,
    backups_beside,
    storage,
)


def _unprotected(settings: Settings) -> Iterator[Finding]:
    """Find that patients' data crosses the network to PostgreSQL in plain text."""
    url = Database(settings.database_url).url
    host, mode = str(url.host or url.query.get("host", "")), url.query.get("sslmode", "prefer")
    is_here = not host or host.startswith(("/", "localhost")) or _is_loopback(host)
    if not is_here and mode not in {"require", "verify-ca", "verify-full"}:
        to_do = "add ?sslmode=verify-full to CHAIRSIDE_DATABASE_URL (require, where its certificate cannot be checked)"
        yield Finding("The way to the database on another machine may be unencrypted", to_do)


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _accounts(settings: Settings) -> Iterator[Finding]:
    """Find accounts of the demo, and any whose password is the one it prints."""
    file = sqlite_file(settings.database_url)
    if file is not None and not Path(file).exists():
        return
    with closing(Database(settings.database_url)) as database:
        with database.read() as connection:
            if current_revision(connection) is None:
                return
        for name, kept in PeopleStore(database).password_hashes():
            if passwords.fits(PASSWORD, kept):
                kind = "demo account" if name in _DEMO_NAMES else "account"
                to_do = f"chairside user disable {name}, and add it anew under another name with a password of its own"
                yield Finding(f"The {kind} {name} has the password that the demo prints", to_do)


def _data_folders(settings: Settings) -> list[Path]:
    file = sqlite_file(settings.database_url)
    return [settings.data_dir, *([Path(file).parent] if file else [])]


def _is_in(path: Path, folders: list[Path]) -> bool:
    return any(path.resolve().is_relative_to(folder) for folder in folders)


def _kept(settings: Settings) -> Iterator[tuple[Path, int]]:
    """Yield what must be nobody else's, with the mode it should have."""
    file = sqlite_file(settings.database_url)
    for folder in dict.fromkeys(_data_folders(settings)):
        yield folder, 700
    if file is not None:
        for ending in ("", "-wal", "-shm"):
            yield Path(file + ending), 600
    yield settings.anchor, 600
    for key in (settings.key_file, settings.tls and settings.tls.key):
        if key:
            yield key, 600


def _files_in(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder, so many that the check ends."""
    for number, path in enumerate(folder.rglob("*")):
        if number >= _LOOKED_AT_MOST:
            return
        if path.is_file():
            yield path
