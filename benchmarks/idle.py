"""How many HTTP requests an idle agent makes.

    python -m benchmarks.idle [--seconds 35]

Two chains and L1 with a block a second, an agent with `poll-period` 0.5 that has read everything.
An endpoint in front of each chain counts (`front.py`), however many calls a request holds. What
it costs to start is printed beside it.
"""

import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from benchmarks.front import Front
from benchmarks.usage import cpu_seconds, megabytes
from tests.agent_process import AgentProcess
from tests.e2e.configuration import configuration_of, write

POLL_PERIOD: Final = 0.5
SETTLING_SECONDS: Final = 3.0
MOST_PER_POLL: Final = 1.05
"""One; and one poll more than there are whole periods, at the edges of what is counted."""


@click.command()
@click.option("--seconds", type=click.IntRange(1), default=35, show_default=True)
def main(seconds: int) -> None:
    """Measure and print."""
    with (
        tempfile.TemporaryDirectory() as name,
        LocalWorld(WorldSettings(block_time=1.0)) as world,
    ):
        folder = Path(name)
        urls = {chain.name: chain.url for chain in world.chains}
        with Front(urls, {}, folder) as front:
            rpc = {f"chains.{name}.rpc-url": front.url(name) for name in world.l2s}
            base = {"base-chain.rpc-url": front.url(world.base.name), "poll-period": POLL_PERIOD}
            path = write(folder / "agent.toml", configuration_of(world, {**rpc, **base}))
            with AgentProcess(folder, ["--config", str(path)]) as agent:
                for chain in world.chains:
                    agent.wait_for_line("Connected", chain_id=chain.chain_id)
                threading.Event().wait(SETTLING_SECONDS)
                before, used = front.counts(), cpu_seconds(agent.pid)
                threading.Event().wait(seconds)
                after, used = front.counts(), cpu_seconds(agent.pid) - used
                memory = megabytes(agent.pid)
    polls = seconds / POLL_PERIOD
    idle = {name: (after[name] - before[name]) / polls for name in after}
    click.echo(f"start: {told(before)}")
    click.echo(f"per poll of {POLL_PERIOD} s, over {polls:.0f} polls: {told(idle)}")
    click.echo(f"{used / seconds:.1%} of a core, {memory:.0f} MB resident")
    on_base = idle.pop(world.base.name)
    raise SystemExit(on_base > 0 or max(idle.values()) > MOST_PER_POLL)


def told(numbers: Mapping[str, float]) -> str:
    """Numbers by name."""
    return ", ".join(f"{name} {number:g}" for name, number in numbers.items())


if __name__ == "__main__":
    main()
