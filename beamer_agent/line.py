"""Line: how a configured chain is reached."""

from dataclasses import dataclass
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.config import BaseChainConfig, ChainConfig
from beamer_agent.contracts.interface import ContractInterfaces, RevertReasons, packaged_abi
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.pool import EndpointPool
from beamer_agent.rpc.push import PushEndpoint, push_endpoints
from beamer_agent.rpc.transport import HttpTransport
from beamer_agent.types import ChainId

L1_MESSENGERS: Final = ("LocalL1Messenger", "EthereumL2Messenger")
"""Contracts on L1 that may refuse a step of a proof."""

BASE_QUORUM: Final = 1
"""No request is filled for what L1 says; contracts check every proof."""

NO_CHAIN: Final = ChainId(0)
"""Whether a log fits its event is the same on all chains."""


@dataclass(frozen=True, slots=True)
class Line:
    """The endpoints of a chain, and questions over them."""

    name: str
    """Of the chain in the configuration."""
    pool: EndpointPool
    client: ChainClient
    pushes: tuple[PushEndpoint, ...] = ()
    """Where new blocks are told of."""


def open_line(
    name: str,
    settings: ChainConfig | BaseChainConfig,
    interfaces: ContractInterfaces,
    clock: Clock,
    logger: FilteringBoundLogger,
) -> Line:
    """A line over the configured endpoints, preferred ones first. Connects to nothing yet."""
    abis = (interfaces.request_manager, interfaces.fill_manager, packaged_abi("Resolver"))
    events = EventDecoder(NO_CHAIN, abis)
    endpoints = [
        Endpoint(
            f"{name}/{place}",
            HttpTransport(url.get_secret_value()),
            clock,
            logger,
            check_log=events.check,
        )
        for place, url in enumerate(settings.rpc_url, start=1)
    ]
    quorum = settings.quorum if isinstance(settings, ChainConfig) else BASE_QUORUM
    pool = EndpointPool(name, endpoints, quorum, clock, logger)
    pushes = push_endpoints(name, [url.get_secret_value() for url in settings.ws_urls])
    return make_line(pool, interfaces, pushes)


def make_line(
    pool: EndpointPool, interfaces: ContractInterfaces, pushes: tuple[PushEndpoint, ...] = ()
) -> Line:
    """A line over endpoints that are there already."""
    bridges = [packaged_abi(name) for name in ("Resolver", *L1_MESSENGERS)]
    reasons = RevertReasons([interfaces.request_manager, interfaces.fill_manager, *bridges])
    return Line(pool.name, pool, ChainClient(pool, reasons.describe), pushes)
