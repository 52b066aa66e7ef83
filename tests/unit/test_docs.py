"""Promises of the documentation that code can keep."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]


def test_the_state_diagrams_are_those_of_the_code() -> None:
    """`make docs` would change nothing."""
    script = ROOT / "docs" / "diagrams.py"
    result = subprocess.run([sys.executable, str(script), "--check"], check=False)
    assert result.returncode == 0, "the diagrams are stale: run `make docs`"


def test_every_dependency_has_its_sentence() -> None:
    """`docs/dependencies.md` names each direct dependency of `pyproject.toml`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    page = (ROOT / "docs" / "dependencies.md").read_text()
    missing = [name for name in (w.split()[0].split("[")[0] for w in wanted) if name not in page]
    assert missing == []


def test_no_lock_file_names_a_place_to_download_from() -> None:
    """Locks are names, versions and hashes only."""
    locks = [*ROOT.glob("requirements*.lock"), ROOT / "contracts" / "package-lock.json"]
    assert len(locks) == 3
    for lock in locks:
        assert '"resolved"' not in lock.read_text()
        assert "--index-url" not in lock.read_text()
        assert "--find-links" not in lock.read_text()
