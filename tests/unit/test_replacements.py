"""Replacements: how much dearer, how soon, and where they end."""

from typing import Any

import pytest

from beamer_agent.transactions.fee_limits import URGENT_SECONDS, FeeLimits
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from beamer_agent.transactions.versions import MOST_BUMPS
from beamer_agent.types import Timestamp, Wei
from tests.doubles import ErrorObject
from tests.factories import AMOUNT, NOW
from tests.fake_chain import BASE_FEE, PoolChain
from tests.fake_contracts import decoded
from tests.made_actions import make_claim_fill, make_fill
from tests.sending import BLOCK_SECONDS, Sending

pytestmark = pytest.mark.unit

SEND = "eth_sendRawTransaction"
REFUSED = "Node refused a transaction"
UNDERPRICED = "replacement transaction underpriced"
LIMITS = FeeLimits(ordinary=Wei(4 * BASE_FEE), urgent=Wei(40 * BASE_FEE))


def send(sending: Sending, *nonces: int) -> None:
    """Claims in flight, of which the first is not mined."""
    sending.chain.held.add(sending.chain.mined_nonces)
    for nonce in nonces:
        assert sending.sender.submit(make_claim_fill(nonce))
    sending.turn()


def refusals(sending: Sending) -> list[str]:
    """Why nodes refused, in order."""
    return [line["error"] for line in sending.log.lines if line["event"] == REFUSED]


def ask_for_bump(chain: PoolChain, percent: int) -> None:
    """A pool that wants so much more than others for a replacement."""
    take = chain.answer_of(SEND)

    def answer(raw: str) -> object:
        before = dict(chain.pool)
        result = take(raw)
        for nonce, new in chain.pool.items():
            known = before.get(nonce, new)
            if known.hash != new.hash and 100 * new.maximum < (100 + percent) * known.maximum:
                chain.pool.update(before)
                return ErrorObject(UNDERPRICED)
        return result

    chain.on(SEND, answer)


def test_pool_that_wants_more_gets_more_at_once(chain: PoolChain, sending: Sending) -> None:
    """Not an eighth more every few blocks; what it wanted is nobody's trouble."""
    ask_for_bump(chain, 50)
    send(sending, 1)
    first = chain.pool[0]
    sending.blocks(RESEND_BLOCKS)
    assert 150 * first.maximum <= 100 * chain.pool[0].maximum <= 175 * first.maximum
    assert refusals(sending) == []


def test_pool_that_is_never_content_is_not_asked_for_ever(
    chain: PoolChain, sending: Sending
) -> None:
    """It may have a transaction of somebody else's: that is told."""
    send(sending, 1)
    chain.on(SEND, lambda *_: ErrorObject(UNDERPRICED))
    before = chain.methods().count(SEND)
    sending.blocks(RESEND_BLOCKS)
    assert chain.methods().count(SEND) - before == MOST_BUMPS
    assert refusals(sending) == [UNDERPRICED]


def test_all_that_is_too_cheap_goes_out_in_one_batch(chain: PoolChain, sending: Sending) -> None:
    """A base fee that rises over all of them costs one request, not one for each."""
    send(sending, *range(1, 6))
    chain.base_fee = 5 * BASE_FEE
    sending.blocks(RESEND_BLOCKS - 1)
    sent, posts = len(chain.sent), chain.posts
    sending.blocks(1)
    assert len(chain.sent) - sent == 5
    assert chain.posts - posts <= 5  # receipts, counts, fees, the transactions


def test_replacement_that_the_account_could_not_pay_is_not_made(
    chain: PoolChain, sending: Sending
) -> None:
    """All that is in flight counts, with its value: pools drop what goes beyond the balance."""
    send(sending, 1, 2)
    both = sum(t.value + t.gas * t.maximum for t in chain.waiting())
    chain.state.native = both + 1
    sending.wallet.refresh(chain.head().number)
    first = chain.pool[0]
    sending.blocks(RESEND_BLOCKS)
    assert chain.pool[0] == first
    assert "Account cannot pay more for a transaction" in sending.log.sentences("warning")
    chain.held.clear()
    sending.blocks(2)
    assert len(chain.state.claims) == 2


def test_refusal_that_goes_on_is_told_once_for_each_transaction(
    chain: PoolChain, sending: Sending
) -> None:
    """However often they are tried: hundreds may be in flight. Another reason is news."""
    send(sending, 1, 2)
    chain.drop(1)
    chain.on(SEND, lambda *_: ErrorObject("insufficient funds"))
    sending.blocks(5 * RESEND_BLOCKS)
    assert refusals(sending) == ["insufficient funds (code -32000)"] * 2
    chain.on(SEND, lambda *_: ErrorObject("txpool is full"))
    sending.blocks(2 * RESEND_BLOCKS)
    assert refusals(sending)[2:] == ["txpool is full (code -32000)"] * 2


@pytest.mark.parametrize("words", ["insufficient funds for gas * price + value", "txpool is full"])
def test_refused_replacement_is_told_and_the_others_go_on(
    chain: PoolChain, sending: Sending, words: str
) -> None:
    """The version before it may still be mined; the next one is tried when it is due."""
    send(sending, 1, 2)
    chain.drop(1)
    take = chain.answer_of(SEND)
    answers = iter([ErrorObject(words)])
    chain.on(SEND, lambda raw: next(answers, None) or take(raw))
    sending.blocks(RESEND_BLOCKS)
    assert refusals(sending) == [f"{words} (code -32000)"]
    assert sorted(chain.pool) == [0, 1]
    chain.held.clear()
    sending.blocks(RESEND_BLOCKS + 1)
    assert len(chain.state.claims) == 2


def test_replacement_whose_nonce_is_used_is_no_trouble(chain: PoolChain, sending: Sending) -> None:
    """A version before it was mined just now: its receipt tells, nothing else does."""
    send(sending, 1)
    chain.on(SEND, lambda *_: ErrorObject("nonce too low"))
    sending.blocks(RESEND_BLOCKS)
    assert refusals(sending) == []
    chain.held.clear()
    sending.blocks(1)
    assert sending.sender.done_at(make_claim_fill(1).key) == chain.number


def test_claim_near_its_deadline_is_sent_again_sooner(chain: PoolChain, sending: Sending) -> None:
    """Every block, once the seconds are over."""
    sending.sender.submit(make_claim_fill(1, deadline=Timestamp(NOW + URGENT_SECONDS - 1)))
    chain.held.add(0)
    sending.turn()
    sending.blocks(2)
    assert len(chain.sent) == 2
    assert RESEND_BLOCKS > 2


def test_action_that_can_wait_stops_at_its_cap(chain: PoolChain) -> None:
    """The base fee rises above it: the same bytes are repeated, and mined when it has fallen."""
    chain.state.allowance = AMOUNT
    sending = Sending(chain, fee_limits=LIMITS)
    assert sending.sender.submit(make_fill(1))
    sending.turn()
    first = chain.pool[0]
    chain.base_fee = 10 * BASE_FEE
    sending.blocks(3 * RESEND_BLOCKS)
    assert {t.hash for t in chain.sent} == {first.hash}
    chain.base_fee = BASE_FEE
    sending.blocks(1)
    assert chain.state.fills_made == 1


def test_claim_pays_more_when_its_deadline_comes(chain: PoolChain) -> None:
    """Up to the urgent cap, and not before."""
    sending = Sending(chain, fee_limits=LIMITS)
    blocks = 3 * RESEND_BLOCKS
    deadline = NOW + URGENT_SECONDS + blocks * BLOCK_SECONDS
    assert sending.sender.submit(make_claim_fill(1, deadline=Timestamp(deadline)))
    sending.turn()
    chain.base_fee = 10 * BASE_FEE
    sending.blocks(blocks - 1)
    assert max(t.maximum for t in chain.sent) <= 4 * BASE_FEE
    sending.blocks(RESEND_BLOCKS + 1)
    assert len(chain.state.claims) == 1


def test_what_stands_before_an_urgent_claim_is_as_urgent(chain: PoolChain) -> None:
    """A fill at a lower nonce keeps the claim out, so the claim's cap is the fill's."""
    chain.state.allowance = AMOUNT
    sending = Sending(chain, fee_limits=LIMITS)
    assert sending.sender.submit(make_fill(1))
    sending.turn()
    assert sending.sender.submit(make_claim_fill(2, deadline=Timestamp(NOW + URGENT_SECONDS)))
    sending.turn()
    chain.base_fee = 10 * BASE_FEE
    sending.blocks(RESEND_BLOCKS + 2)
    assert (chain.state.fills_made, len(chain.state.claims)) == (1, 1)


def test_what_stands_before_an_urgent_claim_that_waits_is_as_urgent(chain: PoolChain) -> None:
    """An account that delegates has one transaction in flight: the claim has no nonce yet."""
    sending = Sending(chain, fee_limits=LIMITS)
    take = chain.answer_of(SEND)

    def take_one(raw: str) -> Any:
        if chain.pool and decoded(bytes.fromhex(raw[2:])).nonce not in chain.pool:
            return ErrorObject("in-flight transaction limit reached for delegated accounts")
        return take(raw)

    chain.on(SEND, take_one)
    chain.state.allowance = AMOUNT
    assert sending.sender.submit(make_fill(2))
    sending.turn()
    assert sending.sender.submit(make_claim_fill(1, deadline=Timestamp(NOW + 600)))
    sending.turn()
    chain.base_fee = 20 * BASE_FEE
    sending.blocks(RESEND_BLOCKS + 3)
    assert len(chain.state.claims) == 1


def test_cancelled_fill_is_undone_even_if_the_account_could_not_pay(chain: PoolChain) -> None:
    """The fill itself must not be handed over once more, whatever the node says of the rest."""
    chain.state.allowance = AMOUNT
    sending = Sending(chain)
    assert sending.sender.submit(make_fill(1))
    sending.turn()
    fill = chain.pool[0]
    chain.state.native = fill.gas * fill.maximum
    sending.wallet.refresh(chain.head().number)
    sending.sender.cancel(make_fill(1).key)
    chain.held.add(0)
    sending.blocks(RESEND_BLOCKS + 1)
    assert [t.data == b"" for t in chain.sent[1:]].count(False) == 0
    assert len(chain.sent) > 1
