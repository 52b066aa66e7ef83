"""What is taken for an answer, and that whoever gives no such answer has failed."""

from typing import Any

import pytest

from beamer_agent.errors import RpcError, RpcPayloadError, RpcTooLongError, UndecodableLogError
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.envelope import Request
from beamer_agent.rpc.exchange import PLAIN_BYTES, Exchange
from beamer_agent.rpc.model import WORD_BITS, RawLog, hash_of, octets, quantity
from beamer_agent.rpc.pool import EndpointPool
from beamer_agent.rpc.refusals import is_passing
from beamer_agent.rpc.shapes import any_log, checked
from tests.doubles import (
    ErrorObject,
    FakeClock,
    RecordingLogger,
    ScriptedTransport,
    block_json,
    make_endpoint,
)
from tests.factories import make_block, make_request_created
from tests.pool_desk import GAS_PRICE, HEAD, PoolDesk
from tests.raw_logs import make_log

pytestmark = pytest.mark.unit

LOG = make_log(make_request_created())
LOGS: Request = ("eth_getLogs", ({},))


@pytest.mark.parametrize(
    ("raw", "number"), [("0x0", 0), ("0x00a", 10), ("0xAb", 171), (hex(2**63 - 1), 2**63 - 1)]
)
def test_numbers_are_read(raw: str, number: int) -> None:
    """Zeros before them do no harm."""
    assert quantity(raw) == number


@pytest.mark.parametrize(
    "raw",
    [
        *(None, True, 5, 1.5, [], {}, "", "0x", "5", "-0x5", "0x-5", "0x1_0", " 0x1", "0x1\n"),
        *("0xg", "0x\u0661", hex(2**63), "0x" + "f" * 5_000, "0x" + "0" * 65),
    ],
)
def test_what_is_no_number_is_no_answer(raw: Any) -> None:
    """Neither one below zero nor one that would not fit into anything."""
    with pytest.raises(RpcPayloadError):
        quantity(raw)


def test_amounts_may_be_as_large_as_words() -> None:
    """Contracts hold no larger ones."""
    largest = "0x" + "f" * 64
    assert quantity(largest, WORD_BITS) == 2**256 - 1
    with pytest.raises(RpcPayloadError):
        quantity(largest)


@pytest.mark.parametrize("raw", [None, 5, [], {}, "", "0", "0x0", "0xzz", "0X00", "0x00 00", "00"])
def test_what_are_no_bytes_is_no_answer(raw: Any) -> None:
    """White space is none of theirs."""
    with pytest.raises(RpcPayloadError):
        octets(raw)


def test_bytes_are_read() -> None:
    """A hash has 32 of them."""
    assert octets("0x") == b""
    assert octets("0x00fF") == b"\x00\xff"
    assert hash_of("0x" + "01" * 32) == b"\x01" * 32
    for length in (0, 31, 33):
        with pytest.raises(RpcPayloadError):
            hash_of("0x" + "01" * length)


NO_ANSWERS: list[tuple[Request, Any]] = [
    (HEAD, None),
    (HEAD, {}),
    (HEAD, block_json(make_block()) | {"timestamp": "-0x1"}),
    (("eth_getBlockByNumber", ("0x7", False)), []),
    (GAS_PRICE, "0x"),
    (GAS_PRICE, None),
    (("eth_getBalance", ()), "0x" + "f" * 65),
    (("eth_call", ()), None),
    (("eth_getTransactionReceipt", ()), {"status": "0x1"}),
    (LOGS, None),
    (LOGS, {}),
    (LOGS, [None]),
    (LOGS, [LOG | {"topics": ["0x00"]}]),
    (LOGS, [LOG | {"topics": None}]),
    (LOGS, [LOG | {"blockNumber": "0x"}]),
    *((LOGS, [{k: v for k, v in LOG.items() if k != key}]) for key in ("data", "blockHash")),
]


@pytest.mark.parametrize(("request_", "result"), NO_ANSWERS)
def test_what_was_not_asked_for_is_a_failure(request_: Request, result: Any) -> None:
    """In the place of the result; its neighbours stand."""
    assert isinstance(checked(request_, result, any_log), RpcPayloadError)
    node = ScriptedTransport(**{request_[0]: result, "eth_chainId": "0x1"})
    failed, chain_id = make_endpoint(node).ask([request_, ("eth_chainId", ())])
    assert isinstance(failed, RpcPayloadError)
    assert chain_id == "0x1"


ANSWERS: list[tuple[Request, Any]] = [
    (HEAD, block_json(make_block())),
    (("eth_getBlockByNumber", ("0x7", False)), None),
    (("eth_getBalance", ()), "0x" + "f" * 64),
    (("eth_call", ()), "0x"),
    (("eth_getTransactionReceipt", ()), None),
    (("eth_sendRawTransaction", ("0x",)), None),
    (("anvil_mine", ()), {"any": "thing"}),
    (LOGS, []),
    (LOGS, [LOG, LOG | {"topics": []}]),
]


@pytest.mark.parametrize(("request_", "result"), ANSWERS)
def test_what_was_asked_for_is_handed_on(request_: Request, result: Any) -> None:
    """A block that is not there yet is an answer, too."""
    assert checked(request_, result, any_log) is result


@pytest.mark.parametrize("shape", [None, "", "0x", {}, "-0x1"])
def test_the_next_endpoint_is_asked_for_what_has_no_shape(shape: Any) -> None:
    """A provider that restarts answers so, and would keep the healthy one from being asked."""
    desk = PoolDesk()
    desk.nodes[0].always("eth_gasPrice", shape)
    assert desk.served_by() == 2
    assert desk.pool.endpoints[0].health.failures > 0


def test_the_next_endpoint_is_asked_for_logs_that_do_not_fit_their_events() -> None:
    """One forged log would keep a chain from being read."""

    def refuse(log: RawLog) -> None:
        if log["data"] == "0x":
            raise UndecodableLogError("forged")

    clock, logger = FakeClock(), RecordingLogger().logger
    nodes = PoolDesk().nodes
    endpoints = [
        Endpoint(f"l2a/{n}", node, clock, logger, refuse) for n, node in enumerate(nodes, 1)
    ]
    nodes[0].always("eth_getLogs", [LOG | {"data": "0x"}])
    nodes[1].always("eth_getLogs", [LOG])
    pool = EndpointPool("l2a", endpoints, 1, clock, logger, pause=clock.advance)
    assert pool.ask([LOGS]) == [[LOG]]


def test_only_logs_may_be_longer() -> None:
    """As objects, a body of nothing else takes many times its size."""
    node = ScriptedTransport(eth_call="0x" + "00" * PLAIN_BYTES, eth_getLogs=[LOG] * 2_000)
    exchange = Exchange(node, FakeClock(), RecordingLogger().logger)
    with pytest.raises(RpcTooLongError) as caught:
        exchange.carry([("eth_call", ())], 12.0)
    assert not is_passing(caught.value)
    assert len(str([LOG] * 2_000)) > PLAIN_BYTES
    assert len(exchange.carry([LOGS], 12.0)[0]) == 2_000
    node.always("eth_getLogs", [LOG] * 20_000)
    with pytest.raises(RpcTooLongError):
        exchange.carry([LOGS], 12.0)


def test_many_questions_may_have_long_answers_together() -> None:
    """So many blocks with the hashes of their transactions."""
    code = "0x" + "00" * (PLAIN_BYTES // 3)
    node = ScriptedTransport(eth_getCode=code)
    exchange = Exchange(node, FakeClock(), RecordingLogger().logger)
    assert exchange.carry([("eth_getCode", ())] * 3, 12.0) == [code] * 3


def test_the_words_of_an_error_are_cut() -> None:
    """They are logged each time; what cannot be written anywhere is left out."""
    for message in ("x" * 10_000, "\ud800", ["list"], None):
        told: Any = message
        node = ScriptedTransport(eth_gasPrice=ErrorObject(told))
        (error,) = make_endpoint(node).ask([GAS_PRICE])
        assert isinstance(error, RpcError)
        assert len(str(error).encode()) < 1_000
