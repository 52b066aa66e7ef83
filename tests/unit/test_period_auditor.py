"""PeriodAuditor: what the contracts say otherwise, twice, has a direction built anew."""

import threading
from typing import Any

import pytest

from beamer_agent.errors import RpcConnectionError
from beamer_agent.events.model import RequestEvent
from beamer_agent.orders import Restart, RestartKind
from beamer_agent.periods.auditor import (
    CONFIRM_SECONDS,
    MOST_TOLD,
    RETRY_SECONDS,
    AuditOutcome,
    PeriodAuditor,
)
from beamer_agent.periods.desk import RemainderDesk
from beamer_agent.periods.facts import Facts, known_facts
from beamer_agent.periods.remainder import Remainder
from beamer_agent.types import BlockNumber
from tests.doubles import FakeClock, RecordingLogger
from tests.factories import (
    CLAIM_ID,
    FILL_ID,
    REQUEST_ID,
    make_block,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
)
from tests.made_periods import CLAIMED, AuditedChains, make_remainder

pytestmark = pytest.mark.unit

PERIOD = 3_600
NAME = "l2a->l2b"
UNFILLED = CLAIMED[:1]
WITHDRAWN = (*CLAIMED, make_claim_stake_withdrawn(), make_deposit_withdrawn())


class Audit:
    """An auditor, whose desk the test answers for the processor."""

    def __init__(self, *says: RequestEvent) -> None:
        self.chains = AuditedChains(facts(*says))
        self.clock, self.log = FakeClock(), RecordingLogger()
        self.asked, self.wake = threading.Event(), threading.Event()
        self.desk = RemainderDesk(self.asked, self.wake)
        self.orders: list[Restart] = []
        self.counted: list[tuple[AuditOutcome, int]] = []
        self.periods = 0
        self.auditor = PeriodAuditor(
            NAME,
            self.desk,
            self.chains.reader(),
            order=self.orders.append,
            count=lambda *audit: self.counted.append(audit),
            on_over=self._end_period,
            period=PERIOD,
            clock=self.clock,
            logger=self.log.logger,
        )

    def _end_period(self) -> None:
        self.periods += 1

    def wait(self) -> None:
        """Until the next copy is wanted."""
        seconds = self.auditor.step()
        assert seconds is not None
        self.clock.advance(seconds)
        assert self.auditor.step() is None
        assert self.desk.is_asked

    def answer(self, *events: RequestEvent, **views: Any) -> float:
        """Leave what is known; the seconds until the next copy is wanted."""
        return self.answer_with(make_remainder(*events, **views))

    def answer_with(self, remainder: Remainder) -> float:
        """The same of another making."""
        self.wait()
        self.desk.leave(remainder)
        assert self.wake.is_set()
        seconds = self.auditor.step()
        assert seconds is not None
        return seconds


def facts(*events: RequestEvent) -> Facts:
    """That a fold makes of them."""
    return known_facts(make_remainder(*events))


def test_a_copy_is_wanted_when_a_period_is_over() -> None:
    """Not before, and at the end of each."""
    audit = Audit(*CLAIMED)
    assert audit.auditor.step() == PERIOD
    audit.clock.advance(PERIOD - 1)
    assert audit.auditor.step() == 1
    assert not audit.asked.is_set()
    assert audit.answer(*CLAIMED) == PERIOD
    assert audit.asked.is_set()
    assert audit.periods == 1
    assert audit.auditor.step() == PERIOD


def test_what_agrees_is_told_and_nothing_else_is_done() -> None:
    """One line in each period."""
    audit = Audit(*CLAIMED)
    audit.answer(*CLAIMED)
    assert [(line["event"], line["requests"], line["claims"]) for line in audit.log.lines] == [
        ("Period is over", 1, 1)
    ]
    assert (audit.orders, audit.counted) == ([], [(AuditOutcome.AGREED, 0)])


def test_difference_that_stays_is_told_counted_and_healed() -> None:
    """With both views; the direction is built anew, once."""
    audit = Audit(*CLAIMED[:2])
    assert audit.answer(*UNFILLED) == CONFIRM_SECONDS
    assert audit.orders == []
    assert audit.answer(*UNFILLED) == PERIOD
    (order,) = audit.orders
    assert (order.part, order.kind, order.by) == (NAME, RestartKind.HARD, "period")
    assert order.reason == "differences from what the contracts say: 1"
    assert audit.counted == [(AuditOutcome.DIFFERED, 1)]
    (line,) = [line for line in audit.log.lines if line["log_level"] == "error"]
    assert line["event"] == "Contracts say otherwise"
    assert (line["request_id"], line["field"]) == (REQUEST_ID, "fill_id")
    assert (line["known"], line["told"]) == (bytes(32), FILL_ID)
    assert (line["source_block"], line["target_block"]) == (100, 100)


def test_difference_in_a_claim_is_told_with_its_number() -> None:
    """A request may have several."""
    audit = Audit(*WITHDRAWN)
    audit.answer(*CLAIMED)
    audit.answer(*CLAIMED)
    assert audit.counted == [(AuditOutcome.DIFFERED, 3)]
    told = {line["field"]: line for line in audit.log.lines if "field" in line}
    assert sorted(told) == ["active_claims", "paid_out", "withdraw_claim_id"]
    assert told["paid_out"]["claim_id"] == CLAIM_ID
    assert "claim_id" not in told["active_claims"]


def test_what_comes_to_be_known_meanwhile_is_no_difference() -> None:
    """An endpoint was late with its logs, or has told of a newer block than was asked for."""
    audit = Audit(*CLAIMED[:2])
    assert audit.answer(*UNFILLED) == CONFIRM_SECONDS
    assert audit.answer(*CLAIMED[:2]) == PERIOD
    assert (audit.orders, audit.counted) == ([], [(AuditOutcome.AGREED, 0)])


def test_other_differences_than_the_first_ones_do_not_count() -> None:
    """Each time something else was just on its way."""
    audit = Audit(*CLAIMED[:2])
    audit.answer(*UNFILLED)
    audit.chains.tell(facts(*WITHDRAWN))
    assert audit.answer(*CLAIMED) == PERIOD
    assert audit.orders == []


def test_second_copy_must_know_all_that_the_first_answers_could_tell_of() -> None:
    """Until then what was told may be newer than what is known."""
    audit = Audit(*CLAIMED[:2])
    audit.chains.forget_past(audit.chains.target)
    audit.answer(*UNFILLED, events_until=BlockNumber(97))
    assert audit.answer(*UNFILLED, events_until=BlockNumber(99)) == RETRY_SECONDS
    assert audit.orders == []
    audit.answer(*UNFILLED, events_until=BlockNumber(100))
    assert len(audit.orders) == 1


@pytest.mark.parametrize("is_second", [False, True])
def test_reorganisation_before_the_answer_is_no_difference(is_second: bool) -> None:
    """The head of the copy is not there any more: another copy is wanted soon."""
    audit = Audit(*CLAIMED[:2])
    if is_second:
        audit.answer(*UNFILLED)
    replaced = make_block(100, hash=b"a replaced block".ljust(32))
    assert audit.answer(*UNFILLED, head=replaced) == RETRY_SECONDS
    assert audit.orders == []
    assert audit.answer(*CLAIMED[:2]) == PERIOD
    assert audit.orders == []


def test_nothing_is_compared_while_a_chain_is_not_known_completely() -> None:
    """Nor asked for."""
    audit = Audit(*CLAIMED)
    assert audit.answer(*UNFILLED, source={"is_synced": False}) == RETRY_SECONDS
    assert audit.chains.blocks == []


def test_chain_that_does_not_answer_is_asked_again_later() -> None:
    """It is no difference, and no error of the worker."""
    audit = Audit(*CLAIMED)
    audit.chains.target.always("eth_call", RpcConnectionError("gone"))
    assert audit.answer(*UNFILLED) == CONFIRM_SECONDS
    assert audit.log.sentences() == ["Cannot compare with the contracts"]
    assert (audit.orders, audit.counted) == ([], [(AuditOutcome.UNANSWERED, 0)])


def test_very_many_differences_are_counted_and_some_told() -> None:
    """A direction that knows nothing right must not fill the log."""
    known = [make_request_created(nonce=n, log_index=n) for n in range(MOST_TOLD + 5)]
    audit = Audit(*known)
    wrong = {
        subject: 7 if subject.field == "amount" else fact
        for subject, fact in facts(*known).items()
    }
    audit.chains.tell(wrong)
    audit.answer(*known)
    audit.answer(*known)
    assert audit.counted == [(AuditOutcome.DIFFERED, MOST_TOLD + 5)]
    assert len(audit.log.sentences("error")) == MOST_TOLD


def test_audits_go_on_after_an_order() -> None:
    """A period later; whoever was built anew begins with its own."""
    audit = Audit(*CLAIMED[:2])
    for expected in (1, 2):
        audit.answer(*UNFILLED)
        audit.answer(*UNFILLED)
        assert len(audit.orders) == expected
