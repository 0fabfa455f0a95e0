"""The documentation keeps its word: what it names is there, and what is there is named."""

import argparse
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from callbacks.pages import PAGES, Page
from dashboard.commands import _parser
from dashboard.settings import read
from models.entries import ENTRY_KINDS, EntryKind
from models.people import RIGHTS, Role

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
TOLD = [*(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")), *sorted(ROOT.glob("docs/**/*.md"))]
ROOMS = "models|layouts|callbacks|dashboard|assets|bench|tests|docs"
PAGE_OF_TEXT = 60
PATTERNS = {"docs/adr/NNNN-title.md", "utils.py"}  # what a file would be called
ADR_HEADS = ["Context", "Decision", "Consequences", "What would change our mind"]

# What must not stand in the documentation, and why.
FORBIDDEN = {
    "a promise": r"\b(guarantee\w*|fail-?safe|foolproof|certified by|ensures? safety)\b",
    "an advertisement": r"\b(seamless\w*|powerful|cutting[- ]edge|state[- ]of[- ]the[- ]art|effortless\w*|world-class|"
    r"blazing\w*|next-gen\w*|revolution\w*|leverag\w*|best-in-class|game-chang\w*|empower\w*)\b",
    "something unfinished": r"\b(TODO|FIXME|XXX|TBD|lorem ipsum|coming soon)\b",
    "a number in somebody's tracker": r"\b(issue|ticket|pull request|PR) ?#?\d",
    "a path of one machine": r"(?<![\w.:/)}*`-])/(?!api/v1|chair/|session/|var/lib/chairside)[a-zA-Z]\w*/[\w.-]+"
    r"|(?<![\w.:/])/(home|root|tmp|mnt|opt|usr|Users|proc)\b|\b[A-Z]:\\",
}


def rows(text: str) -> dict[str, str]:
    """Return every table row by what its first cell names in code."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("| "):
            first = re.match(r"\| (?:[^|`]*`)?([^|`]+?)`? ?\|", line)
            found |= {first[1]: line} if first else {}
    return found


def commands(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, list[argparse.Action]]]:
    """Return every command that can be run, with its options."""
    actions = parser._actions  # noqa: SLF001  # argparse has no public list of them
    below = [one.choices for one in actions if isinstance(one.choices, dict)]
    if not below:
        yield name, [one for one in actions if one.option_strings and one.dest != "help"]
    for choices in below:
        for word, sub in choices.items():
            yield from commands(sub, f"{name} {word}".strip())


COMMANDS = dict(commands(_parser()))


def command_row(name: str) -> str:
    start = f"| `.venv/bin/chairside {name}"
    return next((line for line in README.splitlines() if re.match(re.escape(start) + r"[ `]", line)), "")


def strangers(text: str) -> list[str]:
    """Say what in a text does not belong there."""
    return [
        f"{what}: {found[0]}"
        for what, pattern in FORBIDDEN.items()
        for found in re.finditer(pattern, text, re.IGNORECASE)
    ]


def links(path: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    found = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    return [target for target in found if not re.match(r"\w+:", target)]


def is_picture(target: str) -> bool:
    return target.endswith((".png", ".jpg", ".svg"))


def kept_files() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_told_with_every_option_and_its_default(name: str) -> None:
    told = command_row(name)

    assert told
    for option in COMMANDS[name]:
        assert option.option_strings[-1] in told
        if isinstance(option.default, int | float) and not isinstance(option.default, bool):
            assert f"{option.option_strings[-1]} {option.default:g}" in told


def test_no_command_is_told_that_is_not_there() -> None:
    actions = "add|disable|enable|list|role|password|reset-code|revoke|join|leave"
    told = re.findall(rf"\.venv/bin/chairside ([a-z][a-z-]*(?: (?:{actions}))?)", README)

    assert len(told) > len(COMMANDS)
    assert set(told) == set(COMMANDS)


def test_every_make_command_is_told_and_no_other() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert set(re.findall(r"`make ([a-z]+)", README)) == set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def test_every_setting_is_told_and_no_other() -> None:
    sources = [*ROOT.glob("dashboard/*.py"), *ROOT.glob("models/**/*.py"), *ROOT.glob("callbacks/*.py")]
    known = {name for path in sources for name in re.findall(r"CHAIRSIDE_[A-Z_]*[A-Z]", path.read_text("utf-8"))}

    assert len(known) > 5
    assert {name for name in rows(README) if name.startswith("CHAIRSIDE_")} == known
    assert set(re.findall(r"CHAIRSIDE_[A-Z_]*[A-Z]", README)) == known


def test_the_defaults_of_settings_are_told(tmp_path: Path) -> None:
    settings = read({"CHAIRSIDE_DATA_DIR": str(tmp_path)})
    told = rows(README)

    assert f"| {settings.idle.seconds // 60} |" in told["CHAIRSIDE_IDLE_MINUTES"]
    assert f"| `{settings.zone.key}` |" in told["CHAIRSIDE_TIMEZONE"]
    assert f"| `{settings.log}` |" in told["CHAIRSIDE_LOG"]
    assert f"`{settings.anchor.name}`" in told["CHAIRSIDE_ANCHOR"]
    assert "`./var`" in told["CHAIRSIDE_DATA_DIR"]
    assert (tmp_path / "secret.key").exists()
    assert "`secret.key`" in told["CHAIRSIDE_SECRET_KEY"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_a_page_is_told_with_who_may_open_it(page: Page) -> None:
    told = next(line for line in README.splitlines() if line.startswith(f"| {page.title} | `{page.path}` |"))

    assert told.split(" | ")[2] == ", ".join(role for role in Role if role in RIGHTS[page.right])


@pytest.mark.parametrize("kind", ENTRY_KINDS, ids=lambda kind: kind.key)
def test_a_kind_of_entry_is_told_with_who_writes_it(kind: EntryKind) -> None:
    told = rows(ARCHITECTURE)[kind.key]

    assert told.strip("| ").split(" | ")[-1] == ", ".join(role for role in Role if role in kind.writers)


def test_the_intended_use_stands_at_the_top() -> None:
    top = " ".join(README.split("## ")[0].split())

    assert "It is not a monitor and not an alarm. Never rely on it alone to notice a change." in top
    assert "A clinician signs off the limits before use" in top


@pytest.mark.parametrize("path", TOLD, ids=lambda path: path.name)
def test_every_link_leads_to_something(path: Path) -> None:
    broken = [target for target in links(path) if not is_picture(target) and not (path.parent / target).exists()]

    assert broken == []


@pytest.mark.parametrize("picture", [target for target in links(ROOT / "README.md") if is_picture(target)])
def test_a_picture_that_is_shown_is_there(picture: str) -> None:
    assert (ROOT / picture).is_file()


@pytest.mark.parametrize("path", TOLD, ids=lambda path: path.name)
def test_every_file_that_is_named_is_there(path: Path) -> None:
    kept = kept_files()
    names = {name.rpartition("/")[2] for name in kept}
    text = path.read_text("utf-8")

    named = set(re.findall(rf"`((?:{ROOMS})/[\w./-]+\.\w+)`", text))
    alone = set(re.findall(r"`(\w+\.(?:py|js|css))`", text))

    assert named - kept - PATTERNS == set()
    assert alone - names - PATTERNS == set()


@pytest.mark.parametrize("path", TOLD, ids=lambda path: path.name)
def test_nothing_stands_there_that_does_not_belong(path: Path) -> None:
    assert strangers(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "A seamless experience.",
        "It guarantees safety.",
        "TODO: describe",
        "See issue 12.",
        "Look into /home/nurse/chairside for it.",
        "Look into /data/clinic for it.",
        "Kept in /tmp for now.",
    ],
)
def test_a_line_that_does_not_belong_would_be_found(line: str) -> None:
    assert strangers(line)


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:4] for path in ADRS] == [f"{number:04}" for number in range(1, len(ADRS) + 1)]


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.name[:4])
def test_a_decision_says_why_and_what_would_change_it_on_one_page(path: Path) -> None:
    text = path.read_text("utf-8")

    assert text.startswith(f"# {int(path.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ADR_HEADS
    assert len(text.splitlines()) <= PAGE_OF_TEXT
    assert f"](adr/{path.name})" in ARCHITECTURE
