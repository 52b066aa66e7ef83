"""Gas book: how much gas our transactions use on a chain, as measured and as learned since."""

import threading
from dataclasses import dataclass
from typing import Final

from beamer_agent.clock import Clock, SystemClock
from beamer_agent.types import Wei

NOTHING: Final = Wei(0)
FILL: Final = "fill"
CLAIM: Final = "claim"
WITHDRAW: Final = "withdraw"
APPROVE: Final = "approve"
MEASURED_GAS: Final = {FILL: 77_087, CLAIM: 105_779, WITHDRAW: 73_527, APPROVE: 46_000}
"""Of whole transactions with the packaged contracts (`contracts/snapshots/transactions.json`), and
of an approval of their tokens."""
SHARE: Final = 8
"""One transaction counts for so much of the average: an eighth."""
REMEMBER_SECONDS: Final = 3_600.0
"""So long after the last transaction of a kind its average counts. One that is too high, of odd
receivers or of an endpoint's mistake, may keep the very fills from being made that would mend it.
"""
MOST_FACTOR: Final = 20
"""More than so many times what was measured is an endpoint's mistake."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a transaction of one kind uses on average."""

    gas: int
    is_learned: bool = False
    """Whether our own transactions have told, so that everything is in it that its chain adds."""
    data_fee: Wei = NOTHING
    """What its receipts showed beside gas."""


class GasBook:
    """Averages of one account on one chain, by the transaction's label. Thread-safe.

    An average, and a slow one: hundreds of transfers are to be profitable together. The highest
    of the last few would refuse for the one receiver whose balance was zero.

    The lock protects the averages.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._usages: dict[str, Usage] = {}
        self._learned_at: dict[str, float] = {}
        """Monotonic seconds."""

    def learn(self, label: str, gas_used: int, data_fee: Wei) -> None:
        """Take in a mined transaction that did not revert; labels of other kinds are none of ours.

        A transaction that carried out several actions counts as their average.
        """
        if label not in MEASURED_GAS:
            return
        gas = min(gas_used, MOST_FACTOR * MEASURED_GAS[label])
        with self._lock:
            usage = self._usage(label)
            if usage.is_learned:
                gas, data_fee = _moved(usage.gas, gas), Wei(_moved(usage.data_fee, data_fee))
            # The first one replaces what was measured: these may be other contracts.
            self._usages[label] = Usage(gas, is_learned=True, data_fee=data_fee)
            self._learned_at[label] = self._clock.monotonic()

    def usage(self, label: str) -> Usage:
        """The average of one of `MEASURED_GAS`."""
        with self._lock:
            return self._usage(label)

    def _usage(self, label: str) -> Usage:
        learned_at = self._learned_at.get(label)
        if learned_at is None or self._clock.monotonic() - learned_at >= REMEMBER_SECONDS:
            return Usage(MEASURED_GAS[label])
        return self._usages[label]


def _moved(average: int, newest: int) -> int:
    return average + (newest - average) // SHARE
