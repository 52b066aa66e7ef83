"""The base chain (L1): from its URL to the account on it, as far as proofs need it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from beamer_agent.chain import Surroundings, log_warnings
from beamer_agent.contracts.interface import packaged_abi
from beamer_agent.errors import RpcError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.following import Contracts, Following, follow
from beamer_agent.events.looks import Looks
from beamer_agent.events.publisher import Subscriber
from beamer_agent.events.trust import Trust
from beamer_agent.fence import Fence
from beamer_agent.preflight import check_base_chain
from beamer_agent.resolution.rollup import BaseEnd
from beamer_agent.rpc.client import ChainClient
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.transactions.preparation import RelayPreparation
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.transactions.signer import Signer
from beamer_agent.transactions.stake_book import StakeBook
from beamer_agent.transactions.wallet import Wallet
from beamer_agent.types import BlockNumber, Wei

L1_FINALITY_BLOCKS: Final = 64
"""Two epochs of Ethereum."""


@dataclass(frozen=True, slots=True)
class BaseConnection:
    """An L1 that answered and has a Resolver."""

    end: BaseEnd
    first_block: BlockNumber
    """Its head at that time: nothing older is of interest."""


@dataclass(frozen=True, slots=True)
class BaseWorkers:
    """An L1 at work that is no transfer chain: step functions for its threads, the account."""

    following: Following
    account: ChainAccount
    sender_wake: threading.Event


class BaseSlot:
    """Where directions find the account on L1 while it is connected.

    Written by the agent's thread; read by those of the directions.
    """

    def __init__(self) -> None:
        self.account: ChainAccount | None = None


class BaseAccount(Protocol):
    """Where a direction finds it."""

    @property
    def account(self) -> ChainAccount | None:
        """The account on L1; None while L1 is not connected."""


@dataclass(frozen=True, slots=True)
class FencedBase:
    """The same, as far as one generation of a direction may still use it."""

    slot: BaseSlot
    fence: Fence

    @property
    def account(self) -> ChainAccount | None:
        """See `BaseAccount`."""
        account = self.slot.account
        return None if account is None else account.behind(self.fence)


def connect_base(client: ChainClient, around: Surroundings) -> BaseConnection | None:
    """Look at L1 and its Resolver; None, with a warning, when proofs cannot be carried there.

    Raises:
        RpcError: the endpoint does not answer.
    """
    deployment = around.deployments.base
    findings = check_base_chain(client, deployment, around.account.address)
    log_warnings(findings, around.logger)
    has_resolver = any(f.subject == "L1 resolution" and f.level == "ok" for f in findings)
    if deployment is None or deployment.resolver is None or not has_resolver:
        return None
    end = BaseEnd(client, deployment.chain_id, deployment.resolver)
    return BaseConnection(end, client.head().number)


class BaseConnector:
    """Tries to reach L1 until it answers. `step` runs in a thread of its own.

    Args:
        report: told about the connection, or that there can be none; must not wait.
    """

    def __init__(
        self,
        client: ChainClient,
        around: Surroundings,
        report: Callable[[BaseConnection | None], None],
    ) -> None:
        self._client = client
        self._around = around
        self._report = report
        self._has_warned = False

    def step(self) -> None:
        """One attempt.

        Raises:
            RpcError: the endpoint does not answer.
        """
        try:
            connection = connect_base(self._client, self._around)
        except RpcError as error:
            if not self._has_warned:
                self._around.logger.warning("No L1 resolution", error=str(error))
            self._has_warned = True
            raise
        self._report(connection)


def build_base(
    connection: BaseConnection,
    around: Surroundings,
    has_games: Callable[[], bool] = lambda: True,
    subscribers: Sequence[Subscriber] = (),
    looks: Looks | None = None,
    is_watched: Callable[[], bool] = lambda: False,
) -> BaseWorkers:
    """Monitor, sender and wallet of an L1 that is no transfer chain.

    `has_games` says whether there are proofs that may have to be carried. While there are none,
    and nothing of ours is on its way, L1 is not read; nor asked, unless `is_watched` says so.
    Neither must wait. `subscribers` and `looks` are told what its monitor tells.
    """
    end = connection.end
    wallet = Wallet(end.client, around.account.address, (), clock=around.clock)
    wake = threading.Event()
    sender = TransactionSender(
        end.client,
        Signer(around.account, end.chain_id),
        RelayPreparation(),
        wallet,
        wake=wake,
        clock=around.clock,
        logger=around.logger,
        observer=around.observe_sender(end.chain_id),
    )
    contracts = Contracts(
        end.chain_id,
        (end.resolver,),
        connection.first_block,
        EventDecoder(end.chain_id, [packaged_abi("Resolver")]),
    )
    following = follow(
        contracts,
        end.client,
        Trust(confirmation_blocks=0, finality_blocks=L1_FINALITY_BLOCKS),
        [sender.notice, *subscribers],
        poll_period=around.config.poll_period,
        riders=[wallet],
        is_needed=lambda: wallet.funds() is None or has_games() or sender.has_work(),
        is_watched=is_watched,
        looks=looks,
        on_return=sender.notice_return,
        clock=around.clock,
        logger=around.logger,
    )
    # Nobody claims on this chain: no game is played from this account's money.
    return BaseWorkers(following, ChainAccount(sender, wallet, StakeBook(Wei(0))), wake)
