"""How soon the real agent fills: in blocks, and after the poll that shows it the request.

    python -m benchmarks.latency blocks     blocks of 1 s, poll-period 0.2
    python -m benchmarks.latency polls      blocks of 1 s, poll-period 5

**blocks.** Two chains make a block a second, each at moments of its own. Which block came first is
decided by an observer of both (`sightings.py`). Let N be the target chain's head at the moment at
which the block with the request is first seen on the source chain. The measure is (block of the
fill) - N: 1 is the target chain's next block after the block that created the request, 2 the next
but one. In every try the target chain's blocks are shifted against the source chain's, so that the
tries cover the whole second evenly, from 25 ms after the source chain's block to 25 ms before the
next one.

**polls.** From the agent's own log, which has microseconds: the line "Polling" of the source
chain's EventMonitor, written before the chain is asked, that comes last before the line "Request
created"; and the line "Sent transaction" of the fill, written when it is signed and goes out, with
its approval already at the node. Their difference is everything that the agent adds to the period.
"""

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import BlockNumber
from benchmarks.observer import Observer, shift_blocks
from benchmarks.sightings import Pair
from tests.agent_process import AgentProcess
from tests.e2e.configuration import configuration_of, write
from tests.e2e.story import history, wait_for

AMOUNT: Final = 10**18
MOST_BLOCKS: Final = 2
MOST_SECONDS: Final = 0.1

tries_option = click.option("--tries", type=click.IntRange(1, 200), default=20, show_default=True)


@click.group()
def measure() -> None:
    """Measure how soon the agent fills."""


@measure.command()
@tries_option
def blocks(tries: int) -> None:
    """Blocks from a request to its fill, at poll-period 0.2."""
    with started(poll_period=0.2) as (world, agent):
        source, target = world.pair
        with Observer(source.chain) as sources, Observer(target.chain) as targets:
            counted = []
            for number in range(tries):
                shift = (number + 0.5) / tries
                shift_blocks(sources, target.chain, shift)
                created, filled = blocks_of(ask(world, agent))
                late = targets.seen_at(filled) - sources.seen_at(created)
                seen = Pair(sources.sightings, targets.sightings)
                counted.append(seen.blocks(created, filled))
                click.echo(
                    f"{number + 1:3}  shift {shift:.3f} s  {counted[-1]} blocks  {late:.2f} s"
                )
    within = sum(count <= MOST_BLOCKS for count in counted)
    click.echo(f"next block {counted.count(1)}, next but one {counted.count(2)} of {tries}")
    raise SystemExit(within < tries)


@measure.command()
@tries_option
def polls(tries: int) -> None:
    """Seconds from the poll that shows a request to its fill, at poll-period 5."""
    with started(poll_period=5.0) as (world, agent):
        seconds = []
        for number in range(tries):
            request = ask(world, agent)
            seconds.append(seconds_after_poll(agent, request))
            click.echo(f"{number + 1:3}  {1000 * seconds[-1]:6.1f} ms")
    median = statistics.median(seconds)
    click.echo(f"median {1000 * median:.1f} ms, longest {1000 * max(seconds):.1f} ms")
    raise SystemExit(median > MOST_SECONDS)


@contextmanager
def started(poll_period: float) -> Iterator[tuple[LocalWorld, AgentProcess]]:
    """A world with a block a second, and an agent that has read all of it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalWorld(WorldSettings(block_time=1.0)) as world,
    ):
        changes = {"poll-period": poll_period, "log-level": "debug"}
        path = write(Path(folder) / "agent.toml", configuration_of(world, changes))
        with AgentProcess(Path(folder), ["--config", str(path)]) as agent:
            # The first transfer pays for everything that happens only once.
            ask(world, agent)
            yield world, agent


def ask(world: LocalWorld, agent: AgentProcess) -> Request:
    """A request that is filled now."""
    source, target = world.pair
    request = world.participant("user").create_request(source, target, "DAI", AMOUNT)
    wait_for(agent, request, "RequestFilled")
    return request


def blocks_of(request: Request) -> tuple[BlockNumber, BlockNumber]:
    """Where a request was created and where it was filled."""
    found = {log.name: log.block for log in history(request)}
    return found["RequestCreated"], found["RequestFilled"]


def seconds_after_poll(agent: AgentProcess, request: Request) -> float:
    """From the first poll that could see a request to the sending of its fill."""
    request_id = "0x" + request.request_id.hex()
    seen = moment(agent.lines("Request created", request_id=request_id)[0])
    (sent,) = agent.lines("Sent transaction", action=f"fill:{request_id}", transaction="fill")
    chain_id = request.source.chain.chain_id
    polled = [moment(line) for line in agent.lines("Polling", chain_id=chain_id)]
    return moment(sent) - max(at for at in polled if at <= seen)


def moment(line: dict[str, str]) -> float:
    """The time of a log line in seconds."""
    return datetime.fromisoformat(line["timestamp"]).timestamp()


if __name__ == "__main__":
    measure()
