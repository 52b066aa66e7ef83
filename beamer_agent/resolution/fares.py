"""What carrying a proof on will cost, and how that comes about."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from eth_abi.abi import encode

from beamer_agent.actions.proof import Place, Proof, Stage
from beamer_agent.clock import Clock
from beamer_agent.contracts.interface import event_topic, packaged_abi
from beamer_agent.errors import RpcError, RpcPayloadError
from beamer_agent.resolution.journey import Fare, Journey
from beamer_agent.resolution.rollup import BaseEnd, ChainEnd, Toll
from beamer_agent.resolution.route import Route
from beamer_agent.rpc.model import Block, RawLog
from beamer_agent.transactions.fees import suggest_fees
from beamer_agent.types import BlockNumber, TransactionHash, Wei

LOOK_BACK: Final = 5_000
"""Blocks in which a step like ours is looked for."""
USUAL_SECONDS: Final = 600.0
"""How long what was found there is good for."""
FILLER: Final = slice(96, 128)
"""Where a Resolution's data holds the filler."""
LARGEST_FACTOR: Final = 2
"""What was found counts up to this many times what was measured: anybody can use up more gas."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Transactions that should use about the same gas."""

    toll: Toll
    chains: bytes = b""
    """How a Resolution's data begins: source and fill chain."""
    is_fill: bool | None = None
    """Whether a Resolution tells of a filler; None: the log is no Resolution."""

    def has_left(self, log: RawLog) -> bool:
        """Whether a log is of such a transaction."""
        data = _data_of(log)
        is_fill = any(data[FILLER]) if self.is_fill is not None else None
        return data.startswith(self.chains) and is_fill == self.is_fill


class Fares:
    """Prices of one direction. `renew` for every head of L1, then `of` for each proof.

    Args:
        source: pays for steps that are sent there, its own fees.
    """

    def __init__(self, base: BaseEnd, route: Route, source: ChainEnd, clock: Clock) -> None:
        self._route = route
        self._resolver = base.resolver
        self._clients = {Place.BASE: base.client, Place.SOURCE: source.client}
        self._clock = clock
        self._heads: dict[Place, Block] = {}
        self._prices: dict[Place, Wei] = {}
        self._usual: dict[_Kind, tuple[float, int]] = {}

    def renew(self, head: Block) -> None:
        """From now on prices are those of this head of L1.

        Raises:
            RpcError: L1 does not answer.
        """
        self._prices.clear()
        self._heads = {Place.BASE: head}
        self._price(Place.BASE)

    def of(self, journey: Journey) -> Fare:
        """What is still to be paid for a proof.

        Raises:
            RpcError: a chain does not answer.
        """
        used: dict[Place, list[tuple[str, int]]] = {}
        for label, place, gas in self._ahead(journey):
            used.setdefault(place, []).append((label, gas))
        value = journey.step.value if journey.step else 0
        cost = value + sum(
            gas * self._price(place) for place, items in used.items() for _, gas in items
        )
        if not used:
            return Fare(Wei(0), "nothing more to send")
        sums = [_sum(items, self._price(place), place) for place, items in used.items()]
        if value:
            sums.append(f"{_short(Decimal(value) / 10**18)} ETH to pay in")
        return Fare(Wei(cost), f"{' + '.join(sums)} = {_short(Decimal(cost) / 10**18)} ETH")

    def _ahead(self, journey: Journey) -> Iterable[tuple[str, Place, int]]:
        """Label, place and gas of every step to come."""
        step = journey.step
        kinds = self._kinds(journey)
        if step and step.label not in [kind.toll.label for kind in kinds]:
            yield step.label, step.place, journey.gas or 0
        for kind in kinds:
            toll = kind.toll
            is_next = step is not None and step.label == toll.label
            gas = journey.gas if is_next else None
            yield toll.label, toll.place, self._usual_gas(kind) if gas is None else gas

    def _kinds(self, journey: Journey) -> list[_Kind]:
        route, stage = self._route, journey.stage
        if stage is Stage.CONFIRMED:
            return []
        execution = [self._execution(journey.proof)] if stage < Stage.EXECUTED else []
        return [
            *(_Kind(toll) for toll in route.up.ascent(stage)),
            *execution,
            *(_Kind(toll) for toll in route.down.descent(stage)),
        ]

    def _execution(self, proof: Proof) -> _Kind:
        toll = Toll(
            label="execute",
            place=Place.BASE,
            gas=self._route.up.execution_gas + self._route.down.descent_gas,
            emitter=self._resolver,
            topic=event_topic(packaged_abi("Resolver"), "Resolution"),
        )
        chains = encode(["uint256"] * 2, [proof.source_chain_id, proof.fill_chain_id])
        return _Kind(toll, chains, proof.filler is not None)

    def _usual_gas(self, kind: _Kind) -> int:
        """What the newest transaction like it has used, or what was measured."""
        now = self._clock.monotonic()
        looked_at, gas = self._usual.get(kind, (-USUAL_SECONDS, 0))
        if now - looked_at >= USUAL_SECONDS:
            gas = min(self._found_gas(kind) or kind.toll.gas, LARGEST_FACTOR * kind.toll.gas)
            self._usual[kind] = now, gas
        return gas

    def _found_gas(self, kind: _Kind) -> int | None:
        toll = kind.toll
        client, head = self._clients[toll.place], self._head(toll.place)
        first = BlockNumber(max(0, head.number - LOOK_BACK))
        try:
            logs = client.logs([toll.emitter], first, head.number, [toll.topic])
            found = [log for log in logs if kind.has_left(log)]
            if not found:
                return None
            (receipt,) = client.receipts([_transaction_of(found[-1])])
        except RpcError:  # too many blocks for this endpoint, for example
            return None
        return receipt.gas_used if receipt else None

    def _price(self, place: Place) -> Wei:
        if place not in self._prices:
            self._prices[place] = suggest_fees(self._clients[place], self._head(place)).maximum
        return self._prices[place]

    def _head(self, place: Place) -> Block:
        if place not in self._heads:
            self._heads[place] = self._clients[place].head()
        return self._heads[place]


def _data_of(log: Any) -> bytes:
    try:
        return bytes.fromhex(log["data"][2:])
    except (KeyError, TypeError, ValueError):
        raise RpcPayloadError("an entry of the answer is no log") from None


def _transaction_of(log: Any) -> TransactionHash:
    try:
        return TransactionHash(bytes.fromhex(log["transactionHash"][2:]))
    except (KeyError, TypeError, ValueError):
        raise RpcPayloadError("an entry of the answer is no log") from None


def _sum(items: list[tuple[str, int]], price: Wei, place: Place) -> str:
    gas = " + ".join(f"{label} {amount:,}".replace(",", " ") for label, amount in items)
    where = " on the source chain" if place is Place.SOURCE else ""
    return f"{gas} gas at {_short(Decimal(price) / 10**9)} gwei{where}"


def _short(number: Decimal) -> str:
    """Three significant digits, without a power of ten."""
    if number >= 100:
        return f"{number:.0f}"
    return format(Decimal(f"{number:.3g}").normalize(), "f")
