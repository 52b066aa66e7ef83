"""Strike: where a fault strikes, and for how long; and which of them are played."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from beamer_agent.devnet.settings import BASE_NAME
from tests.faults.proxy import Proxy
from tests.faults.site import Site
from tests.faults.table import FAULTS, Fault, fault

IS_FULL: Final = os.environ.get("FULL_MATRIX") == "1"
"""Whether every side and duration is wanted; the short matrix strikes once with each fault."""

SHORT_SECONDS: Final = 1.5
LONG_SECONDS: Final = 12.0
AUDITED_SECONDS: Final = 45.0
"""Longer than it takes until an agent has compared its endpoints."""
RESTART_SECONDS: Final = 0.5

SIDES: Final = {
    "source": ("l2a",),
    "target": ("l2b",),
    "both": ("l2a", "l2b"),
    "L1": (BASE_NAME,),
}
"""The chains whose endpoint is faulty, as seen by most of the transfers."""

_OPPOSITE: Final = {"source": "target", "target": "source"}


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault on one side. `seconds`: None means until all transfers are settled."""

    fault: Fault
    side: str
    seconds: float | None

    def __str__(self) -> str:
        return f"{self.fault.name}, {self.side}, {self.duration}"

    def seen_from(self, *, way_back: bool) -> str:
        """Side and duration, in the words of a transfer that goes this way or the other one."""
        side = _OPPOSITE.get(self.side, self.side) if way_back else self.side
        return f"{side}, {self.duration}"

    @property
    def duration(self) -> str:
        """In words."""
        return "lasting" if self.seconds is None else f"{self.seconds:g} s"

    def begin(self, site: Site) -> list[Proxy]:
        """Let an endpoint of every chain concerned go wrong: where they are several the favourite.

        Returns those endpoints.
        """
        proxies = {chain: site.favourite(chain) for chain in SIDES[self.side]}
        for chain, proxy in proxies.items():
            behaviour = self.fault.make(site, chain)
            if behaviour is None or self.fault.restarts:
                proxy.close()
            if behaviour is not None:
                proxy.begin(behaviour)
        if self.fault.restarts:
            threading.Event().wait(RESTART_SECONDS)
            for proxy in proxies.values():
                proxy.open()
        return [*proxies.values()]


_L1_FAULTS: Final = ("refuse", "hang", "500")
_TELLING_AT_START: Final = ("hang", "refuse", "reply of sending lost", "10 blocks at most")
"""Of those that an agent may meet when it starts, enough for the short matrix."""

_TELLING_OF_TWO: Final = ("refuse",)

_LONG_TO_MEND: Final = ("another chain", "truncated logs")
"""It takes half a minute until an agent looks at its only endpoint again."""

_EACH_SIDE: Final = ("source", "target", "both")
_HONEST: Final = [each for each in FAULTS if not each.is_lie]


def strikes_alone() -> Sequence[Strike]:
    """What an agent with one endpoint per chain is put through in mid-transfer."""
    if not IS_FULL:
        quick = [each for each in _HONEST if each.name not in _LONG_TO_MEND]
        return [*_once(quick), Strike(fault("refuse"), "L1", None)]
    return [*_everywhere(_HONEST, _EACH_SIDE), *_lasting(_faults(_L1_FAULTS), ("L1",))]


def strikes_at_start() -> Sequence[Strike]:
    """What an agent with one endpoint per chain is put through when it starts."""
    if not IS_FULL:
        return _once(_faults(_TELLING_AT_START))
    honest = [each for each in _HONEST if not each.restarts]
    return [*_everywhere(honest, ("both",)), *_lasting(_faults(_L1_FAULTS), ("L1",))]


def strikes_at_one_of_three() -> Sequence[Strike]:
    """Faults that never end, in mid-transfer, with two endpoints beside that are in order."""
    return _lasting(FAULTS, _EACH_SIDE if IS_FULL else ("both",))


def strikes_at_one_of_three_at_start() -> Sequence[Strike]:
    """Faults that were there before the agent, with two endpoints beside that are in order."""
    faults = [each for each in FAULTS if not each.restarts]
    return _lasting(faults if IS_FULL else _faults(("hang", "refuse")), ("both",))


def strikes_at_one_of_two() -> Sequence[Strike]:
    """Forgery that never ends, and what else goes wrong for a while, with an honest one beside.

    Of two endpoints that contradict each other for ever, nobody can know which one is honest.
    """
    if not IS_FULL:
        return [*_lasting(_faults(("forged log",)), ("both",)), *_once(_faults(_TELLING_OF_TWO))]
    forgeries = _lasting(_faults(("forged log",)), _EACH_SIDE)
    truncations = [Strike(fault("truncated logs"), side, AUDITED_SECONDS) for side in _EACH_SIDE]
    return [*forgeries, *truncations, *_everywhere(_HONEST, ("both",))]


def _once(faults: Sequence[Fault]) -> list[Strike]:
    return [
        Strike(each, "both", None if each.is_bearable and not each.is_slow else SHORT_SECONDS)
        for each in faults
    ]


def _lasting(faults: Sequence[Fault], sides: Sequence[str]) -> list[Strike]:
    return [Strike(each, side, None) for each, side in product(faults, sides)]


def _everywhere(faults: Sequence[Fault], sides: Sequence[str]) -> list[Strike]:
    return [
        Strike(each, side, seconds)
        for each, side in product(faults, sides)
        for seconds in (SHORT_SECONDS, LONG_SECONDS, None)
        if seconds is not None or each.is_bearable
    ]


def _faults(names: Sequence[str]) -> list[Fault]:
    return [fault(name) for name in names]
