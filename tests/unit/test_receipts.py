"""Receipts: how many questions they cost, and what a block's list may lack."""

from dataclasses import replace

import pytest

from beamer_agent.errors import RpcHttpError
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from beamer_agent.transactions.receipts import FEW, LOOK_AGAIN_SECONDS, UNSERVED_SECONDS
from beamer_agent.transactions.settled import FIRST_LOOK_BLOCKS
from tests.doubles import ErrorObject
from tests.factories import RECEIVER
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill
from tests.sending import BLOCK_SECONDS, Sending

pytestmark = pytest.mark.unit

BY_HASH, BY_BLOCK = "eth_getTransactionReceipt", "eth_getBlockReceipts"
MANY = FEW + 5


def send_claims(sending: Sending, count: int) -> None:
    """So many in flight."""
    for nonce in range(count):
        sending.sender.submit(make_claim_fill(nonce))
    while len(sending.chain.sent) < count:
        sending.turn()


def asked(chain: PoolChain, method: str) -> int:
    """How often a method was called."""
    return chain.methods().count(method)


def are_done(sending: Sending, count: int) -> bool:
    """Whether the sender knows all of them as mined."""
    return all(sending.sender.done_at(make_claim_fill(n).key) for n in range(count))


def test_few_receipts_are_asked_for_by_hash(chain: PoolChain, sending: Sending) -> None:
    """A whole block's would be longer."""
    send_claims(sending, FEW)
    sending.blocks(1)
    assert (asked(chain, BY_HASH), asked(chain, BY_BLOCK)) == (FEW, 0)
    assert are_done(sending, FEW)


def test_many_receipts_cost_one_call_for_each_block(chain: PoolChain, sending: Sending) -> None:
    """However many blocks it takes until they are mined."""
    send_claims(sending, MANY)
    chain.held.add(0)
    sending.blocks(RESEND_BLOCKS - 1)
    chain.held.clear()
    sending.blocks(1)
    assert (asked(chain, BY_HASH), asked(chain, BY_BLOCK)) == (0, RESEND_BLOCKS)
    assert are_done(sending, MANY)


def test_blocks_that_came_between_two_turns_are_all_read(
    chain: PoolChain, sending: Sending
) -> None:
    """In one batch."""
    send_claims(sending, MANY)
    chain.mine(3)
    posts = chain.posts
    sending.notice()
    sending.sender._watch.settle(chain.head())
    assert (asked(chain, BY_BLOCK), chain.posts - posts) == (3, 1)
    assert are_done(sending, MANY)


def test_nothing_is_asked_at_the_head_at_which_all_were_sent(
    chain: PoolChain, sending: Sending
) -> None:
    """No block can have them yet, however many turns there are until the next one."""
    send_claims(sending, MANY)
    for _ in range(3):
        sending.turn()
    assert asked(chain, BY_HASH) + asked(chain, BY_BLOCK) == 0


@pytest.mark.parametrize("count", [FEW, MANY])
def test_nothing_is_asked_without_a_new_head(
    chain: PoolChain, sending: Sending, count: int
) -> None:
    """However often something is submitted."""
    send_claims(sending, count)
    chain.held.add(0)
    sending.blocks(1)
    before = len(chain.calls)
    for _ in range(5):
        sending.turn()
    assert len(chain.calls) == before


def test_late_receipt_is_found_on_a_chain_that_makes_blocks_on_demand(
    chain: PoolChain, sending: Sending
) -> None:
    """There is no next head that would have it found."""
    send_claims(sending, 1)
    chain.has_late_receipts = True
    sending.blocks(1)
    chain.has_late_receipts = False
    sending.turn()
    assert not are_done(sending, 1)
    sending.clock.advance(LOOK_AGAIN_SECONDS)
    sending.turn()
    assert are_done(sending, 1)


def test_chain_that_serves_no_whole_blocks_is_asked_by_hash(
    chain: PoolChain, sending: Sending
) -> None:
    """And is asked for blocks again only after a while."""
    chain.serves_block_receipts = False
    send_claims(sending, MANY)
    chain.held.add(MANY - 1)
    chain.held.add(0)
    sending.blocks(int(UNSERVED_SECONDS / BLOCK_SECONDS))
    assert asked(chain, BY_BLOCK) == 1
    chain.held.clear()
    sending.blocks(1)
    assert are_done(sending, MANY)


def test_block_that_an_endpoint_has_not_yet_is_read_in_the_next_turn(
    chain: PoolChain, sending: Sending
) -> None:
    """Without a new head: this one is not done with."""
    send_claims(sending, MANY + FEW)
    serve = chain.answer_of(BY_BLOCK)
    chain.held.add(MANY - 1)
    chain.mine()
    chain.held.clear()
    chain.mine()
    head = hex(chain.number)
    chain.on(BY_BLOCK, lambda number: None if number == head else serve(number))
    sending.turn()
    assert not are_done(sending, MANY)
    chain.on(BY_BLOCK, serve)
    sending.turn()
    assert are_done(sending, MANY + FEW)
    assert [params for method, params in chain.calls if method == BY_BLOCK][2:] == [[head]]


def test_receipts_that_a_blocks_list_lacks_are_asked_for_by_hash(
    chain: PoolChain, sending: Sending
) -> None:
    """When their transactions should have been mined: nothing is sent in their place before."""
    serve = chain.answer_of(BY_BLOCK)
    chain.on(BY_BLOCK, lambda number: list(serve(number))[::2])
    send_claims(sending, 2 * MANY)
    sending.blocks(RESEND_BLOCKS - 1)
    assert asked(chain, BY_HASH) == 0
    sending.blocks(1)
    assert are_done(sending, 2 * MANY)
    assert len(chain.sent) == 2 * MANY


def test_receipt_in_the_list_of_another_block_counts_for_nothing(
    chain: PoolChain, sending: Sending
) -> None:
    """A list is that of its block, or a mistake."""
    serve = chain.answer_of(BY_BLOCK)
    far = hex(chain.number + 30)
    chain.on(BY_BLOCK, lambda n: [{**r, "blockNumber": far} for r in serve(n)])
    send_claims(sending, MANY)
    sending.blocks(1)
    assert not are_done(sending, MANY)


def test_blocks_that_were_replaced_are_read_again(chain: PoolChain, sending: Sending) -> None:
    """They have what was in none before, though their numbers have been read."""
    send_claims(sending, MANY)
    chain.held.add(0)
    sending.blocks(2)
    chain.held.clear()
    chain.reorg(2, keep_in_pool=True)
    fork = chain.number - 2
    chain.number -= 1
    chain.mine()
    chain.held.add(MANY)
    chain.mine()
    sending.notice(fork)
    sending.sender.step()
    assert are_done(sending, MANY)


def test_one_receipt_tells_that_a_whole_block_stands(chain: PoolChain, sending: Sending) -> None:
    """Its hash is the same: so is everything in it."""
    send_claims(sending, MANY)
    sending.blocks(1)
    before = asked(chain, BY_HASH)
    sending.blocks(FIRST_LOOK_BLOCKS)
    assert asked(chain, BY_HASH) == before + 1


def test_all_of_a_replaced_block_are_asked_for(chain: PoolChain, sending: Sending) -> None:
    """Nobody has told of its end: another block may have some of them, and not the others."""
    send_claims(sending, MANY)
    sending.blocks(1)
    chain.reorg(1, keep_in_pool=True)
    for nonce in range(3, MANY):
        chain.drop(nonce)
    sending.blocks(FIRST_LOOK_BLOCKS)
    told = [
        line["nonce"]
        for line in sending.log.lines
        if line["event"] == "Transaction's block was replaced"
    ]
    assert told == list(range(3, MANY))


def test_last_of_a_block_in_another_one_tells_nothing_of_the_others(
    chain: PoolChain, sending: Sending
) -> None:
    """Somebody else's transaction has the nonce of one; the last is mined all the same."""
    send_claims(sending, MANY)
    sending.blocks(1)
    chain.reorg(1, keep_in_pool=True)
    chain.pool[3] = replace(chain.pool[3], hash=b"o" * 32, to=RECEIVER)
    sending.blocks(FIRST_LOOK_BLOCKS)
    assert "Transaction's block was replaced" in sending.log.sentences()


def test_endpoint_that_fails_for_whole_blocks_is_asked_by_hash(
    chain: PoolChain, sending: Sending
) -> None:
    """In the same turn."""
    send_claims(sending, MANY)
    with chain.trouble(RpcHttpError(403), BY_BLOCK):
        sending.blocks(1)
    assert are_done(sending, MANY)


@pytest.mark.parametrize("junk", [None, {}, {"transactionHash": 5}])
def test_entries_of_a_block_that_are_no_receipts_are_passed_over(
    chain: PoolChain, sending: Sending, junk: object
) -> None:
    """The others count."""
    serve = chain.answer_of(BY_BLOCK)
    chain.on(BY_BLOCK, lambda number: [junk, *serve(number), junk])
    send_claims(sending, MANY)
    sending.blocks(1)
    assert are_done(sending, MANY)
    assert asked(chain, BY_HASH) == 0


INDEXING = ErrorObject("transaction indexing is in progress")
"""What geth says of all that is not mined, for hours after a start."""


def test_endpoint_that_cannot_tell_of_what_is_not_mined_stops_nothing(
    chain: PoolChain, sending: Sending
) -> None:
    """What is mined is known as mined, and more is sent."""
    serve = chain.answer_of(BY_HASH)
    chain.on(BY_HASH, lambda h: serve(h) or INDEXING)
    chain.held.add(1)
    send_claims(sending, 2)
    sending.blocks(1)
    assert sending.sender.done_at(make_claim_fill(0).key) is not None
    send_claims(sending, 3)
    assert len(chain.pool) == 2


def test_block_of_which_nobody_can_tell_is_no_replaced_one(
    chain: PoolChain, sending: Sending
) -> None:
    """Its transactions are asked for until somebody can, and nothing is sent again."""
    send_claims(sending, 2)
    sending.blocks(1)
    serve = chain.answer_of(BY_HASH)
    chain.on(BY_HASH, lambda _: INDEXING)
    sending.blocks(2 * FIRST_LOOK_BLOCKS)
    chain.on(BY_HASH, serve)
    before = asked(chain, BY_HASH)
    sending.blocks(1)
    assert asked(chain, BY_HASH) == before + 1
    assert len(chain.sent) == 2
    assert "Transaction's block was replaced" not in sending.log.sentences()
