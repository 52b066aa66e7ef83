"""Two hundred false claims at once: each is answered, with no transaction more than needed."""

from collections import Counter
from collections.abc import Sequence

import pytest

from beamer_agent.chain import Chain
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import RpcConnectionError, RpcError
from beamer_agent.types import FillId, Seconds
from tests.chain_fixtures import MakeWorld
from tests.crowd import claim_all, create_requests, events, false_fill_id, wait_for_all
from tests.e2e.story import sent_by
from tests.hand_agent import UNLIMITED, HandAgent

pytestmark = pytest.mark.integration

CLAIMS = 200
REQUESTS = 190
"""Some are claimed twice with the same fill id: one proof serves both claims."""
AMOUNT = 10**6
FILL_WAIT_SECONDS = 120
SOURCE_BLOCKS = 1_000
"""More than there are on the source chain, each of them a second later at least."""
TURNS = 12
"""Far fewer seconds than the claims run; enough to send all in small parts to a busy node."""


@pytest.fixture
def long_world(make_world: MakeWorld) -> LocalWorld:
    """Claims in it outlast the test, whatever the machine is doing; a thief may claim."""
    world = make_world(WorldSettings(block_time=None, claim_period=Seconds(3600)))
    world.allow_lp("rival")
    return world


def steal(world: LocalWorld, requests: list[Request]) -> None:
    """Claim all requests falsely, and the first ones once more."""
    claims = [(r, false_fill_id(number)) for number, r in enumerate(requests, start=1)]
    claims += claims[: CLAIMS - len(claims)]
    wait_for_all(world.pair[0].chain, claim_all(world, "rival", claims))


def answers(world: LocalWorld) -> Counter[int]:
    """How often each claim of the thief has been challenged."""
    thief = world.participant("rival").address
    made = [log for log in events(world.pair[0], "ClaimMade") if log["claimer"] == thief]
    found = Counter({log["claimId"]: -1 for log in made})
    found.update(log["claimId"] for log in made)
    return found


def proofs(target: L2Contracts) -> Counter[tuple[bytes, FillId]]:
    """How often each fill was proven absent."""
    logs = events(target, "FillInvalidated")
    return Counter((log["requestId"], log["fillId"]) for log in logs)


def die_at(monkeypatch: pytest.MonkeyPatch, dying: Chain, transactions: int) -> None:
    """The chain takes so many transactions; with the last of them, and after it, it is gone."""
    client = dying.connection.client
    send = client.send_raw_transactions
    left = transactions

    def send_or_die(raws: Sequence[bytes]) -> list[RpcError | None]:
        nonlocal left
        results = send(raws[:left])
        left -= len(results)
        return results if left > 0 else [RpcConnectionError("gone")] * len(raws)

    monkeypatch.setattr(client, "send_raw_transactions", send_or_die)


def live(agent: HandAgent) -> None:
    """The agent has waited long enough for fills, and then has a few turns."""
    agent.turns(1)
    agent.clock.advance(FILL_WAIT_SECONDS)
    agent.turns(TURNS)


@pytest.mark.parametrize("dies_on", [None, "target", "source"])
def test_claims_without_fills_are_proven_false_and_challenged_once_each(
    long_world: LocalWorld, monkeypatch: pytest.MonkeyPatch, dies_on: str | None
) -> None:
    """One proof per false fill id, one challenge per claim; also over a death amid sending."""
    source, target = long_world.pair
    steal(long_world, create_requests(long_world, "USDT", AMOUNT, REQUESTS))
    if dies_on is not None:
        deathbed = {"source": source, "target": target}[dies_on]
        mortal = HandAgent(long_world, allowance=AMOUNT - 1)
        with monkeypatch.context() as patches:
            die_at(patches, mortal.chains[deathbed.chain.name], CLAIMS // 2)
            live(mortal)
        assert sent_by(deathbed, long_world)[0] == CLAIMS // 2
    agent = HandAgent(long_world, allowance=AMOUNT - 1)
    live(agent)
    assert sorted(answers(long_world).values()) == [1] * CLAIMS
    assert list(proofs(target).values()) == [1] * REQUESTS
    ahead = len(source.tokens)  # approvals, by whichever life
    sent = [sent_by(l2, long_world)[0] for l2 in (source, target)]
    assert sent == [CLAIMS + ahead, REQUESTS + ahead]
    assert "Transaction reverted" not in agent.log.sentences()


def test_claims_on_requests_that_we_filled_are_challenged_once_each(
    long_world: LocalWorld,
) -> None:
    """The fill is the proof: no other is made. Our own claims are made once each."""
    source, target = long_world.pair
    requests = create_requests(long_world, "DAI", AMOUNT, REQUESTS)
    agent = HandAgent(long_world, allowance=UNLIMITED)
    agent.turns(TURNS)
    steal(long_world, requests)
    # The source chain's clock has gone on with its blocks; a target chain that lags proves little.
    target.chain.increase_time(Seconds(SOURCE_BLOCKS))
    agent.turns(TURNS)
    assert sorted(answers(long_world).values()) == [1] * CLAIMS
    ahead = {"approve": len(source.tokens)}
    assert Counter(agent.sent(target)) == ahead | {"fill": REQUESTS}
    assert Counter(agent.sent(source)) == ahead | {"claim": REQUESTS, "challenge": CLAIMS}
    assert "Transaction reverted" not in agent.log.sentences()
