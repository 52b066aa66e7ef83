"""Strike: where a fault strikes, and for how long; and which of them are played."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from beamer_agent.devnet.settings import BASE_NAME
from tests.faults.site import Site
from tests.faults.table import FAULTS, Fault, fault

IS_FULL: Final = os.environ.get("FULL_MATRIX") == "1"
"""Whether every side and duration is wanted; the short matrix strikes once with each fault."""

SHORT_SECONDS: Final = 1.5
LONG_SECONDS: Final = 12.0

SIDES: Final = {
    "source": ("l2a",),
    "target": ("l2b",),
    "both": ("l2a", "l2b"),
    "L1": (BASE_NAME,),
}
"""The chains whose endpoint is faulty, as seen by most of the transfers."""


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault on one side. `seconds`: None means until all transfers are settled."""

    fault: Fault
    side: str
    seconds: float | None

    def __str__(self) -> str:
        return f"{self.fault.name}, {self.side}, {self.duration}"

    @property
    def duration(self) -> str:
        """In words."""
        return "lasting" if self.seconds is None else f"{self.seconds:g} s"

    def begin(self, site: Site) -> None:
        """Let the first endpoint of every chain concerned go wrong."""
        for chain in SIDES[self.side]:
            behaviour, proxy = self.fault.make(site, chain), site.proxies[chain][0]
            if behaviour is None:
                proxy.close()
            else:
                proxy.begin(behaviour)

    def was_felt(self, site: Site) -> bool:
        """Whether anybody came upon it; a closed port and an L1 that nobody needs do not tell."""
        proxies = [site.proxies[chain][0] for chain in SIDES[self.side]]
        return self.side == "L1" or any(proxy.is_closed or proxy.hits for proxy in proxies)

    def end(self, site: Site) -> None:
        """Let them recover."""
        for chain in SIDES[self.side]:
            site.proxies[chain][0].heal()


def strikes_alone() -> Sequence[Strike]:
    """What an agent with one endpoint per chain is put through in mid-transfer."""
    if not IS_FULL:
        return [*_once(_HONEST), Strike(fault("refuse"), "L1", None)]
    l1 = [Strike(fault(name), "L1", None) for name in ("refuse", "hang", "500")]
    return [*_everywhere(_HONEST, ("source", "target", "both")), *l1]


def strikes_before_start() -> Sequence[Strike]:
    """What an agent with one endpoint per chain is put through when it starts."""
    if not IS_FULL:
        return _once([fault(name) for name in _TELLING_AT_START])
    l1 = [Strike(fault(name), "L1", None) for name in ("refuse", "hang", "500")]
    return [*_everywhere(_HONEST, ("both",)), *l1]


_TELLING_AT_START: Final = (
    "hang",
    "refuse",
    "403",
    "429",
    "html",
    "wrong id",
    "stale head",
    "reply of sending lost",
    "10 blocks at most",
)

_HONEST: Final = [each for each in FAULTS if not each.is_lie]


def _once(faults: Sequence[Fault]) -> list[Strike]:
    return [Strike(each, "both", None if each.is_bearable else SHORT_SECONDS) for each in faults]


def _everywhere(faults: Sequence[Fault], sides: Sequence[str]) -> list[Strike]:
    return [
        Strike(each, side, seconds)
        for each, side in product(faults, sides)
        for seconds in (SHORT_SECONDS, LONG_SECONDS, None)
        if seconds is not None or each.is_bearable
    ]
