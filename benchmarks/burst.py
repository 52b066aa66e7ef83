"""1 000 requests as fast as the source chain takes them, and everything that the agent does then.

    python -m benchmarks.burst [--requests 1000] [--allowance exact] [--command COMMAND]

The requests are handed over at once: as many as the gas limit allows are in each block. The
target chain's blocks come half a second after the source chain's. Claims end after the burst, and
are then withdrawn; nobody's clock is moved.

RPC calls are those of the agent for all chains, by method, each call of a batch counted, polling
included: from the moment before the requests are handed over until `SETTLING_SECONDS` after the
block with the last withdrawal, so that what is asked about the withdrawals is in it. CPU time is
that of the agent's process in the same span, and until the last claim's block was seen. New blocks
come by web socket, which is no call.

Gas is that of the receipts, approvals left out, and without what the local bridge takes for the
message that each fill sends: the agent can do nothing about it, and each bridge has its price.
"""

import shlex
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import click

from beamer_agent.devnet.expenses import heights
from beamer_agent.types import Seconds, TransactionHash
from benchmarks.ledger import Entry, agent_ledger, failed, gas_per_transfer, mean_gas, message_gas
from benchmarks.lines import all_reached, table, text
from benchmarks.lives import CLAIMED, CREATED, FILLED, STAGES, WITHDRAWN, Lives
from benchmarks.measured import Measured
from benchmarks.stand import UNLIMITED, Stand, standing
from benchmarks.usage import cpu_seconds, megabytes, peak_megabytes
from tests.agent_process import OWN_COMMAND

COUNT: Final = 1_000
CLAIM_PERIOD: Final = Seconds(40)
"""The last claim of an agent that is far too slow still comes before the first one ends."""
SHIFT: Final = 0.5
ALLOWANCES: Final[Mapping[str, int | None]] = {"unlimited": UNLIMITED, "exact": None}
SETTLING_SECONDS: Final = 3.0


def measure(
    command: Sequence[str], count: int = COUNT, allowance: int | None = UNLIMITED
) -> Measured:
    """Print what became of the requests, block by block."""
    with standing(command, CLAIM_PERIOD, allowance=allowance) as stand:
        return Burst(stand, count).run()


class Burst:
    """Many requests on a stand whose agent has done one transfer.

    Args:
        stand: where.
        count: how many.
    """

    def __init__(self, stand: Stand, count: int) -> None:
        self._stand = stand
        self._count = count
        self._pid = stand.agent.pid
        # The first transfer is withdrawn beside the others.
        self._ends = count + 1

    def run(self) -> Measured:
        """Everything, from the first request to what follows the last withdrawal."""
        stand = self._stand
        stand.shift(SHIFT)
        heights_before = heights(stand.world)
        cpu_before, calls_before = cpu_seconds(self._pid), stand.front.calls()
        hashes = stand.create(self._count)
        stand.wait_for(CLAIMED, self._ends)
        cpu_claimed = cpu_seconds(self._pid) - cpu_before
        stand.wait_for(WITHDRAWN, self._ends)
        threading.Event().wait(SETTLING_SECONDS)
        cpu_withdrawn = cpu_seconds(self._pid) - cpu_before
        calls = stand.front.calls() - calls_before
        entries = agent_ledger(stand.world, heights_before)
        message = message_gas(stand.target.l2, stand.target.witness.named(FILLED)[-1])
        values = {
            **self._blocks(hashes, entries),
            "calls": calls.total() / self._count,
            "cpu-claimed": cpu_claimed,
            "cpu-withdrawn": cpu_withdrawn,
            "memory": megabytes(self._pid),
            "gas-single": gas_per_transfer(entries, self._count) - message,
        }
        return Measured(values, self._details(calls, entries, message))

    def _blocks(
        self, hashes: Sequence[TransactionHash], entries: Sequence[Entry]
    ) -> dict[str, float]:
        lives, seen = self._stand.lives(hashes), self._stand.seen()
        self._print(lives)
        last = lives.last(CREATED)
        off = sum(lives.off_by(stage) for stage in STAGES)
        return {
            "thousand-filled": seen.blocks(last, lives.last(FILLED)),
            "thousand-claimed": lives.last(CLAIMED) - last,
            "thousand-off": off + failed(entries),
        }

    def _print(self, lives: Lives) -> None:
        """When what happened, in seconds after the first request's block."""
        seen = self._stand.seen()
        first = seen.source.seen_at(min(lives.blocks(CREATED)))
        for stage in STAGES:
            chain = seen.target if stage == FILLED else seen.source
            per_block = Counter(lives.blocks(stage))
            told = [
                f"{chain.seen_at(n) - first:+.1f} s: {count}" for n, count in per_block.items()
            ]
            click.echo(f"{stage}  {', '.join(told)}")

    def _details(
        self, calls: Counter[str], entries: Sequence[Entry], message: float
    ) -> dict[str, object]:
        per_transfer = {method: n / self._count for method, n in calls.most_common()}
        gas = {**mean_gas(entries), "message in fillRequest": message}
        for method, number in per_transfer.items():
            click.echo(f"{number:8.2f}  {method}")
        for function, used in gas.items():
            click.echo(f"{used:8.0f}  gas of {function}")
        peak = peak_megabytes(self._pid)
        click.echo(f"{peak:8.0f}  MB at most")
        return {"calls": per_transfer, "gas-single": gas, "memory": {"peak": peak}}


@click.command()
@click.option("--requests", type=click.IntRange(1), default=COUNT, show_default=True)
@click.option("--command", default=shlex.join(OWN_COMMAND), help="What takes --config FILE.")
@click.option(
    "--allowance",
    type=click.Choice(list(ALLOWANCES)),
    default="unlimited",
    show_default=True,
    help="With exact ones, each fill has its approval.",
)
def main(requests: int, command: str, allowance: str) -> None:
    """Measure and print."""
    started = time.monotonic()
    measured = measure(shlex.split(command), requests, ALLOWANCES[allowance])
    click.echo(text(table(measured.values)))
    click.echo(f"{time.monotonic() - started:.0f} s in all")
    sys.exit(not all_reached(measured.values))


if __name__ == "__main__":
    main()
