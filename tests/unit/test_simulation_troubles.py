"""Simulation of blocks: endpoints that choke on it, or answer what cannot be."""

from dataclasses import replace
from typing import Any

import pytest

from beamer_agent.errors import RpcError, RpcHttpError
from beamer_agent.transactions.simulation import ROUNDS_WITHOUT, SLOT_GAS
from tests.factories import RECEIVER
from tests.fake_chain import PoolChain
from tests.fake_contracts import PoolTransaction
from tests.made_actions import make_claim_fill, make_withdraw
from tests.sending import NO_ANSWER, Sending

pytestmark = pytest.mark.unit

SIMULATE = "eth_simulateV1"


@pytest.mark.parametrize("error", [NO_ANSWER, RpcHttpError(502)])
def test_endpoint_that_hangs_when_it_is_to_simulate_stops_no_claim(
    chain: PoolChain, sending: Sending, error: RpcError
) -> None:
    """All else works: what cannot be simulated in a block is estimated."""
    with chain.trouble(error, SIMULATE):
        for _ in range(4):
            sending.sender.submit(make_claim_fill(1))
            sending.sender.submit(make_claim_fill(2))
            sending.blocks(1)
    assert len(chain.state.claims) == 2


def test_blocks_are_simulated_again_after_a_while(chain: PoolChain, sending: Sending) -> None:
    """The endpoint may only have been busy."""
    sending.sender.submit(make_claim_fill())
    with chain.trouble(NO_ANSWER, SIMULATE):
        sending.try_turn()
    before = chain.methods().count(SIMULATE)
    for claim_id in range(ROUNDS_WITHOUT):
        sending.carry_out(make_withdraw(claim_id))
    assert chain.methods().count(SIMULATE) > before


class HungryChain(PoolChain):
    """Charges more than its simulations tell."""

    def _include(self, transaction: PoolTransaction) -> None:
        if transaction.gas >= 125_000:
            super()._include(transaction)
            return
        super()._include(replace(transaction, to=RECEIVER))  # nothing comes of it
        self.receipts[transaction.hash] |= {"status": "0x0", "gasUsed": hex(transaction.gas)}


def test_claim_that_has_run_out_of_gas_gets_more() -> None:
    """With the same limit it would run out of gas until its deadline is over."""
    chain = HungryChain()
    claim = make_claim_fill(known_until=chain.number)
    sending = Sending(chain)
    simulate = chain.answer_of(SIMULATE)
    chain.on(SIMULATE, lambda *asked: with_gas(simulate(*asked), 60_000))
    for _ in range(5):
        sending.sender.submit(claim)
        sending.blocks(1)
    assert [t.gas for t in chain.executed] == [105_000, 150_000]
    assert sending.sender.done_at(claim.key) is not None


def with_gas(blocks: Any, gas_used: int) -> Any:
    """The answer of a simulation, with so much for every call."""
    return [{"calls": [{**call, "gasUsed": hex(gas_used)} for call in blocks[0]["calls"]]}]


@pytest.mark.parametrize("gas_used", [0, 20_999, 2**60])
def test_gas_that_no_call_uses_is_not_believed(
    chain: PoolChain, sending: Sending, gas_used: int
) -> None:
    """No node would take the transaction, however often it is tried: it is estimated instead."""
    simulate = chain.answer_of(SIMULATE)
    chain.on(SIMULATE, lambda *asked: with_gas(simulate(*asked), gas_used))
    sending.carry_out(make_claim_fill())
    assert [t.gas for t in chain.executed] == [100_000 * 5 // 4 + SLOT_GAS]


def test_what_was_mined_once_goes_out_again_though_simulations_hang(
    chain: PoolChain, sending: Sending
) -> None:
    """After a reorganisation, all else would wait for it."""
    sending.carry_out(make_claim_fill(1))
    chain.reorg(1, keep_in_pool=False)
    sending.notice(chain.number - 1)
    sending.sender.step()
    with chain.trouble(NO_ANSWER, SIMULATE):
        for _ in range(3):
            sending.sender.submit(make_claim_fill(1))
            sending.blocks(1)
    assert len(chain.state.claims) == 1
