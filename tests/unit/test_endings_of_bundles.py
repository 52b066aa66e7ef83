"""What a mined bundle means for each of its actions."""

import pytest

from beamer_agent.actions.model import Action
from beamer_agent.economy.gas_book import CLAIM, FILL, MEASURED_GAS, GasBook, Usage
from beamer_agent.transactions.bundles import NO_EXECUTOR, bundled
from beamer_agent.transactions.endings import Endings
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import SentTransaction
from beamer_agent.transactions.observer import NoObserver
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.settled import Settled
from beamer_agent.types import BlockNumber, Wei
from tests.doubles import FakeClock, RecordingLogger
from tests.factories import US
from tests.made_actions import make_claim_fill, make_fill
from tests.made_bundles import claim, failed_log, make_ready
from tests.made_sent import make_mined, make_sent

pytestmark = pytest.mark.unit

ACTIONS: tuple[Action, ...] = tuple(make_claim_fill(nonce) for nonce in (1, 2, 3))
FIRST, SECOND, THIRD = (action.key for action in ACTIONS)
BLOCK = BlockNumber(7)
LABELS = ("approve", "fill")


class Desk:
    """Endings, with a bundle of three claims in flight."""

    def __init__(self) -> None:
        self.clock, self.log = FakeClock(), RecordingLogger()
        self.queue, self.flight, self.gas_book = ActionQueue(self.clock), Flight(), GasBook()
        self.endings = Endings(
            self.flight,
            Settled(),
            self.queue,
            NoObserver(),
            self.gas_book,
            bytes.hex,
            self.log.logger,
        )
        for action in ACTIONS:
            self.queue.submit(action)
            self.queue.mark_in_flight(action.key)
        (bundle,) = bundled([claim(nonce) for nonce in (1, 2, 3)], US)
        self.bundle = make_sent(1, actions=ACTIONS, simulated=bundle.simulated)
        self.flight.add(self.bundle)

    def mine(self, sent: SentTransaction, *failures: int, logs: int = 5) -> None:
        """A block has it; the calls of these numbers failed."""
        told = tuple(failed_log(index, b"\xab") for index in failures)
        mined = make_mined(sent, BLOCK, own_logs=told, log_count=logs, gas_used=270_000)
        self.endings.take([mined])

    def done(self) -> list[str]:
        """The keys of what is carried out."""
        return [action.key for action in ACTIONS if self.queue.done_at(action.key) == BLOCK]


def test_all_that_did_not_fail_are_done() -> None:
    """One receipt for all of them."""
    desk = Desk()
    desk.mine(desk.bundle)
    assert desk.done() == [FIRST, SECOND, THIRD]
    assert not desk.queue.has_work()


def test_one_that_failed_is_put_off_alone() -> None:
    """With its reason, for a pause; the others are done."""
    desk = Desk()
    desk.mine(desk.bundle, 1)
    assert desk.done() == [FIRST, THIRD]
    assert not desk.queue.is_working_on(SECOND)
    assert not desk.queue.accepts(SECOND)
    desk.clock.advance(3_600)
    assert desk.queue.accepts(SECOND)
    (line,) = [line for line in desk.log.lines if line["event"] == "Put action off"]
    assert (line["action"], line["error"]) == (SECOND, "ab")


def test_bundle_that_nobody_carried_out_puts_all_off() -> None:
    """The delegation was gone: the account's call to itself did nothing."""
    desk = Desk()
    desk.mine(desk.bundle, logs=0)
    assert desk.done() == []
    errors = [line["error"] for line in desk.log.lines if line["event"] == "Put action off"]
    assert errors == [NO_EXECUTOR] * 3


def test_one_that_failed_while_another_transaction_stands_for_it_is_left_to_that() -> None:
    """Putting it off would let it be sent a third time."""
    desk = Desk()
    other = make_sent(2, actions=(ACTIONS[1],))
    desk.flight.add(other)
    desk.mine(desk.bundle, 1)
    assert desk.queue.is_working_on(SECOND)
    desk.mine(other)
    assert desk.done() == [FIRST, SECOND, THIRD]


def test_gas_is_learned_for_each() -> None:
    """As a single claim would need that much."""
    desk = Desk()
    desk.mine(desk.bundle)
    assert desk.gas_book.usage(CLAIM).gas == 90_000
    assert desk.gas_book.usage(CLAIM).data_fee == Wei(0)


@pytest.mark.parametrize("failed", [{"logs": 0}, {}])
def test_what_failed_says_nothing_of_the_gas(failed: dict[str, int]) -> None:
    """It used less than what it was to do."""
    desk = Desk()
    desk.mine(desk.bundle, *(() if failed else (1,)), **failed)
    assert desk.gas_book.usage(CLAIM) == Usage(MEASURED_GAS[CLAIM])


def test_approvals_of_a_bundle_are_not_its_fills() -> None:
    """They count beside them, where each fill needs one."""
    desk = Desk()
    fills = [make_fill(nonce) for nonce in (1, 2)]
    ready = [make_ready(f, label, is_last=label == "fill") for f in fills for label in LABELS]
    (bundle,) = bundled(ready, US)
    sent = make_sent(2, actions=tuple(fills), simulated=bundle.simulated)
    desk.flight.add(sent)
    desk.mine(sent)
    assert desk.gas_book.usage(FILL).gas == (270_000 - 2 * MEASURED_GAS["approve"]) // 2
