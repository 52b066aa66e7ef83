"""Preparation of what the game needs: a last look before absences, bids and proofs are sent."""

from typing import Any

import pytest

from beamer_agent.actions.model import Action
from beamer_agent.errors import RpcError
from beamer_agent.transactions.model import PlannedTransaction
from beamer_agent.transactions.preparation import Preparation, RelayPreparation
from beamer_agent.transactions.reasons import ContradictedError, NotNeededError
from beamer_agent.transactions.simulation import call_fields
from tests.contract_answers import ContractsChain
from tests.doubles import ErrorObject, block_json, make_client
from tests.factories import (
    ALICE,
    FILL_MANAGER,
    NOBODY,
    REQUEST_MANAGER,
    RESOLVER,
    STAKE,
    TARGET,
    TARGET_TOKEN,
    US,
    make_block,
    make_fill_id,
    make_fill_invalidated,
)
from tests.made_actions import (
    make_challenge,
    make_claim_fill,
    make_fill,
    make_invalidate,
    make_relay,
    make_withdraw,
    request_id_of,
)
from tests.preparing import draft_of, make_book
from tests.raw_logs import make_log
from tests.sending import make_preparation

pytestmark = pytest.mark.unit

NO_FILL = bytes(32)


class GameChain(ContractsChain):
    """At block 110; it has no fill of the first request, and its first claim is unchallenged."""

    def __init__(self) -> None:
        super().__init__(TARGET, US)
        self.logs: list[dict[str, Any]] = []
        self.always("eth_getBlockByNumber", block_json(make_block(110)))
        self.on("eth_getLogs", self._matching)
        self.fill_manager("fills", request_id_of(1), result=NO_FILL)
        self.claim(STAKE, 0)

    def claim(self, claimer_stake: int, challenger_stake_total: int) -> None:
        """Let the first claim stand so."""
        claim = (
            request_id_of(1),
            ALICE,
            claimer_stake,
            NOBODY,
            challenger_stake_total,
            0,
            10**9,
            make_fill_id(1),
        )
        self.request_manager("claims", 1, result=claim)

    def _matching(self, filter_: dict[str, Any]) -> list[dict[str, Any]]:
        first = int(filter_["fromBlock"], 16)
        assert filter_["toBlock"] == "latest"
        return [
            log
            for log in self.logs
            if first <= int(log["blockNumber"], 16) and log["topics"][0] in filter_["topics"][0]
        ]


@pytest.fixture
def chain() -> GameChain:
    """See above."""
    return GameChain()


@pytest.fixture
def preparation(chain: GameChain) -> Preparation:
    """Of its account."""
    return make_preparation(make_client(chain))


def prepare(preparation: Preparation, action: Action) -> PlannedTransaction:
    """The one transaction."""
    (planned,) = draft_of(preparation, action).planned
    return planned


def test_absence_repeats_what_was_asked(preparation: Preparation) -> None:
    """With the false fill id, and no native currency."""
    action = make_invalidate()
    planned = prepare(preparation, action)
    assert planned.call == preparation.fill_manager.call(
        "invalidateFill",
        action.source_chain_id,
        action.target_token,
        action.receiver,
        action.amount,
        action.nonce,
        action.fill_id,
    )
    assert (planned.label, planned.value, planned.call.address) == ("invalidate", 0, FILL_MANAGER)


def test_absence_is_proven_once(chain: GameChain, preparation: Preparation) -> None:
    """Somebody may have been faster, in blocks that the planner did not know."""
    event = make_fill_invalidated(request_id=request_id_of(1), block_number=101)
    chain.logs = [make_log(event)]
    with pytest.raises(NotNeededError, match="proven"):
        prepare(preparation, make_invalidate(known_until=100))
    assert prepare(preparation, make_invalidate(known_until=101)).label == "invalidate"


def test_absence_of_another_fill_is_another_proof(
    chain: GameChain, preparation: Preparation
) -> None:
    """Of the same request, or the same id for another one."""
    chain.logs = [
        make_log(make_fill_invalidated(request_id=request_id, fill_id=fill_id, block_number=105))
        for request_id, fill_id in (
            (request_id_of(1), make_fill_id(2)),
            (request_id_of(2), make_fill_id(1)),
        )
    ]
    assert prepare(preparation, make_invalidate()).label == "invalidate"


def test_fill_that_exists_contradicts_its_absence(
    chain: GameChain, preparation: Preparation
) -> None:
    """The claim is honest; what is wrong are our events."""
    chain.fill_manager("fills", request_id_of(1), result=make_fill_id(1))
    with pytest.raises(ContradictedError):
        prepare(preparation, make_invalidate())


def test_another_fill_does_not_contradict(chain: GameChain, preparation: Preparation) -> None:
    """The claimed one is not there all the same."""
    chain.fill_manager("fills", request_id_of(1), result=make_fill_id(2))
    assert prepare(preparation, make_invalidate()).label == "invalidate"


def test_absence_is_not_proven_without_an_answer(
    chain: GameChain, preparation: Preparation
) -> None:
    """It would cost a transaction that reverts."""
    chain.on("eth_getLogs", lambda *_: ErrorObject("try later"))
    with pytest.raises(RpcError):
        prepare(preparation, make_invalidate())
    chain.on("eth_getLogs", lambda *_: [])
    chain.fill_manager("fills", request_id_of(1), result=ErrorObject("try later"))
    with pytest.raises(RpcError):
        prepare(preparation, make_invalidate())


def test_bid_is_the_value_of_its_transaction(preparation: Preparation) -> None:
    """To the wei."""
    planned = prepare(preparation, make_challenge())
    assert planned.call == preparation.request_manager.call("challengeClaim", 1)
    assert (planned.label, planned.value) == ("challenge", STAKE + 1)
    assert call_fields(planned, US)["to"] == REQUEST_MANAGER


@pytest.mark.parametrize(
    "stakes", [(STAKE, STAKE + 1), (3 * STAKE, STAKE + 1), (3 * STAKE, 0), (STAKE, 1)]
)
def test_bid_is_not_made_when_the_game_has_moved_on(
    chain: GameChain, preparation: Preparation, stakes: tuple[int, int]
) -> None:
    """By a bid of another, or of an earlier life of ours."""
    chain.claim(*stakes)
    with pytest.raises(NotNeededError, match="moved on"):
        prepare(preparation, make_challenge())


def test_bid_is_not_made_without_an_answer(chain: GameChain, preparation: Preparation) -> None:
    """Two lives could bid for one turn."""
    chain.request_manager("claims", 1, result=ErrorObject("try later"))
    with pytest.raises(RpcError):
        prepare(preparation, make_challenge())


@pytest.mark.parametrize("is_base", [True, False])
def test_step_of_a_proof_is_sent_as_it_was_made(preparation: Preparation, is_base: bool) -> None:
    """Whoever made it has looked; on L1 and on transfer chains alike."""
    relay = make_relay("redeem", value=9)
    maker = RelayPreparation() if is_base else preparation
    (planned,) = maker.plan(relay, make_book().draft()).planned
    assert (planned.label, planned.value, planned.call) == ("redeem", 9, relay.step.call)
    assert planned.call.address == RESOLVER


@pytest.mark.parametrize(
    "action",
    [make_fill(), make_claim_fill(), make_withdraw(), make_invalidate(), make_challenge()],
    ids=lambda action: type(action).__name__,
)
def test_nothing_but_proofs_is_done_on_an_l1_that_is_no_transfer_chain(action: Action) -> None:
    """Its contracts are not known there."""
    with pytest.raises(NotNeededError):
        RelayPreparation().plan(action, make_book().draft())


def test_nothing_is_asked_on_a_base_chain() -> None:
    """Who made the proof has looked already; and there is no token to approve."""
    maker, head, action = RelayPreparation(), make_block(), make_relay()
    questions = maker.questions([action], head)
    assert questions.requests == ()
    maker.check(action, maker.look(questions, []), head)
    with pytest.raises(NotNeededError):
        maker.allowance(TARGET_TOKEN)
