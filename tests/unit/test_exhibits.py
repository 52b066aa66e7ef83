"""Exhibits: what others know of the agent, as Prometheus reads it when it asks."""

import pytest

from beamer_agent.planning.report import Lack, ObligationStage, StageReport
from beamer_agent.pulse import PulseReading
from beamer_agent.service.status import StateStatus
from beamer_agent.transactions.flight import FlightReading
from beamer_agent.transactions.wallet import Promise
from beamer_agent.types import Timestamp, Wei
from tests.exhibition import Exhibition
from tests.factories import AMOUNT, NOW, SOURCE, TARGET, TARGET_TOKEN, make_block
from tests.made_reports import make_report

pytestmark = pytest.mark.unit

L2A = {"chain": "l2a", "chain_id": str(SOURCE)}
DIRECTION = {"direction": "l2a->l2b"}


@pytest.fixture
def shown() -> Exhibition:
    """Of an agent that has just been put together."""
    return Exhibition()


def test_the_state_of_the_service_is_one_of_all(shown: Exhibition) -> None:
    """All others are 0, so that an alert on them has something to look at."""
    shown.clock.advance(3)
    shown.service.advance("start")
    shown.clock.advance(5)
    assert shown.value("service_state", state="starting") == 1
    assert shown.value("service_state", state="error") == 0
    assert shown.value("service_in_state_seconds", state="starting") == 5
    assert shown.value("service_in_state_seconds", state="stopped") == 0
    assert shown.value("service_state_seconds_total", state="stopped") == 3
    assert shown.value("service_transitions_total", source="stopped", target="starting") == 1


def test_states_of_chains_and_directions_have_their_names(shown: Exhibition) -> None:
    """From the start of the process, for chains that never answered, too; L1 among them."""
    assert shown.value("chain_state", chain="l2a", state="connecting") == 1
    assert shown.value("chain_state", chain="base-chain", state="connecting") == 1
    assert shown.value("direction_state", **DIRECTION, state="waiting") == 1
    shown.meet("l2a")
    assert shown.value("chain_state", chain="l2a", state="synced") == 1
    assert shown.value("chain_transitions_total", chain="l2a", source="syncing", target="synced")


def test_time_alone_changes_the_state_of_a_chain(shown: Exhibition) -> None:
    """Nobody has to look at the board beside."""
    shown.clock.advance(100)
    assert shown.value("chain_state", chain="l2b", state="down") == 1


def test_restarts_are_counted_by_part_kind_and_who_asked(shown: Exhibition) -> None:
    """Whoever gives commands has no label of his own; what may come is there with 0."""
    shown.restarts = {
        ("l2a", "gentle", "supervisor"): 2,
        ("l2a->l2b", "hard", "period"): 1,
        ("l2a", "hard", "uid 1000"): 1,
        ("l2a", "hard", "uid 1001"): 1,
    }
    count = shown.value
    assert count("restarts_total", part="l2a", kind="gentle", by="supervisor") == 2
    assert count("restarts_total", part="l2a", kind="hard", by="operator") == 2
    assert count("restarts_total", part="l2a->l2b", kind="hard", by="period") == 1
    assert count("restarts_total", part="l2b", kind="hard", by="supervisor") == 0
    assert count("thrashing_total") == 0


def test_workers_show_how_long_their_step_takes(shown: Exhibition) -> None:
    """And how many have failed in a row."""
    shown.clock.advance(70)
    since = shown.clock.monotonic() - 65
    busy = PulseReading("EventMonitor[l2a]", "l2a", 1, 60.0, True, since, 5, 2, "slow", False)
    idle = PulseReading("EventMonitor[l2b]", "l2b", 1, 60.0, False, since, 5, 0, None, False)
    shown.readings.extend([busy, idle])
    assert shown.value("worker_busy_seconds", worker="EventMonitor[l2a]") == 65
    assert shown.value("worker_busy_seconds", worker="EventMonitor[l2b]") == 0
    assert shown.value("worker_failing_steps", worker="EventMonitor[l2a]") == 2
    shown.board.sources.supervisor = lambda: 4.0
    assert shown.value("supervisor_turned_age_seconds") == 4


def test_lag_of_a_chain_is_the_age_of_its_newest_block(shown: Exhibition) -> None:
    """By our clock; of a chain whose clock is ahead, none."""
    old = make_block(100, timestamp=Timestamp(shown.clock.now() - 30))
    shown.meet("l2a", head=old, events_until=97)
    assert shown.value("chain_lag_seconds", **L2A) == 30
    assert shown.value("chain_unread_blocks", **L2A) == 3
    assert shown.value("chain_confirmation_blocks", **L2A) == 2
    shown.clock.advance(6)
    assert shown.value("chain_last_answer_age_seconds", **L2A) == 6
    ahead = make_block(101, timestamp=Timestamp(shown.clock.now() + 30))
    shown.meet("l2a", head=ahead)
    assert shown.value("chain_lag_seconds", **L2A) == 0


def test_chain_that_has_not_answered_has_no_lag(shown: Exhibition) -> None:
    """Its state says it; and L1 is not followed while nothing is wanted of it."""
    labels = [
        sample.labels["chain"]
        for family in shown.metrics.registry.collect()
        for sample in family.samples
        if sample.name == "beamer_chain_lag_seconds"
    ]
    assert labels == []


def test_balances_are_shown_with_what_is_promised(shown: Exhibition) -> None:
    """Needed is the operator's least, or what is promised, if that is more."""
    shown.meet("l2a")
    account = shown.own("l2a", 10**18, AMOUNT)
    assert shown.value("native_balance_wei", **L2A) == 10**18
    assert shown.value("native_needed_wei", **L2A) == 10**17
    account.wallet.state_promises("l2a->l2b", {"stake": Promise(None, 3 * 10**17)})
    account.stakes.state("l2a->l2b", Wei(5))
    assert shown.value("native_free_wei", **L2A) == 7 * 10**17
    assert shown.value("native_needed_wei", **L2A) == 3 * 10**17
    assert shown.value("stakes_in_games_wei", **L2A) == 5


def test_tokens_have_the_operators_names(shown: Exhibition) -> None:
    """Of each chain, with what fills on their way take."""
    shown.meet("l2b")
    account = shown.own("l2b", 10**18, AMOUNT)
    account.wallet.state_promises("l2a->l2b", {"fill": Promise(TARGET_TOKEN, AMOUNT // 4)})
    labels = {"chain": "l2b", "chain_id": str(TARGET), "token": "TST"}
    assert shown.value("token_balance_base_units", **labels) == AMOUNT
    assert shown.value("token_free_base_units", **labels) == AMOUNT * 3 // 4


def test_obligations_are_shown_by_stage(shown: Exhibition) -> None:
    """Count, value, stake, and when the first is due; without a deadline there is no number."""
    found = StageReport(2, {"TST": 5}, Wei(7), Timestamp(NOW + 60))
    shown.reports["l2a->l2b"] = make_report(
        stages=dict.fromkeys(ObligationStage, StageReport()) | {ObligationStage.CONTESTED: found}
    )
    labels = DIRECTION | {"stage": "contested"}
    assert shown.value("obligations", **labels) == 2
    assert shown.value("obligations_base_units", **labels, token="TST") == 5
    assert shown.value("obligations_stake_wei", **labels) == 7
    due = "obligations_nearest_deadline_timestamp_seconds"
    assert shown.value(due, **labels) == NOW + 60
    assert shown.value("obligations", **DIRECTION, stage="filled") == 0
    assert shown.value(due, **DIRECTION, stage="filled") is None


@pytest.mark.parametrize(("ahead", "due"), [(-500, NOW + 60), (40, NOW + 20)])
def test_deadline_is_told_by_the_clock_that_is_ahead(
    shown: Exhibition, ahead: int, due: int
) -> None:
    """Of a chain that stands still, ours; a chain that is ahead of us is the judge."""
    found = StageReport(1, {}, Wei(0), Timestamp(NOW + 60))
    shown.reports["l2a->l2b"] = make_report(
        stages={ObligationStage.FILLED: found}, made_at=NOW, source_time=Timestamp(NOW + ahead)
    )
    labels = DIRECTION | {"stage": "filled"}
    assert shown.value("obligations_nearest_deadline_timestamp_seconds", **labels) == due


def test_direction_says_what_it_lacks(shown: Exhibition) -> None:
    """And whether it decides; before its first turn, nothing."""
    lack = Lack(TARGET, "TST", 5, 1, is_total=False)
    shown.reports |= {"l2a->l2b": make_report(lacking=(lack,)), "l2b->l2a": None}
    lacking = DIRECTION | {"chain_id": str(TARGET), "token": "TST"}
    assert shown.value("funds_lacking", **lacking) == 1
    assert shown.value("direction_deciding", **DIRECTION) == 1
    assert shown.value("direction_deciding", direction="l2b->l2a") is None


def test_oldest_transaction_grows_older_though_its_sender_hangs(shown: Exhibition) -> None:
    """Its age is that of the moment in which somebody asks."""
    shown.meet("l2a")
    observer = shown.metrics.transactions.of_chain(SOURCE)
    observer.flies(FlightReading(1, oldest_since=shown.clock.monotonic(), vacant=2))
    shown.clock.advance(40)
    assert shown.value("transactions_oldest_seconds", **L2A) == 40
    assert shown.value("transactions_nonce_gaps", **L2A) == 2
    observer.flies(FlightReading(0, oldest_since=None, vacant=0))
    assert shown.value("transactions_oldest_seconds", **L2A) == 0


def test_a_scrape_asks_the_board_once_for_each_page() -> None:
    """The board's status is made of everybody's word: it is not made for each metric."""
    shown, looks = Exhibition(), []

    def look() -> StateStatus:
        looks.append(1)
        return shown.service.look()

    shown.board.sources.service = look
    list(shown.metrics.registry.collect())
    assert len(looks) <= 4
