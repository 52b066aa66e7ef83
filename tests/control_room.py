"""A control desk with everything around it, and reports and senders as a test says."""

from beamer_agent.orders import Order
from beamer_agent.planning.report import DirectionReport
from beamer_agent.service.control.desk import ControlDesk, DeskSources, Places
from beamer_agent.service.control.peers import Peer
from beamer_agent.service.control.words import Answer, Command, Verb
from beamer_agent.service.status import Status
from beamer_agent.switches import Switches
from beamer_agent.transactions.queue import Work
from tests.doubles import FakeClock, RecordingLogger
from tests.made_status import made_status

ANNA = Peer(4242, 1000, "anna")
BY_ANNA = "anna (uid 1000, pid 4242)"
PLACES = Places(
    ("l2a->l2b", "l2b->l2a"), ("l2a", "l2b", "base-chain", "l2a->l2b", "l2b->l2a", "service")
)


class ControlRoom:
    """`say` what Anna says."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.switches = Switches()
        self.status: Status = made_status()
        self.reports: dict[str, DirectionReport | None] = {}
        self.works: dict[str, Work] = {}
        self.orders: list[Order] = []
        sources = DeskSources(lambda: self.status, lambda: self.reports, lambda: self.works)
        self.desk = ControlDesk(
            PLACES, self.switches, sources, self.orders.append, self.clock, self.log.logger
        )

    def say(self, verb: Verb, subject: str | None = None, *, is_hard: bool = False) -> Answer:
        """A command, carried out."""
        return self.desk.obey(Command(verb, subject, is_hard), ANNA)

    def told(self) -> list[tuple[str, object]]:
        """The sentences of the log, and by whom."""
        return [(line["event"], line.get("by")) for line in self.log.lines]
