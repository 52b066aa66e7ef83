"""How fast the real agent learns a long history, and what is left of it in memory.

    python -m benchmarks.history [--requests 10000] [--blocks 100000]

Two chains tell of complete lives of requests (`past.py`), by default 100 000 events, half of them
on each chain. An endpoint in a process of its own has all answers ready (`front.py`). Everything
else, and the present, is served by two real chains. The agent is started twice: once without
knowing of the past, for comparison, then with it.

**Live** is when both chains' newest events are read ("Synced" in its log), from the start of the
process. **Known** is when all events are counted in its metrics and it has come to rest after
them: less than a fifth of a core for a quarter of a second. The rate is over the time between the
connection to the first chain and then.
"""

import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
import urllib3

from beamer_agent.devnet.anvil import HOST, free_port
from beamer_agent.errors import FatalError
from benchmarks.late_world import LateWorld
from benchmarks.usage import cpu_seconds, megabytes, peak_megabytes
from tests.agent_process import AgentProcess

LEAST_RATE: Final = 20_000
MOST_MEGABYTES: Final = 50
MOST_SECONDS: Final = 3.0

SECONDS: Final = 300.0
LOOK_SECONDS: Final = 0.1
REST_SECONDS: Final = 0.25
REST_CPU_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Measured:
    """One life of an agent: seconds since its start, and megabytes."""

    connected: float
    live: float
    known: float
    cpu: float
    resident: float
    peak: float

    def __str__(self) -> str:
        """In a line."""
        return (
            f"live after {self.live:.2f} s, at rest after {self.known:.2f} s, "
            f"{self.cpu:.2f} s of CPU time, {self.resident:.0f} MB resident, "
            f"at most {self.peak:.0f} MB"
        )


class Life:
    """An agent at work on a late world.

    Args:
        agent: running.
        port: of its metrics.
        chain_ids: whose events it reads.
    """

    def __init__(self, agent: AgentProcess, port: int, chain_ids: Sequence[int]) -> None:
        self._agent = agent
        self._port = port
        self._chain_ids = chain_ids
        self._started = time.time()

    def measure(self, events: int) -> Measured:
        """Wait until so many events are known."""
        live = max(self._moment("Synced", chain_id=chain_id) for chain_id in self._chain_ids)
        connected = min(self._moment("Connected", chain_id=id_) for id_ in self._chain_ids)
        deadline = time.monotonic() + SECONDS
        while self._events() < events:
            if time.monotonic() > deadline or self._agent.exit_code is not None:
                raise FatalError(f"The agent has not read {events} events.")
            threading.Event().wait(LOOK_SECONDS)
        known = self._rest()
        pid = self._agent.pid
        return Measured(
            connected, live, known, cpu_seconds(pid), megabytes(pid), peak_megabytes(pid)
        )

    def _moment(self, sentence: str, **fields: Any) -> float:
        line = self._agent.wait_for_line(sentence, **fields)
        return datetime.fromisoformat(line["timestamp"]).timestamp() - self._started

    def _events(self) -> int:
        text = urllib3.request("GET", f"http://{HOST}:{self._port}/metrics").data.decode()
        lines = (line for line in text.splitlines() if line.startswith("beamer_events_total{"))
        return int(sum(float(line.rpartition(" ")[2]) for line in lines))

    def _rest(self) -> float:
        """When the agent had come to rest."""
        while True:
            begun, used = time.time(), cpu_seconds(self._agent.pid)
            threading.Event().wait(REST_SECONDS)
            if cpu_seconds(self._agent.pid) - used < REST_CPU_SECONDS:
                return begun - self._started


@contextmanager
def living(world: LateWorld, folder: Path, *, has_past: bool) -> Iterator[Life]:
    """An agent that has just been started."""
    port = free_port()
    name = "old" if has_past else "new"
    changes = {"poll-period": 1.0, "metrics.prometheus-port": port}
    path = world.configuration(name, has_past=has_past, changes=changes)
    chain_ids = [l2.chain.chain_id for l2 in world.real.l2s.values()]
    with AgentProcess(folder, ["--config", str(path)]) as agent:
        yield Life(agent, port, chain_ids)


@click.command()
@click.option("--requests", type=click.IntRange(1), default=10_000, show_default=True)
@click.option("--blocks", type=click.IntRange(100), default=100_000, show_default=True)
def main(requests: int, blocks: int) -> None:
    """Measure and print; REQUESTS in each direction, on BLOCKS of each chain."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with LateWorld(requests, blocks, folder) as world:
            with living(world, folder, has_past=False) as life:
                empty = life.measure(0)
            click.echo(f"without a past: {empty}")
            served = cpu_seconds(world.front.pid)
            with living(world, folder, has_past=True) as life:
                full = life.measure(world.events)
            served = cpu_seconds(world.front.pid) - served
            click.echo(f"{world.events} events: {full}")
    seconds = full.known - full.connected
    rate, more = world.events / seconds, full.resident - empty.resident
    click.echo(
        f"{rate:.0f} events/s in {seconds:.2f} s ({served:.2f} s of CPU time to serve them)"
    )
    click.echo(f"{more:+.0f} MB against an empty start")
    is_within = rate >= LEAST_RATE and more <= MOST_MEGABYTES and full.live <= MOST_SECONDS
    raise SystemExit(not is_within)


if __name__ == "__main__":
    main()
