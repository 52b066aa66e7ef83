"""Whatever endpoints answer: nothing but recoverable errors comes out of what is asked of them.

Each turn is that of a worker: any other exception would end the process.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beamer_agent.contracts.interface import ERC20_ABI, Contract, packaged_abi
from beamer_agent.errors import ConfigurationError, RecoverableError, RpcError
from beamer_agent.events.audit import EndpointAudit
from beamer_agent.events.model import RequestEvent
from beamer_agent.events.ranges import BlockRange
from beamer_agent.resolution.ethereum import EthereumMessage, EthereumRollup
from beamer_agent.resolution.rollup import BaseEnd, Crossing
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import quantity
from beamer_agent.service.metrics.agent import AgentMetrics
from beamer_agent.types import BlockNumber, TransactionHash
from tests.any_answers import ODD, lie, spoilt
from tests.doubles import FakeChain, RecordingLogger, ScriptedTransport, block_json, make_client
from tests.factories import (
    ALICE,
    FILL_ID,
    REQUEST_MANAGER,
    SOURCE,
    US,
    make_address,
    make_block,
    make_claim_made,
    make_request_created,
)
from tests.fake_bridge import L1, RESOLVER, FakeBridge
from tests.fake_bridge import FakeChain as FakeContracts
from tests.fake_chain import PoolChain
from tests.listening import CONFIRMATION, Listening
from tests.made_actions import make_claim_fill, make_fill
from tests.made_panels import FakePanel
from tests.planner_desk import Desk
from tests.pool_desk import GAS_PRICE, HEAD, PoolDesk
from tests.proof_watching import Watching
from tests.raw_logs import make_log
from tests.sending import Sending
from tests.watching import Watch
from tests.witnessing import CREATED, FILL, Witnessing, has_fill, has_request

pytestmark = pytest.mark.property

HASH = TransactionHash(bytes(32))
RECEIPT = {
    "transactionHash": "0x" + HASH.hex(),
    "blockNumber": "0x1",
    "status": "0x1",
    "gasUsed": "0x1",
}
MESSENGER = make_address(40)

QUESTIONS: list[tuple[str, Any, Callable[[ChainClient], Any]]] = [
    ("eth_chainId", "0x1", ChainClient.chain_id),
    ("eth_getBlockByNumber", block_json(make_block()), ChainClient.head),
    ("eth_getBlockByNumber", block_json(make_block(7)), lambda c: c.block(BlockNumber(7))),
    (
        "eth_getLogs",
        [make_log(CREATED)],
        lambda c: c.logs([REQUEST_MANAGER], BlockNumber(1), BlockNumber(9)),
    ),
    ("eth_getCode", "0x00", lambda c: c.code(ALICE)),
    ("eth_getBalance", "0x1", lambda c: c.balance(ALICE)),
    ("eth_call", "0x" + "00" * 32, lambda c: c.read(Contract(ALICE, ERC20_ABI).call("decimals"))),
    (
        "eth_call",
        "0x" + "00" * 32,
        lambda c: c.read_many([Contract(ALICE, ERC20_ABI).call("decimals")]),
    ),
    ("eth_getTransactionCount", "0x1", lambda c: c.transaction_counts(ALICE)),
    ("eth_estimateGas", "0x1", lambda c: c.estimate_gas({})),
    ("eth_maxPriorityFeePerGas", "0x1", lambda c: quantity(c.call("eth_maxPriorityFeePerGas"))),
    ("eth_gasPrice", "0x1", lambda c: quantity(c.call("eth_gasPrice"))),
    ("eth_sendRawTransaction", "0x1", lambda c: c.send_raw_transaction(b"")),
    ("eth_getTransactionReceipt", RECEIPT, lambda c: c.receipts([HASH])),
]

# By their seeds: the endpoints of a pool answer in threads of their own.
chances = st.integers(0, 2**32).map(Random)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ODD),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(("method", "truth", "ask"), QUESTIONS)
@given(anything, chances)
def test_each_question_has_an_answer_or_an_rpc_error(
    method: str, truth: Any, ask: Callable[[ChainClient], Any], other: Any, chance: Random
) -> None:
    """Whatever stands in the place of the truth, or in it."""
    for answer in (other, spoilt(truth, chance)):
        with suppress(RpcError):
            ask(make_client(ScriptedTransport(**{method: answer})))


@given(chances)
def test_a_chain_is_followed(chance: Random) -> None:
    """Its monitor and history, what is shown of it, and what is planned on it."""
    chain = FakeChain(100, [make_request_created(), make_claim_made()])
    watch, desk, metrics = Watch(chain, finality=20), Desk(), AgentMetrics(US)
    lie(chain, chance)
    for head in range(100, 106):
        chain.head = head
        watch.clock.advance(5)
        for step in (watch.monitor.step, watch.history.step):
            with suppress(RecoverableError):
                step()
    for batch in watch.batches:
        metrics.observe(batch)
        desk.turn(*(event for event in batch.events if isinstance(event, RequestEvent)))


@given(chances)
def test_endpoints_are_compared(chance: Random) -> None:
    """By the witness and by the audit."""
    source, target = [has_request(), has_request()], [has_fill(), has_fill()]
    for endpoint in (*source, *target):
        lie(endpoint, chance)
    witnessing, panel = Witnessing(source, target), FakePanel(source, 2)
    audit = EndpointAudit(
        SOURCE,
        panel,
        [REQUEST_MANAGER],
        read=lambda: BlockRange(BlockNumber(1), BlockNumber(100)),
        on_missing=lambda _: None,
        choose=chance.randint,
        logger=RecordingLogger().logger,
    )
    for _ in range(3):
        witnessing.clock.advance(5)
        witnessing.hear()
        witnessing.hear_fill()
        witnessing.witness.attests_absence(CREATED.request_id, FILL_ID, FILL.block_number)
        witnessing.turn()
        audit.step()


@given(chances)
def test_a_pool_answers_or_raises_an_rpc_error(chance: Random) -> None:
    """Also while it finds out which chain its endpoints serve."""
    desk = PoolDesk(2)
    for node in desk.nodes:
        lie(node, chance)
    for _ in range(4):
        desk.clock.advance(10)
        with suppress(RpcError):
            desk.pool.ask([HEAD, GAS_PRICE])
        with suppress(RpcError):
            desk.pool.ask_each([HEAD])
        with suppress(RpcError, ConfigurationError):
            desk.pool.identify()
    desk.pool.health()


@given(st.lists(st.sampled_from(ODD) | anything, max_size=3))
def test_heads_are_listened_to(messages: list[Any]) -> None:
    """Whatever comes through the socket."""
    offer = [CONFIRMATION, *map(json.dumps, messages)]
    listening = Listening(*[offer] * 4)
    for _ in range(3):
        listening.step()
    listening.subscription.close()


@given(chances, st.integers(0, 3))
def test_proofs_are_watched(chance: Random, progress: int) -> None:
    """At any stage; all chains lie."""
    bridge = FakeBridge()
    watching = Watching(bridge)
    proof = bridge.send()
    for step in (bridge.post_root, bridge.prove, bridge.execute)[:progress]:
        step()
    for chain in (bridge.source, bridge.target, bridge.l1):
        lie(chain, chance)
    watching.watch.state_interest([proof])
    for _ in range(4):
        watching.clock.advance(70)
        bridge.next_block()
        with suppress(RecoverableError):
            watching.watch.step()
        watching.watch.progress(proof)


@given(st.integers(0, 255), chances)
def test_ethereum_says_of_a_message_what_it_wants(status: int, chance: Random) -> None:
    """Also what no messenger says."""
    chain = FakeContracts({MESSENGER: packaged_abi("EthereumL2Messenger")})
    chain.answers[MESSENGER, "messageHashes"] = lambda _: status
    bridge = FakeBridge()
    base = BaseEnd(make_client(chain), L1, RESOLVER)
    rollup = EthereumRollup(Crossing(bridge.direction.target, MESSENGER, base, MESSENGER, US))
    with suppress(RpcError):
        messages = [m for m in rollup.locate([bridge.send()]) if isinstance(m, EthereumMessage)]
        rollup.standings(messages, make_block())


@given(chances)
@settings(max_examples=50)
def test_transactions_are_sent(chance: Random) -> None:
    """Prices, counts, receipts, balances and simulations may all be lies."""
    chain = PoolChain()
    sending = Sending(chain)
    sending.turn()
    lie(chain, chance)
    sending.sender.submit(make_fill())
    sending.sender.submit(make_claim_fill())
    for _ in range(6):
        chain.mine()
        sending.clock.advance(5)
        with suppress(RecoverableError):
            sending.notice()
            sending.sender.step()
