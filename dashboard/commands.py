"""The command ``chairside``: every command answers misuse with one plain sentence and exit code 2."""

from __future__ import annotations

import argparse
import getpass
import os
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from dashboard.proxy import is_loopback
from dashboard.settings import Settings, SettingsError, Tls, read
from models.acting import server
from models.errors import ChairsideError, NotStoredNowError
from models.moments import utc_now
from models.people import Role
from models.trail import Trace

if TYPE_CHECKING:
    from models.clinic import Clinic

_ACCOUNT_ROLES: Final = tuple(role.value for role in Role if role not in {Role.DEVICE, Role.SERVER})
_NAME_MOST: Final = 64
_PORT_MOST: Final = 65535
_CHAIRS_MOST: Final = 24
_SPEED_MOST: Final = 1000
_AT_SITE: Final = "the site, by its name; else the first one"


class MisuseError(Exception):
    """A command was called wrongly; the message is one plain sentence."""


class _Parser(argparse.ArgumentParser):
    """Says in one sentence what is wrong."""

    def error(self, message: str) -> NoReturn:
        """Print the sentence and leave with 2."""
        sys.stderr.write(f"{self.prog}: {message}. See {self.prog} --help.\n")
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    asked = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = asked.run
    try:
        with _own_files():
            return run(asked)
    except NotStoredNowError:
        sys.stderr.write("chairside: The database cannot be used: it does not answer, or the file is not a database.\n")
        return 2
    except (MisuseError, SettingsError, ChairsideError) as error:
        sys.stderr.write(f"chairside: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"chairside: {_said_of(error)}\n")
        return 2
    except KeyboardInterrupt:
        return 130


@contextmanager
def _own_files() -> Iterator[None]:
    """Let every file that a command makes be its user's alone: database, anchor, export."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _said_of(error: OSError) -> str:
    """Say in a sentence which file failed, and how."""
    why = error.strerror or str(error)
    return (
        f"{os.fsdecode(error.filename)} cannot be used: {why}." if error.filename else f"It could not be done: {why}."
    )


def _parser() -> _Parser:
    parser = _Parser(prog="chairside", description="Charting of ketamine infusions at the chair.")
    parser.add_argument("--version", action="version", version=f"chairside {version('chairside')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    _add_serving(commands)
    _add_people(commands)
    _add_records(commands)
    _add_backups(commands)
    return parser


def _add_serving(commands: argparse._SubParsersAction[_Parser]) -> None:
    serve = commands.add_parser("serve", help="serve the clinic")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=8050)
    serve.add_argument("--tls-cert", type=Path, help="speak HTTPS with this certificate (PEM, with its chain)")
    serve.add_argument("--tls-key", type=Path, help="the private key of that certificate (PEM)")
    serve.set_defaults(run=_serve)
    check = commands.add_parser("check", help="name every unsafe setting")
    check.add_argument("--deploy", action="store_true", required=True, help="look at everything a clinic relies on")
    check.set_defaults(run=_check)
    demo = commands.add_parser("demo", help="serve an invented clinic with simulated patients")
    demo.add_argument("--chairs", type=_chairs, default=8)
    demo.add_argument("--speed", type=_speed, default=1.0)
    demo.add_argument("--port", type=_port, default=8050)
    demo.set_defaults(run=_demo)
    migrate = commands.add_parser("migrate", help="bring the database to the newest form")
    migrate.set_defaults(run=_migrate)


def _add_people(commands: argparse._SubParsersAction[_Parser]) -> None:
    user = commands.add_parser("user", help="add, list, change, disable or enable accounts")
    actions = user.add_subparsers(required=True, metavar="ACTION", parser_class=_Parser)
    add = actions.add_parser("add")
    add.add_argument("name")
    add.add_argument("--role", required=True, choices=_ACCOUNT_ROLES)
    add.add_argument("--password-stdin", action="store_true")
    add.add_argument("--site", action="append", help=f"{_AT_SITE}; may be given again for each further one")
    add.set_defaults(run=_add_user)
    for action, run in (("disable", _disable_user), ("enable", _enable_user)):
        one = actions.add_parser(action)
        one.add_argument("name")
        one.set_defaults(run=run)
    actions.add_parser("list").set_defaults(run=_list_users)
    role = actions.add_parser("role", help="give another role; signs the account out at once")
    role.add_argument("name")
    role.add_argument("role", choices=_ACCOUNT_ROLES)
    role.set_defaults(run=_change_role)
    for action, drops in (("password", False), ("reset-code", True)):
        reset = actions.add_parser(action)
        reset.add_argument("name")
        reset.add_argument("--password-stdin", action="store_true")
        reset.set_defaults(run=_reset_password, drop_code=drops)
    chair = commands.add_parser("chair", help="add a chair")
    chair_add = chair.add_subparsers(required=True, metavar="add", parser_class=_Parser).add_parser("add")
    chair_add.add_argument("name")
    chair_add.add_argument("--site", help=_AT_SITE)
    chair_add.set_defaults(run=_add_chair)
    token = commands.add_parser("token", help="make (it is printed once), list or revoke tokens of devices")
    tokens = token.add_subparsers(required=True, metavar="add|list|revoke", parser_class=_Parser)
    for action, run in (("add", _add_token), ("revoke", _revoke_tokens)):
        one = tokens.add_parser(action)
        one.add_argument("name")
        one.add_argument("--site", help=_AT_SITE)
        one.set_defaults(run=run)
    listed = tokens.add_parser("list")
    listed.add_argument("--site", help=_AT_SITE)
    listed.set_defaults(run=_list_tokens)
    _add_sites(commands)


def _add_sites(commands: argparse._SubParsersAction[_Parser]) -> None:
    site = commands.add_parser("site", help="add a site, or say who works at it")
    actions = site.add_subparsers(required=True, metavar="add|join|leave", parser_class=_Parser)
    add = actions.add_parser("add")
    add.add_argument("name")
    add.set_defaults(run=_add_site)
    for name, run in (("join", _join_site), ("leave", _leave_site)):
        action = actions.add_parser(name)
        action.add_argument("account")
        action.add_argument("site")
        action.set_defaults(run=run)


def _add_records(commands: argparse._SubParsersAction[_Parser]) -> None:
    replay = commands.add_parser("replay", help="send charted vitals from a file through the API")
    replay.add_argument("file", type=Path)
    replay.add_argument("--user", required=True)
    replay.add_argument("--password-stdin", action="store_true")
    replay.add_argument("--base-url", default="http://127.0.0.1:8050")
    replay.add_argument("--speed", type=_speed)
    replay.set_defaults(run=_replay)
    export = commands.add_parser("export", help="write one session to a file")
    export.add_argument("session")
    export.add_argument("--format", required=True, choices=("fhir", "csv", "pdf"))
    export.add_argument("-o", "--output", type=Path)
    export.set_defaults(run=_export)
    everything = commands.add_parser("export-all", help="write everything that was charted to a folder of files")
    everything.add_argument("folder", type=Path)
    everything.set_defaults(run=_export_all)
    verify = commands.add_parser("verify", help="prove that the records were not touched")
    verify.add_argument("--session", help="one session, by its full id; else all")
    verify.add_argument("--anchor", type=Path, help="the anchor to compare with; else that of the settings")
    verify.set_defaults(run=_verify)
    facts = commands.add_parser("review-facts", help="compute again what the review asks of every session")
    facts.add_argument("--check", action="store_true", help="only name the sessions whose facts are not as recorded")
    facts.set_defaults(run=_review_facts)


def _add_backups(commands: argparse._SubParsersAction[_Parser]) -> None:
    backup = commands.add_parser("backup", help="write a proven backup to a new file; the server may run")
    backup.add_argument("file", type=Path)
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="put a backup in the place of the database; no server may run")
    restore.add_argument("file", type=Path)
    said = "there are records already: put them aside first. A SQLite file is renamed, a PostgreSQL schema too"
    restore.add_argument("--replace", action="store_true", help=said)
    restore.set_defaults(run=_restore)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _PORT_MOST:
        message = f"a port is a number from 1 to 65535, not {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _chairs(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _CHAIRS_MOST:
        message = f"give 1 to 24 chairs, not {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= _SPEED_MOST:
        message = f"a speed is a number above 0 and at most 1000, not {text!r}"
        raise argparse.ArgumentTypeError(message)
    return speed


def _settings() -> Settings:
    return read(os.environ)


def _serve(asked: argparse.Namespace) -> int:
    from dashboard.server import serve  # noqa: PLC0415  # loading Dash takes a second that other commands need not wait

    settings = _with_tls(_settings(), asked)
    if not is_loopback(asked.host):
        _check_for_others(settings, asked.host)
    serve(settings, asked.host, asked.port)
    return 0


def _with_tls(settings: Settings, asked: argparse.Namespace) -> Settings:
    """Return the settings with what the server speaks HTTPS with.

    Raises:
        MisuseError: certificate and key are not both there, or do not fit each other.
    """
    if asked.tls_cert is None and asked.tls_key is None:
        return settings
    if asked.tls_cert is None or asked.tls_key is None:
        raise MisuseError("Give both --tls-cert and --tls-key, or none of them.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(asked.tls_cert, asked.tls_key, lambda: "")
    except (OSError, ValueError) as error:
        said = (
            "--tls-cert and --tls-key cannot be used: give a certificate and its key without a password, as PEM files"
        )
        raise MisuseError(f"{said}.") from error
    return replace(settings, tls=Tls(asked.tls_cert, asked.tls_key))


def _check_for_others(settings: Settings, host: str) -> None:
    """Let other machines in only where nothing is unsafe.

    Raises:
        MisuseError: something is; a sentence for each.
    """
    from dashboard.deploy_check import findings  # noqa: PLC0415  # as above

    if not settings.secure:
        said = f"--host {host} lets other machines in: set CHAIRSIDE_PUBLIC_ORIGIN to the https:// address first"
        raise MisuseError(f"{said}, or serve on 127.0.0.1.")
    found = findings(settings)
    if found:
        lines = "\n".join(f"chairside: {one}" for one in found)
        raise MisuseError(f"--host {host} lets other machines in, and this is unsafe:\n{lines}")


def _check(_asked: argparse.Namespace) -> int:
    from dashboard.deploy_check import findings  # noqa: PLC0415  # as above

    found = findings(_settings())
    sys.stdout.writelines(f"Unsafe: {one}\n" for one in found)
    if not found:
        sys.stdout.write("Nothing unsafe was found.\n")
    return 1 if found else 0


def _demo(asked: argparse.Namespace) -> int:
    from dashboard.demo import run_demo  # noqa: PLC0415  # as above

    run_demo(asked.chairs, asked.speed, asked.port)
    return 0


def _migrate(_asked: argparse.Namespace) -> int:
    from dashboard.app import open_stores  # noqa: PLC0415  # as above

    open_stores(_settings()).database.close()
    sys.stdout.write("The database is in its newest form.\n")
    return 0


def _password(asked: argparse.Namespace) -> str:
    if asked.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise MisuseError("Give the password on standard input with --password-stdin.")
    return getpass.getpass("Password: ")


def _add_user(asked: argparse.Namespace) -> int:
    from models.passwords import check_strength, hashed  # noqa: PLC0415  # as above

    name = asked.name.strip()
    if not name or len(name) > _NAME_MOST or not name.isprintable():
        raise MisuseError("An account name has 1 to 64 printable characters.")
    settings, password = _settings(), _password(asked)
    check_strength(password, name)
    clinic = _clinic(settings)
    sites = [_site(clinic, one) for one in asked.site or [None]]
    with clinic.trail.together(server(sites[0]), Trace.ACCOUNT, f"added {name} as {asked.role}"):
        clinic.accounts.add_account(sites[0], name, Role(asked.role), hashed(password), utc_now())
    for site in sites[1:]:
        _join(clinic, name, site)
    sys.stdout.write(f"Added {name} as {asked.role}.\n")
    return 0


def _disable_user(asked: argparse.Namespace) -> int:
    clinic = _clinic(_settings())
    with _traced(clinic, asked.name, "disabled"):
        clinic.accounts.disable_account(asked.name, utc_now())
    sys.stdout.write(f"Disabled {asked.name} and signed it out everywhere.\n")
    return 0


def _enable_user(asked: argparse.Namespace) -> int:
    clinic = _clinic(_settings())
    with _traced(clinic, asked.name, "enabled"):
        clinic.accounts.enable_account(asked.name)
    sys.stdout.write(f"Enabled {asked.name}; the password is the one it had.\n")
    return 0


def _list_users(_asked: argparse.Namespace) -> int:
    from dashboard.app import open_stores  # noqa: PLC0415  # as above

    stores = open_stores(_settings())
    for one in stores.people.listed(stores.site):
        more = [word for word, said in (("disabled", one.disabled), ("second factor", one.has_code)) if said]
        sys.stdout.write("\t".join([one.person.name, one.person.role.value, *more]) + "\n")
    return 0


def _change_role(asked: argparse.Namespace) -> int:
    clinic = _clinic(_settings())
    with _traced(clinic, asked.name, f"made {asked.role}"):
        clinic.accounts.change_role(asked.name, Role(asked.role), utc_now())
    sys.stdout.write(f"{asked.name} is {asked.role} now, and signed out everywhere.\n")
    return 0


def _reset_password(asked: argparse.Namespace) -> int:
    from models.passwords import check_strength, hashed  # noqa: PLC0415  # as above

    settings, password = _settings(), _password(asked)
    check_strength(password, asked.name)
    clinic = _clinic(settings)
    with _traced(clinic, asked.name, "password reset"):
        clinic.accounts.set_password(asked.name, hashed(password), utc_now(), drop_code=asked.drop_code)
    said = "a new password and no second factor" if asked.drop_code else "a new password"
    sys.stdout.write(f"{asked.name} has {said} now, and is signed out everywhere.\n")
    return 0


def _review_facts(asked: argparse.Namespace) -> int:
    from dashboard.app import open_stores  # noqa: PLC0415  # as above
    from models.clinic import Clinic  # noqa: PLC0415  # as above
    from models.feed import Feed  # noqa: PLC0415  # as above

    settings = _settings()
    stores = open_stores(settings)
    desk = Clinic(stores.records, stores.places, Feed(), zone=settings.zone).reviews
    sites = desk.store.sites()
    if not asked.check:
        sys.stdout.write(f"Computed the facts of {sum(desk.rebuild(site) for site in sites)} sessions.\n")
        return 0
    wrong = [session for site in sites for session in desk.differing(site)]
    sys.stdout.writelines(f"Not as recorded: session {session}\n" for session in wrong)
    if not wrong:
        sys.stdout.write("All facts are as recorded.\n")
    return 1 if wrong else 0


def _add_chair(asked: argparse.Namespace) -> int:
    clinic = _clinic(_settings())
    chair = clinic.new_chair(_site(clinic, asked.site), asked.name)
    sys.stdout.write(f"Added chair {chair.name}.\n")
    return 0


def _add_token(asked: argparse.Namespace) -> int:
    from models.signing_in import new_device_token  # noqa: PLC0415  # as above

    name = asked.name.strip()
    if not name or len(name) > _NAME_MOST or not name.isprintable():
        raise MisuseError("A device name has 1 to 64 printable characters.")
    clinic = _clinic(_settings())
    site = _site(clinic, asked.site)
    with clinic.trail.together(server(site), Trace.ACCOUNT, f"token added for {name}"):
        token = new_device_token(clinic.accounts, site, name, utc_now())
    sys.stdout.write(token + "\n")
    return 0


def _traced(clinic: Clinic, name: str, about: str) -> AbstractContextManager[None]:
    """Write what happens to an account into the trail of the site it belongs to."""
    account = clinic.accounts.account(name)
    site = account.person.site if account else clinic.places.default_site()
    return clinic.trail.together(server(site), Trace.ACCOUNT, f"{about} {name}")


def _list_tokens(asked: argparse.Namespace) -> int:
    clinic = _clinic(_settings())
    for one in clinic.accounts.device_tokens(_site(clinic, asked.site)):
        sys.stdout.write(f"{one.name}\t{'revoked' if one.revoked else 'holds'}\n")
    return 0


def _revoke_tokens(asked: argparse.Namespace) -> int:
    clinic = _clinic(_settings())
    site = _site(clinic, asked.site)
    mine = [one for one in clinic.accounts.device_tokens(site) if one.name == asked.name and not one.revoked]
    if not mine:
        raise MisuseError(f"There is no token named {asked.name} that holds.")
    for one in mine:
        with clinic.trail.together(server(site), Trace.ACCOUNT, f"token revoked of {asked.name}"):
            clinic.accounts.revoke_device_token(site, one.id, utc_now())
    sys.stdout.write(f"Revoked the token of {asked.name}.\n")
    return 0


def _add_site(asked: argparse.Namespace) -> int:
    name = asked.name.strip()
    if not name or len(name) > _NAME_MOST or not name.isprintable():
        raise MisuseError("The name of a site has 1 to 64 printable characters.")
    clinic = _clinic(_settings())
    first = server(clinic.places.default_site())
    with clinic.trail.together(first, Trace.SITE, f"site {name} added"):
        clinic.sites.add(name, utc_now())
    sys.stdout.write(f"Added site {name}.\n")
    return 0


def _join_site(asked: argparse.Namespace) -> int:
    clinic = _clinic(_settings())
    _join(clinic, asked.account, _site(clinic, asked.site))
    sys.stdout.write(f"{asked.account} works at {asked.site} as well.\n")
    return 0


def _join(clinic: Clinic, account: str, site: str) -> None:
    with clinic.trail.together(server(site), Trace.ACCOUNT, f"{account} works here as well"):
        clinic.sites.join(account, site, utc_now())


def _leave_site(asked: argparse.Namespace) -> int:
    clinic = _clinic(_settings())
    site = _site(clinic, asked.site)
    with clinic.trail.together(server(site), Trace.ACCOUNT, f"{asked.account} works here no more"):
        clinic.sites.leave(asked.account, site)
    sys.stdout.write(f"{asked.account} works at {asked.site} no more.\n")
    return 0


def _clinic(settings: Settings) -> Clinic:
    """Open the clinic for a command, which acts as the server itself."""
    from dashboard.app import open_stores  # noqa: PLC0415  # as above
    from models.clinic import Clinic  # noqa: PLC0415  # as above
    from models.feed import Feed  # noqa: PLC0415  # as above

    stores = open_stores(settings)
    return Clinic(stores.records, stores.places, Feed(), zone=settings.zone)


def _site(clinic: Clinic, name: str | None) -> str:
    return clinic.places.default_site() if name is None else clinic.sites.named(name).id


def _replay(asked: argparse.Namespace) -> int:
    from dashboard.replay import replay_command  # noqa: PLC0415  # as above

    return replay_command(asked.file, asked.user, _password(asked), asked.base_url, asked.speed)


def _export(asked: argparse.Namespace) -> int:
    from dashboard.exporting import export  # noqa: PLC0415  # as above

    return export(_settings(), asked.session, asked.format, asked.output)


def _export_all(asked: argparse.Namespace) -> int:
    from dashboard.exporting_all import export_all  # noqa: PLC0415  # as above

    return export_all(_settings(), asked.folder)


def _verify(asked: argparse.Namespace) -> int:
    from dashboard.verifying import verify  # noqa: PLC0415  # as above

    return verify(_settings(), asked.session, asked.anchor)


def _backup(asked: argparse.Namespace) -> int:
    from dashboard.backups import back_up  # noqa: PLC0415  # as above

    return back_up(_settings(), asked.file, utc_now())


def _restore(asked: argparse.Namespace) -> int:
    from dashboard.backups import put_back  # noqa: PLC0415  # as above

    return put_back(_settings(), asked.file, utc_now(), replace=asked.replace)
