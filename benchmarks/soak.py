"""What the real agent's memory is after 50 000 transfers, against that after its first thousand.

    python -m benchmarks.soak [--transfers 50000] [--window 1000]

Two chains with a block a second, the agent's default settings but for these: it hears of blocks by
web socket, its allowance is unlimited, blocks are final early (`finality-blocks`), and a period
lasts a minute, so that the audits of a day happen within half an hour. So many requests are made
as keep `--window` of them open; each is filled, claimed and withdrawn by the agent.

Resident memory is measured when nothing is open and everything is final: after the first thousand
transfers, and at the end. In between it is printed, with what is open then.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import urllib3

from beamer_agent.devnet.anvil import HOST, free_port
from beamer_agent.devnet.participant import VALIDITY_PERIOD
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import FatalError
from beamer_agent.types import Seconds
from benchmarks.observer import push_url
from benchmarks.stand import AMOUNT, ENOUGH_STAKES, SYMBOL, UNLIMITED
from benchmarks.usage import cpu_seconds, megabytes, peak_megabytes
from tests.agent_process import AgentProcess
from tests.crowd import send_all
from tests.e2e.configuration import REMOVED, configuration_of, tokens_of, write

TRANSFERS: Final = 50_000
FIRST: Final = 1_000
WINDOW: Final = 1_000
WAVE: Final = 200
"""Requests handed over at once: about as many as a block takes."""
BASE_FEE: Final = 10**9
MOST_MEGABYTES: Final = 20.0

CLAIM_PERIOD: Final = Seconds(3)
FINALITY_BLOCKS: Final = 8
PERIOD_SECONDS: Final = 60
LOOK_SECONDS: Final = 0.5
REST_SECONDS: Final = 75.0
"""After the last withdrawal: its block is final by then, and what endpoints were asked about is
forgotten, a minute after."""
STALL_SECONDS: Final = 120.0
TOLD_EVERY: Final = 1_000


@dataclass(frozen=True, slots=True)
class Counts:
    """What the agent's metrics say."""

    withdrawn: int
    audits: int
    differences: int


class Soak:
    """An agent at work, and how far it is.

    Args:
        port: of the agent's metrics.
    """

    def __init__(self, world: LocalWorld, agent: AgentProcess, port: int, window: int) -> None:
        self._world = world
        self._agent = agent
        self._url = f"http://{HOST}:{port}/metrics"
        self._window = window
        self._made = 0
        self._started = time.monotonic()

    def run_until(self, total: int) -> float:
        """Let so many transfers be made and ended; the resident memory after, in megabytes."""
        told_at = self._made
        for withdrawn in self._progress(total):
            if self._made < total and self._has_room(withdrawn):
                self._create(min(WAVE, total - self._made))
            if withdrawn >= told_at + TOLD_EVERY:
                told_at = withdrawn
                self._tell(withdrawn)
        threading.Event().wait(REST_SECONDS)
        self._tell(total)
        return megabytes(self._agent.pid)

    def counts(self) -> Counts:
        """So far."""
        text = urllib3.request("GET", self._url).data.decode()
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]

        def total(beginning: str, part: str = "") -> int:
            return int(sum(float(v) for n, _, v in lines if n.startswith(beginning) and part in n))

        return Counts(
            total("beamer_own_actions_total", 'action="withdraw"'),
            total("beamer_periods_total"),
            total("beamer_period_differences_total"),
        )

    def _progress(self, total: int) -> Iterator[int]:
        """How many are withdrawn, now and then, until all are."""
        withdrawn, changed_at = 0, time.monotonic()
        while True:
            before, withdrawn = withdrawn, self.counts().withdrawn
            now = time.monotonic()
            changed_at = now if withdrawn != before else changed_at
            if now - changed_at > STALL_SECONDS or self._agent.exit_code is not None:
                raise FatalError(f"The agent has withdrawn {withdrawn} and no more.")
            if withdrawn >= total:
                return
            yield withdrawn
            threading.Event().wait(LOOK_SECONDS)

    def _has_room(self, withdrawn: int) -> bool:
        mined, pending = self._world.pair[0].chain.client.transaction_counts(
            self._world.participant("user").address
        )
        return self._made - withdrawn + WAVE <= self._window and mined == pending

    def _create(self, count: int) -> None:
        source, target = self._world.pair
        for l2 in (source, target):
            # Blocks are fuller than half for minutes: gas would come to cost more than all have.
            l2.chain.client.call("anvil_setNextBlockBaseFeePerGas", hex(BASE_FEE))
        create = source.request_manager.contract.call(
            "createRequest",
            target.chain.chain_id,
            source.tokens[SYMBOL].address,
            target.tokens[SYMBOL].address,
            self._world.participant("user").address,
            AMOUNT,
            VALIDITY_PERIOD,
        )
        send_all(source.chain, "user", [create] * count)
        self._made += count

    def _tell(self, withdrawn: int) -> None:
        pid, seconds = self._agent.pid, time.monotonic() - self._started
        click.echo(
            f"{seconds:6.0f} s  {withdrawn:6} withdrawn, {self._made - withdrawn:4} open, "
            f"{megabytes(pid):6.1f} MB resident, at most {peak_megabytes(pid):.1f} MB, "
            f"{cpu_seconds(pid):.0f} s of CPU time"
        )


@contextmanager
def soaking(window: int) -> Iterator[Soak]:
    """Everything runs inside; nothing is left after."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = WorldSettings(block_time=1.0, claim_period=CLAIM_PERIOD)
        world = stack.enter_context(LocalWorld(settings))
        port = free_port()
        changes = {
            **{f"chains.{name}.ws-url": push_url(l2.chain) for name, l2 in world.l2s.items()},
            "poll-period": REMOVED,
            "max-total-stake": ENOUGH_STAKES,
            "tokens": tokens_of(world, UNLIMITED),
            "finality-blocks": FINALITY_BLOCKS,
            "period": PERIOD_SECONDS,
            "metrics.prometheus-port": port,
        }
        path = write(folder / "agent.toml", configuration_of(world, changes))
        agent = stack.enter_context(AgentProcess(folder, ["--config", str(path)]))
        for l2 in world.pair:
            agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)
        source = world.pair[0]
        world.participant("user").allow(source, SYMBOL, source.request_manager)
        yield Soak(world, agent, port, window)


@click.command()
@click.option("--transfers", type=click.IntRange(FIRST), default=TRANSFERS, show_default=True)
@click.option("--window", type=click.IntRange(WAVE), default=WINDOW, show_default=True)
def main(transfers: int, window: int) -> None:
    """Measure and print; the exit code is 1 when memory has grown by more than it may."""
    with soaking(window) as soak:
        first = soak.run_until(FIRST)
        last = soak.run_until(transfers)
        counts = soak.counts()
    click.echo(f"{counts.audits} comparisons with the contracts, {counts.differences} differences")
    click.echo(f"{last - first:+.1f} MB from {FIRST} to {transfers} transfers")
    sys.exit(last - first > MOST_MEGABYTES or counts.differences > 0)


if __name__ == "__main__":
    main()
