"""Follows transfers through the chains' own events: created, filled, claimed, withdrawn."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from beamer_agent.devnet.deployment import L2Contracts, WorldContracts
from beamer_agent.devnet.logs import Log, LogReader
from beamer_agent.types import (
    Address,
    BlockNumber,
    RequestId,
    TokenAmount,
    TransactionHash,
)

STAGES = ("created", "filled", "claimed", "withdrawn")
"""What happens to a transfer, in order."""

_STAGE_OF = {
    "RequestFilled": "filled",
    "ClaimMade": "claimed",
    "DepositWithdrawn": "withdrawn",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """When something happened to a transfer."""

    block: BlockNumber
    """On the target chain for "filled", on the source chain for all others."""
    seconds: float
    """Since the user sent the request, as seen from outside."""


@dataclass(slots=True)
class Transfer:
    """A transfer that a user asked for, and how far it has come."""

    source: L2Contracts
    target: L2Contracts
    symbol: str
    amount: TokenAmount
    transaction_hash: TransactionHash
    sent_at: float
    """Monotonic seconds."""
    request_id: RequestId | None = None
    target_height: BlockNumber | None = None
    """The target chain's newest block just before the request was seen on its source chain."""
    stages: dict[str, Stage] = field(default_factory=dict)
    refunded: bool = False
    """The deposit went back to the user: the transfer failed."""

    @property
    def is_withdrawn(self) -> bool:
        """Whether the agent has its money back."""
        return "withdrawn" in self.stages

    @property
    def blocks_to_fill(self) -> int | None:
        """Blocks of the target chain from seeing the request to its fill."""
        if "filled" not in self.stages or self.target_height is None:
            return None
        return self.stages["filled"].block - self.target_height


OnStage = Callable[[Transfer, str], None]
"""Told about a transfer and the stage that it has just reached."""


class TransferTracker:
    """Reads the events of both managers on every L2 and applies them to transfers.

    Args:
        contracts: the world.
        filler: whose fills, claims and withdrawals count.
        on_stage: told about every stage, in order.
    """

    def __init__(
        self, contracts: WorldContracts, filler: Address, on_stage: OnStage = lambda *_: None
    ) -> None:
        self.transfers: list[Transfer] = []
        self._filler = filler
        self._on_stage = on_stage
        self._readers = {l2.chain.chain_id: _reader(l2) for l2 in contracts.l2s}
        self._chains = [l2.chain for l2 in contracts.l2s]
        # At the last update. A request that is new now was made after it.
        self._heights = {chain.chain_id: chain.height() for chain in self._chains}
        # Events whose request is not known yet: its chain may have been read a moment earlier.
        self._waiting: list[Log] = []

    def update(self) -> None:
        """Apply what has happened since the last call.

        Raises:
            RpcError: a chain does not answer; nothing is lost, call again.
        """
        heights = {chain.chain_id: chain.height() for chain in self._chains}
        for chain_id, reader in self._readers.items():
            self._waiting += reader.read(heights[chain_id])
        for log in [log for log in self._waiting if log.name == "RequestCreated"]:
            self._create(log)
        # Two chains, read one after the other: of one transfer, a fill came before its claim.
        self._waiting.sort(key=_rank)
        self._waiting = [log for log in self._waiting if not self._apply(log)]
        self._heights = heights

    def _create(self, log: Log) -> None:
        for transfer in self.transfers:
            if transfer.transaction_hash == log.transaction_hash:
                transfer.request_id = RequestId(log["requestId"])
                transfer.target_height = self._heights[transfer.target.chain.chain_id]
                self._reach(transfer, "created", log)

    def _apply(self, log: Log) -> bool:
        stage = _STAGE_OF.get(log.name)
        if stage is None:
            return True
        transfer = self._transfer(RequestId(log["requestId"]))
        if transfer is None:
            return False
        if log.name == "DepositWithdrawn" and log["receiver"] != self._filler:
            transfer.refunded = True
        elif _actor(log) == self._filler and stage not in transfer.stages:
            self._reach(transfer, stage, log)
        return True

    def _reach(self, transfer: Transfer, stage: str, log: Log) -> None:
        transfer.stages[stage] = Stage(log.block, time.monotonic() - transfer.sent_at)
        self._on_stage(transfer, stage)

    def _transfer(self, request_id: RequestId) -> Transfer | None:
        for transfer in self.transfers:
            if transfer.request_id == request_id:
                return transfer
        return None


def _rank(log: Log) -> int:
    return STAGES.index(_STAGE_OF.get(log.name, "created"))


def _reader(l2: L2Contracts) -> LogReader:
    managers = [l2.request_manager.contract, l2.fill_manager.contract]
    return LogReader(l2.chain.client, managers, l2.request_manager.block)


def _actor(log: Log) -> Address | None:
    for argument in ("filler", "claimer", "receiver"):
        if argument in log.arguments:
            actor: Address = log[argument]
            return actor
    return None
