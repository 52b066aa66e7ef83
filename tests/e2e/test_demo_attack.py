"""The attack, as a user runs it and as a terminal sees it; and an attack that succeeds."""

import io
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from beamer_agent.cli.attack import AttackScreen
from beamer_agent.cli.main import cli
from beamer_agent.devnet.agent_process import AgentProcess
from beamer_agent.devnet.attack import Attack
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import FatalError
from beamer_agent.types import Seconds

pytestmark = pytest.mark.e2e

MakeWorld = Callable[[WorldSettings], LocalWorld]

COMMAND = [sys.executable, "-m", "beamer_agent", "demo", "--attack"]
EASY = WorldSettings(
    block_time=0.25,
    claim_period=Seconds(4),
    challenge_period_extension=Seconds(3),
    finality_period=Seconds(3),
    relay_delay=Seconds(60),
    poll_period=0.1,
    fill_wait_time=Seconds(1),
)
"""A thief's world: no proof arrives before a game is over."""


def figures(summary: str) -> dict[str, str]:
    """The rows of the summary, by their names."""
    return dict(re.findall(r"│ (.+?) +│ +(.+?) +│", summary))


@pytest.mark.timeout(200)
def test_attack_leaves_the_thief_poorer() -> None:
    """Without a terminal: a line for each bid, who got which stakes, figures, exit code 0."""
    done = subprocess.run(
        [*COMMAND, "--block-time", "0.5"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rounds = re.findall(r"Game (\d), l2[ab]: round \d+, (\w+) (?:claims|bids) with", done.stdout)
    counts = Counter(rounds)
    assert counts["3", "thief"] >= 2
    assert all(counts[str(number), "agent"] >= 1 for number in range(1, 5))
    assert len(re.findall(r"Game \d, l2[ab]: agent takes 0\.0\d ETH", done.stdout)) == 4
    assert "Game 3, l2a: L1 said who filled it" in done.stdout
    assert "Game 1, l2a: L1 said: there is no such fill" in done.stdout
    rows = figures(done.stdout.partition("Summary")[2])
    assert all(rows[f"game {number}"].startswith("won by the agent") for number in range(1, 5))
    assert Decimal(rows["change of the thief, ETH"]) < Decimal("-0.06")
    assert Decimal(rows["change of the agent, ETH"]) > Decimal("0.05")
    for symbol in ("DAI", "USDT"):
        assert rows[f"change of the thief, {symbol}"] == "0"
        assert Decimal(rows[f"change of the agent, {symbol}"]) > 0
    won, gas = rows["stakes won by the agent, ETH"], rows["gas of the agent on all chains, ETH"]
    assert Decimal(won) + Decimal(gas) == Decimal(rows["change of the agent, ETH"])
    sent = {name: rows[f"sent by the agent: {name}"] for name in ("fillRequest", "claimRequest")}
    assert sent == {"fillRequest": "2", "claimRequest": "2"}
    assert int(rows["sent by the agent: executeMessage"]) >= 2


def test_theft_fails_the_demo(make_world: MakeWorld) -> None:
    """An agent that may not bid again, without L1, is robbed: table and sentence say of what."""
    world = make_world(EASY)
    text = world.configuration.read_text()
    poor = re.sub(r"\[base-chain\]\n.*\n", "", "max-claim-stake = 0.015\n" + text)
    world.configuration.write_text(poor)
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    with world.relaying(), pytest.raises(FatalError, match="The attack was not repelled") as error:
        AttackScreen(world, console).show()
    assert "The agent did not win game 1." in str(error.value)
    assert "The thief has DAI that were not his." in str(error.value)
    _, _, end = screen.getvalue().rpartition("Games after")
    games, _, summary = end.partition("Summary")
    assert games.count("thief takes all") == 2
    assert figures(re.sub(r"\x1b\[[0-9;]*m", "", summary))["game 3"].startswith("NOT WON")


def test_idle_agent_is_found_out_in_time(world: LocalWorld, tmp_path: Path) -> None:
    """The deadline has a sentence of its own."""
    idle = AgentProcess(tmp_path / "agent.toml", tmp_path / "agent.log")
    attack = Attack(world, idle, lambda *_: None, seconds=0.3)
    with pytest.raises(FatalError, match="only 0 of 4 games were over"):
        attack.run(lambda: None)


def test_interrupted_attack_fails_and_leaves_no_process() -> None:
    """SIGTERM in the middle: exit code 1, a sentence, and nothing holds our pipe open."""
    demo = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with demo:
        assert demo.stdout is not None
        assert "Three chains are up" in demo.stdout.readline()
        demo.terminate()
        _, errors = demo.communicate(timeout=10)
    assert demo.returncode == 1
    assert "Interrupted before all games were over" in errors


def test_attack_makes_its_own_transfers() -> None:
    """A number of transfers beside it is a contradiction, and refused."""
    result = CliRunner().invoke(cli, ["demo", "--attack", "--transfers", "3"])
    assert result.exit_code == 2
    assert "goes without --transfers" in result.output
