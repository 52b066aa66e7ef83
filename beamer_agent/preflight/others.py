"""What is looked at beside the L2 chains: the base chain, and tokens without a chain."""

from collections.abc import Collection
from typing import Final

from beamer_agent.config import Config
from beamer_agent.contracts.deployments import BaseDeployment
from beamer_agent.preflight.finding import Finding, Findings
from beamer_agent.rpc.client import ChainClient
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import Address, ChainId
from beamer_agent.units import ether

BASE_CHAIN: Final = "base-chain"
"""What findings about the L1 stand under."""

_ADD_BASE_FILE: Final = "put a base.deployment.json with a Resolver into artifacts-dir"


def check_base_chain(
    client: ChainClient, deployment: BaseDeployment | None, account: Address
) -> list[Finding]:
    """What L1 resolution needs of the base chain: warnings at most, transfers go on without it.

    Raises:
        RpcError: the endpoint does not answer.
    """
    report, subject = Findings(BASE_CHAIN), "L1 resolution"
    if deployment is None or deployment.resolver is None:
        detail = "no Resolver is known: disputes cannot be resolved on L1"
        return [report.warning(subject, detail, _ADD_BASE_FILE)]
    chain_id = client.chain_id()
    if chain_id != deployment.chain_id:
        detail = f"the RPC serves chain id {chain_id}, the Resolver is on {deployment.chain_id}"
        return [report.warning(subject, detail, "correct base-chain.rpc-url")]
    if not client.code(deployment.resolver):
        detail = f"there is no contract at {deployment.resolver} (Resolver)"
        return [report.warning(subject, detail, "correct base.deployment.json")]
    resolver = report.ok(subject, f"Resolver {deployment.resolver}")
    return [resolver, _native_balance(report, client.balance(account), account)]


def _native_balance(report: Findings, balance: int, account: Address) -> Finding:
    subject = "native balance"
    if balance:
        return report.ok(subject, f"{ether(balance)} held")
    detail = "none is held: the account cannot pay for the resolution of disputes"
    return report.warning(subject, detail, f"send some to {account}")


def check_tokens(
    config: Config, tokens: TokenPairs, connected: Collection[ChainId] | None
) -> list[Finding]:
    """Configured tokens that no connected chain can use: warnings, existing files have them.

    Args:
        config: says whether anything is filled; watching needs no tokens.
        tokens: the configured ones.
        connected: the ids of all configured chains; None when one of them has not answered.
    """
    configured, report = tokens.chain_ids(), Findings("tokens")
    if not configured:
        if not any(config.fills(*names) for names in config.served_directions()):
            return []
        detail = "no token is configured: nothing will be filled"
        return [report.warning("all", detail, "add lists of tokens to [tokens]")]
    if connected is None:
        return []
    return [
        report.warning(
            f"chain id {chain_id}",
            "tokens of this chain are configured, but none of [chains] has this id",
            "add the chain, or remove the tokens",
        )
        for chain_id in sorted(configured.difference(connected))
    ]
