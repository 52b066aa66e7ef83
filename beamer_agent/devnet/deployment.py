"""The contracts of a local world: what stands where, and how it is wired together."""

from dataclasses import dataclass

from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.deployer import Deployed, Deployer
from beamer_agent.devnet.settings import WorldSettings

FUNDED_ROLES = ("agent", "user", "rival")
"""Who owns tokens at the beginning. Everybody owns native currency, anvil sees to that."""

NONCES_APART = 100
"""More than there are contracts on a chain: no address is in use on two chains."""


@dataclass(frozen=True, slots=True)
class L2Contracts:
    """What stands on one L2, and the L1 end of its messenger pair."""

    chain: LocalChain
    request_manager: Deployed
    fill_manager: Deployed
    messenger: Deployed
    l1_messenger: Deployed
    tokens: dict[str, Deployed]
    """By symbol."""


@dataclass(frozen=True, slots=True)
class WorldContracts:
    """Everything that was deployed."""

    base: LocalChain
    resolver: Deployed
    l2s: tuple[L2Contracts, ...]


def deploy_world(
    base: LocalChain, l2_chains: tuple[LocalChain, ...], settings: WorldSettings
) -> WorldContracts:
    """Deploy all contracts, make each trust the one before it, open the business, fund accounts.

    Args:
        base: the L1.
        l2_chains: every ordered pair of them becomes a direction.
        settings: the constructors' numbers.

    Raises:
        CallRevertedError: a contract refused a step.
    """
    base_deployer = Deployer(base)
    resolver = base_deployer.deploy("Resolver")
    l2s = []
    for position, chain in enumerate(l2_chains, start=1):
        deployer = Deployer(chain)
        deployer.skip_nonces(NONCES_APART * position)
        l2s.append(_deploy_l2(chain, deployer, base_deployer, settings))
    contracts = WorldContracts(base, resolver, tuple(l2s))
    for l2 in contracts.l2s:
        deployer = Deployer(l2.chain)
        _trust(contracts, l2, deployer, base_deployer)
        _open(contracts, l2, deployer, settings)
        _fund(l2, deployer, settings)
    return contracts


def _deploy_l2(
    chain: LocalChain, deployer: Deployer, base_deployer: Deployer, settings: WorldSettings
) -> L2Contracts:
    relayer = account_of("relayer").address
    messenger = deployer.deploy("LocalL2Messenger", relayer)
    return L2Contracts(
        chain=chain,
        request_manager=deployer.deploy(
            "RequestManager",
            settings.claim_stake,
            settings.claim_request_extension,
            settings.claim_period,
            settings.challenge_period_extension,
        ),
        fill_manager=deployer.deploy("FillManager", messenger.address),
        messenger=messenger,
        l1_messenger=base_deployer.deploy("LocalL1Messenger", relayer, settings.proof_maturity),
        tokens={
            token.symbol: deployer.deploy(
                token.contract, token.symbol, token.symbol, token.decimals
            )
            for token in settings.tokens
        },
    )


def _trust(
    contracts: WorldContracts, l2: L2Contracts, deployer: Deployer, base_deployer: Deployer
) -> None:
    # FillManager -> L2 messenger -> L1 messenger -> Resolver, and back down to RequestManager.
    resolver, chain_id = contracts.resolver, l2.chain.chain_id
    deployer.call(l2.fill_manager, "setResolver", resolver.address)
    deployer.call(l2.messenger, "addCaller", l2.fill_manager.address)
    base_deployer.call(l2.l1_messenger, "addCaller", resolver.address)
    base_deployer.call(
        resolver, "addCaller", chain_id, l2.fill_manager.address, l2.l1_messenger.address
    )
    base_deployer.call(
        resolver,
        "addRequestManager",
        chain_id,
        l2.request_manager.address,
        l2.l1_messenger.address,
    )
    deployer.call(
        l2.request_manager,
        "addCaller",
        contracts.base.chain_id,
        resolver.address,
        l2.messenger.address,
    )


def _open(
    contracts: WorldContracts, l2: L2Contracts, deployer: Deployer, settings: WorldSettings
) -> None:
    manager = l2.request_manager
    deployer.call(
        manager,
        "updateFees",
        settings.min_fee_ppm,
        settings.lp_fee_ppm,
        settings.protocol_fee_ppm,
    )
    for target in contracts.l2s:
        deployer.call(
            manager,
            "updateChain",
            target.chain.chain_id,
            settings.finality_period,
            settings.transfer_cost,
            settings.target_weight_ppm,
        )
    for token in settings.tokens:
        address = l2.tokens[token.symbol].address
        deployer.call(manager, "updateToken", address, token.transfer_limit, token.eth_in_token)
    agent = account_of("agent").address
    deployer.call(manager, "addAllowedLp", agent)
    deployer.call(l2.fill_manager, "addAllowedLp", agent)


def _fund(l2: L2Contracts, deployer: Deployer, settings: WorldSettings) -> None:
    for token in settings.tokens:
        for role in FUNDED_ROLES:
            owner = account_of(role).address
            deployer.call(l2.tokens[token.symbol], "mint", owner, token.funds)
