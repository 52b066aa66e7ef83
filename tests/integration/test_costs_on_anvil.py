"""Prices and data fees as a real node tells them; what rollups have is put there by hand."""

import pytest

from beamer_agent.clock import SystemClock
from beamer_agent.contracts.interface import Contract, load_interfaces
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.economy.costs import CostSource, example_calls
from beamer_agent.economy.data_fee import (
    ARB_GAS_INFO,
    GAS_PRICE_ORACLE,
    NODE_INTERFACE,
    FeeFamily,
    find_family,
)
from beamer_agent.economy.gas_book import APPROVE, MEASURED_GAS, GasBook
from beamer_agent.economy.market import MarketReader, ask_market
from beamer_agent.rpc.model import quantity, tips_from_json
from tests.factories import FILL_MANAGER, REQUEST_MANAGER

pytestmark = pytest.mark.integration

TELLS_SIZE = "0x3660005260606000f3"
"""Returns three words: the size of its call data, and twice 0."""
REVERTS = "0x60006000fd"
INTERFACES = load_interfaces(None)
CALLS = example_calls(
    Contract(REQUEST_MANAGER, INTERFACES.request_manager),
    Contract(FILL_MANAGER, INTERFACES.fill_manager),
)


def fees_of_data(chain: LocalChain, *, in_gas: bool) -> dict[str, int]:
    """What is taken for data, in wei or in gas, by the label of the transaction."""
    family = find_family(chain.client)
    source = CostSource(family, CALLS, GasBook(), MarketReader(), SystemClock())
    head = chain.client.head()
    source.take(chain.client.batch(source.questions()), head)
    costs, price = source.costs(), ask_market(chain.client, MarketReader(), head).price
    assert costs is not None
    return {
        label: (getattr(costs, label) - gas * price) // (price if in_gas else 1)
        for label, gas in MEASURED_GAS.items()
    }


def newest_tip(chain: LocalChain) -> int:
    """For which a quarter of the newest block's gas was bought; 0 where it has none."""
    blocks = tips_from_json(chain.client.call("eth_feeHistory", "0x1", "latest", [25]))
    return max((tip for block in blocks for tip in block), default=0)


def test_usual_tip_is_that_of_the_newest_blocks(anvil: LocalChain) -> None:
    """Of those that have transactions; without any, it is what the node suggests."""
    reader = MarketReader()
    before = ask_market(anvil.client, reader, anvil.client.head())
    assert before.tip == quantity(anvil.client.call("eth_maxPriorityFeePerGas"))
    wallet = anvil.wallet("user")
    anvil.client.call("anvil_setBalance", wallet.address, hex(10**20))
    base_fee = anvil.next_base_fee()
    for tip in (3, 4, 5):
        anvil.client.call(
            "eth_sendTransaction",
            {
                "from": anvil.client.call("eth_accounts")[0],
                "to": wallet.address,
                "maxPriorityFeePerGas": hex(tip * 10**6),
                "maxFeePerGas": hex(2 * base_fee),
            },
        )
    # A node's history of fees may be a moment behind its blocks.
    wait_until(lambda: newest_tip(anvil), "the last block's tip")
    head = anvil.client.head()
    found = ask_market(anvil.client, reader, head)
    assert (found.tip, found.base_fee) == (4 * 10**6, head.base_fee)


def test_approval_uses_about_what_is_expected(world: LocalWorld) -> None:
    """Of tokens of either kind, those that return nothing among them."""
    _, target = world.pair
    for symbol in ("DAI", "USDT"):
        call = target.tokens[symbol].contract.call("approve", target.fill_manager.address, 10**18)
        used = target.chain.wallet("user").execute(call).gas_used
        assert used == pytest.approx(MEASURED_GAS[APPROVE], rel=0.01)


def test_chain_without_rollups_places_is_plain(anvil: LocalChain) -> None:
    """Nothing is paid for data."""
    assert find_family(anvil.client) is FeeFamily.PLAIN
    assert set(fees_of_data(anvil, in_gas=False).values()) == {0}


def test_op_stack_takes_wei_by_size(anvil: LocalChain) -> None:
    """For the call with what is around it, and for the operator."""
    anvil.client.call("anvil_setCode", GAS_PRICE_ORACLE, TELLS_SIZE)
    assert find_family(anvil.client) is FeeFamily.OP_STACK
    assert fees_of_data(anvil, in_gas=False) == {
        # Selector, place and length; the transaction in whole words; `getOperatorFee(gas)`.
        label: 68 + -(-(50 + len(call.data)) // 32) * 32 + 36
        for label, call in CALLS.items()
    }


def test_oracle_that_reverts_costs_nothing_more(anvil: LocalChain) -> None:
    """The costs are known all the same."""
    anvil.client.call("anvil_setCode", GAS_PRICE_ORACLE, REVERTS)
    assert set(fees_of_data(anvil, in_gas=False).values()) == {0}


def test_arbitrum_takes_gas_by_size(anvil: LocalChain) -> None:
    """As its node tells of each call."""
    anvil.client.call("anvil_setCode", ARB_GAS_INFO, "0xfe")
    anvil.client.call("anvil_setCode", NODE_INTERFACE, TELLS_SIZE)
    assert find_family(anvil.client) is FeeFamily.ARBITRUM
    assert fees_of_data(anvil, in_gas=True) == {
        # Selector, address, flag, place and length; the call in whole words.
        label: 132 + -(-len(call.data) // 32) * 32
        for label, call in CALLS.items()
    }
