"""Climb and Fares: also for families with payments before the execution and steps after it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from eth_abi.abi import encode

from beamer_agent.actions.proof import Place, Proof, RelayStep, Stage
from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import event_topic, packaged_abi
from beamer_agent.errors import RpcConnectionError
from beamer_agent.resolution.climb import Climb
from beamer_agent.resolution.fares import LARGEST_FACTOR, LOOK_BACK, USUAL_SECONDS
from beamer_agent.resolution.journey import Journey
from beamer_agent.resolution.rollup import (
    NOBODY,
    Mismatch,
    Standing,
    Toll,
    Waiting,
)
from beamer_agent.resolution.route import Route
from beamer_agent.rpc.model import Block
from beamer_agent.types import Address, Seconds, Wei
from tests.doubles import ErrorObject, FakeClock, RecordingLogger
from tests.factories import FILL_ID, SOURCE, TARGET, US, make_address, make_block
from tests.fake_bridge import GAS, RESOLVER, FakeBridge

pytestmark = pytest.mark.unit

REDEEMER = make_address(50)
PRICE = 3 * 10**9
"""Twice the base fee and the tip, of every chain here."""
RESOLUTION = event_topic(packaged_abi("Resolver"), "Resolution")
USED = 123_456


def step(label: str, place: Place = Place.BASE, value: int = 0) -> RelayStep:
    """A step of no contract."""
    return RelayStep(place, label, ContractCall(REDEEMER, label, b"", ()), Wei(value))


@dataclass
class Family:
    """A family like Arbitrum: pays in before the execution, redeems after it."""

    delivery = Seconds(0)
    execution_gas = 70_000
    descent_gas = 30_000
    stage: Stage = Stage.EXECUTABLE
    payment: RelayStep | None = None
    redeem: RelayStep | None = None
    executions: list[RelayStep | Waiting | Mismatch] = field(default_factory=list)

    def locate(self, proofs: Sequence[Proof]) -> list[Proof | Waiting | Mismatch]:
        """A proof is its own message."""
        return list(proofs)

    def standings(self, messages: Sequence[Proof], head: Block) -> list[Standing]:
        """All at one stage."""
        del head
        return [Standing(self.stage)] * len(messages)

    def prove(self, messages: Sequence[Proof]) -> list[RelayStep | Waiting | Mismatch]:
        """L1 believes at once."""
        return [step("prove")] * len(messages)

    def ripening(self) -> Seconds:
        """As an optimistic rollup."""
        return Seconds(7)

    def execute(self, messages: Sequence[Proof]) -> list[RelayStep | Waiting | Mismatch]:
        """As prepared."""
        return self.executions or [step("execute")] * len(messages)

    def ascent(self, stage: Stage) -> tuple[Toll, ...]:
        """A proof first."""
        toll = Toll("prove", Place.BASE, 10_000, REDEEMER, "0x01")
        return (toll,) if stage < Stage.PROVEN else ()

    def prepay(self) -> RelayStep | None:
        """As prepared."""
        return self.payment

    def deliver(self, proofs: Sequence[Proof]) -> list[RelayStep | Waiting]:
        """As prepared."""
        return [self.redeem or Waiting("no ticket yet")] * len(proofs)

    def descent(self, stage: Stage) -> tuple[Toll, ...]:
        """A redeem, until it arrives."""
        del stage
        if self.redeem is None:
            return ()
        return (Toll("redeem", Place.SOURCE, 20_000, REDEEMER, "0x02"),)


class Climbing:
    """A climb over a made-up family, with one proof."""

    def __init__(self) -> None:
        self.bridge = FakeBridge()
        self.family = Family()
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.source, self.l1 = self.bridge.source, self.bridge.l1
        route = Route(up=self.family, down=self.family)
        logger, direction = self.log.logger, self.bridge.direction
        self.climb = Climb(self.bridge.base, route, direction, self.clock, logger)
        self.journey = Journey(self.bridge.send())

    def advance(self) -> RelayStep | None:
        """One look at L1; the step that can be sent."""
        self.climb.advance([self.journey], make_block(self.l1.height, base_fee=Wei(10**9)))
        return self.journey.step

    def has_resolved(self, filler: Address = US, source: int = SOURCE, block: int = 90) -> None:
        """Somebody has executed a proof on L1, with `USED` gas."""
        values = [source, TARGET, bytes(32), filler, FILL_ID]
        types = ["uint256", "uint256", "bytes32", "address", "bytes32"]
        hash_ = "0x" + "77" * 32
        self.l1.logs.append(
            {
                "address": RESOLVER,
                "blockNumber": hex(block),
                "blockHash": "0x" + "66" * 32,
                "logIndex": "0x0",
                "topics": [RESOLUTION],
                "transactionHash": hash_,
                "data": "0x" + encode(types, values).hex(),
            }
        )
        self.l1.always("eth_getTransactionReceipt", receipt(hash_, USED))


def receipt(hash_: str, gas: int) -> dict[str, str]:
    """What L1 says of a transaction."""
    return {
        "transactionHash": hash_,
        "blockNumber": "0x1",
        "status": "0x1",
        "gasUsed": hex(gas),
    }


@pytest.fixture
def climbing() -> Climbing:
    """With a proof that can be executed."""
    return Climbing()


def test_what_has_to_be_paid_in_goes_before_the_execution(climbing: Climbing) -> None:
    """Until the family says that nothing has to be."""
    climbing.family.payment = step("deposit", value=10**16)
    assert climbing.advance() == climbing.family.payment
    fare = climbing.journey.fare
    assert fare.cost == 10**16 + (GAS + 100_000) * PRICE
    assert "deposit 50 000 + execute 100 000 gas at 3 gwei" in fare.arithmetic
    assert "0.01 ETH to pay in" in fare.arithmetic
    climbing.family.payment = None
    assert climbing.advance() == step("execute")


def test_a_step_on_the_source_chain_is_simulated_and_priced_there(climbing: Climbing) -> None:
    """With its own fees."""
    climbing.family.stage = Stage.EXECUTED
    climbing.family.redeem = step("redeem", Place.SOURCE)
    climbing.source.always("eth_maxPriorityFeePerGas", hex(5 * 10**9))
    climbing.source.always("eth_estimateGas", hex(33_000))
    assert climbing.advance() == climbing.family.redeem
    assert climbing.l1.methods().count("eth_estimateGas") == 0
    fare = climbing.journey.fare
    assert fare.cost == 33_000 * 7 * 10**9
    expected = "redeem 33 000 gas at 7 gwei on the source chain = 0.000231 ETH"
    assert fare.arithmetic == expected


def test_costs_are_those_of_all_chains(climbing: Climbing) -> None:
    """A proof with everything ahead."""
    climbing.family.stage = Stage.SENT
    climbing.family.redeem = step("redeem", Place.SOURCE)
    assert climbing.advance() is None
    assert climbing.journey.fare.arithmetic == (
        "prove 10 000 + execute 100 000 gas at 3 gwei"
        " + redeem 20 000 gas at 3 gwei on the source chain = 0.00039 ETH"
    )


def test_the_estimate_replaces_what_was_measured(climbing: Climbing) -> None:
    """For the step that can be sent now."""
    climbing.advance()
    assert climbing.journey.fare.arithmetic == "execute 50 000 gas at 3 gwei = 0.00015 ETH"


def test_a_step_that_waits_has_none(climbing: Climbing) -> None:
    """No word to the operator: it passes by itself."""
    climbing.family.executions = [Waiting("not yet")]
    assert climbing.advance() is None
    assert climbing.log.sentences() == ["Proof waits"]
    assert climbing.log.sentences("debug") == ["Proof waits"]
    assert climbing.journey.trouble is None


def test_a_contradiction_begins_anew(climbing: Climbing) -> None:
    """The message may be the wrong half of it."""
    climbing.family.executions = [Mismatch("no")]
    assert climbing.advance() is None
    assert (climbing.journey.message, climbing.journey.trouble) == (None, "no")
    climbing.family.executions = []
    assert climbing.advance() is not None
    assert climbing.journey.trouble is None


def test_a_simulation_that_fails_for_any_reason_offers_nothing(climbing: Climbing) -> None:
    """Refused by the contract or by the node, or answered with nonsense."""
    for answer in (ErrorObject("execution reverted", 3), ErrorObject("busy"), "xyz", None):
        climbing.l1.always("eth_estimateGas", answer)
        assert climbing.advance() is None
    errors = [line["error"] for line in climbing.log.lines]
    assert errors == [
        "execute: execution reverted",
        "execute: busy (code -32000)",
        "execute: eth_estimateGas: not a number",
    ]


def test_the_simulation_is_the_agents_own_transaction(climbing: Climbing) -> None:
    """From its account, with the step's value."""
    climbing.family.payment = step("deposit", value=7)
    climbing.advance()
    asked = [params[0] for method, params in climbing.l1.calls if method == "eth_estimateGas"]
    assert asked == [{"from": US, "to": REDEEMER, "data": "0x", "value": "0x7"}]


def usual_gas(climbing: Climbing) -> int:
    """What the execution of a proof that is only sent is expected to use."""
    climbing.family.stage = Stage.PROVEN
    climbing.advance()
    return climbing.journey.fare.cost // PRICE


def test_the_newest_execution_of_the_direction_tells_the_gas(climbing: Climbing) -> None:
    """Remembered for a while."""
    climbing.has_resolved()
    assert usual_gas(climbing) == USED
    asked = climbing.l1.methods().count("eth_getLogs")
    assert usual_gas(climbing) == USED
    assert climbing.l1.methods().count("eth_getLogs") == asked
    climbing.l1.always("eth_getTransactionReceipt", receipt("0x" + "77" * 32, 110_000))
    climbing.clock.advance(USUAL_SECONDS)
    assert usual_gas(climbing) == 110_000


@pytest.mark.parametrize("other", [{"filler": NOBODY}, {"source": 5}, {"block": 1}])
def test_executions_of_another_kind_tell_nothing(
    climbing: Climbing, other: dict[str, int]
) -> None:
    """Non-fills, other directions, times long gone: what was measured stands."""
    climbing.l1.height = LOOK_BACK + 50
    climbing.has_resolved(**({"block": 90} | other))  # type: ignore[arg-type]
    assert usual_gas(climbing) == 100_000


def test_a_wasteful_transaction_does_not_make_resolution_look_dear(climbing: Climbing) -> None:
    """Anybody can send one, to keep others from resolving."""
    climbing.has_resolved()
    climbing.l1.always("eth_getTransactionReceipt", receipt("0x" + "77" * 32, 30_000_000))
    assert usual_gas(climbing) == LARGEST_FACTOR * 100_000


@pytest.mark.parametrize(
    "answer",
    [ErrorObject("query returned more than 10000 results"), RpcConnectionError("x"), [{}], [1]],
)
def test_where_logs_cannot_be_had_the_measured_gas_stands(
    climbing: Climbing, answer: object
) -> None:
    """Some endpoints give logs of few blocks only."""
    climbing.l1.always("eth_getLogs", answer)
    assert usual_gas(climbing) == 100_000
