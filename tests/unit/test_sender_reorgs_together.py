"""TransactionSender: many transactions whose block was replaced cost a handful of questions."""

from collections import Counter
from collections.abc import Sequence

import pytest

from beamer_agent.actions.model import Action
from beamer_agent.errors import RpcHttpError
from beamer_agent.transactions.simulation import MOST_CALLS
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill, make_fill, make_withdraw
from tests.sending import Sending

pytestmark = pytest.mark.unit

COUNT = 100


def lose(sending: Sending, actions: Sequence[Action]) -> None:
    """Carry actions out, and replace their block; all of them are wanted again."""
    sending.carry_out(*actions)
    sending.reorganise(1, keep_in_pool=False)
    sending.turn()
    assert all(sending.sender.submit(action) for action in actions)


def asked_in_turn(chain: PoolChain, sending: Sending) -> tuple[Counter[str], int]:
    """The calls of a turn besides those that hand over, and its HTTP requests."""
    posts, calls = chain.posts, len(chain.calls)
    sending.turn()
    by_method = Counter(chain.methods()[calls:])
    del by_method["eth_sendRawTransaction"]
    return by_method, chain.posts - posts


def claims(count: int) -> list[Action]:
    """Of so many requests."""
    return [make_claim_fill(nonce) for nonce in range(1, count + 1)]


def test_many_claims_are_looked_at_together(chain: PoolChain, sending: Sending) -> None:
    """News once, a simulated block for each 64 of them, and one request to hand all over."""
    lose(sending, claims(COUNT))
    by_method, posts = asked_in_turn(chain, sending)
    assert by_method["eth_getLogs"] == 1
    assert by_method["eth_simulateV1"] == -(-COUNT // MOST_CALLS)
    assert by_method["eth_estimateGas"] == 0
    assert by_method.total() <= 6
    assert posts <= 3
    assert len(chain.pool) == COUNT
    sending.blocks(1)
    assert len(chain.state.claims) == COUNT


def test_fills_are_simulated_behind_their_approvals(chain: PoolChain, sending: Sending) -> None:
    """Also where one block of the simulation ends with an approval, and another begins."""
    chain.state.is_zero_first = True
    fills = [make_fill(nonce, amount=1_000 + nonce) for nonce in range(1, MOST_CALLS)]
    lose(sending, [make_claim_fill(), *fills])
    sending.turn()
    assert len(chain.pool) == 1 + 2 * len(fills)
    sending.blocks(1)
    assert chain.state.fills_made == len(fills)


def test_where_no_blocks_are_simulated_estimates_go_together(
    chain: PoolChain, sending: Sending
) -> None:
    """As many as there are, but in one request."""
    lose(sending, claims(COUNT))
    chain.simulates_blocks = False
    by_method, posts = asked_in_turn(chain, sending)
    assert by_method["eth_estimateGas"] == COUNT
    assert posts <= 4
    assert len(chain.pool) == COUNT


def test_lone_withdrawal_where_a_gateway_refuses_simulations(
    chain: PoolChain, sending: Sending
) -> None:
    """Nothing else is asked beside the simulation, so the whole request is refused."""
    lose(sending, [make_withdraw()])
    chain.always("eth_simulateV1", RpcHttpError(403))
    sending.turn()
    sending.blocks(1)
    assert chain.state.withdrawn == [1]


def test_one_that_would_fail_holds_nobody_up(chain: PoolChain, sending: Sending) -> None:
    """What is before it was simulated as well: its nonce is used up in the same turn."""
    lose(sending, [make_claim_fill(1), make_withdraw(1), make_withdraw(2)])
    chain.state.unpayable_claims.add(1)
    sending.turn()
    assert [bool(t.data) for t in chain.waiting()] == [True, False, True]
    sending.blocks(1)
    assert chain.state.withdrawn == [2]


def test_far_behind_it_may_only_be_too_early(chain: PoolChain, sending: Sending) -> None:
    """Not all that is before it is simulated with it: it is given up when it is the first."""
    lose(sending, [*claims(MOST_CALLS), make_withdraw(1), make_withdraw(2)])
    chain.state.unpayable_claims.add(1)
    sending.turn()
    assert len(chain.pool) == MOST_CALLS
    assert "Not sending transaction again" not in sending.log.sentences()
    sending.blocks(2)
    assert chain.state.withdrawn == [2]
    assert len(chain.state.claims) == MOST_CALLS


def test_behind_what_is_not_wanted_yet_nothing_is_asked(
    chain: PoolChain, sending: Sending
) -> None:
    """It could not be mined: it is looked at when that is known."""
    sending.carry_out(*claims(3))
    sending.reorganise(1, keep_in_pool=False)
    sending.turn()
    sending.sender.submit(make_claim_fill(1))
    sending.sender.submit(make_claim_fill(3))
    calls = len(chain.calls)
    sending.turn()
    (simulated,) = [p for method, p in chain.calls[calls:] if method == "eth_simulateV1"]
    assert len(simulated[0]["blockStateCalls"][0]["calls"]) == 1
    assert [t.nonce for t in chain.waiting()] == [0]
    sending.sender.submit(make_claim_fill(2))
    sending.turn()
    assert [t.nonce for t in chain.waiting()] == [0, 1, 2]
