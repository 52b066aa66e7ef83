"""From the start of the agent's process to the block of its first fill.

Chains that mine each transaction at once, a keystore that opens at once, a request that waits. The
agent has its default settings and an unlimited allowance: it has approved before, or has to first.
The end is the moment at which the block with the fill is seen by an observer. An installed agent's
modules are compiled: a start before the ones that count sees to that.
"""

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from beamer_agent.devnet.participant import UNLIMITED as EVERYTHING
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from benchmarks.lives import FILLED
from benchmarks.measured import Measured
from benchmarks.observer import Observer
from benchmarks.stand import AMOUNT, SYMBOL, UNLIMITED
from tests.agent_process import AgentProcess
from tests.e2e.configuration import REMOVED, configuration_of, tokens_of, write
from tests.e2e.story import history, wait_for

TRIES: Final = 5
COMPILED: Final = {"PYTHONDONTWRITEBYTECODE": ""}
"""Whatever the environment says: what one start has compiled is there for the next."""


def measure(command: Sequence[str]) -> Measured:
    """Print every try; the values are medians."""
    seconds: dict[str, list[float]] = {}
    with (
        tempfile.TemporaryDirectory() as name,
        LocalWorld(WorldSettings(block_time=None)) as world,
    ):
        changes = {"poll-period": REMOVED, "tokens": tokens_of(world, UNLIMITED)}
        path = write(Path(name) / "agent.toml", configuration_of(world, changes))

        def agent() -> AgentProcess:
            arguments = ["--config", str(path)]
            return AgentProcess(Path(name), arguments, environment=COMPILED, command=command)

        first_fill(world, agent(), EVERYTHING)
        for line, allowance in (("start-approved", EVERYTHING), ("start", 0)):
            seconds[line] = [first_fill(world, agent(), allowance) for _ in range(TRIES)]
            click.echo(f"{line}  {', '.join(f'{value:.2f}' for value in seconds[line])} s")
    return Measured({line: statistics.median(values) for line, values in seconds.items()}, seconds)


def first_fill(world: LocalWorld, agent: AgentProcess, allowance: int) -> float:
    """Seconds that an agent takes which is not started yet. What happens is undone after."""
    source, target = world.pair
    approve = target.tokens[SYMBOL].contract.call(
        "approve", target.fill_manager.address, allowance
    )
    with world.isolated():
        target.chain.wallet("agent").execute(approve)
        request = world.participant("user").create_request(source, target, SYMBOL, AMOUNT)
        with Observer(target.chain) as observer:
            started = time.monotonic()
            with agent:
                wait_for(agent, request, FILLED)
                (filled,) = [log.block for log in history(request) if log.name == FILLED]
                return observer.seen_at(filled) - started
