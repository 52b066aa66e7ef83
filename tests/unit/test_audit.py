"""EndpointAudit: who leaves logs out, who invents some, and what is read again."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from beamer_agent.errors import RpcConnectionError
from beamer_agent.events.audit import (
    AUDIT_SECONDS,
    CUTS,
    INVENTS,
    MARGIN_BLOCKS,
    MISSES,
    MOST_BLOCKS,
    EndpointAudit,
)
from beamer_agent.events.model import Event
from beamer_agent.events.ranges import BlockRange
from beamer_agent.types import BlockNumber
from tests.doubles import ErrorObject, FakeChain, RecordingLogger
from tests.factories import REQUEST_MANAGER, SOURCE, make_request_created
from tests.made_panels import FakePanel
from tests.raw_logs import make_log

pytestmark = pytest.mark.unit

HEAD = 3_000
EVENTS: list[Event] = [
    make_request_created(block_number=number, nonce=number)
    for number in (100, 1_500, 2_800, 2_900)
]


class Auditing:
    """An audit of some endpoints, of which everything has been read."""

    def __init__(self, *chains: FakeChain) -> None:
        self.read: BlockRange | None = BlockRange(BlockNumber(0), BlockNumber(HEAD))
        self.chosen = 0
        """Where ranges that are chosen by chance begin."""
        self.read_again: list[int] = []
        self.panel = FakePanel(chains, quorum=2)
        self.log = RecordingLogger()
        self.audit = EndpointAudit(
            SOURCE,
            self.panel,
            [REQUEST_MANAGER],
            read=lambda: self.read,
            on_missing=self.read_again.append,
            choose=lambda first, last: max(first, min(self.chosen, last)),
            logger=self.log.logger,
        )

    def ranges(self) -> list[tuple[int, int]]:
        """Of which logs were asked, without halves."""
        filters = [requests[1][1][0] for requests in self.panel.asked]
        return [(int(f["fromBlock"], 16), int(f["toBlock"], 16)) for f in filters]


def chain(events: Sequence[Event] = EVENTS, head: int = HEAD) -> FakeChain:
    """An endpoint that shows these events."""
    return FakeChain(head, events)


def answering(change: Callable[[list[Any]], Any]) -> FakeChain:
    """An endpoint that makes something else of every list of logs."""
    changed = chain()
    honest = changed.answer_of("eth_getLogs")
    changed.on("eth_getLogs", lambda filter_: change(honest(filter_)))
    return changed


def test_endpoints_that_agree_are_left_alone() -> None:
    """Nothing is logged, distrusted or read again."""
    auditing = Auditing(chain(), chain())
    assert auditing.audit.step() == AUDIT_SECONDS
    assert (auditing.log.lines, auditing.panel.distrusted, auditing.read_again) == ([], [], [])


def test_who_misses_logs_is_distrusted() -> None:
    """And what may have been read from it is read again, from the first missing log on."""
    auditing = Auditing(chain(EVENTS[:2]), chain())
    auditing.audit.step()
    assert auditing.panel.distrusted == [("l2a/1", MISSES)]
    assert auditing.read_again == [2_800]
    (line,) = auditing.log.lines
    assert (line["endpoint"], line["error"], line["logs"]) == ("l2a/1", MISSES, 2)


def test_logs_that_are_found_missing_again_are_not_read_again() -> None:
    """It is distrusted as before, but other logs are news only."""
    liar = chain(EVENTS[:2])
    auditing = Auditing(liar, chain())
    for _ in range(4):
        auditing.audit.step()
    assert auditing.read_again == [2_800]
    liar.events = EVENTS[1:2]
    auditing.audit.step()
    auditing.audit.step()
    assert auditing.read_again == [2_800, 100]
    assert len(auditing.log.lines) == 2


def test_who_has_logs_that_most_others_lack_is_distrusted() -> None:
    """What only one of three shows was invented; nothing needs to be read again."""
    auditing = Auditing(chain(), chain(EVENTS[:3]), chain(EVENTS[:3]))
    auditing.audit.step()
    assert auditing.panel.distrusted == [("l2a/1", INVENTS)]
    assert auditing.read_again == []


def test_who_cuts_lists_short_contradicts_itself() -> None:
    """In halves it shows what it leaves out of the whole: also where all endpoints do so."""
    auditing = Auditing(*(answering(lambda logs: logs[:1]) for _ in range(2)))
    auditing.read = BlockRange(BlockNumber(2_750), BlockNumber(HEAD))
    auditing.audit.step()
    assert auditing.panel.distrusted == [("l2a/1", CUTS), ("l2a/2", CUTS)]
    assert auditing.read_again == [2_900, 2_900]


def test_the_newest_blocks_and_some_past_ones_are_looked_at() -> None:
    """Of what is read, up to some blocks below its end; no block twice."""
    auditing = Auditing(chain(), chain())
    last = HEAD - MARGIN_BLOCKS
    newest = last - MOST_BLOCKS + 1, last
    for first, past in ((50, (50, 50 + MOST_BLOCKS - 1)), (1_900, (1_900, newest[0] - 1))):
        auditing.chosen = first
        auditing.audit.step()
        assert auditing.ranges()[-2:] == [past, newest]


def test_a_short_history_is_looked_at_as_a_whole() -> None:
    """Also of a single block."""
    auditing = Auditing(chain(), chain())
    auditing.read = BlockRange(BlockNumber(100), BlockNumber(100 + MARGIN_BLOCKS))
    auditing.audit.step()
    assert auditing.ranges() == [(100, 100)]


def test_an_endpoint_that_is_behind_is_not_compared() -> None:
    """It cannot show what it has not seen."""
    auditing = Auditing(chain(), chain(EVENTS[:3], head=HEAD))
    auditing.audit.step()
    assert auditing.panel.distrusted == [("l2a/2", MISSES)]
    auditing = Auditing(chain(), chain(EVENTS[:3], head=HEAD - 1))
    auditing.audit.step()
    assert auditing.panel.distrusted == []


@pytest.mark.parametrize(
    "answer", [None, "0x", [{}], [None], ErrorObject("too many"), RpcConnectionError("refused")]
)
def test_an_endpoint_that_fails_is_not_compared(answer: object) -> None:
    """Whatever it sends; the others still are."""
    odd = chain()
    odd.always("eth_getLogs", answer)
    auditing = Auditing(odd, chain(EVENTS[:3]), chain())
    assert auditing.audit.step() == AUDIT_SECONDS
    assert auditing.panel.distrusted == [("l2a/2", MISSES)]


def test_ranges_shrink_while_an_endpoint_refuses_them() -> None:
    """And grow again, up to what was wanted."""
    narrow = chain()
    honest = narrow.answer_of("eth_getLogs")

    def answer(filter_: dict[str, str]) -> object:
        length = int(filter_["toBlock"], 16) - int(filter_["fromBlock"], 16) + 1
        return honest(filter_) if length <= 300 else ErrorObject("range too large", -32005)

    narrow.on("eth_getLogs", answer)
    auditing = Auditing(narrow, chain())
    auditing.chosen = HEAD
    for _ in range(3):
        auditing.audit.step()
    narrow.on("eth_getLogs", honest)
    for _ in range(3):
        auditing.audit.step()
    newest = [blocks for blocks in auditing.ranges() if blocks[1] == HEAD - MARGIN_BLOCKS]
    lengths = [last - first + 1 for first, last in newest]
    assert lengths == [MOST_BLOCKS, 500, 250, 500, MOST_BLOCKS, MOST_BLOCKS]


def test_one_endpoint_has_nobody_to_be_compared_with() -> None:
    """It is not asked; nor is anybody before something has been read."""
    lone = Auditing(chain())
    assert lone.audit.step() is None
    early = Auditing(chain(), chain())
    early.read = None
    assert early.audit.step() == AUDIT_SECONDS
    assert lone.panel.asked == early.panel.asked == []


def test_a_chain_that_is_down_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next look is as far away as always."""

    def refuse(_requests: object) -> object:
        raise RpcConnectionError("refused")

    auditing = Auditing(chain(), chain())
    monkeypatch.setattr(auditing.panel, "ask_each", refuse)
    assert auditing.audit.step() == AUDIT_SECONDS


def test_logs_of_blocks_that_were_not_asked_for_compare_to_nothing() -> None:
    """Each would be news, and have all blocks from it on read again, for ever."""
    stray = make_log(make_request_created(block_number=5, nonce=5))
    auditing = Auditing(chain(), answering(lambda logs: [*logs, stray]))
    auditing.chosen = 1_000
    auditing.audit.step()
    assert auditing.panel.distrusted == []
    assert auditing.read_again == []
