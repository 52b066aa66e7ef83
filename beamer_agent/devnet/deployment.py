"""The contracts of a local world: what stands where, and how it is wired together."""

from dataclasses import dataclass

from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.deployer import Deployed, Deployer
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.types import Address

FUNDED_ROLES = ("agent", "user", "rival")
"""Who owns tokens at the beginning. Everybody owns native currency, anvil sees to that."""

NONCES_APART = 100
"""More than there are contracts on a chain: no address is in use on two chains."""


@dataclass(frozen=True, slots=True)
class L2Contracts:
    """What stands on one L2, and the L1 end of its messenger pair. An "L2" may be L1 itself."""

    chain: LocalChain
    base: LocalChain
    """Where the L1 end is."""
    request_manager: Deployed
    fill_manager: Deployed
    messenger: Deployed
    l1_messenger: Deployed
    tokens: dict[str, Deployed]
    """By symbol."""

    @property
    def is_base(self) -> bool:
        """Whether this is L1: no bridge leads away from it."""
        return self.chain is self.base


@dataclass(frozen=True, slots=True)
class WorldContracts:
    """Everything that was deployed."""

    base: LocalChain
    resolver: Deployed
    l2s: tuple[L2Contracts, ...]


def deploy_world(
    base: LocalChain, rollups: tuple[LocalChain, ...], settings: WorldSettings
) -> WorldContracts:
    """Deploy all contracts, make each trust the one before it, open the business, fund accounts.

    Args:
        base: the L1, one more chain of transfers if the settings say so.
        rollups: every ordered pair of the chains of transfers becomes a direction.
        settings: the constructors' numbers.

    Raises:
        CallRevertedError: a contract refused a step.
    """
    base_deployer = Deployer(base)
    resolver = base_deployer.deploy("Resolver")
    l2s = [
        _deploy_rollup(chain, NONCES_APART * position, base, base_deployer, settings)
        for position, chain in enumerate(rollups, start=1)
    ]
    if settings.base_transfers:
        l2s.append(_deploy_on_base(base, base_deployer, resolver, settings))
    contracts = WorldContracts(base, resolver, tuple(l2s))
    for l2 in contracts.l2s:
        deployer = Deployer(l2.chain)
        _trust(l2, resolver, deployer, base_deployer)
        _open(contracts, l2, deployer, settings)
        _fund(l2, deployer, settings)
    return contracts


def allow_lp(contracts: WorldContracts, lp: Address) -> None:
    """Let an account fill and claim on every chain.

    Raises:
        CallRevertedError: it may already.
    """
    for l2 in contracts.l2s:
        _allow_lp(l2, Deployer(l2.chain), lp)


def _deploy_rollup(
    chain: LocalChain,
    first_nonce: int,
    base: LocalChain,
    base_deployer: Deployer,
    settings: WorldSettings,
) -> L2Contracts:
    deployer = Deployer(chain)
    deployer.skip_nonces(first_nonce)
    relayer = account_of("relayer").address
    messenger = deployer.deploy("LocalL2Messenger", relayer)
    l1_messenger = base_deployer.deploy("LocalL1Messenger", relayer, settings.proof_maturity)
    return _deploy_l2(chain, base, deployer, messenger, l1_messenger, settings)


def _deploy_on_base(
    base: LocalChain, deployer: Deployer, resolver: Deployed, settings: WorldSettings
) -> L2Contracts:
    messenger = deployer.deploy("EthereumL2Messenger", resolver.address)
    l1_messenger = deployer.deploy("EthereumL1Messenger")
    return _deploy_l2(base, base, deployer, messenger, l1_messenger, settings)


def _deploy_l2(
    chain: LocalChain,
    base: LocalChain,
    deployer: Deployer,
    messenger: Deployed,
    l1_messenger: Deployed,
    settings: WorldSettings,
) -> L2Contracts:
    return L2Contracts(
        chain=chain,
        base=base,
        request_manager=deployer.deploy(
            "RequestManager",
            settings.claim_stake,
            settings.claim_request_extension,
            settings.claim_period,
            settings.challenge_period_extension,
        ),
        fill_manager=deployer.deploy("FillManager", messenger.address),
        messenger=messenger,
        l1_messenger=l1_messenger,
        tokens={
            token.symbol: deployer.deploy(
                token.contract, token.symbol, token.symbol, token.decimals
            )
            for token in settings.tokens
        },
    )


def _trust(
    l2: L2Contracts, resolver: Deployed, deployer: Deployer, base_deployer: Deployer
) -> None:
    # FillManager -> L2 messenger -> L1 messenger -> Resolver, and back down to RequestManager.
    chain_id, fill_manager = l2.chain.chain_id, l2.fill_manager.address
    messenger, l1_messenger = l2.messenger.address, l2.l1_messenger.address
    deployer.call(l2.fill_manager, "setResolver", resolver.address)
    deployer.call(l2.messenger, "addCaller", fill_manager)
    base_deployer.call(l2.l1_messenger, "addCaller", resolver.address)
    base_deployer.call(
        resolver, "addRequestManager", chain_id, l2.request_manager.address, l1_messenger
    )
    if l2.is_base:
        # On one chain each knows its caller, nobody has to vouch for it.
        base_deployer.call(resolver, "addCaller", messenger)
        deployer.call(l2.request_manager, "addCaller", l1_messenger)
    else:
        base_deployer.call(resolver, "addCaller", chain_id, fill_manager, l1_messenger)
        deployer.call(
            l2.request_manager, "addCaller", l2.base.chain_id, resolver.address, messenger
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
    _allow_lp(l2, deployer, account_of("agent").address)


def _allow_lp(l2: L2Contracts, deployer: Deployer, lp: Address) -> None:
    deployer.call(l2.request_manager, "addAllowedLp", lp)
    deployer.call(l2.fill_manager, "addAllowedLp", lp)


def _fund(l2: L2Contracts, deployer: Deployer, settings: WorldSettings) -> None:
    for token in settings.tokens:
        for role in FUNDED_ROLES:
            owner = account_of(role).address
            deployer.call(l2.tokens[token.symbol], "mint", owner, token.funds)
