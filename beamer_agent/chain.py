"""One configured chain: from its name to everything that works on it."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount
from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.view import ClaimTerms
from beamer_agent.approvals import approvals_ahead
from beamer_agent.clock import Clock
from beamer_agent.config import Config
from beamer_agent.contracts.deployments import ChainDeployment, Deployments, find_deployment
from beamer_agent.contracts.interface import Contract, ContractInterfaces
from beamer_agent.economy.costs import CostSource, example_calls
from beamer_agent.economy.data_fee import FeeFamily, find_family
from beamer_agent.economy.gas_book import GasBook
from beamer_agent.economy.market import MarketReader
from beamer_agent.economy.prices import Prices, prices_of
from beamer_agent.errors import ConfigurationError, RpcError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.following import Contracts, Following, follow
from beamer_agent.events.looks import Looks
from beamer_agent.events.publisher import Subscriber
from beamer_agent.events.trust import Trust
from beamer_agent.line import Line
from beamer_agent.preflight import Finding, check_chain
from beamer_agent.rpc.client import ChainClient
from beamer_agent.switches import Switches
from beamer_agent.tokens import TokenPairs
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.transactions.exposure import ExposureBook
from beamer_agent.transactions.fee_limits import FeeLimits
from beamer_agent.transactions.observer import NoObserver, SenderObserver
from beamer_agent.transactions.payout_book import NO_LIMITS, PayoutBook
from beamer_agent.transactions.preparation import Preparation
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.transactions.signer import Signer
from beamer_agent.transactions.stake_book import StakeBook
from beamer_agent.transactions.wallet import Wallet
from beamer_agent.types import Address, ChainId, Seconds, Wei


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all chains of an agent share."""

    config: Config
    account: LocalAccount
    deployments: Deployments
    interfaces: ContractInterfaces
    pairs: TokenPairs
    clock: Clock
    logger: FilteringBoundLogger
    observe_sender: Callable[[ChainId], SenderObserver] = lambda _: NoObserver()
    """Who is told of a chain's transactions."""
    payouts: PayoutBook = field(default_factory=lambda: PayoutBook(NO_LIMITS, ()))
    """What all directions have paid out; without limits, nobody looks at it."""
    switches: Switches = field(default_factory=Switches)
    """What the operator has told it to leave for now."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A chain that answered, and whose contracts let us work."""

    name: str
    chain_id: ChainId
    line: Line
    deployment: ChainDeployment
    terms: ClaimTerms
    eth_in_token: Mapping[Address, int]
    """What one ether is worth in each configured token, in base units."""
    fee_family: FeeFamily = FeeFamily.PLAIN

    @property
    def client(self) -> ChainClient:
        """Asks the chain."""
        return self.line.client


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain at work: step functions for its threads, and the account on it."""

    connection: Connection
    following: Following
    account: ChainAccount
    prices: Prices
    sender_wake: threading.Event


def connect(line: Line, around: Surroundings) -> Connection:
    """Ask the endpoints which chain they serve, and look at the contracts there.

    Raises:
        ConfigurationError: the agent cannot work there; all faults found.
        RpcError: no endpoint answers.
    """
    name, client = line.name, line.client
    chain_id = line.pool.identify().chain_id
    deployment = find_deployment(around.deployments, chain_id, name)
    findings = check_chain(
        name,
        client,
        deployment,
        around.interfaces,
        around.account.address,
        around.config,
        around.pairs,
    )
    faults = [finding.sentence() for finding in findings if finding.level == "fault"]
    if faults:
        raise ConfigurationError(faults)
    log_warnings(findings, around.logger)
    contract = Contract(deployment.request_manager, around.interfaces.request_manager)
    terms, prices = _read_terms(client, contract, around.pairs.of_chain(chain_id))
    return Connection(
        name,
        chain_id,
        line,
        deployment,
        terms,
        prices,
        find_family(client),
    )


def log_warnings(findings: Iterable[Finding], logger: FilteringBoundLogger) -> None:
    """Tell of what does not stop a start, but should be mended."""
    for finding in findings:
        if finding.level == "warning":
            logger.warning(
                "Found something to mend",
                chain=finding.chain,
                subject=finding.subject,
                detail=finding.detail,
                remedy=finding.remedy,
            )


def build_chain(
    connection: Connection,
    around: Surroundings,
    subscribers: Sequence[Subscriber],
    on_change: Callable[[], None],
    on_start_over: Callable[[], None] = lambda: None,
    looks: Looks | None = None,
) -> Chain:
    """What follows a connected chain, sender and wallet.

    `subscribers` take its batches, besides the sender; `on_change` is called when the wallet has
    new balances, `on_start_over` when blocks were replaced that counted as final; `looks` are told
    what comes of every look at its head.
    """
    client, chain_id = connection.client, connection.chain_id
    settings = around.config.chains[connection.name]
    decoder = EventDecoder(
        chain_id, [around.interfaces.request_manager, around.interfaces.fill_manager]
    )
    wallet = Wallet(
        client,
        around.account.address,
        around.pairs.of_chain(chain_id),
        on_change=on_change,
        clock=around.clock,
    )
    book, wake = GasBook(around.clock), threading.Event()
    costs = _cost_source(connection, around, book)
    prices = _prices(connection, around)
    preparation = _preparation(connection, around, decoder)
    sender = _sender(connection, around, preparation, wallet, book, wake)
    contracts = Contracts(
        chain_id,
        (connection.deployment.request_manager, connection.deployment.fill_manager),
        connection.deployment.deployment_block,
        decoder,
    )
    following = follow(
        contracts,
        client,
        Trust(settings.confirmation_blocks, settings.finality_blocks, settings.stale_after),
        [sender.notice, *subscribers],
        poll_period=settings.poll_period,
        panel=connection.line.pool,
        pushes=connection.line.pushes,
        riders=[wallet, costs, prices, prices.bridge],
        on_start_over=on_start_over,
        on_return=sender.notice_return,
        looks=looks,
        clock=around.clock,
        logger=around.logger,
    )
    stakes = StakeBook(settings.max_total_stake)
    exposure = ExposureBook(settings.max_unfinal)
    account = ChainAccount(sender, wallet, stakes, exposure, costs)
    return Chain(connection, following, account, prices, wake)


def _read_terms(
    client: ChainClient, request_manager: Contract, tokens: Sequence[Address]
) -> tuple[ClaimTerms, Mapping[Address, int]]:
    """What a RequestManager asks of claimers, and its prices of one ether, by token."""
    names = (
        "claimStake",
        "claimRequestExtension",
        "claimPeriod",
        "challengePeriodExtension",
        "MAX_VALIDITY_PERIOD",
    )
    calls = [request_manager.call(name) for name in names]
    answers = client.read_many(
        [*calls, *(request_manager.call("tokens", token) for token in tokens)]
    )
    for answer in answers:
        if isinstance(answer, RpcError):
            raise answer
    stake, request_extension, claim_period, challenge_extension, max_validity, *settings = answers
    terms = ClaimTerms(
        stake=Wei(stake),
        request_extension=Seconds(request_extension),
        claim_period=Seconds(claim_period),
        challenge_extension=Seconds(challenge_extension),
        max_validity=Seconds(max_validity),
    )
    return terms, {token: price for token, (_, price, _) in zip(tokens, settings, strict=True)}


def _sender(
    connection: Connection,
    around: Surroundings,
    preparation: Preparation,
    wallet: Wallet,
    book: GasBook,
    wake: threading.Event,
) -> TransactionSender:
    """With the approvals that are made ahead of time."""
    chain_id, settings = connection.chain_id, around.config.chains[connection.name]
    sender = TransactionSender(
        connection.client,
        Signer(around.account, chain_id),
        preparation,
        wallet,
        wake=wake,
        clock=around.clock,
        logger=around.logger,
        fee_limits=FeeLimits(
            settings.max_gas_price, settings.max_urgent_gas_price, settings.min_priority_fee
        ),
        observer=around.observe_sender(chain_id),
        gas_book=book,
        batch=settings.batch,
        simulation_tells_gas=connection.fee_family.simulation_tells_gas,
    )
    for approval in approvals_ahead(around.config, around.pairs, connection.name, chain_id):
        sender.submit(approval)
    return sender


def _cost_source(connection: Connection, around: Surroundings, book: GasBook) -> CostSource:
    deployment, interfaces = connection.deployment, around.interfaces
    calls = example_calls(
        Contract(deployment.request_manager, interfaces.request_manager),
        Contract(deployment.fill_manager, interfaces.fill_manager),
    )
    reader = MarketReader(around.config.chains[connection.name].min_priority_fee)
    return CostSource(connection.fee_family, calls, book, reader, around.clock)


def _prices(connection: Connection, around: Surroundings) -> Prices:
    return prices_of(
        connection.chain_id,
        around.pairs,
        around.config.chains[connection.name].prices,
        connection.eth_in_token,
        Contract(connection.deployment.request_manager, around.interfaces.request_manager),
        around.clock,
        around.logger,
    )


def _preparation(
    connection: Connection, around: Surroundings, decoder: EventDecoder
) -> Preparation:
    deployment, interfaces = connection.deployment, around.interfaces
    return Preparation(
        client=connection.client,
        account=around.account.address,
        request_manager=Contract(deployment.request_manager, interfaces.request_manager),
        fill_manager=Contract(deployment.fill_manager, interfaces.fill_manager),
        decoder=decoder,
    )
