"""EndpointPool: endpoints tell which chain they serve before they are used."""

from typing import Any

import pytest

from beamer_agent.errors import (
    ConfigurationError,
    RpcConnectionError,
    RpcError,
    RpcHttpError,
    RpcPayloadError,
    RpcWrongChainError,
)
from beamer_agent.rpc.health import FOREIGN_SECONDS
from beamer_agent.rpc.identity import Identity, identity_of
from beamer_agent.types import BlockHash, ChainId
from tests.doubles import block_json
from tests.factories import make_block
from tests.pool_desk import CHAIN_ID, GAS_PRICE, HEAD, IDENTITY, SEND, PoolDesk

pytestmark = pytest.mark.unit

GENESIS = make_block(0).hash
OTHER_GENESIS = block_json(make_block(7))


def cut_off(desk: PoolDesk, number: int = 1) -> None:
    """An endpoint cannot be reached for the length of one question."""
    node = desk.nodes[number - 1]
    node.trouble = RpcConnectionError("Connection refused")
    desk.pool.ask_each([GAS_PRICE])
    node.trouble = None


def test_endpoints_of_one_chain_agree() -> None:
    """By chain id and block 0."""
    assert PoolDesk().pool.identify() == Identity(ChainId(CHAIN_ID), GENESIS)


def test_the_first_question_finds_out_by_itself() -> None:
    """Every endpoint is asked, so that one of another chain is found before it is needed."""
    desk = PoolDesk()
    assert desk.served_by() == 1
    assert [node.methods() for node in desk.nodes] == [[*IDENTITY, "eth_gasPrice"], IDENTITY]


@pytest.mark.parametrize("difference", ["chain id", "block 0"])
def test_endpoints_of_different_chains_are_a_fault_of_the_configuration(difference: str) -> None:
    """Which of them is right only the operator knows."""
    desk = PoolDesk()
    if difference == "chain id":
        desk.nodes[1].always("eth_chainId", "0x5")
    else:
        desk.nodes[1].genesis = OTHER_GENESIS
    with pytest.raises(ConfigurationError) as caught:
        desk.pool.identify()
    (fault,) = caught.value.faults
    assert fault.startswith("l2a: its endpoints serve different chains: l2a/1 chain id 1337")
    assert "l2a/2 chain id" in fault


def test_endpoints_of_different_chains_end_nobody_who_asks() -> None:
    """One wrong answer at the start would end the process, and with it all other chains."""
    desk = PoolDesk()
    desk.nodes[1].always("eth_chainId", "0x5")
    with pytest.raises(RpcWrongChainError, match="l2a/2 chain id 5"):
        desk.pool.ask([GAS_PRICE])
    with pytest.raises(RpcWrongChainError):
        desk.pool.look_at(desk.pool.endpoints[0], [HEAD])
    desk.nodes[1].always("eth_chainId", hex(CHAIN_ID))
    assert desk.served_by() == 1


def test_an_endpoint_without_block_0_is_believed() -> None:
    """Pruned nodes have none; the others' is known all the same."""
    desk = PoolDesk(3)
    desk.nodes[0].genesis = None
    assert desk.pool.identify().genesis == GENESIS
    desk.nodes[1].genesis = OTHER_GENESIS
    with pytest.raises(ConfigurationError):
        desk.pool.identify()


def test_who_does_not_answer_at_first_tells_later() -> None:
    """Before it is used."""
    desk = PoolDesk()
    desk.nodes[1].trouble = RpcHttpError(502)
    desk.pool.identify()
    desk.nodes[1].trouble = None
    desk.nodes[0].trouble = RpcHttpError(502)
    assert desk.served_by() == 2
    assert desk.nodes[1].methods() == [*IDENTITY, "eth_gasPrice"]


def test_nobody_knows_the_chain_when_nobody_answers() -> None:
    """The error is that of the first endpoint; the next question tries again."""
    desk = PoolDesk()
    for node in desk.nodes:
        node.trouble = RpcHttpError(502)
    with pytest.raises(RpcHttpError):
        desk.served_by()
    for node in desk.nodes:
        node.trouble = None
    assert desk.served_by() == 1


def test_an_endpoint_that_came_back_tells_its_chain_again() -> None:
    """Once."""
    desk = PoolDesk(1)
    desk.served_by()
    cut_off(desk)
    desk.nodes[0].calls.clear()
    desk.served_by()
    desk.served_by()
    assert desk.nodes[0].methods() == [*IDENTITY, "eth_gasPrice", "eth_gasPrice"]


def test_an_endpoint_that_came_back_as_another_chain_is_never_used() -> None:
    """Not for transactions either; it is reported once."""
    desk = PoolDesk()
    desk.pool.identify()
    cut_off(desk)
    desk.nodes[0].genesis = OTHER_GENESIS
    desk.nodes[0].calls.clear()
    desk.clock.advance(60.0)
    assert desk.served_by() == 2
    assert desk.pool.ask([SEND]) == ["0x2"]
    first, _ = desk.pool.ask_each([GAS_PRICE])
    assert isinstance(first.results, RpcWrongChainError)
    assert desk.nodes[0].methods() == IDENTITY
    (line,) = desk.lines("Endpoint serves another chain")
    assert (line["endpoint"], line["log_level"]) == ("l2a/1", "error")
    assert desk.pool.health()[0].is_wrong_chain


def test_a_chain_whose_only_endpoint_serves_another_one_has_none() -> None:
    """Until the right one is back: it is asked for its identity now and then."""
    desk = PoolDesk(1)
    desk.served_by()
    cut_off(desk)
    desk.nodes[0].always("eth_chainId", "0x5")
    for _ in range(3):
        with pytest.raises(RpcWrongChainError):
            desk.served_by()
    desk.clock.advance(FOREIGN_SECONDS)
    with pytest.raises(RpcWrongChainError):
        desk.served_by()
    desk.nodes[0].always("eth_chainId", hex(CHAIN_ID))
    desk.clock.advance(FOREIGN_SECONDS)
    assert desk.served_by() == 1
    assert len(desk.lines("Endpoint serves another chain")) == 1
    assert len(desk.lines("Endpoint serves its chain again")) == 1


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (["0x539", {"hash": "0x" + "01" * 32}], Identity(ChainId(1337), BlockHash(b"\x01" * 32))),
        (["0x539", None], Identity(ChainId(1337), None)),
        (["0x539", RpcPayloadError("wrong id")], Identity(ChainId(1337), None)),
        (["0x539", {"hash": 5}], Identity(ChainId(1337), None)),
        (["0x539", "nonsense"], Identity(ChainId(1337), None)),
    ],
)
def test_block_0_is_unknown_whatever_is_in_its_place(
    results: list[Any], expected: Identity
) -> None:
    """The chain id is what must be told."""
    assert identity_of(results) == expected


@pytest.mark.parametrize("chain_id", [None, "1337x", {}, RpcHttpError(502)])
def test_an_endpoint_without_a_chain_id_tells_nothing(chain_id: Any) -> None:
    """It may be no node at all."""
    with pytest.raises(RpcError):
        identity_of([chain_id, None])
