"""Ethereum as a transfer chain: EthereumL2Messenger and EthereumL1Messenger.

Everything happens on L1. Up: the messenger holds the message's hash, and anyone has it relayed to
the Resolver. Down: the Resolver's call reaches the RequestManager in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from eth_utils.crypto import keccak

from beamer_agent.actions.proof import Place, Proof, RelayStep, Stage
from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import Contract, packaged_abi
from beamer_agent.errors import RpcPayloadError
from beamer_agent.resolution.batches import read_all
from beamer_agent.resolution.rollup import (
    NOBODY,
    Crossing,
    Mismatch,
    Standing,
    Toll,
    Waiting,
    resolve_message,
)
from beamer_agent.rpc.model import Block
from beamer_agent.types import Seconds

EXECUTE_GAS: Final = 38_000
"""Measured, without what sending a message down adds."""
DESCENT_GAS: Final = 69_000
"""Measured: the RequestManager's own work, done in the same transaction."""


class _Status(IntEnum):
    """Of a message hash at the messenger."""

    UNKNOWN = 0
    REGISTERED = 1
    RELAYED = 2


@dataclass(frozen=True, slots=True)
class EthereumMessage:
    """A message is fully told by its proof; the messenger knows it by its hash."""

    proof: Proof
    hash: bytes


class EthereumRollup:
    """See `Rollup`."""

    delivery = Seconds(0)
    execution_gas = EXECUTE_GAS
    descent_gas = DESCENT_GAS

    def __init__(self, crossing: Crossing) -> None:
        self._base = crossing.base
        self._messenger = Contract(crossing.messenger, packaged_abi("EthereumL2Messenger"))

    def locate(self, proofs: Sequence[Proof]) -> list[EthereumMessage | Waiting | Mismatch]:
        """The messages whose hash the messenger holds."""
        messages = [self._message(proof) for proof in proofs]
        return [
            Mismatch("L1's messenger does not know the proof's message")
            if status is _Status.UNKNOWN
            else message
            for message, status in zip(messages, self._statuses(messages), strict=True)
        ]

    def standings(
        self,
        messages: Sequence[EthereumMessage],
        head: Block,
    ) -> list[Standing]:
        """Registered messages can be relayed at once."""
        stages = {
            _Status.UNKNOWN: Stage.SENT,
            _Status.REGISTERED: Stage.EXECUTABLE,
            _Status.RELAYED: Stage.EXECUTED,
        }
        return [Standing(stages[status]) for status in self._statuses(messages)]

    def prove(self, messages: Sequence[EthereumMessage]) -> list[RelayStep | Waiting | Mismatch]:
        """No message has this step."""
        return [Waiting("nothing to prove")] * len(messages)

    def ripening(self) -> Seconds:
        """None: there is no such step."""
        return Seconds(0)

    def execute(self, messages: Sequence[EthereumMessage]) -> list[RelayStep | Waiting | Mismatch]:
        """The messenger hands the message to the Resolver."""
        return [RelayStep(Place.BASE, "execute", self._relay(m.proof)) for m in messages]

    def ascent(self, stage: Stage) -> tuple[Toll, ...]:
        """Nothing comes before the execution."""
        return ()

    def prepay(self) -> None:
        """Nothing has to be paid."""
        return

    def deliver(self, proofs: Sequence[Proof]) -> list[RelayStep | Waiting]:
        """The execution did it."""
        return [Waiting("the source chain does not show it yet")] * len(proofs)

    def descent(self, stage: Stage) -> tuple[Toll, ...]:
        """Nothing comes after the execution."""
        return ()

    def _message(self, proof: Proof) -> EthereumMessage:
        return EthereumMessage(proof, keccak(resolve_message(proof, self._base.resolver)))

    def _statuses(self, messages: Sequence[EthereumMessage]) -> list[_Status]:
        calls = [self._messenger.call("messageHashes", message.hash) for message in messages]
        try:
            return [_Status(status) for status in read_all(self._base.client, calls)]
        except ValueError:
            raise RpcPayloadError("no messenger knows such a status") from None

    def _relay(self, proof: Proof) -> ContractCall:
        return self._messenger.call(
            "relayMessage",
            proof.request_id,
            proof.fill_id,
            proof.source_chain_id,
            proof.filler or NOBODY,
        )
