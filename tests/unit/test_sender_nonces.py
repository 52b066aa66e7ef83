"""TransactionSender: counts of transactions that are not those of the account."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from beamer_agent.transactions.counts import WIDEST_GAP
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill
from tests.sending import Sending

pytestmark = pytest.mark.unit

FAR = 1_000_000
IN_DOUBT = "Transaction count is in doubt"
FOREIGN = "Somebody else has sent transactions of this account"


@contextmanager
def counting(chain: PoolChain, *counts: int) -> Iterator[None]:
    """An endpoint that counts wrongly, look after look; the last one holds until the end."""
    truth = chain.answer_of("eth_getTransactionCount")
    answers = [hex(count) for count in counts for _ in range(2)]
    chain.on(
        "eth_getTransactionCount",
        lambda *_: answers.pop(0) if len(answers) > 1 else answers[0],
    )
    yield
    chain.on("eth_getTransactionCount", truth)


def claim(sending: Sending, nonce: int) -> None:
    """Have a claim made."""
    assert sending.sender.submit(make_claim_fill(nonce))
    sending.turn()


@pytest.mark.parametrize("counts", [(FAR, 5), (0, 5), (5, FAR)])
def test_first_count_is_asked_for_twice(
    chain: PoolChain, sending: Sending, counts: tuple[int, ...]
) -> None:
    """At the start nothing is known that it could fit; one true look in doubt costs a turn."""
    chain.mined_nonces = 5
    with counting(chain, *counts):
        claim(sending, 1)
    for _ in range(2):
        sending.turn()
    assert {t.nonce for t in chain.sent} <= {0, 5}
    sending.blocks(1)
    assert len(chain.state.claims) == 1


def test_count_that_does_not_fit_is_not_believed_at_once(
    chain: PoolChain, sending: Sending
) -> None:
    """What was sent and mined says what the next nonce is."""
    sending.carry_out(make_claim_fill(1))
    with counting(chain, FAR):
        claim(sending, 2)
    assert sending.log.sentences("warning") == [IN_DOUBT]
    assert len(chain.sent) == 1
    sending.turn()
    assert [t.nonce for t in chain.sent] == [0, 1]


def test_count_is_believed_when_it_stays(chain: PoolChain, sending: Sending) -> None:
    """Somebody else uses the account, and goes on with it."""
    sending.carry_out(make_claim_fill(1))
    chain.mined_nonces = 9
    claim(sending, 2)
    chain.mined_nonces = 10
    sending.turn()
    assert [t.nonce for t in chain.sent] == [0, 10]
    assert sending.log.sentences("warning") == [IN_DOUBT, FOREIGN]
    told = next(line for line in sending.log.lines if line["event"] == FOREIGN)
    assert (told["nonce"], told["transactions"]) == (1, 9)


def lead_astray(chain: PoolChain, sending: Sending, nonce: int) -> None:
    """A claim in flight at a nonce that is far away."""
    with counting(chain, nonce):
        claim(sending, 1)
        sending.turn()
    assert list(chain.pool) == [nonce]


def test_nonce_that_is_far_too_high_holds_nothing_up(chain: PoolChain, sending: Sending) -> None:
    """The claim is undone there, and made at the true nonce; no gap is closed step by step."""
    lead_astray(chain, sending, FAR)
    claim(sending, 2)
    sending.blocks(RESEND_BLOCKS + 4)
    assert len(chain.state.claims) == 2
    assert len(set(chain.state.claims)) == 2
    assert [t.nonce for t in chain.executed] == [0, 1]
    assert [t.data for t in chain.waiting()] == [b""]
    assert "Nonces are far above those of the chain" in sending.log.sentences("warning")


def test_narrow_gap_is_closed(chain: PoolChain, sending: Sending) -> None:
    """It may be one that a reorganisation has left: nothing is planned anew."""
    lead_astray(chain, sending, 2)
    sending.blocks(4 * RESEND_BLOCKS)
    assert len(chain.state.claims) == 1
    assert [t.nonce for t in chain.executed] == [0, 1, 2]


def test_far_nonce_that_is_reached_is_used_up(chain: PoolChain, sending: Sending) -> None:
    """A pool that had the claim still could mine it now; nothing else is sent there."""
    lead_astray(chain, sending, WIDEST_GAP + 1)
    sending.blocks(RESEND_BLOCKS + 4)
    assert len(chain.state.claims) == 1
    chain.drop(WIDEST_GAP + 1)
    chain.mined_nonces = WIDEST_GAP
    for nonce in (2, 3, 4):
        sending.sender.submit(make_claim_fill(nonce))
    sending.blocks(2 * RESEND_BLOCKS)
    assert len(chain.state.claims) == 4
    assert len(set(chain.state.claims)) == 4
    at_it = [t for t in chain.executed if t.nonce == WIDEST_GAP + 1]
    assert [t.data for t in at_it] == [b""]


@pytest.mark.parametrize("is_undone", [True, False])
@pytest.mark.parametrize("is_mined", [True, False])
def test_count_that_is_far_too_low_makes_no_second_claim(
    chain: PoolChain, sending: Sending, *, is_mined: bool, is_undone: bool
) -> None:
    """The nonce was right; what was set aside stands for its action again."""
    chain.mined_nonces = 200
    claim(sending, 1)
    original = chain.pool[200]
    chain.held.add(200)
    with counting(chain, 0):
        sending.blocks(RESEND_BLOCKS + 2)
        assert "Nonces are far above those of the chain" in sending.log.sentences("warning")
        if not is_undone:
            chain.pool[200] = original
        if is_mined:
            chain.held.clear()
        sending.blocks(3)
    for _ in range(5 * RESEND_BLOCKS):
        sending.sender.submit(make_claim_fill(1))
        sending.blocks(1)
    assert [t.nonce for t in chain.waiting()] == ([] if is_mined else [200])
    chain.held.clear()
    for _ in range(5 * RESEND_BLOCKS):
        sending.sender.submit(make_claim_fill(1))
        sending.blocks(1)
    assert len(chain.state.claims) == 1
    assert sending.is_idle()


def test_nonce_is_not_lost_by_two_lies_apart(chain: PoolChain, sending: Sending) -> None:
    """Between them the chain said that it is free."""
    claim(sending, 1)
    chain.held.add(0)
    for count in (1, 0, 1):
        with counting(chain, count):
            sending.blocks(RESEND_BLOCKS)
    assert "Lost the nonce to another transaction" not in sending.log.sentences()
    assert sending.sender.is_working_on(make_claim_fill(1).key)


def test_cancelled_claim_is_not_planned_anew(chain: PoolChain, sending: Sending) -> None:
    """It was not wanted any more when it was found to be far away."""
    lead_astray(chain, sending, FAR)
    sending.sender.cancel(make_claim_fill(1).key)
    sending.blocks(RESEND_BLOCKS + 4)
    assert chain.state.claims == []
    assert not sending.sender.has_work()


def test_one_low_count_sets_nothing_aside(chain: PoolChain, sending: Sending) -> None:
    """What is in flight only waits for its block."""
    chain.mined_nonces = 200
    claim(sending, 1)
    chain.held.add(200)
    with counting(chain, 0):
        sending.blocks(RESEND_BLOCKS)
    sending.blocks(RESEND_BLOCKS)
    assert sending.log.sentences("warning") == [IN_DOUBT, "Sent transaction again"]
    assert all(t.data for t in chain.sent)


def test_far_nonce_that_counted_as_final_is_forgotten(chain: PoolChain, sending: Sending) -> None:
    """An endpoint made up the receipt as well, for as long as it took."""
    sending.finality_blocks = 2
    lead_astray(chain, sending, FAR)
    truth = chain.answer_of("eth_getTransactionReceipt")
    block = hex(chain.number)
    receipt = {"blockNumber": block, "status": "0x1", "gasUsed": "0x1"}
    chain.on("eth_getTransactionReceipt", lambda asked: {"transactionHash": asked, **receipt})
    sending.blocks(5)
    chain.on("eth_getTransactionReceipt", truth)
    claim(sending, 2)
    sending.blocks(RESEND_BLOCKS + 4)
    claim(sending, 3)
    sending.blocks(1)
    assert [t.nonce for t in chain.executed] == [0, 1]


def test_second_look_at_the_first_count_makes_no_news_newer(
    chain: PoolChain, sending: Sending
) -> None:
    """The claim of an earlier life is mined between the news and the second look."""
    chain.mined_nonces = 5
    claim(sending, 1)
    simulate = chain.answer_of("eth_simulateV1")

    def simulate_and_mine(*asked: Any) -> Any:
        answer = simulate(*asked)
        chain.mine()
        return answer

    chain.on("eth_simulateV1", simulate_and_mine)
    after = Sending(chain)
    with counting(chain, 5, 6):
        claim(after, 1)
    after.blocks(5)
    assert len(chain.state.claims) == 1
