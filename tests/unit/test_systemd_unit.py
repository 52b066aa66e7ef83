"""The unit in `deploy/systemd`: it fits the agent, and the service manager understands it."""

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from beamer_agent.cli.options import SETTINGS
from beamer_agent.cli.startup import EXIT_CONFIGURATION
from beamer_agent.crew import STOP_SECONDS
from beamer_agent.service.supervisor import TURN_SECONDS

pytestmark = pytest.mark.unit

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "beamer-agent.service"
ANALYZE = shutil.which("systemd-analyze")

Settings = dict[str, list[str]]


def sections() -> dict[str, Settings]:
    """Every setting with its values, by section."""
    found: dict[str, Settings] = {}
    section: Settings = {}
    for line in UNIT.read_text().splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            section = found[match[1]] = defaultdict(list)
        elif line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            assert equals, line
            section[name].append(value)
    return found


@pytest.fixture(scope="module")
def service() -> Settings:
    """What it says of the service."""
    return sections()["Service"]


def test_it_has_the_three_parts_of_a_service() -> None:
    """And is started at boot."""
    found = sections()
    assert set(found) == {"Unit", "Service", "Install"}
    assert found["Install"]["WantedBy"] == ["multi-user.target"]


def test_the_agent_says_when_it_runs_and_that_it_lives(service: Settings) -> None:
    """Often enough that a turn or two may be late."""
    assert service["Type"] == ["notify"]
    assert int(service["WatchdogSec"][0]) >= 20 * TURN_SECONDS
    # While it starts, a beat gives it as much more time; the first must come before this ends.
    assert int(service["TimeoutStartSec"][0]) >= int(service["WatchdogSec"][0])


def test_it_is_restarted_after_a_failure_without_end(service: Settings) -> None:
    """But not when only the operator can help."""
    assert service["Restart"] == ["on-failure"]
    assert service["RestartPreventExitStatus"] == [str(EXIT_CONFIGURATION)]
    assert sections()["Unit"]["StartLimitIntervalSec"] == ["0"]
    assert int(service["TimeoutStopSec"][0]) > 2 * STOP_SECONDS


def test_secrets_come_as_credentials(service: Settings) -> None:
    """Whatever names one of them names one that is loaded."""
    loaded = {value.partition(":")[0] for value in service["LoadCredential"]}
    assert loaded == {"agent.toml", "keystore.json", "password"}
    text = UNIT.read_text()
    assert set(re.findall(r"%d/([\w.]+)", text)) == loaded


def test_it_sets_variables_that_the_agent_knows(service: Settings) -> None:
    """Besides one of Python's."""
    known = {setting.variable for setting in SETTINGS}
    given = {value.partition("=")[0] for value in service["Environment"]}
    assert given - known == {"PYTHONFAULTHANDLER"}
    assert given & known == {"BEAMER_AGENT_ACCOUNT_PATH", "BEAMER_AGENT_ACCOUNT_PASSWORD_FILE"}


def test_only_root_reaches_the_control_socket(service: Settings) -> None:
    """Its folder is the service's own."""
    assert service["RuntimeDirectory"] == ["beamer-agent"]
    assert service["RuntimeDirectoryMode"] == ["0700"]
    assert service["DynamicUser"] == ["yes"]


def analysed(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What systemd says of the unit, with a program that is there."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/beamer-agent/bin/beamer-agent", sys.executable))
    command = [str(ANALYZE), *arguments, str(unit)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
def test_systemd_understands_it(tmp_path: Path) -> None:
    """Every name and every value."""
    result = analysed(tmp_path, "verify", "--man=no")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
def test_systemd_finds_it_well_protected(tmp_path: Path) -> None:
    """An exposure of 1.2 of 10: the network is what is left."""
    result = analysed(tmp_path, "security", "--offline=yes", "--threshold=15", "--no-pager")
    assert result.returncode == 0, result.stdout
