"""Preflight of the base chain: it is never in the way."""

from dataclasses import replace

import pytest

from beamer_agent.contracts.deployments import BaseDeployment
from beamer_agent.preflight import check_base_chain
from beamer_agent.types import BlockNumber, ChainId
from tests.doubles import ScriptedTransport, make_client
from tests.factories import SOURCE_TOKEN, TARGET_TOKEN

pytestmark = pytest.mark.unit

BASE = BaseDeployment(ChainId(1), SOURCE_TOKEN, BlockNumber(1))


@pytest.mark.parametrize(
    ("deployment", "level", "detail"),
    [
        (BASE, "ok", f"Resolver {SOURCE_TOKEN}"),
        (None, "warning", "no Resolver is known: disputes cannot be resolved on L1"),
        (
            replace(BASE, resolver=None),
            "warning",
            "no Resolver is known: disputes cannot be resolved on L1",
        ),
        (
            replace(BASE, chain_id=ChainId(5)),
            "warning",
            "the RPC serves chain id 1, the Resolver is on 5",
        ),
        (
            replace(BASE, resolver=TARGET_TOKEN),
            "warning",
            f"there is no contract at {TARGET_TOKEN} (Resolver)",
        ),
    ],
)
def test_the_base_chain_is_never_in_the_way(
    deployment: BaseDeployment | None, level: str, detail: str
) -> None:
    """Transfers go on without L1 resolution."""
    chain = ScriptedTransport(eth_chainId="0x1")
    chain.on("eth_getCode", lambda address, _: "0x00" if address == SOURCE_TOKEN else "0x")
    (finding,) = check_base_chain(make_client(chain), deployment)
    assert (finding.chain, finding.level, finding.detail) == ("base-chain", level, detail)
