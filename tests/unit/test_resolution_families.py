"""Which chains have an adapter, and what is said of those that have none."""

import pytest

from beamer_agent.contracts.deployments import ChainDeployment, Messenger
from beamer_agent.resolution.ethereum import EthereumRollup
from beamer_agent.resolution.families import adapter_for, describe_gaps
from beamer_agent.resolution.local import LocalRollup
from beamer_agent.types import BlockNumber
from tests.factories import FILL_MANAGER, REQUEST_MANAGER, SOURCE, make_address

pytestmark = pytest.mark.unit


def deployment(*messengers: str) -> ChainDeployment:
    """A chain with messengers of these names."""
    found = tuple(Messenger(name, make_address(60)) for name in messengers)
    return ChainDeployment(SOURCE, REQUEST_MANAGER, FILL_MANAGER, BlockNumber(1), found)


def test_the_messengers_name_tells_the_adapter() -> None:
    """Nothing else does."""
    assert adapter_for("LocalL2Messenger") is LocalRollup
    assert adapter_for("EthereumL2Messenger") is EthereumRollup
    assert adapter_for("OptimismL2Messenger") is None


def test_chains_without_an_adapter_are_told_of() -> None:
    """A sentence for each; a second messenger may be the one in use."""
    chains = [
        deployment("LocalL2Messenger"),
        deployment("OptimismL2Messenger"),
        deployment(),
        deployment("OptimismL2Messenger", "LocalL2Messenger"),
    ]
    assert describe_gaps(chains) == [
        "no adapter for OptimismL2Messenger",
        f"no L2 messenger in the deployment file of chain {SOURCE}",
    ]
