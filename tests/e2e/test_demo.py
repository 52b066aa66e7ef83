"""The demo, as a user runs it and as a terminal sees it."""

import io
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from rich.console import Console

from beamer_agent.cli.demo import DemoScreen
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.transfers import STAGES
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import FatalError
from beamer_agent.types import Seconds

pytestmark = pytest.mark.e2e

MakeWorld = Callable[[WorldSettings], LocalWorld]

QUICK = WorldSettings(block_time=0.25, claim_period=Seconds(2), poll_period=0.1)


def test_demo_withdraws_every_transfer() -> None:
    """Without a terminal there is a line for each stage, then the summary, and exit code 0."""
    command = [sys.executable, "-m", "beamer_agent", "demo", "--transfers", "4"]
    done = subprocess.run(
        [*command, "--block-time", "0.5"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for stage in STAGES:
        assert len(re.findall(rf": {stage} in block \d+ of l2[ab],", done.stdout)) == 4
    for name in ("fills", "claims", "withdrawals"):
        assert re.search(rf"{name} .* 4 of 4", done.stdout)
    for symbol in ("DAI", "USDT"):
        assert re.search(rf"{symbol} gained by the agent .* \+[0-9.]+ {symbol}", done.stdout)


def test_terminal_sees_a_table(make_world: MakeWorld) -> None:
    """The live table ends with every stage of every transfer."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    DemoScreen(make_world(QUICK), console).show(2)
    last_table = screen.getvalue().rpartition("Transfers after")[2]
    assert len(re.findall(r"\d+ · +\d+\.\d s", last_table)) == 2 * len(STAGES)
    assert "2 of 2" in last_table


def test_agent_that_does_not_start_fails_the_demo(make_world: MakeWorld) -> None:
    """The sentence says what happened, and the agent's own words are shown."""
    world = make_world(QUICK)
    world.configuration.write_text("colour = 'blue'\n")
    screen = io.StringIO()
    with pytest.raises(FatalError, match="The agent ended by itself with exit code 2"):
        DemoScreen(world, Console(file=screen)).show(2)
    assert "colour" in screen.getvalue()


def test_interrupted_demo_fails_and_leaves_no_process() -> None:
    """SIGTERM in the middle: exit code 1, a sentence, and nothing holds our pipe open."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "beamer_agent", "demo", "--transfers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with demo:
        assert demo.stdout is not None
        assert "Three chains are up" in demo.stdout.readline()
        demo.terminate()
        _, errors = demo.communicate(timeout=10)
    assert demo.returncode == 1
    assert "Interrupted" in errors
