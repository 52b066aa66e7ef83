"""Data fees: which family a chain is of, what is asked, and what of the answers is believed."""

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector

from beamer_agent.contracts.call import ContractCall
from beamer_agent.economy.data_fee import (
    ARB_GAS_INFO,
    GAS_PRICE_ORACLE,
    NODE_INTERFACE,
    FeeFamily,
    Surcharge,
    find_family,
    read_surcharge,
    surcharge_questions,
)
from beamer_agent.errors import CallRevertedError, RpcResponseError
from beamer_agent.types import Wei
from tests.doubles import ErrorObject, ScriptedTransport, make_client
from tests.factories import RESOLVER

pytestmark = pytest.mark.unit

CALL = ContractCall(RESOLVER, "fill", b"fill" * 40, ())
REVERTED = CallRevertedError(3, "execution reverted", "", "0x")


def word(number: int) -> str:
    """A number as a contract returns it."""
    return "0x" + encode(["uint256"], [number]).hex()


def coded(*places: str) -> ScriptedTransport:
    """A chain with code at these addresses."""
    transport = ScriptedTransport()
    transport.on("eth_getCode", lambda place, _: "0xfe" if place in places else "0x")
    return transport


@pytest.mark.parametrize(
    ("places", "family"),
    [
        ((), FeeFamily.PLAIN),
        ((GAS_PRICE_ORACLE,), FeeFamily.OP_STACK),
        ((ARB_GAS_INFO,), FeeFamily.ARBITRUM),
    ],
)
def test_family_is_known_by_its_own_addresses(places: tuple[str, ...], family: FeeFamily) -> None:
    """In one request."""
    transport = coded(*places)
    assert find_family(make_client(transport)) is family
    assert transport.posts == 1


def test_family_is_not_guessed() -> None:
    """An endpoint that does not tell is asked again, with the rest of the chain."""
    transport = ScriptedTransport(eth_getCode=ErrorObject("busy"))
    with pytest.raises(RpcResponseError):
        find_family(make_client(transport))


def test_simulation_tells_the_gas_but_on_arbitrum() -> None:
    """There a transaction needs more, for its data."""
    telling = [family for family in FeeFamily if family.simulation_tells_gas]
    assert telling == [FeeFamily.PLAIN, FeeFamily.OP_STACK]


def test_plain_chain_is_asked_nothing() -> None:
    """And tells nothing."""
    assert surcharge_questions(FeeFamily.PLAIN, CALL, 77_000) == []
    assert read_surcharge(FeeFamily.PLAIN, []) is None


def test_op_stack_is_asked_for_both_fees() -> None:
    """For publishing a transaction like the call, and for the operator."""
    l1_fee, operator_fee = surcharge_questions(FeeFamily.OP_STACK, CALL, 77_000)
    selector = function_signature_to_4byte_selector
    for method, params in (l1_fee, operator_fee):
        assert (method, params[0]["to"]) == ("eth_call", GAS_PRICE_ORACLE)
    data = bytes.fromhex(l1_fee[1][0]["data"][2:])
    assert data[:4] == selector("getL1Fee(bytes)")
    assert CALL.data in data
    # An EIP-1559 transaction has some 50 bytes around its call, without the signature.
    assert int.from_bytes(data[36:68], "big") - len(CALL.data) == 50
    data = bytes.fromhex(operator_fee[1][0]["data"][2:])
    assert data == selector("getOperatorFee(uint256)") + encode(["uint256"], [77_000])


@pytest.mark.parametrize(
    ("results", "surcharge"),
    [
        ([word(5_000), word(300)], Surcharge(wei=Wei(5_300))),
        ([word(5_000), REVERTED], Surcharge(wei=Wei(5_000))),
        ([REVERTED, word(300)], None),
        (["0x", word(300)], None),
        (["0x12", word(300)], None),
        ([None, word(300)], None),
        ([word(2**63), word(300)], None),
        ([word(2**63 - 1), word(2**200)], Surcharge(wei=Wei(2**63 - 1))),
    ],
    ids=["both", "before Isthmus", "no fee", "empty", "short", "null", "huge", "huge operator's"],
)
def test_op_stack_fees_are_added(results: list[Any], surcharge: Surcharge | None) -> None:
    """Chains before Isthmus have only the first; without it nothing is known."""
    assert read_surcharge(FeeFamily.OP_STACK, results) == surcharge


def test_arbitrum_tells_gas() -> None:
    """Of the data alone; the prices behind it are not needed."""
    (question,) = surcharge_questions(FeeFamily.ARBITRUM, CALL, 77_000)
    assert question[1][0]["to"] == NODE_INTERFACE
    selector = function_signature_to_4byte_selector("gasEstimateL1Component(address,bool,bytes)")
    arguments = encode(["address", "bool", "bytes"], [CALL.address, False, CALL.data])
    assert bytes.fromhex(question[1][0]["data"][2:]) == selector + arguments
    answer = "0x" + encode(["uint64", "uint256", "uint256"], [4_321, 10**7, 10**10]).hex()
    assert read_surcharge(FeeFamily.ARBITRUM, [answer]) == Surcharge(gas=4_321)
    assert read_surcharge(FeeFamily.ARBITRUM, [REVERTED]) is None
