"""Which adapter a transfer chain needs: the name of its messenger says so."""

from collections.abc import Iterable, Mapping
from typing import Final

from beamer_agent.contracts.deployments import ChainDeployment
from beamer_agent.resolution.ethereum import EthereumRollup
from beamer_agent.resolution.local import LocalRollup
from beamer_agent.resolution.rollup import RollupFactory

ADAPTERS: Final[Mapping[str, RollupFactory]] = {
    "EthereumL2Messenger": EthereumRollup,
    "LocalL2Messenger": LocalRollup,
}


def adapter_for(messenger: str) -> RollupFactory | None:
    """What makes the adapter for chains with a messenger of this name; None when nothing does."""
    return ADAPTERS.get(messenger)


def describe_gaps(chains: Iterable[ChainDeployment]) -> list[str]:
    """Why proofs that pass these chains cannot be resolved on L1, a sentence each; best: none."""
    return [gap for chain in chains if (gap := _gap(chain)) is not None]


def _gap(chain: ChainDeployment) -> str | None:
    names = [messenger.name for messenger in chain.messengers]
    if not names:
        return f"no L2 messenger in the deployment file of chain {chain.chain_id}"
    if not any(map(adapter_for, names)):
        return f"no adapter for {', '.join(names)}"
    return None
