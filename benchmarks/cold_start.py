"""How soon a newly started agent fills, on chains with a past.

    python -m benchmarks.cold_start [--requests 5000] [--blocks 5000] [--tries 3]

Each of two chains has had so many requests, in so many blocks, with their fills, claims and
withdrawals. These are told by an endpoint in front of two real chains with a block a second
(`late_world.py`). In every try a request is made on one of them, then an agent is started. The
measure is the time from the start of its process until its fill is sent (its log), until it is
mined (the target chain), and its memory then. It uses the default `poll-period`.
"""

import tempfile
import time
from pathlib import Path
from typing import Final

import click

from benchmarks.late_world import LateWorld
from benchmarks.latency import moment
from benchmarks.usage import cpu_seconds, megabytes, peak_megabytes
from tests.agent_process import AgentProcess
from tests.e2e.configuration import REMOVED
from tests.e2e.story import wait_for

AMOUNT: Final = 10**18
MOST_SECONDS: Final = 3.0
MOST_MEGABYTES: Final = 150.0


@click.command()
@click.option("--requests", type=click.IntRange(1), default=5_000, show_default=True)
@click.option("--blocks", type=click.IntRange(100), default=5_000, show_default=True)
@click.option("--tries", type=click.IntRange(1), default=3, show_default=True)
def main(requests: int, blocks: int, tries: int) -> None:
    """Measure and print; REQUESTS from each chain, in BLOCKS of each chain."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with LateWorld(requests, blocks, folder) as world:
            results = [start_agent(world, folder) for _ in range(tries)]
    seconds, peak = (max(values) for values in zip(*results, strict=True))
    click.echo(f"at most {seconds:.2f} s and {peak:.0f} MB")
    raise SystemExit(seconds > MOST_SECONDS or peak > MOST_MEGABYTES)


def start_agent(world: LateWorld, folder: Path) -> tuple[float, float]:
    """One try: seconds until the fill is mined, and the most memory until then."""
    path = world.configuration("agent", has_past=True, changes={"poll-period": REMOVED})
    source, target = world.real.pair
    request = world.real.participant("user").create_request(source, target, "DAI", AMOUNT)
    started = time.time()
    with AgentProcess(folder, ["--config", str(path)]) as agent:
        wait_for(agent, request, "RequestFilled")
        filled, peak = time.time() - started, peak_megabytes(agent.pid)
        action = f"fill:0x{request.request_id.hex()}"
        (line,) = agent.lines("Sent transaction", action=action, transaction="fill")
        sent = moment(line) - started
        click.echo(
            f"fill sent after {sent:.2f} s, mined after {filled:.2f} s; "
            f"{cpu_seconds(agent.pid):.2f} s of CPU time, {megabytes(agent.pid):.0f} MB resident, "
            f"at most {peak:.0f} MB"
        )
    return filled, peak


if __name__ == "__main__":
    main()
