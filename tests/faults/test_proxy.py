"""The proxy itself: every fault is what its name says, and ends when it is told to."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError

from beamer_agent.actions.rules import compute_request_id
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import RequestCreated
from tests.faults import behaviours
from tests.faults.exchange import Behaviour
from tests.faults.lies import FORGED_AMOUNT, Forger, truncate_logs
from tests.faults.proxy import Proxy
from tests.faults.stale import StaleHead

pytestmark = pytest.mark.integration

HEAD = ("eth_getBlockByNumber", ["latest", False])


def calls(*asked: tuple[str, list[Any]]) -> list[dict[str, Any]]:
    """JSON-RPC requests with the ids 1, 2, 3."""
    return [
        {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        for number, (method, params) in enumerate(asked, start=1)
    ]


def post(proxy: Proxy, body: Any, seconds: float = 5.0) -> urllib3.BaseHTTPResponse:
    """The response to a body, on a connection of its own."""
    with urllib3.PoolManager(timeout=seconds, retries=False) as pool:
        return pool.request("POST", proxy.url, body=json.dumps(body))


def ask(proxy: Proxy, method: str, *params: Any) -> Any:
    """The result of one call; its error when there is one."""
    answer = post(proxy, calls((method, list(params)))[0]).json()
    return answer.get("result", answer.get("error"))


def logs(proxy: Proxy, first: int, last: int, address: str) -> Any:
    """The logs of an address in some blocks."""
    asked = {"fromBlock": hex(first), "toBlock": hex(last), "address": [address], "topics": []}
    return ask(proxy, "eth_getLogs", asked)


@pytest.fixture
def proxy(anvil: LocalChain) -> Iterator[Proxy]:
    """In front of the bare chain."""
    with Proxy(anvil) as proxy:
        yield proxy
        assert not proxy.failures


def test_truth_is_told_without_a_fault(proxy: Proxy, anvil: LocalChain) -> None:
    """Answers are the chain's, one by one and in a batch."""
    number = hex(anvil.height())
    assert ask(proxy, *HEAD[:1], *HEAD[1])["number"] == number
    batch = post(proxy, calls(("eth_chainId", []), ("eth_blockNumber", []))).json()
    assert [answer["result"] for answer in batch] == [hex(anvil.chain_id), number]


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        pytest.param(behaviours.hang, "Read timed out", id="hang"),
        pytest.param(behaviours.drop, "IncompleteRead", id="drop"),
        pytest.param(behaviours.lose_reply, "without response", id="reply lost"),
    ],
)
def test_no_answer(proxy: Proxy, behaviour: Behaviour, words: str) -> None:
    """Whoever asks sees no whole answer, until the fault is over."""
    proxy.begin(behaviour)
    with pytest.raises(HTTPError, match=words):
        post(proxy, calls(HEAD)[0], seconds=0.2)
    proxy.heal()
    assert ask(proxy, "eth_blockNumber")


def test_closed_port_refuses_and_opens_again(proxy: Proxy) -> None:
    """Open connections are broken, new ones refused; the URL stays."""
    with urllib3.PoolManager(retries=False) as pool:
        body = json.dumps(calls(HEAD)[0])
        pool.request("POST", proxy.url, body=body)
        proxy.close()
        with pytest.raises(HTTPError):
            pool.request("POST", proxy.url, body=body)
        with pytest.raises(NewConnectionError):
            post(proxy, calls(HEAD)[0])
        proxy.heal()
        assert pool.request("POST", proxy.url, body=body).status == 200


def test_status_with_its_headers(proxy: Proxy) -> None:
    """An HTTP status instead of an answer."""
    proxy.begin(behaviours.status(429, {"Retry-After": "1"}))
    response = post(proxy, calls(HEAD)[0])
    assert (response.status, response.headers["Retry-After"]) == (429, "1")


@pytest.mark.parametrize("behaviour", [behaviours.html, behaviours.truncated])
def test_body_that_is_no_json(proxy: Proxy, behaviour: Behaviour) -> None:
    """The HTTP is in order, the body is not."""
    proxy.begin(behaviour)
    response = post(proxy, calls(HEAD)[0])
    assert response.status == 200
    with pytest.raises(ValueError, match=r".+"):
        response.json()


def test_ids_and_order_of_answers(proxy: Proxy) -> None:
    """Answers to somebody else, and answers from the last one to the first."""
    batch = calls(("eth_chainId", []), ("eth_blockNumber", []))
    proxy.begin(behaviours.wrong_id)
    assert not {answer["id"] for answer in post(proxy, batch).json()} & {1, 2}
    proxy.begin(behaviours.out_of_order)
    assert [answer["id"] for answer in post(proxy, batch).json()] == [2, 1]


def test_batches_are_refused_as_a_whole(proxy: Proxy) -> None:
    """One error for a list, the truth for a single call."""
    proxy.begin(behaviours.refuse_batches)
    assert post(proxy, calls(HEAD)).json()["error"]["code"] == behaviours.INVALID_REQUEST
    assert ask(proxy, "eth_blockNumber")


def test_delay_ends_with_the_fault(proxy: Proxy) -> None:
    """An answer comes late, and at once when the fault is over."""
    proxy.begin(behaviours.delay(0.1))
    started = time.monotonic()
    assert ask(proxy, "eth_blockNumber")
    assert time.monotonic() - started >= 0.1


def test_share_of_faults(proxy: Proxy) -> None:
    """Some requests meet the fault, others do not."""
    proxy.begin(behaviours.sometimes(0.4, behaviours.status(503)))
    statuses = [post(proxy, calls(HEAD)[0]).status for _ in range(40)]
    assert 8 <= statuses.count(503) <= 24
    assert statuses.count(200) == 40 - statuses.count(503)


def test_what_loses_its_reply_is_served(proxy: Proxy, anvil: LocalChain) -> None:
    """The chain has done what nobody is told of; the other fault concerns transactions alone."""
    height = anvil.height()
    proxy.begin(behaviours.lose_reply)
    with pytest.raises(ProtocolError):
        ask(proxy, "evm_mine")
    assert anvil.height() == height + 1
    proxy.begin(behaviours.lose_reply_of_sending)
    assert ask(proxy, "eth_blockNumber") == hex(height + 1)
    with pytest.raises(ProtocolError):
        ask(proxy, "eth_sendRawTransaction", "0x00")


def test_stale_head_knows_nothing_newer(proxy: Proxy, anvil: LocalChain) -> None:
    """Blocks, and what is counted in them, stay as they were."""
    height = anvil.height()
    proxy.begin(StaleHead(anvil.client))
    receiver = "0x" + "77" * 20
    anvil.mine()
    anvil.client.call("anvil_setBalance", receiver, "0x1")
    anvil.mine(2)
    assert ask(proxy, "eth_blockNumber") == hex(height)
    assert ask(proxy, *HEAD[:1], *HEAD[1])["number"] == hex(height)
    assert ask(proxy, "eth_getBlockByNumber", hex(height + 1), False) is None
    assert ask(proxy, "eth_getBalance", receiver, "latest") == "0x0"
    assert logs(proxy, height, height + 3, receiver) == []
    assert "code" in logs(proxy, height + 1, height + 3, receiver)


def test_limit_of_blocks(proxy: Proxy, anvil: LocalChain) -> None:
    """Ten blocks are looked through, eleven are refused; by number or by word."""
    anvil.mine(12)
    proxy.begin(behaviours.range_limit(10))
    assert logs(proxy, 1, 10, "0x" + "00" * 20) == []
    assert logs(proxy, 1, 11, "0x" + "00" * 20)["code"] == behaviours.LIMIT_EXCEEDED


def test_truncated_logs_lack_the_last_ones(world: LocalWorld) -> None:
    """Half of a list is left out, without a word."""
    chain, manager = world.pair[0].chain, world.pair[0].request_manager.address
    with Proxy(chain) as proxy:
        everything = logs(proxy, 0, chain.height(), manager)
        proxy.begin(truncate_logs)
        assert logs(proxy, 0, chain.height(), manager) == everything[: len(everything) // 2]
        assert everything


def test_forged_request_looks_genuine(world: LocalWorld) -> None:
    """Only the chain could tell: block, id and form are right; it is the same whenever asked."""
    source, target = world.pair
    manager, head = source.request_manager.address, source.chain.client.head()
    with Proxy(source.chain) as proxy:
        proxy.begin(Forger(source, target))
        told = logs(proxy, head.number, head.number, manager)
        assert told[-1] == logs(proxy, 0, head.number, manager)[-1]
        assert logs(proxy, head.number, head.number, target.fill_manager.address) == []
    decoder = EventDecoder(source.chain.chain_id, [source.request_manager.contract.abi])
    (forged,) = decoder.decode(told[-1:])
    assert isinstance(forged, RequestCreated)
    assert (forged.amount, forged.block_hash) == (FORGED_AMOUNT, head.hash)
    assert forged.request_id == compute_request_id(forged)
