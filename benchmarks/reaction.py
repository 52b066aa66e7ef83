"""From a block to a signature: how soon a fill leaves once the block with its request has come.

    python -m benchmarks.reaction [--tries 100] [--open 100] [--command COMMAND]

    block comes ----> logs read, folded --known--> decided, simulated, signed --sent--> endpoint

The block comes when the source chain's web socket tells an observer of it, as it tells the agent.
The other moments are those of the agent's own log, which has microseconds: "Request created", and
"Sent transaction" of the fill, written when it is signed and before it goes out. What endpoints
take to answer the questions in between is in it. Meanwhile the agent has open claims of its own.
"""

import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import BlockNumber
from benchmarks.lives import CLAIMED
from benchmarks.observer import Observer, push_url
from benchmarks.stand import AMOUNT, ENOUGH_STAKES, LONG, STAGE_SECONDS, SYMBOL, UNLIMITED
from tests.agent_process import OWN_COMMAND, AgentProcess
from tests.crowd import create_requests, events
from tests.e2e.configuration import REMOVED, configuration_of, tokens_of, write

MOST_MEDIAN: Final = 0.020
MOST_LATE: Final = 0.060
LATE: Final = 99
"""Per cent of all fills that must not take longer."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """Seconds after the block with a request has come."""

    known: float
    """Until it was read and folded."""
    sent: float
    """Until its fill was signed."""


@dataclass(frozen=True, slots=True)
class Room:
    """An agent that hears of blocks as an observer does, and asks the chains themselves."""

    world: LocalWorld
    agent: AgentProcess
    blocks: Observer
    """Of the source chain."""

    def react(self) -> Reaction:
        """To one request more."""
        source, target = self.world.pair
        request = self.world.participant("user").create_request(source, target, SYMBOL, AMOUNT)
        request_id = "0x" + request.request_id.hex()
        sent = self.agent.wait_for_line("Sent transaction", action=f"fill:{request_id}")
        (created,) = self.agent.lines("Request created", request_id=request_id)
        came = self.blocks.seen_at(BlockNumber(int(created["block_number"])))
        # So that nothing of this transfer but its open claim is there when the next one comes.
        self.agent.wait_for_line("Claim changed state", request_id=request_id)
        return Reaction(_moment(created) - came, _moment(sent) - came)


def measure(command: Sequence[str], tries: int, open_claims: int) -> list[Reaction]:
    """One request after the other, while others wait for the end of their claims."""
    with room(command) as stage:
        stage.react()  # pays for everything that happens only once
        create_requests(stage.world, SYMBOL, AMOUNT, open_claims)
        stage.agent.wait_until(
            lambda: len(events(stage.world.pair[0], CLAIMED)) > open_claims,
            "open claims",
            STAGE_SECONDS,
        )
        return [stage.react() for _ in range(tries)]


@contextmanager
def room(command: Sequence[str]) -> Iterator[Room]:
    """Everything runs inside; nothing is left after."""
    settings = WorldSettings(block_time=1.0, claim_period=LONG)
    with tempfile.TemporaryDirectory() as name, LocalWorld(settings) as world:
        content = configuration_of(world, _changes(world))
        options = ["--config", str(write(Path(name) / "agent.toml", content))]
        with (
            AgentProcess(Path(name), options, command=command) as agent,
            Observer(world.pair[0].chain) as blocks,
        ):
            for l2 in world.pair:
                agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)
            yield Room(world, agent, blocks)


def _changes(world: LocalWorld) -> dict[str, Any]:
    pushes = {f"chains.{name}.ws-url": push_url(l2.chain) for name, l2 in world.l2s.items()}
    tokens = tokens_of(world, UNLIMITED)
    return {
        "poll-period": REMOVED,
        "max-total-stake": ENOUGH_STAKES,
        "tokens": tokens,
        **pushes,
    }


def _moment(line: dict[str, str]) -> float:
    """The time of a log line in monotonic seconds."""
    written = datetime.fromisoformat(line["timestamp"]).timestamp()
    return written - (time.time() - time.monotonic())


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that so many per cent of all do not exceed."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * percent // 100) - 1]


def table(reactions: Sequence[Reaction]) -> str:
    """Median, late ones and the longest, in milliseconds."""
    stages = {
        "block -> request known": [r.known for r in reactions],
        "request known -> fill signed": [r.sent - r.known for r in reactions],
        "block -> fill signed": [r.sent for r in reactions],
    }
    lines = [f"{'ms':30}{'median':>8}{f'p{LATE}':>8}{'longest':>8}"]
    for name, values in stages.items():
        shown = (statistics.median(values), percentile(values, LATE), max(values))
        lines.append(f"{name:30}" + "".join(f"{1000 * value:8.1f}" for value in shown))
    return "\n".join(lines)


@click.command()
@click.option("--tries", type=click.IntRange(1), default=100, show_default=True)
@click.option("--open", "open_claims", type=click.IntRange(0), default=100, show_default=True)
@click.option("--command", default=shlex.join(OWN_COMMAND), help="What takes --config FILE.")
def main(tries: int, open_claims: int, command: str) -> None:
    """Measure and print; ends with 1 when a limit is passed."""
    reactions = measure(shlex.split(command), tries, open_claims)
    click.echo(table(reactions))
    sent = [reaction.sent for reaction in reactions]
    is_late = percentile(sent, LATE) > MOST_LATE
    sys.exit(statistics.median(sent) > MOST_MEDIAN or is_late)


if __name__ == "__main__":
    main()
