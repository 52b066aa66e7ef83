"""EndpointAudit: do all endpoints of a chain show the same logs for the same blocks?

    newest blocks that are read, and a past range chosen by chance
      --> every endpoint: [head, logs of the range, logs of its first half, of its second half]
      --> whole and halves differ: it cuts long lists    others have more: it misses logs

An endpoint that leaves logs out does not fail: nothing but a comparison finds out. Who is found
out is distrusted, and what may have been read from it is read again.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.errors import RpcError, RpcPayloadError, RpcResponseError
from beamer_agent.events.inquiry import HEAD_QUESTION, parse_block
from beamer_agent.events.panel import Panel
from beamer_agent.events.ranges import BlockRange
from beamer_agent.rpc.envelope import Request
from beamer_agent.rpc.model import hash_of, quantity
from beamer_agent.types import Address, BlockHash, BlockNumber, ChainId

AUDIT_SECONDS: Final = 30.0
MOST_BLOCKS: Final = 1_000
"""In one audit; halved while an endpoint refuses so many."""
MARGIN_BLOCKS: Final = 5
"""Between the end of a range and the newest block that is read, and of each endpoint: they are not
equally quick to follow a reorganisation."""
MOST_REPORTS: Final = 10_000
"""Of logs found missing, that are kept so as not to read them again each time."""

CUTS: Final = "cuts long lists of logs short"
MISSES: Final = "misses logs"
INVENTS: Final = "has logs that others lack"

Position = tuple[BlockHash, int]
"""Block and index of a log."""

Logs = Mapping[Position, BlockNumber]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What one endpoint showed of a range: all logs, and those not shown whenever they could."""

    name: str
    logs: Logs
    cut: Logs


class EndpointAudit:
    """Compares the endpoints of one chain. `step` runs in a thread of its own and may block.

    Args:
        addresses: the contracts that are listened to.
        read: the blocks whose events have been read; None: none yet.
        on_missing: told the first block from which logs are to be read again; must not wait.
        choose: a number by chance between two, both included; no endpoint shall foresee it.
    """

    def __init__(
        self,
        chain_id: ChainId,
        panel: Panel,
        addresses: Sequence[Address],
        *,
        read: Callable[[], BlockRange | None],
        on_missing: Callable[[BlockNumber], None],
        choose: Callable[[int, int], int],
        logger: FilteringBoundLogger,
    ) -> None:
        self._chain_id = chain_id
        self._panel = panel
        self._addresses = tuple(addresses)
        self._read = read
        self._on_missing = on_missing
        self._choose = choose
        self._logger = logger
        self._blocks = MOST_BLOCKS
        self._reported: OrderedDict[tuple[str, Position], None] = OrderedDict()

    def step(self) -> float | None:
        """One look; the seconds until the next, None when there is nobody to compare."""
        if len(self._panel.endpoints) < 2:
            return None
        for asked in self._ranges():
            self._compare(asked)
        return AUDIT_SECONDS

    def _ranges(self) -> list[BlockRange]:
        """The newest blocks, and past ones when there are more than these."""
        read = self._read()
        if read is None or read.last - MARGIN_BLOCKS < read.first:
            return []
        last = BlockNumber(read.last - MARGIN_BLOCKS)
        newest = BlockRange(BlockNumber(max(read.first, last - self._blocks + 1)), last)
        if newest.first == read.first:
            return [newest]
        first = self._choose(read.first, newest.first - 1)
        past_last = BlockNumber(min(first + self._blocks, newest.first) - 1)
        return [BlockRange(BlockNumber(first), past_last), newest]

    def _compare(self, asked: BlockRange) -> None:
        shown = self._ask(asked)
        believed = _believed(shown)
        for one in shown:
            self._report(one.name, CUTS, one.cut, asked)
            self._report(one.name, MISSES, _without(believed, one.logs), asked)
            self._report(one.name, INVENTS, _without(one.logs, believed), asked)

    def _ask(self, asked: BlockRange) -> list[_Shown]:
        questions = [self._question(blocks) for blocks in (asked, *_halves(asked))]
        try:
            answers = self._panel.ask_each([HEAD_QUESTION, *questions])
        except RpcError:
            return []  # the monitor says that the chain is down
        given = {
            a.endpoint.name: a.results for a in answers if not isinstance(a.results, RpcError)
        }
        is_refused = any(isinstance(r, RpcResponseError) for rs in given.values() for r in rs)
        self._blocks = _next_size(
            asked.last - asked.first + 1, self._blocks, is_refused=is_refused
        )
        shown = (self._shown(name, results, asked) for name, results in given.items())
        return [one for one in shown if one is not None]

    def _question(self, blocks: BlockRange) -> Request:
        filter_ = {
            "address": list(self._addresses),
            "fromBlock": hex(blocks.first),
            "toBlock": hex(blocks.last),
        }
        return "eth_getLogs", (filter_,)

    def _shown(self, name: str, results: Sequence[Any], asked: BlockRange) -> _Shown | None:
        head = parse_block(results[0])
        if head is None or head.number - asked.last < MARGIN_BLOCKS:
            return None  # behind: what it does not show may be what it has not seen
        ranges = asked, *_halves(asked)
        whole, *halves = map(_logs, results[1:], ranges)
        if whole is None or None in halves:
            return None
        parts = {position: n for half in halves if half for position, n in half.items()}
        cut = {**_without(whole, parts), **_without(parts, whole)} if halves else {}
        return _Shown(name, {**whole, **parts}, cut)

    def _report(self, name: str, reason: str, logs: Logs, asked: BlockRange) -> None:
        if not logs:
            return
        self._panel.distrust(name, reason)
        news = [position for position in logs if (reason + name, position) not in self._reported]
        if not news:
            return
        self._remember((reason + name, position) for position in news)
        first = min(logs[position] for position in news)
        self._logger.warning(
            "Endpoints show different logs",
            chain_id=self._chain_id,
            endpoint=name,
            error=reason,
            logs=len(news),
            block_number=first,
            first_block=asked.first,
            last_block=asked.last,
        )
        if reason is not INVENTS:
            self._on_missing(first)

    def _remember(self, reports: Iterable[tuple[str, Position]]) -> None:
        self._reported.update(dict.fromkeys(reports))
        while len(self._reported) > MOST_REPORTS:
            self._reported.popitem(last=False)


def _believed(shown: Sequence[_Shown]) -> Logs:
    """The logs that at least half of the endpoints show: leaving out is easier than inventing."""
    shows = [one.logs for one in shown]
    everything = {position: number for logs in shows for position, number in logs.items()}
    return {
        position: number
        for position, number in everything.items()
        if 2 * sum(position in logs for logs in shows) >= len(shows)
    }


def _next_size(asked: int, wanted: int, *, is_refused: bool) -> int:
    """How many blocks to ask for, after so many of those that were wanted were answered or not."""
    if is_refused:
        return max(1, asked // 2)
    return min(2 * wanted, MOST_BLOCKS) if asked == wanted else wanted


def _halves(blocks: BlockRange) -> tuple[BlockRange, ...]:
    if blocks.first == blocks.last:
        return ()
    middle = BlockNumber((blocks.first + blocks.last) // 2)
    return BlockRange(blocks.first, middle), BlockRange(BlockNumber(middle + 1), blocks.last)


def _without(logs: Logs, others: Logs) -> Logs:
    return {position: number for position, number in logs.items() if position not in others}


def _logs(result: Any, asked: BlockRange) -> Logs | None:
    """Where the logs of an answer stand; None when it is no list of logs of these blocks."""
    if not isinstance(result, list):
        return None
    try:
        logs = dict(map(_place, result))
    except (KeyError, TypeError, RpcPayloadError):
        return None
    return logs if all(asked.first <= n <= asked.last for n in logs.values()) else None


def _place(log: Any) -> tuple[Position, BlockNumber]:
    position = BlockHash(hash_of(log["blockHash"])), quantity(log["logIndex"])
    return position, BlockNumber(quantity(log["blockNumber"]))
