r"""Rehearsal: whether what was mined once would do in new blocks what it did before.

in flight, in the order of nonces --eth_simulateV1, many in one--> each: yes, or its revert
    \--not served, or failed as a whole--> one batch of eth_estimateGas: yes, revert, uncertain
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from beamer_agent.errors import (
    CallRevertedError,
    RpcError,
    RpcHttpError,
    RpcPayloadError,
    RpcResponseError,
)
from beamer_agent.rpc.client import LATEST, PENDING, ChainClient, Request
from beamer_agent.rpc.model import SimulatedCall
from beamer_agent.transactions.model import PlannedTransaction, SentTransaction
from beamer_agent.transactions.simulation import (
    MOST_CALLS,
    Simulation,
    call_fields,
    last_approvals,
)
from beamer_agent.types import Address

UNCERTAIN: Final = "it cannot be simulated"


@dataclass(frozen=True, slots=True)
class Part:
    """Transactions that are simulated together."""

    before: tuple[PlannedTransaction, ...]
    """The newest approvals of the parts before: what else those do is no matter to this one."""
    transactions: tuple[SentTransaction, ...]

    def calls(self) -> list[PlannedTransaction]:
        """In the order of the simulated block."""
        return [*self.before, *(sent.planned for sent in self.transactions)]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Rehearses for one account. Used by the sender's thread only."""

    client: ChainClient
    account: Address
    simulation: Simulation

    def parts(self, transactions: Sequence[SentTransaction]) -> list[Part]:
        """All that are in flight, in the order of nonces, up to the last one in question."""
        parts = []
        before: tuple[PlannedTransaction, ...] = ()
        for first in range(0, len(transactions), MOST_CALLS):
            part = Part(before, tuple(transactions[first : first + MOST_CALLS]))
            parts.append(part)
            steps = [step for planned in part.calls() for step in planned.steps]
            before = tuple(step for found in last_approvals(steps).values() for step in found)
        return parts

    def requests(self, parts: Sequence[Part]) -> list[Request]:
        """What to ask for `take`, one request for each part; none where that is not served."""
        if not self.simulation.is_served:
            return []
        return [self.client.simulation(self._fields(part.calls())) for part in parts]

    def take(
        self,
        parts: Sequence[Part],
        results: Sequence[Any],
        asked: Sequence[SentTransaction],
        first: SentTransaction,
    ) -> dict[SentTransaction, str | None]:
        """For each that is asked for, why it would fail, or None; asks again where need be.

        What no other has to be mined before is `first`.

        Raises:
            RpcError: the endpoint is in trouble.
        """
        wanted = set(asked)
        found: dict[SentTransaction, str | None] = {}
        left: list[SentTransaction] = []
        answers = results if self.simulation.is_served else [None] * len(parts)
        for part, result in zip(parts, answers, strict=True):
            outcomes = None if result is None else self._outcomes(part, result)
            if outcomes is None:
                left += [sent for sent in part.transactions if sent in wanted]
                continue
            own = outcomes[len(part.before) :]
            for sent, outcome in zip(part.transactions, own, strict=True):
                found[sent] = _reason(outcome, is_sure=part is parts[0])
        return found | self._estimated(left, first)

    def _outcomes(self, part: Part, result: Any) -> list[SimulatedCall | CallRevertedError] | None:
        try:
            return self.client.simulated(result, len(part.calls()))
        except (RpcResponseError, RpcPayloadError, RpcHttpError) as error:
            self.simulation.learn(error)
            return None

    def _estimated(
        self, transactions: Sequence[SentTransaction], first: SentTransaction
    ) -> dict[SentTransaction, str | None]:
        fields = self._fields([sent.planned for sent in transactions])
        requests: list[Request] = [
            ("eth_estimateGas", (call, LATEST if sent is first else PENDING))
            for sent, call in zip(transactions, fields, strict=True)
        ]
        results = self.client.batch(requests) if requests else []
        return {
            sent: _reason(result, is_sure=sent is first)
            for sent, result in zip(transactions, results, strict=True)
        }

    def _fields(self, calls: Sequence[PlannedTransaction]) -> list[dict[str, str]]:
        return [call_fields(planned, self.account) for planned in calls]


def _reason(result: Any, *, is_sure: bool) -> str | None:
    """Why it would fail, or None; certain only if all that may matter to it came before it."""
    match result:
        case CallRevertedError():
            return result.reason if is_sure else UNCERTAIN
        case RpcResponseError() | RpcPayloadError():
            return UNCERTAIN
        case RpcError():
            raise result
        case _:
            return None
