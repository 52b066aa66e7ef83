"""Preflight of the base chain: it is never in the way."""

from dataclasses import replace

import pytest

from beamer_agent.contracts.deployments import BaseDeployment
from beamer_agent.preflight import check_base_chain
from beamer_agent.types import BlockNumber, ChainId
from tests.doubles import ScriptedTransport, make_client
from tests.factories import SOURCE_TOKEN, TARGET_TOKEN, US

pytestmark = pytest.mark.unit

BASE = BaseDeployment(ChainId(1), SOURCE_TOKEN, BlockNumber(1))


def base_chain(balance: int = 1) -> ScriptedTransport:
    """An L1 with a Resolver."""
    chain = ScriptedTransport(eth_chainId="0x1", eth_getBalance=hex(balance))
    chain.on("eth_getCode", lambda address, _: "0x00" if address == SOURCE_TOKEN else "0x")
    return chain


@pytest.mark.parametrize(
    ("deployment", "detail"),
    [
        (None, "no Resolver is known: disputes cannot be resolved on L1"),
        (replace(BASE, resolver=None), "no Resolver is known: disputes cannot be resolved on L1"),
        (replace(BASE, chain_id=ChainId(5)), "the RPC serves chain id 1, the Resolver is on 5"),
        (
            replace(BASE, resolver=TARGET_TOKEN),
            f"there is no contract at {TARGET_TOKEN} (Resolver)",
        ),
    ],
)
def test_the_base_chain_is_never_in_the_way(
    deployment: BaseDeployment | None, detail: str
) -> None:
    """Transfers go on without L1 resolution."""
    (finding,) = check_base_chain(make_client(base_chain()), deployment, US)
    assert (finding.chain, finding.level, finding.detail) == ("base-chain", "warning", detail)


def test_all_is_well() -> None:
    """The Resolver is there, and what relaying to it costs can be paid."""
    findings = check_base_chain(make_client(base_chain(balance=10**18)), BASE, US)
    assert [(finding.level, finding.subject, finding.detail) for finding in findings] == [
        ("ok", "L1 resolution", f"Resolver {SOURCE_TOKEN}"),
        ("ok", "native balance", "1 ether held"),
    ]


def test_an_account_without_anything_on_l1_is_a_warning() -> None:
    """It can neither prove nor execute a message there."""
    _, finding = check_base_chain(make_client(base_chain(balance=0)), BASE, US)
    assert finding.level == "warning"
    assert finding.sentence() == (
        "base-chain: native balance: none is held: the account cannot pay for the resolution of "
        f"disputes; send some to {US}"
    )
