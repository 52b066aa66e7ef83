r"""Simulation: which drafts would not fail, and how much gas each transaction may use.

eth_simulateV1: all drafts as one block, approvals that are on their way before them
    |  not served, or failed as a whole: one call cannot be paid
    v
eth_estimateGas: each first transaction by itself; what it needs mined before it waits
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.errors import (
    CallRevertedError,
    RpcError,
    RpcHttpError,
    RpcPayloadError,
    RpcResponseError,
)
from beamer_agent.rpc.client import LATEST, PENDING, ChainClient, Request
from beamer_agent.rpc.model import SimulatedCall, quantity
from beamer_agent.transactions.draft import Draft
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import PlannedTransaction
from beamer_agent.types import Address

MOST_CALLS: Final = 64
"""In one simulated block: of bridge calls, well below the 50 million gas that geth simulates."""

ROUNDS_WITHOUT: Final = 8
MOST_ROUNDS_WITHOUT: Final = 256
"""After an endpoint has hung when it was asked to simulate; so many when it does so each time."""

SIMULATED_SHARE: Final = (4, 3)
"""The gas limit, as a share of the gas that a simulated transaction has used.

What was used is what was paid: refunds, a fifth at most (EIP-3529), come after the limit, so a
quarter more must be there. Each call of a contract keeps a 64th back (EIP-150): that is the rest,
for four calls one in the other.
"""
SLOT_GAS: Final = 25_000
"""On top: what was written before it in the simulation may not be there when it is mined; to
write a storage slot first costs 22 100 (EIP-2929), and the next one a fifth of that.

An allowance that an estimate sees is used up by a fill that is on its way, or was lost: to set it
again costs as much as the first time.
"""

Gas = int | RpcError | None
"""A gas limit; why it would fail; or None: not known before an earlier transaction is mined."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Drafts that are simulated together."""

    drafts: tuple[Draft, ...]
    before: tuple[PlannedTransaction, ...]
    """Approvals that they count on, and that no block has yet."""

    def calls(self) -> list[PlannedTransaction]:
        """In the order of the simulated block."""
        return [*self.before, *(planned for draft in self.drafts for planned in draft.planned)]


class Simulation:
    """Simulates for one account on one chain. Used by the sender's thread only.

    Args:
        tells_gas: whether the gas that a call uses in a simulated block is what its transaction
            is charged; where data on L1 is paid for in gas, on Arbitrum, it is not.
    """

    def __init__(
        self,
        client: ChainClient,
        flight: Flight,
        account: Address,
        logger: FilteringBoundLogger,
        *,
        tells_gas: bool = True,
    ) -> None:
        self._client = client
        self._flight = flight
        self._account = account
        self._logger = logger
        self._is_served = tells_gas
        self._rounds_without = 0
        self._next_rounds_without = ROUNDS_WITHOUT

    @property
    def is_served(self) -> bool:
        """Whether blocks are simulated now; as far as the chain has told."""
        return self._is_served and not self._rounds_without

    def begin_round(self) -> None:
        """Another question is about to be asked."""
        self._rounds_without = max(0, self._rounds_without - 1)

    def doubt(self) -> None:
        """A question that a simulation was part of has had no answer: some go without it.

        Where nothing but this method hangs, actions would wait for ever otherwise.
        """
        if self.is_served:
            self._rounds_without = self._next_rounds_without
            self._next_rounds_without = min(2 * self._rounds_without, MOST_ROUNDS_WITHOUT)

    def distrust(self) -> None:
        """A transaction has run out of gas: some rounds go without simulated blocks.

        Where these count less than is charged, it would run out of gas each time.
        """
        self._rounds_without = MOST_ROUNDS_WITHOUT

    def chunks(self, drafts: Sequence[Draft]) -> list[Chunk]:
        """Drafts in parts that can be simulated; those of one action stay together."""
        approvals = last_approvals(step for sent in self._flight for step in sent.planned.steps)
        chunks: list[Chunk] = []
        for part in _parts(drafts):
            tokens = dict.fromkeys(draft.token for draft in part)
            first = {token: next(d for d in part if d.token == token) for token in tokens}
            before = [
                planned
                for token in tokens
                if token is not None and not first[token].has_approval
                for planned in approvals.get(token, ())
            ]
            chunks.append(Chunk(tuple(part), tuple(before)))
            approvals |= last_approvals(planned for draft in part for planned in draft.planned)
        return chunks

    def requests(self, chunks: Sequence[Chunk]) -> list[Request]:
        """What to ask for `take`, one request for each; none where that is not served."""
        if not self.is_served:
            return []
        return [self._client.simulation(self._fields(chunk.calls())) for chunk in chunks]

    def take(self, chunks: Sequence[Chunk], results: Sequence[Any]) -> list[tuple[Gas, ...]]:
        """The gas of every draft's transactions, in order; asks again where they failed.

        Raises:
            RpcError: the endpoint is in trouble.
        """
        if not self.is_served:
            return self._estimated([draft for chunk in chunks for draft in chunk.drafts])
        gas: list[tuple[Gas, ...]] = []
        for chunk, result in zip(chunks, results, strict=True):
            found = self._simulated(chunk, result)
            gas += self._estimated(chunk.drafts) if found is None else found
        return gas

    def _simulated(self, chunk: Chunk, result: Any) -> list[tuple[Gas, ...]] | None:
        calls = chunk.calls()
        try:
            outcomes = self._client.simulated(result, len(calls))
        except (RpcResponseError, RpcPayloadError, RpcHttpError) as error:
            self.learn(error)
            return None
        self._next_rounds_without = ROUNDS_WITHOUT
        remaining = iter(outcomes[len(chunk.before) :])
        return [
            tuple(self._gas(planned, next(remaining)) for planned in draft.planned)
            for draft in chunk.drafts
        ]

    def _gas(self, planned: PlannedTransaction, outcome: SimulatedCall | CallRevertedError) -> Gas:
        if isinstance(outcome, CallRevertedError):
            return planned.default_gas if self._is_behind(planned) else outcome
        share, of = SIMULATED_SHARE
        return outcome.gas_used * share // of + SLOT_GAS

    def learn(self, error: RpcError) -> None:
        """Take in why a simulated block has failed: it may be that nobody simulates any."""
        if not _is_unserved(error):
            return
        self._is_served = False
        self._logger.info("Endpoint simulates one transaction at a time", error=str(error))

    def _estimated(self, drafts: Sequence[Draft]) -> list[tuple[Gas, ...]]:
        tried = [planned for draft in drafts for planned in _tried(draft)]
        requests: list[Request] = [
            ("eth_estimateGas", (fields, PENDING if self._is_behind(planned) else LATEST))
            for planned, fields in zip(tried, self._fields(tried), strict=True)
        ]
        results = iter(self._client.batch(requests) if requests else [])
        return [self._estimates(draft, [next(results) for _ in _tried(draft)]) for draft in drafts]

    def _estimates(self, draft: Draft, results: Sequence[Any]) -> tuple[Gas, ...]:
        first, *others = draft.planned
        gas = [self._estimate(first, results[0]), *(planned.default_gas for planned in others)]
        if draft.trial is not None and isinstance(results[-1], RpcError):
            gas[-1] = results[-1]
        return tuple(gas)

    def _estimate(self, planned: PlannedTransaction, result: Any) -> Gas:
        if not isinstance(result, RpcError):
            # The quarter is for refunds, which come after the limit.
            return quantity(result) * 5 // 4 + SLOT_GAS
        is_answer = isinstance(result, RpcResponseError)
        return planned.default_gas if is_answer and self._is_behind(planned) else result

    def _is_behind(self, planned: PlannedTransaction) -> bool:
        """Whether it may only be too early for it: an approval is on its way."""
        after = planned.allowance_after
        return after is not None and self._flight.has_approval(after.token)

    def _fields(self, calls: Iterable[PlannedTransaction]) -> list[dict[str, str]]:
        return [call_fields(planned, self._account) for planned in calls]


def call_fields(planned: PlannedTransaction, account: Address) -> dict[str, str]:
    """The JSON-RPC form of a transaction, for simulation."""
    return {
        "from": account,
        "to": planned.call.address,
        "data": "0x" + planned.call.data.hex(),
        "value": hex(planned.value),
    }


def _parts(drafts: Sequence[Draft]) -> list[list[Draft]]:
    parts: list[list[Draft]] = []
    calls = MOST_CALLS
    for draft in drafts:
        calls += len(draft.planned)
        if calls > MOST_CALLS:
            parts.append([])
            calls = len(draft.planned)
        parts[-1].append(draft)
    return parts


def last_approvals(
    transactions: Iterable[PlannedTransaction],
) -> dict[Address, list[PlannedTransaction]]:
    """For each token its last approval, with the one to 0 before it.

    Fills do not matter here: what they leave of an allowance is known.
    """
    found: dict[Address, list[PlannedTransaction]] = {}
    for planned in transactions:
        after = planned.allowance_after
        if after is not None and planned.is_approval:
            zero = [earlier for earlier in found.get(after.token, ()) if _is_zero(earlier)]
            found[after.token] = [*(zero if not _is_zero(planned) else ()), planned]
    return found


def _is_zero(planned: PlannedTransaction) -> bool:
    return planned.allowance_after is not None and planned.allowance_after.amount == 0


def _tried(draft: Draft) -> list[PlannedTransaction]:
    """What can be simulated by itself."""
    return [draft.planned[0], *([draft.trial] if draft.trial is not None else [])]


def _is_unserved(error: RpcError) -> bool:
    if isinstance(error, RpcHttpError):
        return 400 <= error.status < 500
    if not isinstance(error, RpcResponseError):
        return False
    words = ("not found", "not exist", "not supported", "not available", "unknown method")
    is_said = any(phrase in error.message.lower() for phrase in words)
    return error.code in (-32601, -32004) or is_said
