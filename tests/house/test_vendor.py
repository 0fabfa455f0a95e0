"""What is vendored is what its README says, and what the locked packages expect."""

import hashlib
import re
from pathlib import Path

import dash_bootstrap_components as dbc
import pytest
from plotly.offline import get_plotlyjs_version

VENDOR = Path(__file__).parents[2] / "assets" / "vendor"
README = VENDOR / "README.md"
OURS = {README, VENDOR / "plotly-address.js", VENDOR / "inter" / "inter.css"}
FOREIGN = sorted(path for path in VENDOR.rglob("*") if path.is_file() and path not in OURS)
VALIDATOR = Path(__file__).parents[1] / "vendor" / "fhir"
LARGEST_FOR_TESTS = 500_000
AXE = Path(__file__).parents[1] / "vendor" / "axe"


def checksums(readme: Path = README) -> dict[str, str]:
    """Read the table of checksums: file -> sha256."""
    return dict(re.findall(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", readme.read_text("utf-8"), re.MULTILINE))


def first_lines(name: str) -> str:
    return (VENDOR / name).read_text("utf-8")[:500]


@pytest.mark.parametrize("path", FOREIGN, ids=lambda path: path.name)
def test_a_vendored_file_is_the_one_its_checksum_names(path: Path) -> None:
    stated = checksums().get(str(path.relative_to(VENDOR)))

    assert hashlib.sha256(path.read_bytes()).hexdigest() == stated


def test_every_checksum_has_its_file() -> None:
    assert sorted(checksums()) == [str(path.relative_to(VENDOR)) for path in FOREIGN]


def test_the_accessibility_engine_is_the_one_its_checksum_names() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in AXE.iterdir() if path.name != "README.md"
    }

    assert found == checksums(AXE / "README.md")
    assert sorted(found) == ["LICENSE", "axe.min.js"]


def test_plotly_js_is_the_version_that_plotly_py_writes_figures_for() -> None:
    version = get_plotlyjs_version()

    assert f"plotly.js (basic - minified) v{version}\n" in first_lines("plotly-basic.min.js")
    assert f"plotly-basic.min.js?v={version}" in (VENDOR / "plotly-address.js").read_text("utf-8")
    assert f"| plotly.js, basic bundle | {version} |" in README.read_text("utf-8")


def test_bootstrap_is_the_version_that_the_components_draw_for() -> None:
    version = re.search(r"bootstrap@([\d.]+)/", dbc.themes.BOOTSTRAP)

    assert version is not None
    assert f"Bootstrap  v{version[1]} " in first_lines("bootstrap.min.css")
    assert f"| Bootstrap stylesheet | {version[1]} |" in README.read_text("utf-8")


@pytest.mark.parametrize("path", sorted(VENDOR.rglob("*.css")), ids=lambda path: path.name)
def test_a_vendored_stylesheet_fetches_nothing_from_elsewhere(path: Path) -> None:
    addresses = re.findall(r"url\(\s*[\"']?([^\"')]+)", path.read_text("utf-8"))

    assert [a for a in addresses if not a.startswith("data:") and not (path.parent / a).exists()] == []
    assert "@import" not in path.read_text("utf-8")
    assert "sourceMappingURL" not in path.read_text("utf-8")


def test_every_licence_is_there() -> None:
    licences = re.findall(r"`([\w/.-]*LICENSE[\w.-]*)`", README.read_text("utf-8").split("| file |")[0])

    assert len(licences) == 3
    assert [name for name in licences if not (VENDOR / name).is_file()] == []


def test_the_validator_of_the_tests_is_the_one_its_checksums_name_and_small() -> None:
    stated = checksums(VALIDATOR / "README.md")
    files = [path for path in VALIDATOR.iterdir() if path.name not in {"README.md", "validate.cjs", "cut.py"}]

    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files} == stated
    assert sum(path.stat().st_size for path in files) < LARGEST_FOR_TESTS
    assert "Apache License" in (VALIDATOR / "LICENSE-medplum.txt").read_text("utf-8")
