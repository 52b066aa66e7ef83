"""What carrying a proof on will cost, and how that comes about."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from eth_abi.abi import encode

from beamer_agent.actions.proof import Place, Stage
from beamer_agent.clock import Clock
from beamer_agent.contracts.interface import event_topic, packaged_abi
from beamer_agent.errors import RpcError, RpcPayloadError
from beamer_agent.resolution.journey import Fare, Journey
from beamer_agent.resolution.rollup import BaseEnd, ChainEnd, Toll
from beamer_agent.resolution.route import Route
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.fees import suggest_fees
from beamer_agent.types import TransactionHash, Wei

LOOK_BACK: Final = 5_000
"""Blocks in which a step like ours is looked for."""
USUAL_SECONDS: Final = 600.0
"""How long what was found there is good for."""
LARGEST_FACTOR: Final = 2
"""What was found counts up to this many times what was measured: anybody can use up more gas."""


class Fares:
    """Prices of one direction. `renew` for every head of L1, then `of` for each proof.

    Args:
        source: pays for steps that are sent there, its own fees.
    """

    def __init__(self, base: BaseEnd, route: Route, source: ChainEnd, clock: Clock) -> None:
        self._route = route
        self._resolver = base.resolver
        self._clients = {Place.BASE: base.client, Place.SOURCE: source.client}
        self._source_id = source.deployment.chain_id
        self._clock = clock
        self._heads: dict[Place, Block] = {}
        self._prices: dict[Place, Wei] = {}
        self._usual: dict[Toll, tuple[float, int]] = {}

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
        tolls = self._tolls(journey)
        if step and step.label not in [toll.label for toll in tolls]:
            yield step.label, step.place, journey.gas or 0
        for toll in tolls:
            is_next = step is not None and step.label == toll.label and journey.gas is not None
            yield toll.label, toll.place, (journey.gas or 0) if is_next else self._usual_gas(toll)

    def _tolls(self, journey: Journey) -> list[Toll]:
        route, stage = self._route, journey.stage
        if stage is Stage.CONFIRMED:
            return []
        execution = [self._execution(journey)] if stage < Stage.EXECUTED else []
        return [*route.up.ascent(stage), *execution, *route.down.descent(stage)]

    def _execution(self, journey: Journey) -> Toll:
        proof = journey.proof
        return Toll(
            label="execute",
            place=Place.BASE,
            gas=self._route.up.execution_gas + self._route.down.descent_gas,
            emitter=self._resolver,
            topic=event_topic(packaged_abi("Resolver"), "Resolution"),
            data=encode(["uint256"] * 2, [proof.source_chain_id, proof.fill_chain_id]),
        )

    def _usual_gas(self, toll: Toll) -> int:
        """What the newest transaction like it has used, or what was measured."""
        now = self._clock.monotonic()
        looked_at, gas = self._usual.get(toll, (-USUAL_SECONDS, 0))
        if now - looked_at >= USUAL_SECONDS:
            gas = min(self._found_gas(toll) or toll.gas, LARGEST_FACTOR * toll.gas)
            self._usual[toll] = now, gas
        return gas

    def _found_gas(self, toll: Toll) -> int | None:
        client, head = self._clients[toll.place], self._head(toll.place)
        first = type(head.number)(max(0, head.number - LOOK_BACK))
        try:
            logs = client.logs([toll.emitter], first, head.number, [toll.topic])
            found = [log for log in logs if _data_of(log).startswith(toll.data)]
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
    """Two significant digits, all before the point."""
    return f"{number:.0f}" if number >= 100 else format(Decimal(f"{number:.2g}"), "f")
