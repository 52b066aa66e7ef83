"""Market: what a chain takes per gas, out of what its endpoints say, within bounds.

The tips of the newest blocks (`eth_feeHistory`) say it best. When they say nothing, it is what
the endpoint suggests (`eth_maxPriorityFeePerGas`), or its gas price less the base fee. Without a
base fee it is the gas price. Where a pool has refused a tip, the suggestion counts where it is
higher: blocks also have what never was in a pool.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any, Final

from beamer_agent.errors import RpcError, RpcPayloadError
from beamer_agent.rpc.client import LATEST, ChainClient, Request
from beamer_agent.rpc.model import Block, quantity, tips_from_json
from beamer_agent.types import Wei

HISTORY_BLOCKS: Final = 5
"""So few that yesterday's rush is forgotten, so many that one odd block does not decide."""
PERCENTILE: Final = 25
"""Of a block's gas, a quarter was bought for this tip or less: it is enough for a block that is as
full as this one. In blocks full of our own, the middle would be what we have just paid, and each
replacement would make the next offer dearer."""
TIP_CEILING: Final = Wei(50 * 10**9)
"""A tip up to this, in wei per gas, is believed on any chain, however low its base fee is.

Tips follow the base fee where it is high, so that one above both is a mistake or a lie. Where it
is low: rollups are content with less than 1 gwei, Ethereum with some gwei, and the highest that
pools insist on are Polygon's 25 to 30 gwei, which this must exceed.
"""
MOST_TIP: Final = Wei(500 * 10**9)
"""No tip above this, in wei per gas, whatever the base fee: the endpoint tells that one as well.

It is the most that geth suggests unless told otherwise (`--gpo.maxprice`). On a chain whose base
fee is above, as Polygon's was for hours, the base fee decides who is mined.
"""
GAS_PRICE_CEILING: Final = Wei(5_000 * 10**9)
"""The highest gas price, in wei per gas, that is believed on chains without a base fee.

There is nothing to compare it with, and the dearest of these chains ask for thousands of gwei of
currencies that are worth little.
"""
NO_TIP: Final = Wei(0)

_HISTORY: Final[Request] = ("eth_feeHistory", (hex(HISTORY_BLOCKS), LATEST, [PERCENTILE]))
_TIP: Final[Request] = ("eth_maxPriorityFeePerGas", ())
_GAS_PRICE: Final[Request] = ("eth_gasPrice", ())
_MEANS: Final = (_HISTORY, _TIP, _GAS_PRICE)


@dataclass(frozen=True, slots=True)
class Market:
    """Wei per gas at a head."""

    base_fee: Wei | None
    """None on chains without one."""
    tip: Wei
    """What is paid on top of the base fee; the whole gas price where there is none."""
    suggested: Wei
    """The same as the endpoint has it: what is out of all proportion is not believed."""

    @property
    def price(self) -> Wei:
        """What a transaction in the next block is expected to pay."""
        return Wei((self.base_fee or 0) + self.tip)


class MarketReader:
    """Knows what to ask a chain for its market, and reads the answers. Not thread-safe.

    It asks for no more than was needed last time, and for more after an answer of no use.

    Args:
        least_tip: wei per gas that the operator pays on top of a base fee in any case.
    """

    def __init__(self, least_tip: Wei = NO_TIP) -> None:
        self._least_tip = least_tip
        self._base_fee: Wei | None = None
        self._is_legacy = False
        self._depth = 2
        self._asked: list[Request] = []
        self._is_doubted = False

    def doubt(self) -> None:
        """A pool takes no transaction at these prices."""
        self._is_doubted = True
        self._depth = len(_MEANS)

    def know(self, head: Block) -> None:
        """Take in a head, so that the right questions are asked."""
        if head.base_fee is not None:
            # A chain that has one keeps it: a head without one is no reason to pay a gas price.
            self._base_fee = head.base_fee
        self._is_legacy = self._base_fee is None

    def questions(self) -> list[Request]:
        """What to ask now."""
        self._asked = [_GAS_PRICE] if self._is_legacy else list(_MEANS[: self._depth])
        return list(self._asked)

    def take(self, results: Sequence[Any], head: Block) -> Market | None:
        """The market, out of the results of the questions; None: more has to be asked.

        A result may be an RpcError, or anything else that an endpoint says.
        """
        self.know(head)
        answers = dict(zip((method for method, _ in self._asked), results, strict=True))
        suggested = self._suggested(answers)
        if suggested is None:
            return None
        tip = _bounded(suggested, self._base_fee)
        if self._base_fee is not None:
            tip = max(tip, self._least_tip)
        return Market(self._base_fee, tip, suggested)

    def _suggested(self, answers: dict[str, Any]) -> Wei | None:
        gas_price = _number(answers.get("eth_gasPrice"))
        if self._base_fee is None:
            return gas_price
        tips = (
            _history_tip(answers.get("eth_feeHistory")),
            _number(answers.get("eth_maxPriorityFeePerGas")),
            # Some chains with a base fee do not know the method; their gas price holds the tip.
            None if gas_price is None else Wei(max(0, gas_price - self._base_fee)),
        )
        if self._is_doubted:
            further = next((tip for tip in tips[1:] if tip is not None), None)
            return max((tip for tip in (tips[0], further) if tip is not None), default=None)
        for depth, tip in enumerate(tips, start=1):
            if tip is not None:
                self._depth = depth
                return tip
        self._depth = min(self._depth + 1, len(_MEANS))
        return None


def ask_market(client: ChainClient, reader: MarketReader, head: Block) -> Market:
    """The market at a head, with a request of its own.

    Raises:
        RpcError: the chain does not answer, or nothing of use.
    """
    refusals: list[RpcError] = []
    for _ in _MEANS:
        reader.know(head)
        results = client.batch(reader.questions())
        market = reader.take(results, head)
        if market is not None:
            return market
        refusals = [result for result in results if isinstance(result, RpcError)]
    raise refusals[-1] if refusals else RpcPayloadError("no price of gas")


def _bounded(suggested: Wei, base_fee: Wei | None) -> Wei:
    if base_fee is None:
        return min(suggested, GAS_PRICE_CEILING)
    return min(suggested, max(base_fee, TIP_CEILING), MOST_TIP)


def _history_tip(raw: Any) -> Wei | None:
    """The usual tip of the newest blocks; None when they tell of none.

    Empty blocks have a tip of 0 here, and so have those with nothing but transactions that a
    rollup has put there itself: neither says what its nodes insist on.
    """
    try:
        blocks = tips_from_json(raw)
    except RpcPayloadError:
        return None
    tips = [block[0] for block in blocks[-HISTORY_BLOCKS:] if block and block[0] > 0]
    return median_low(tips) if tips else None


def _number(raw: Any) -> Wei | None:
    try:
        return Wei(quantity(raw))
    except RpcPayloadError:
        return None
