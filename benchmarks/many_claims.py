"""What the real agent makes of many false claims at once.

    python -m benchmarks.many_claims unfilled    on requests that nobody fills
    python -m benchmarks.many_claims filled      on requests that the agent has filled

Blocks of 1 s, poll-period 0.2, the native bridges at work. The thief's claims are handed over in
one request; each has a fill id of its own. An answer is a challenge; where there is no fill, a
proof of its absence must be included before. All answers must come before the claims' first
termination, each exactly once. Then the games are followed until their stakes are paid out, and
everything that the agent has sent in its life is counted: the thief gives up, nothing needs L1.

How soon it is possible at all: the fill wait time, 5 s, must be over before absence is proven. The
proofs fill the blocks that are printed, the challenges as many after them. 200 of each fit one
block (68 000 gas each, 30 000 000 in a block): all challenges are possible seven seconds after the
claims, or six if the chains' blocks come well. Eleven seconds are too late for none.
"""

import math
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import click

from beamer_agent.devnet.logs import Log
from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import BlockNumber
from benchmarks.usage import cpu_seconds, peak_megabytes
from benchmarks.witness import Witness
from tests.agent_process import AgentProcess
from tests.crowd import claim_all, create_requests, false_fill_id
from tests.e2e.configuration import REMOVED, configuration_of, tokens_of, write

AMOUNT: Final = 10**6
SECONDS: Final = 120.0

MOST_CLAIMS: Final = 249
"""More stakes than these are above half of the default `max-total-stake`, which defends others."""

claims_option = click.option("--claims", type=click.IntRange(1, MOST_CLAIMS), default=200)


class Theft:
    """Many false claims in a world, and what becomes of them."""

    def __init__(self, world: LocalWorld, agent: AgentProcess) -> None:
        self.world = world
        self.agent = agent
        self.source, self.target = (Witness(l2) for l2 in world.pair)
        self._thief = world.participant("rival").address

    def commit(self, requests: Sequence[Request]) -> None:
        """Claim all requests falsely and wait until every claim is answered, or paid."""
        claims = [(request, false_fill_id(n)) for n, request in enumerate(requests, start=1)]
        self.wanted = len(claims)
        cpu_before = cpu_seconds(self.agent.pid)
        claim_all(self.world, "rival", claims)
        self.agent.wait_until(self._is_over, "answers", SECONDS)
        self.cpu = cpu_seconds(self.agent.pid) - cpu_before

    def made(self) -> dict[int, Log]:
        """The thief's claims as they were made, by id."""
        return {log["claimId"]: log for log in self._bids() if log["challengerStakeTotal"] == 0}

    def challenged(self) -> list[Log]:
        """The bids against them."""
        return [log for log in self._bids() if log["challengerStakeTotal"] > 0]

    def _bids(self) -> list[Log]:
        logs = self.source.look()
        return [log for log in logs if log.name == "ClaimMade" and log["claimer"] == self._thief]

    def _is_over(self) -> bool:
        made = self.made()
        if len(made) < self.wanted:
            return False
        last = max(log["termination"] for log in made.values())
        is_late = self.source.l2.chain.client.head().timestamp > last
        return is_late or len(self.challenged()) >= self.wanted

    def report(self, needed: Mapping[str, int]) -> bool:
        """Print everything; whether it is as it should be.

        Args:
            needed: how often the agent must send what, by the labels in its log.
        """
        made, challenged = self.made(), self.challenged()
        end = min(log["termination"] for log in made.values())
        slack = min((end - self._time(log.block) for log in challenged), default=0)
        answered = Counter(log["claimId"] for log in challenged)
        self._print_blocks(min(log.block for log in made.values()))
        self._print_gas()
        click.echo(f"answered {len(answered)} of {self.wanted}")
        click.echo(f"last answer {slack} s before the earliest termination")
        click.echo(
            f"agent: {self.cpu:.2f} s of CPU time, "
            f"at most {peak_megabytes(self.agent.pid):.0f} MB resident"
        )
        is_in_time = sorted(answered.values()) == [1] * self.wanted and slack > 0
        return is_in_time and self._is_exact(needed)

    def _is_exact(self, needed: Mapping[str, int]) -> bool:
        """Wait for the end of the games, and compare what was sent with what was needed."""
        ends = needed["withdraw"]
        self.agent.wait_until(
            lambda: self.source.count("ClaimStakeWithdrawn") == ends, "the end", SECONDS
        )
        sent = Counter(line["transaction"] for line in self.agent.lines("Sent transaction"))
        for label in dict.fromkeys((*needed, *sent)):
            click.echo(f"{label}: {sent[label]} sent, {needed.get(label, 0)} needed")
        troubles = ("Sent transaction again", "Transaction reverted", "Put action off")
        counts = {sentence: len(self.agent.lines(sentence)) for sentence in troubles}
        click.echo(", ".join(f"{sentence}: {count}" for sentence, count in counts.items()))
        return sent == needed

    def _time(self, number: BlockNumber) -> int:
        return self.source.l2.chain.client.block(number).timestamp

    def _print_blocks(self, first: BlockNumber) -> None:
        begin = self._time(first)
        for witness in (self.source, self.target):
            logs, client = witness.look(), witness.l2.chain.client
            per_block: dict[int, Counter[str]] = {}
            for log in logs:
                per_block.setdefault(log.block, Counter())[self._kind(log)] += 1
            for number, kinds in per_block.items():
                raw = client.call("eth_getBlockByNumber", hex(number), False)
                seconds = int(raw["timestamp"], 16) - begin
                if seconds >= 0:
                    gas = f"{int(raw['gasUsed'], 16) / int(raw['gasLimit'], 16):4.0%} of gas"
                    what = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
                    click.echo(f"{witness.l2.chain.name}  {seconds:+3} s  {gas}  {what}")

    def _kind(self, log: Log) -> str:
        if log.name != "ClaimMade":
            return log.name
        if log["challengerStakeTotal"] > 0:
            return "challenges"
        return "claims of the thief" if log["claimer"] == self._thief else "claims of the agent"

    def _print_gas(self) -> None:
        """How many blocks the answers fill at the least."""
        for witness, name in ((self.source, "ClaimMade"), (self.target, "FillInvalidated")):
            logs = [log for log in witness.look() if log.name == name]
            if logs:
                client = witness.l2.chain.client
                receipt = witness.l2.chain.wallet("user").wait_for(logs[-1].transaction_hash)
                limit = int(client.call("eth_getBlockByNumber", "latest", False)["gasLimit"], 16)
                blocks = math.ceil(self.wanted * receipt.gas_used / limit)
                click.echo(
                    f"{name}: {receipt.gas_used} gas, {self.wanted} of them need {blocks} blocks"
                )


@click.group()
def main() -> None:
    """Measure what the agent makes of many false claims at once."""


@main.command()
@claims_option
def unfilled(claims: int) -> None:
    """Claims on requests with tokens that the agent does not know."""
    with started(lambda _: {"tokens.T1": REMOVED}) as (world, agent):
        theft = Theft(world, agent)
        theft.commit(create_requests(world, "USDT", AMOUNT, claims))
        needed = dict.fromkeys(("invalidate", "challenge", "withdraw"), claims)
        raise SystemExit(not theft.report(needed))


@main.command()
@claims_option
def filled(claims: int) -> None:
    """Claims on requests that the agent has just filled, and is claiming itself."""
    with started(lambda world: {"tokens": tokens_of(world, -1)}) as (world, agent):
        theft = Theft(world, agent)
        requests = create_requests(world, "DAI", AMOUNT, claims)
        agent.wait_until(lambda: theft.target.count("RequestFilled") == claims, "fills", SECONDS)
        theft.commit(requests)
        own = {"approve": 1, "fill": claims, "claim": claims}
        needed = own | {"challenge": claims, "withdraw": 2 * claims}
        raise SystemExit(not theft.report(needed))


@contextmanager
def started(
    tokens: Callable[[LocalWorld], Mapping[str, Any]],
) -> Iterator[tuple[LocalWorld, AgentProcess]]:
    """A world where a thief may claim, and an agent that has read all of it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world = stack.enter_context(LocalWorld(WorldSettings(block_time=1.0)))
        world.allow_lp("rival")
        stack.enter_context(world.relaying())
        changes = {"poll-period": 0.2, **tokens(world)}
        path = write(folder / "agent.toml", configuration_of(world, changes))
        agent = stack.enter_context(AgentProcess(folder, ["--config", str(path)]))
        for l2 in world.pair:
            agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)
        yield world, agent


if __name__ == "__main__":
    main()
