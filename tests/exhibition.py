"""All metrics of an agent, with values for each of them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from beamer_agent.actions.model import Reason
from beamer_agent.config import AccountConfig, BaseChainConfig, ChainConfig, Config, TokenConfig
from beamer_agent.events.model import Event
from beamer_agent.planning.earnings import Earning, EarningKind
from beamer_agent.planning.report import (
    NATIVE,
    DirectionReport,
    Lack,
    ObligationStage,
    StageReport,
)
from beamer_agent.planning.tallies import Ending, Leg
from beamer_agent.pulse import PulseReading
from beamer_agent.rpc.health import EndpointHealth
from beamer_agent.service.board import StatusBoard
from beamer_agent.service.lifecycle import ServiceLifecycle
from beamer_agent.service.metrics.agent import AgentMetrics
from beamer_agent.service.metrics.exhibits import Exhibits, exhibit
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.transactions.flight import FlightReading
from beamer_agent.transactions.stake_book import StakeBook
from beamer_agent.types import BlockNumber, ClaimId, Timestamp, Wei
from tests.doubles import FakeClock
from tests.factories import (
    ALICE,
    AMOUNT,
    NOW,
    SOURCE,
    SOURCE_TOKEN,
    TARGET,
    TARGET_TOKEN,
    US,
    make_block,
    make_claim_made,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
)
from tests.made_reports import make_report
from tests.made_sent import make_mined, make_sent
from tests.made_views import make_batch
from tests.planner_desk import make_wallet

URL = (SecretStr("https://secret.example/key"),)
IDS = {"l2a": SOURCE, "l2b": TARGET}
ENDPOINT = EndpointHealth("l2a", "l2a/1", True, 0.25, 1.5, 7, 2, 3, "misses logs", False)


def make_config() -> Config:
    """Two chains, an L1, and a token."""
    tokens = zip(IDS.values(), (SOURCE_TOKEN, TARGET_TOKEN), strict=True)
    return Config(
        artifacts_dir=Path(),
        account=AccountConfig(path=Path(), password=SecretStr("")),
        chains={name: ChainConfig(rpc_url=URL, confirmation_blocks=2) for name in IDS},
        base_chain=BaseChainConfig(rpc_url=URL),
        tokens={"TST": tuple(TokenConfig(chain_id=id_, address=token) for id_, token in tokens)},
    )


@dataclass
class Exhibition:
    """What is shown, and who is asked for it; `show` says once more what all of them know."""

    clock: FakeClock = field(default_factory=FakeClock)
    restarts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    accounts: dict[str, ChainAccount] = field(default_factory=dict)
    reports: dict[str, DirectionReport | None] = field(default_factory=dict)
    readings: list[PulseReading] = field(default_factory=list)
    thrashings: int = 0

    def __post_init__(self) -> None:
        """Everything is there, and knows nothing."""
        config = make_config()
        self.metrics = AgentMetrics(US)
        self.service = ServiceLifecycle(self.clock)
        self.board = StatusBoard(config, self.clock)
        self.board.sources.service = self.service.look
        self.board.sources.readings = lambda: self.readings
        self.metrics.observe_endpoints(lambda: [ENDPOINT])
        exhibits = Exhibits(
            self.service,
            self.board,
            lambda: self.restarts,
            lambda: self.thrashings,
            lambda: self.reports,
            lambda: self.accounts,
        )
        exhibit(self.metrics, exhibits, config, self.clock)

    def value(self, name: str, **labels: str) -> float | None:
        """Of one metric, without the `beamer_` that all begin with."""
        return self.metrics.registry.get_sample_value(f"beamer_{name}", labels)

    def meet(self, name: str, *events: Event, **view: Any) -> None:
        """A chain has answered, and is read."""
        tracker = self.board.chains[name]
        tracker.connected(IDS[name])
        with tracker.looks.one():
            tracker.looks.answer()
            batch = make_batch(*events, **({"chain_id": IDS[name]} | view))
            tracker.observe(batch)
        self.metrics.observe(batch)

    def own(self, name: str, native: int, tokens: int) -> ChainAccount:
        """An account on a chain, without a sender."""
        token = dict(zip(IDS, (SOURCE_TOKEN, TARGET_TOKEN), strict=True))[name]
        wallet = make_wallet(native, tokens, token)
        account = ChainAccount(cast("Any", None), wallet, StakeBook(Wei(10**18)))
        self.accounts[name] = account
        return account


def full_exhibition() -> Exhibition:
    """Every metric has a value."""
    shown = Exhibition(thrashings=1, restarts={("l2a", "gentle", "uid 1000"): 1})
    shown.service.advance("start")
    shown.meet("l2a", make_request_created(), make_claim_made(), make_deposit_withdrawn())
    shown.meet("l2b", make_request_filled(), dead_above=99, head=make_block(100))
    shown.own("l2a", 10**18, AMOUNT)
    shown.own("l2b", 10**18, AMOUNT)
    stages = {
        stage: StageReport(1, {"TST": 5}, Wei(7), Timestamp(NOW + 60)) for stage in ObligationStage
    }
    lack = Lack(SOURCE, NATIVE, 2, 1, is_total=True)
    shown.reports["l2a->l2b"] = make_report(stages=stages, lacking=(lack,))
    for worker, part in (("EventMonitor[l2a]", "l2a"), ("EventProcessor[l2a->l2b]", "l2a->l2b")):
        shown.readings.append(PulseReading(worker, part, 1, 60.0, True, 0.0, 5, 1, "slow", False))
    _count(shown.metrics)
    return shown


def _count(metrics: AgentMetrics) -> None:
    """Everything that is counted, once."""
    tallies, observer = metrics.of_direction("l2a->l2b"), metrics.transactions.of_chain(SOURCE)
    for leg in Leg:
        tallies.count_leg(leg, 10.0, 5.0)
    tallies.count_ending(Ending.FILLED)
    tallies.count_seen()
    tallies.count_missed("transaction")
    tallies.count_loss(ClaimId(1), Reason.CLAIM_LOST)
    tallies.count_unfilled(Reason.UNPROFITABLE)
    tallies.count_race(ALICE, is_won=False)
    tallies.ledger.begin(BlockNumber(0))
    for kind in EarningKind:
        earning = Earning(kind, make_request_created(), ClaimId(1), 5, BlockNumber(1))
        tallies.ledger.book([earning], "TST")
    observer.waits({"fill": 1})
    observer.flies(FlightReading(1, oldest_since=0.0, vacant=1))
    observer.held_back()
    observer.mined(make_mined(make_sent(1), 10))
    observer.sent_again("fill")
    observer.closed_gap()
    observer.foreign()
    metrics.periods.of_direction("l2a->l2b")
