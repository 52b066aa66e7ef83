"""ChainClient: typed answers, or an RpcError that says what was wrong with the answer."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from eth_abi.abi import encode

from beamer_agent.contracts.interface import ERC20_ABI, Contract, RevertReasons, packaged_contract
from beamer_agent.errors import (
    CallRevertedError,
    RpcConnectionError,
    RpcPayloadError,
    RpcResponseError,
)
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.types import BlockNumber, TransactionHash
from tests.doubles import ErrorObject, FixedTransport, ScriptedTransport, block_json, make_client
from tests.factories import ALICE, SOURCE_TOKEN, make_block, make_receipt

pytestmark = pytest.mark.unit

TOKEN = Contract(SOURCE_TOKEN, ERC20_ABI)
RECEIPT = make_receipt()
RECEIPT_JSON = {
    "transactionHash": "0x" + RECEIPT.transaction_hash.hex(),
    "blockNumber": hex(RECEIPT.block_number),
    "status": "0x1",
    "gasUsed": hex(RECEIPT.gas_used),
    "effectiveGasPrice": hex(RECEIPT.effective_gas_price),
}


def answered(body: Any) -> ChainClient:
    """A client whose first call gets this body."""
    return make_client(
        FixedTransport(body if isinstance(body, bytes) else json.dumps(body).encode())
    )


Question = tuple[str, Any, Callable[[ChainClient], Any], Any]

QUESTIONS: list[Question] = [
    ("eth_chainId", "0x539", ChainClient.chain_id, 1337),
    ("eth_getBlockByNumber", block_json(make_block()), ChainClient.head, make_block()),
    ("eth_getCode", "0x6001", lambda c: c.code(ALICE), b"\x60\x01"),
    ("eth_getCode", "0x", lambda c: c.code(ALICE), b""),
    ("eth_getBalance", "0xde0b6b3a7640000", lambda c: c.balance(ALICE), 10**18),
    ("eth_estimateGas", "0x5208", lambda c: c.estimate_gas({}), 21_000),
    ("eth_getLogs", [], lambda c: c.logs([ALICE], BlockNumber(1), BlockNumber(2)), []),
    ("eth_sendRawTransaction", "0x00", lambda c: c.send_raw_transaction(b"\x01"), None),
]


@pytest.mark.parametrize(("method", "result", "ask", "expected"), QUESTIONS)
def test_each_question_is_one_call_with_a_typed_answer(
    method: str, result: Any, ask: Callable[[ChainClient], Any], expected: Any
) -> None:
    """One HTTP request, never repeated."""
    transport = ScriptedTransport(**{method: result})
    assert ask(make_client(transport)) == expected
    assert transport.methods() == [method]
    assert transport.posts == 1


MISSHAPEN = [
    (question, result)
    for question in QUESTIONS
    for result in [None, "text", 5, {}, [1], {"number": 5}, True]
    # What is sent is not looked at again; what logs are lists of is the decoder's business.
    if question[0] != "eth_sendRawTransaction" and (question[0], result) != ("eth_getLogs", [1])
]


@pytest.mark.parametrize(("question", "result"), MISSHAPEN)
def test_a_result_of_another_shape_is_a_payload_error(question: Question, result: Any) -> None:
    """No answer of an endpoint raises anything but an RpcError."""
    method, _, ask, _ = question
    with pytest.raises(RpcPayloadError):
        ask(make_client(ScriptedTransport(**{method: result})))


def test_parameters_reach_the_endpoint_as_json_rpc_wants_them() -> None:
    """Numbers in hex, both ends of a range, a topic filter only where there is one."""
    transport = ScriptedTransport(eth_getLogs=[], eth_getBlockByNumber=block_json(make_block()))
    client = make_client(transport)
    client.block(BlockNumber(10))
    client.logs([ALICE], BlockNumber(10), BlockNumber(255), ["0xaa", None])
    asked = {"address": [ALICE], "fromBlock": "0xa", "toBlock": "0xff", "topics": ["0xaa", None]}
    assert transport.calls == [
        ("eth_getBlockByNumber", ["0xa", False]),
        ("eth_getLogs", [asked]),
    ]


def test_a_block_without_base_fee_is_from_a_chain_without_one() -> None:
    """Then transactions offer a gas price."""
    raw = block_json(make_block(base_fee=None))
    head = make_client(ScriptedTransport(eth_getBlockByNumber=raw)).head()
    assert isinstance(head, Block)
    assert head.base_fee is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502 Bad Gateway</html>",
        b'{"jsonrpc": "2.0", "id": 1, "resu',
        b"\xff\xfe",
        [],
        [{"id": 1, "result": "0x1"}],
        "0x1",
        None,
        {},
        {"id": 1},
        {"id": 2, "result": "0x1"},
        {"result": "0x1"},
    ],
)
def test_a_body_that_is_not_the_response_is_a_payload_error(body: Any) -> None:
    """HTML, cut short, the wrong id, neither result nor error."""
    with pytest.raises(RpcPayloadError):
        answered(body).chain_id()


def test_brackets_nested_without_end_are_a_payload_error() -> None:
    """At Python's own recursion limit, which a library may have raised."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    try:
        with pytest.raises(RpcPayloadError):
            answered(b"[" * 100_000).chain_id()
    finally:
        sys.setrecursionlimit(limit)


def test_an_error_object_carries_its_code_message_and_data() -> None:
    """As the endpoint sent them."""
    refusal = ErrorObject("nonce too low", -32003, {"more": 1})
    with pytest.raises(RpcResponseError, match=r"nonce too low \(code -32003\)") as caught:
        make_client(ScriptedTransport(eth_chainId=refusal)).chain_id()
    assert (caught.value.code, caught.value.data) == (-32003, {"more": 1})
    assert not isinstance(caught.value, CallRevertedError)


def test_an_error_that_is_no_object_is_an_error_too() -> None:
    """Some gateways answer with a plain text."""
    with pytest.raises(RpcResponseError, match="nonsense"):
        answered({"id": 1, "error": "nonsense"}).chain_id()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("0x08c379a0" + encode(["string"], ["Already filled"]).hex(), "Already filled"),
        ({"data": "0x08c379a0" + encode(["string"], ["wrapped"]).hex()}, "wrapped"),
        (None, "execution reverted"),
        ("0x", "execution reverted"),
        ("Reverted 0x", "execution reverted"),
        ("0xzz", "execution reverted"),
        (17, "execution reverted"),
    ],
)
def test_a_revert_carries_its_reason_in_words(data: object, reason: str) -> None:
    """Decoded where it can be, the endpoint's own message otherwise."""
    describe = RevertReasons([packaged_contract("FillManager")["abi"]]).describe
    transport = ScriptedTransport(eth_call=ErrorObject("execution reverted", 3, data))
    with pytest.raises(CallRevertedError) as caught:
        make_client(transport, describe).read(TOKEN.call("decimals"))
    assert caught.value.reason == reason


def test_a_batch_is_one_request_with_answers_in_order() -> None:
    """An error of one entry is that entry's answer."""
    transport = ScriptedTransport(eth_chainId="0x1", eth_gasPrice="0x2")
    client = make_client(transport)
    first, missing, last = client.batch(
        [("eth_gasPrice", ()), ("no_such", ()), ("eth_chainId", ())]
    )
    assert (first, last) == ("0x2", "0x1")
    assert isinstance(missing, RpcResponseError)
    assert transport.posts == 1


def test_answers_of_a_batch_are_matched_by_id() -> None:
    """Endpoints may answer in any order; what is missing or strange is an error of its entry."""
    body = [{"id": 3, "result": "c"}, {"id": []}, "strange", {"id": 1, "result": "a"}]
    first, second, third = answered(body).batch([("m", ())] * 3)
    assert (first, third) == ("a", "c")
    assert isinstance(second, RpcPayloadError)


def test_an_empty_batch_asks_nothing() -> None:
    """JSON-RPC has no empty batch."""
    transport = ScriptedTransport()
    assert make_client(transport).batch([]) == []
    assert transport.posts == 0


def test_a_batch_refused_as_a_whole_says_why() -> None:
    """An endpoint that answers nothing else has refused the calls, not only the batch."""
    refusal = {"id": None, "error": {"code": -32000, "message": "not for you"}}
    with pytest.raises(RpcResponseError, match="not for you"):
        answered(refusal).batch([("m", ())] * 2)


@pytest.mark.parametrize("body", [{"id": 1, "result": "0x1"}, "text", None, {}])
def test_a_batch_answered_with_something_else_is_a_payload_error(body: Any) -> None:
    """A single result cannot be told to belong to the first call."""
    with pytest.raises(RpcPayloadError):
        answered(body).batch([("m", ())] * 2)


def test_a_view_function_is_read_at_a_block() -> None:
    """The newest unless another is named."""
    transport = ScriptedTransport(eth_call="0x" + encode(["uint8"], [6]).hex())
    client = make_client(transport)
    assert client.read(TOKEN.call("decimals")) == 6
    assert client.read(TOKEN.call("decimals"), "0x10") == 6
    assert [params[1] for _, params in transport.calls] == ["latest", "0x10"]


def test_a_value_of_another_type_is_a_payload_error() -> None:
    """An account without code answers `0x`."""
    client = make_client(ScriptedTransport(eth_call="0x"))
    with pytest.raises(RpcPayloadError, match="decimals"):
        client.read(TOKEN.call("decimals"))


def test_many_view_functions_are_read_at_once() -> None:
    """A fault of one, also one of its value, does not hide the others."""
    transport = ScriptedTransport()
    results = ["0x" + encode(["uint8"], [6]).hex(), "0x", ErrorObject("execution reverted", 3)]
    transport.in_turn("eth_call", results)
    good, wrong, refused = make_client(transport).read_many([TOKEN.call("decimals")] * 3)
    assert good == 6
    assert isinstance(wrong, RpcPayloadError)
    assert isinstance(refused, CallRevertedError)
    assert transport.posts == 1


def test_transaction_counts_are_mined_and_pending() -> None:
    """In one request, so that they belong together."""
    transport = ScriptedTransport()
    transport.on(
        "eth_getTransactionCount",
        lambda _account, block: {"latest": "0x5", "pending": "0x7"}[block],
    )
    assert make_client(transport).transaction_counts(ALICE) == (5, 7)
    assert transport.posts == 1


def test_receipts_are_in_order_and_none_where_not_mined() -> None:
    """Failed transactions have receipts too."""
    transport = ScriptedTransport()
    failed = RECEIPT_JSON | {"status": "0x0"}
    transport.in_turn("eth_getTransactionReceipt", [RECEIPT_JSON, None, failed])
    mined, missing, reverted = make_client(transport).receipts([TransactionHash(bytes(32))] * 3)
    assert mined == RECEIPT
    assert missing is None
    assert reverted is not None
    assert not reverted.succeeded


@pytest.mark.parametrize(
    "ask", [lambda c: c.receipts([bytes(32)]), lambda c: c.transaction_counts(ALICE)]
)
def test_an_error_inside_a_batch_of_ours_is_raised(ask: Callable[[ChainClient], Any]) -> None:
    """Half an answer would be none."""
    with pytest.raises(RpcResponseError):
        ask(make_client(ScriptedTransport()))


def test_errors_of_the_transport_pass_through() -> None:
    """They are mapped where they arise."""
    transport = ScriptedTransport(eth_chainId=RpcConnectionError("refused"))
    with pytest.raises(RpcConnectionError, match="refused"):
        make_client(transport).chain_id()
    assert transport.posts == 1


def test_closing_the_client_closes_its_transport() -> None:
    """So that no socket is left open."""
    transport = ScriptedTransport()
    make_client(transport).close()
    assert transport.is_closed
