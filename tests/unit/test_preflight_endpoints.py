"""Preflight of endpoints: each of several is looked at, and each that pushes."""

from typing import Any

import pytest

from beamer_agent.errors import RpcConnectionError
from beamer_agent.line import Line
from beamer_agent.preflight import Finding, check_endpoints
from beamer_agent.rpc.push import PushEndpoint
from tests.doubles import ScriptedTransport, block_json, make_line
from tests.factories import make_block

pytestmark = pytest.mark.unit

DOWN = RpcConnectionError("no answer")
REMEDY = "check chains.l2a.rpc-url"


def endpoint(chain_id: int = 10) -> ScriptedTransport:
    """One that tells its chain and its head, which is block 0 too."""
    block = block_json(make_block(7))
    return ScriptedTransport(eth_chainId=hex(chain_id), eth_getBlockByNumber=block)


def down() -> ScriptedTransport:
    """One that cannot be reached."""
    return ScriptedTransport(eth_chainId=DOWN, eth_getBlockByNumber=DOWN)


def line_to(
    *transports: ScriptedTransport, pushes: tuple[PushEndpoint, ...] = (), name: str = "l2a"
) -> Line:
    """A chain with these endpoints, two of which have to agree."""
    first, *others = transports
    return make_line(first, name, *others, quorum=min(2, len(transports)), pushes=pushes)


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    """Level and subject."""
    return [(finding.level, finding.subject) for finding in findings]


class Socket:
    """An open web socket; only closing it is of interest."""

    def __init__(self) -> None:
        self.is_closed = False

    def close(self) -> None:
        """Remember it."""
        self.is_closed = True


def test_each_of_several_endpoints_is_shown() -> None:
    """With what tells chains apart, and how far it is."""
    findings = check_endpoints(line_to(endpoint(), endpoint(11)))
    assert told(findings) == [("ok", "RPC l2a/1"), ("ok", "RPC l2a/2")]
    assert findings[0].detail.startswith("chain id 10, block 0 0x")
    assert findings[1].detail.startswith("chain id 11, block 0 0x")
    assert findings[0].detail.endswith(", head 7")


def test_a_lone_endpoint_is_the_chains_matter() -> None:
    """It is shown there, and not asked twice."""
    lone = endpoint()
    assert check_endpoints(line_to(lone)) == []
    assert lone.posts == 0


def test_an_endpoint_that_does_not_answer_is_a_warning() -> None:
    """The others go on; but when too few are left, nothing is filled."""
    findings = check_endpoints(line_to(endpoint(), endpoint(), down()))
    assert told(findings) == [("ok", "RPC l2a/1"), ("ok", "RPC l2a/2"), ("warning", "RPC l2a/3")]
    assert (findings[2].detail, findings[2].remedy) == ("it does not answer: no answer", REMEDY)
    *_, last = check_endpoints(line_to(endpoint(), down()))
    assert (last.level, last.subject) == ("warning", "quorum")
    detail = "2 endpoints have to agree, but 1 answer: nothing would be filled"
    assert (last.detail, last.remedy) == (detail, REMEDY)


@pytest.mark.parametrize("head", [None, {}, {"number": "x"}, "0x1"])
def test_a_head_that_is_no_block_is_unknown(head: Any) -> None:
    """What cannot be read is shown as such."""
    odd = endpoint()
    odd.in_turn("eth_getBlockByNumber", [block_json(make_block(0)), head])
    assert check_endpoints(line_to(odd, endpoint()))[0].detail.endswith(", head unknown")


def test_sockets_are_opened_and_closed() -> None:
    """A warning when that does not work: new blocks are polled all the same."""
    socket = Socket()

    def fail() -> Any:
        raise DOWN

    pushes = (
        PushEndpoint("l2a/ws1", lambda: socket),  # type: ignore[arg-type,return-value]
        PushEndpoint("l2a/ws2", fail),
    )
    findings = check_endpoints(line_to(endpoint(), pushes=pushes))
    assert told(findings) == [("ok", "push l2a/ws1"), ("warning", "push l2a/ws2")]
    assert socket.is_closed
    assert findings[1].sentence() == (
        "l2a: push l2a/ws2: it cannot be opened: no answer; "
        "check chains.l2a.ws-url; polls do without it"
    )


def test_the_base_chain_has_a_key_of_its_own() -> None:
    """It is no chain of `[chains]`."""
    findings = check_endpoints(line_to(endpoint(), down(), name="base-chain"))
    assert findings[1].remedy == "check base-chain.rpc-url"
