"""Games while one of two endpoints of the target chain lies, the one that is asked first."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.rpc.model import RawLog
from beamer_agent.types import ClaimId, FillId, Wei
from tests.e2e.story import counts, history
from tests.factories import make_request_filled
from tests.hand_agent import HandAgent
from tests.lying import LyingTransport, show_nothing
from tests.raw_logs import make_log
from tests.rounds import Rounds
from tests.stage import FILLED, MADE_UP, UNFILLED, Stage

pytestmark = pytest.mark.integration

NO_FILL = FillId(bytes(32))


class Deceived:
    """An agent with a liar among its endpoints, and a thief.

    Args:
        liar: of the target chain.
    """

    def __init__(self, world: LocalWorld, liar: LyingTransport) -> None:
        target = world.pair[1]
        name = next(name for name, l2 in world.l2s.items() if l2 is target)
        self.agent = HandAgent(world, symbols=(FILLED,), liars={name: liar})
        self.rounds = Rounds(world, [self.agent])
        self.stage = Stage(world, *world.pair, self.rounds.until, None)  # type: ignore[arg-type]

    def pass_claim_period(self) -> None:
        """And some seconds more."""
        for _ in range(self.stage.world.settings.claim_period + 5):
            self.rounds.turn()

    def reasons(self) -> set[str]:
        """Why nothing was bid."""
        lines = [line for line in self.agent.log.lines if line["event"] == "Not bidding"]
        return {line["reason"] for line in lines}

    def disagreements(self) -> set[tuple[str, ...]]:
        """Who vouched, and who denied, as often as it was told."""
        lines = [line for line in self.agent.log.lines if line["event"] == "Endpoints disagree"]
        return {(*line["vouching"], "against", *line["denying"]) for line in lines}


@pytest.fixture
def blind(games: LocalWorld) -> Iterator[LyingTransport]:
    """An endpoint on which nothing was ever filled."""
    url = games.pair[1].chain.url
    with closing(LyingTransport(url, show_nothing, NO_FILL)) as transport:
        yield transport


def test_honest_claim_is_not_challenged_when_an_endpoint_hides_its_fill(
    games: LocalWorld, blind: LyingTransport
) -> None:
    """Neither is its fill said to be absent; the claimer has his deposit."""
    deceived = Deceived(games, blind)
    stage = deceived.stage
    request = stage.ask(UNFILLED)
    claim_id = stage.thief.claim(request, stage.thief.fill(request))
    deceived.pass_claim_period()
    assert stage.bids(claim_id) == (stage.stake, 0)
    assert counts(request) == {"RequestCreated": 1, "RequestFilled": 1, "ClaimMade": 1}
    assert "invalidate" not in deceived.agent.sent(stage.target)
    assert deceived.reasons() == {Reason.ENDPOINTS_SPLIT.value}
    assert deceived.disagreements() == {("l2b/liar", "against", "local")}


def test_false_claim_is_answered_when_endpoints_agree(
    games: LocalWorld, blind: LyingTransport
) -> None:
    """The same liar, and nothing to hide."""
    deceived = Deceived(games, blind)
    stage = deceived.stage
    claim_id = stage.thief.claim(stage.ask(UNFILLED), MADE_UP)
    stage.wait_for_bids(claim_id, stage.stake, stage.stake + 1)


def test_false_claim_in_our_name_is_not_defended_when_an_endpoint_invents_our_fill(
    games: LocalWorld,
) -> None:
    """Whoever has paid for it would have our bids."""
    source, target = games.pair
    forgeries: list[RawLog] = []

    def add_forgeries(logs: list[RawLog]) -> list[RawLog]:
        return [*logs, *forgeries]

    liar = LyingTransport(target.chain.url, add_forgeries, MADE_UP)
    with closing(liar):
        deceived = Deceived(games, liar)
        stage = deceived.stage
        request = stage.ask(UNFILLED)
        forgeries.append(forged_fill(request, MADE_UP))
        claim_id = claim_in_our_name(stage, request, MADE_UP)
        deceived.rounds.turn()
        stage.thief.challenge(source, claim_id, Wei(stage.stake + 1))
        deceived.pass_claim_period()
        assert stage.bids(claim_id) == (stage.stake, stage.stake + 1)
        assert deceived.reasons() == {Reason.ENDPOINTS_SPLIT.value}


def forged_fill(request: Request, fill_id: FillId) -> RawLog:
    """A fill of the agent's that has never been, in a block that has."""
    target = request.target
    head = target.chain.client.head()
    return make_log(
        make_request_filled(
            chain_id=target.chain.chain_id,
            emitter=target.fill_manager.contract.address,
            block_number=head.number,
            block_hash=head.hash,
            request_id=request.request_id,
            fill_id=fill_id,
            source_chain_id=request.source.chain.chain_id,
            target_token_address=target.tokens[request.symbol].address,
            filler=account_of("agent").address,
            amount=request.amount,
        )
    )


def claim_in_our_name(stage: Stage, request: Request, fill_id: FillId) -> ClaimId:
    """Paid by the thief."""
    manager = stage.source.request_manager.contract
    agent = account_of("agent").address
    call = manager.call("claimRequest", agent, request.request_id, fill_id)
    stage.source.chain.wallet(stage.thief_role).execute(call, stage.stake)
    (made,) = (log for log in history(request) if log.name == "ClaimMade")
    return ClaimId(made["claimId"])
