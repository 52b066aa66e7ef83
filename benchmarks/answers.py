"""How soon the real agent answers false claims and bids against its own: in blocks.

    python -m benchmarks.answers filled       false claims on requests that the agent fills
    python -m benchmarks.answers unfilled     false claims on requests that nobody fills
    python -m benchmarks.answers outbid       challenges of the agent's own claims

Blocks of 1 s, poll-period 0.2, the native bridges at work. An answer must be in one of the two
blocks after the moment at which the rules allow it. That moment is, with everything it needs:

**filled.** The later of two blocks: that of the claim, and that of the fill. Every second claim
is made as soon as there is a request, and the agent's fill comes about then; the others come
after the fill. The answer is a challenge.

**unfilled.** First, the fill wait time after the claim, on the source chain's clock or that of the
machine; the answer is the proof of absence, on the target chain. Then the block of that proof; the
answer is a challenge.

**outbid.** The block of the challenge. The answer is a counter bid.

Let N be the head of the answer's chain at that moment, as an observer has seen it that asks both
chains a hundred times a second. The measure is (block of the answer) - N. As in
`benchmarks.latency`, the target chain's blocks are shifted against the source chain's in every
try. "Sent after" are the seconds from that moment to the line "Sent transaction" in the agent's
log.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.logs import Log
from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import BlockNumber, ClaimId, FillId
from benchmarks.latency import moment, tries_option
from benchmarks.observer import Observer, shift_blocks
from tests.agent_process import AgentProcess
from tests.crowd import false_fill_id
from tests.e2e.configuration import REMOVED, configuration_of, write
from tests.e2e.story import history, wait_for

AMOUNT: Final = 10**6
"""Of either token: DAI is configured, USDT is not."""
MOST_BLOCKS: Final = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """What was measured once."""

    label: str
    """Of the answering transaction, in the agent's log."""
    blocks: int
    sent_after: float


@dataclass(frozen=True, slots=True)
class Stage:
    """A world, an agent that has read all of it, and who looks at its two chains."""

    world: LocalWorld
    agent: AgentProcess
    sources: Observer
    targets: Observer

    @property
    def source(self) -> L2Contracts:
        """Where claims are."""
        return self.world.pair[0]

    def request(self, symbol: str) -> Request:
        """A new request."""
        return self.world.participant("user").create_request(*self.world.pair, symbol, AMOUNT)

    def claim(self, request: Request, fill_id: FillId) -> ClaimId:
        """A claim of the thief."""
        return self.world.participant("rival").claim(request, fill_id)

    def answer(self, label: str, log: Log, allowed_at: float, chain: Observer) -> Answer:
        """Measure an answer that is on a chain, from a moment in monotonic seconds."""
        tx_hash = f"0x{log.transaction_hash.hex()}"
        (sent,) = self.agent.lines("Sent transaction", transaction=label, tx_hash=tx_hash)
        to_wall_clock = time.time() - time.monotonic()
        sent_after = moment(sent) - to_wall_clock - allowed_at
        return Answer(label, log.block - chain.sightings.head_at(allowed_at), sent_after)

    def wait_for_answer(self, request: Request, is_it: Callable[[Log], bool]) -> Log:
        """The first event of a request that is an answer."""
        return self.agent.wait_until(
            lambda: next(filter(is_it, history(request)), None), f"an answer on {request.nonce}"
        )


Try = Callable[[Stage, int], Sequence[Answer]]


def answer_filled(stage: Stage, number: int) -> Sequence[Answer]:
    """A false claim on what the agent fills, before or after it does."""
    request = stage.request("DAI")
    if number % 2:
        wait_for(stage.agent, request, "RequestFilled")
    claim_id = stage.claim(request, false_fill_id(number + 1))
    challenge = stage.wait_for_answer(request, lambda log: _is_challenged(log, claim_id))
    (filled,) = (log for log in history(request) if log.name == "RequestFilled")
    claimed = _first(request, "ClaimMade", claim_id)
    allowed_at = max(stage.sources.seen_at(claimed.block), stage.targets.seen_at(filled.block))
    return [stage.answer("challenge", challenge, allowed_at, stage.sources)]


def answer_unfilled(stage: Stage, number: int) -> Sequence[Answer]:
    """A false claim on what nobody can fill: proof of absence, then challenge."""
    request = stage.request("USDT")
    claim_id = stage.claim(request, false_fill_id(number + 1))
    claimed = _first(request, "ClaimMade", claim_id)
    proof = stage.wait_for_answer(request, lambda log: log.name == "FillInvalidated")
    waited_at = _waited_at(stage, claimed.block)
    challenge = stage.wait_for_answer(request, lambda log: _is_challenged(log, claim_id))
    proven_at = stage.targets.seen_at(proof.block)
    return [
        stage.answer("invalidate", proof, waited_at, stage.targets),
        stage.answer("challenge", challenge, proven_at, stage.sources),
    ]


def answer_outbid(stage: Stage, number: int) -> Sequence[Answer]:
    """A challenge of the agent's honest claim."""
    del number  # all tries are alike
    request = stage.request("DAI")
    wait_for(stage.agent, request, "ClaimMade")
    (made,) = (log for log in history(request) if log.name == "ClaimMade")
    claim_id, stake = made["claimId"], made["claimerStake"]
    stage.world.participant("rival").challenge(stage.source, claim_id, stake + 1)
    counter = stage.wait_for_answer(request, lambda log: _is_countered(log, claim_id, stake))
    (challenge,) = (log for log in history(request) if _is_challenged(log, claim_id, stake))
    allowed_at = stage.sources.seen_at(challenge.block)
    return [stage.answer("challenge", counter, allowed_at, stage.sources)]


def _first(request: Request, name: str, claim_id: ClaimId) -> Log:
    logs = history(request)
    return next(log for log in logs if log.name == name and log["claimId"] == claim_id)


def _is_challenged(log: Log, claim_id: ClaimId, stake: int | None = None) -> bool:
    is_bid = log.name == "ClaimMade" and log["claimId"] == claim_id
    is_first = is_bid and stake in (None, log["claimerStake"])
    return is_first and log["challengerStakeTotal"] > 0


def _is_countered(log: Log, claim_id: ClaimId, stake: int) -> bool:
    is_bid = log.name == "ClaimMade" and log["claimId"] == claim_id
    return is_bid and bool(log["claimerStake"] > stake)


def _waited_at(stage: Stage, claimed: BlockNumber) -> float:
    """When the fill wait time was over, in monotonic seconds."""
    client = stage.source.chain.client
    over = client.block(claimed).timestamp + stage.world.settings.fill_wait_time
    moments = [over - (time.time() - time.monotonic())]
    number = claimed
    while (block := client.block(number)).timestamp < over and number < client.head().number:
        number = BlockNumber(number + 1)
    if block.timestamp >= over:
        moments.append(stage.sources.seen_at(block.number))
    return min(moments)


def measure(attempt: Try, tries: int) -> None:
    """Try, and print each try and the sums; the exit code says whether all are in time."""
    answers: list[Answer] = []
    with staged() as stage:
        for number in range(tries):
            shift = (number + 0.5) / tries
            shift_blocks(stage.sources, stage.world.pair[1].chain, shift)
            for answer in attempt(stage, number):
                answers.append(answer)
                click.echo(
                    f"{number + 1:3}  shift {shift:.3f} s  {answer.label:10}"
                    f"  {answer.blocks} blocks  sent after {answer.sent_after:5.2f} s"
                )
    for label in dict.fromkeys(answer.label for answer in answers):
        counted = [answer.blocks for answer in answers if answer.label == label]
        late = sum(blocks > MOST_BLOCKS for blocks in counted)
        click.echo(
            f"{label}: next block {sum(b <= 1 for b in counted)}, "
            f"next but one {counted.count(2)}, later {late} of {len(counted)}"
        )
    raise SystemExit(any(answer.blocks > MOST_BLOCKS for answer in answers))


@contextmanager
def staged() -> Iterator[Stage]:
    """Everything for tries, with what happens only once behind it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world = stack.enter_context(LocalWorld(WorldSettings(block_time=1.0)))
        world.allow_lp("rival")
        stack.enter_context(world.relaying())
        changes = {"poll-period": 0.2, "tokens.T1": REMOVED}
        path = write(folder / "agent.toml", configuration_of(world, changes))
        agent = stack.enter_context(AgentProcess(folder, ["--config", str(path)]))
        sources, targets = (stack.enter_context(Observer(l2.chain)) for l2 in world.pair)
        stage = Stage(world, agent, sources, targets)
        wait_for(agent, stage.request("DAI"), "RequestFilled")
        stage.request("USDT")
        yield stage


@click.group()
def main() -> None:
    """Measure how soon the agent answers claims."""


@main.command()
@tries_option
def filled(tries: int) -> None:
    """Blocks to the challenge of a false claim on a request that the agent fills."""
    measure(answer_filled, tries)


@main.command()
@tries_option
def unfilled(tries: int) -> None:
    """Blocks to the proof of absence, and from it to the challenge."""
    measure(answer_unfilled, tries)


@main.command()
@tries_option
def outbid(tries: int) -> None:
    """Blocks to the counter bid for a claim of the agent's own."""
    measure(answer_outbid, tries)


if __name__ == "__main__":
    main()
