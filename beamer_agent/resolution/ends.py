"""What the two transfer chains say of proofs: when they were sent, whether they have arrived."""

from collections.abc import Sequence
from typing import Any, Final

from beamer_agent.actions.proof import Proof
from beamer_agent.clock import Clock
from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import Contract
from beamer_agent.errors import RpcError, RpcPayloadError
from beamer_agent.resolution.batches import ask_all, try_all
from beamer_agent.resolution.journey import Journey
from beamer_agent.resolution.rollup import ProofDirection
from beamer_agent.rpc.model import block_from_json
from beamer_agent.types import Seconds, Timestamp

FINALITY_SECONDS: Final = 60.0
"""How long a finality period that was read is good for: its owner may change it."""


class SourceLook:
    """Asks the source chain's RequestManager."""

    def __init__(self, direction: ProofDirection, clock: Clock) -> None:
        self._client = direction.source.client
        self._manager = Contract(
            direction.source.deployment.request_manager, direction.interfaces.request_manager
        )
        self._target_id = direction.target.deployment.chain_id
        self._clock = clock
        self._finality: tuple[float, Seconds] | None = None

    @property
    def finality(self) -> Seconds | None:
        """The fill chain's finality period; None before it could be read."""
        return self._finality[1] if self._finality else None

    def renew(self) -> None:
        """Read the finality period again, if the last look is long ago.

        Raises:
            RpcError: the chain does not answer.
        """
        now = self._clock.monotonic()
        if self._finality is None or now - self._finality[0] >= FINALITY_SECONDS:
            settings = self._client.read(self._manager.call("chains", self._target_id))
            self._finality = now, Seconds(settings[0])

    def confirm(self, journeys: Sequence[Journey]) -> None:
        """Mark those whose proof the chain knows.

        Raises:
            RpcError: the chain does not answer.
        """
        answers = try_all(self._client, [self._question(j.proof) for j in journeys])
        for journey, answer in zip(journeys, answers, strict=True):
            # A contract may refuse to tell of a request that it does not know.
            if not isinstance(answer, RpcError) and _is_known(journey.proof, answer):
                journey.is_confirmed = True
                journey.take(None)

    def _question(self, proof: Proof) -> ContractCall:
        if proof.filler is None:
            return self._manager.call("isInvalidFill", proof.request_id, proof.fill_id)
        return self._manager.call("requests", proof.request_id)


def include(journeys: Sequence[Journey], direction: ProofDirection) -> None:
    """Learn when the fill chain has sent the proofs, if it still stands by them.

    One whose block is not there, or whose fill has moved, stays as it is.

    Raises:
        RpcError: the chain does not answer.
    """
    numbers = sorted({journey.proof.block_number for journey in journeys})
    requests = [("eth_getBlockByNumber", [hex(number), False]) for number in numbers]
    blocks = dict(zip(numbers, ask_all(direction.target.client, requests), strict=True))
    manager = Contract(direction.target.deployment.fill_manager, direction.interfaces.fill_manager)
    calls = [manager.call("fills", journey.proof.request_id) for journey in journeys]
    fill_ids = try_all(direction.target.client, calls)
    for journey, fill_id in zip(journeys, fill_ids, strict=True):
        if _is_upheld(journey.proof, fill_id):
            journey.included_at = _timestamp(blocks[journey.proof.block_number])


def _is_upheld(proof: Proof, fill_id: Any) -> bool:
    if isinstance(fill_id, RpcError):
        return False
    return bool((fill_id == proof.fill_id) == (proof.filler is not None))


def _is_known(proof: Proof, answer: Any) -> bool:
    if proof.filler is None:
        return answer is True
    filler, fill_id = answer[9:11]
    return bool((filler, fill_id) == (proof.filler, proof.fill_id))


def _timestamp(raw: Any) -> Timestamp | None:
    try:
        return block_from_json(raw).timestamp
    except RpcPayloadError:  # no block, or an RpcError instead
        return None
