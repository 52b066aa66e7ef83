"""The table of faults: everything that may be wrong with an endpoint."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.faults import behaviours
from tests.faults.exchange import Behaviour, Reply
from tests.faults.lies import Forger, truncate_logs
from tests.faults.site import Site
from tests.faults.stale import StaleHead

Make = Callable[[Site, str], Behaviour | None]
"""The behaviour of the endpoint of a chain, by its name; None: its port is closed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with an endpoint.

    `is_bearable`: the agent works on while it lasts, though no other endpoint is there; `is_slow`:
    it may take most of a minute.
    `is_lie`: with no other endpoint nobody could know better, so such an agent is not asked.
    `hides`: what has happened cannot be seen, so that the agent may try what the contracts refuse,
    or undo what was right: that costs gas.
    `restarts`: the endpoint goes away for a moment and comes back with the fault; nothing that an
    agent could be put through when it starts.
    """

    name: str
    make: Make
    is_bearable: bool = False
    is_slow: bool = False
    is_lie: bool = False
    hides: bool = False
    restarts: bool = False


def _plain(behaviour: Behaviour) -> Make:
    return lambda _site, _chain: behaviour


def _stale(site: Site, chain: str) -> Behaviour:
    return StaleHead(site.chain(chain).client)


def _elsewhere(site: Site, chain: str) -> Behaviour:
    (other,) = (name for name in site.world.l2s if name != chain)
    node = site.proxies[other][-1].ask_node
    return lambda exchange: Reply(node(exchange.body))


def _forged(site: Site, chain: str) -> Behaviour:
    (other,) = (name for name in site.world.l2s if name != chain)
    return Forger(site.world.l2s[chain], site.world.l2s[other])


_AILING: Final = behaviours.sometimes(0.4, behaviours.status(503))

FAULTS: Final[Sequence[Fault]] = (
    Fault("delay", _plain(behaviours.delay(0.15)), is_bearable=True),
    Fault("hang", _plain(behaviours.hang)),
    Fault("drop", _plain(behaviours.drop)),
    Fault("refuse", lambda _site, _chain: None),
    Fault("403", _plain(behaviours.status(403))),
    Fault("413", _plain(behaviours.status(413))),
    Fault("429", _plain(behaviours.status(429))),
    Fault("429 Retry-After", _plain(behaviours.status(429, {"Retry-After": "1"}))),
    Fault("500", _plain(behaviours.status(500))),
    Fault("503 at 40 %", _plain(_AILING), is_bearable=True, is_slow=True),
    Fault("html", _plain(behaviours.html)),
    Fault("truncated body", _plain(behaviours.truncated)),
    Fault("wrong id", _plain(behaviours.wrong_id)),
    Fault("stale head", _stale, hides=True),
    Fault("reply lost", _plain(behaviours.lose_reply)),
    Fault("reply of sending lost", _plain(behaviours.lose_reply_of_sending), is_bearable=True),
    Fault("10 blocks at most", _plain(behaviours.range_limit(10)), is_bearable=True),
    Fault("out-of-order batch", _plain(behaviours.out_of_order), is_bearable=True),
    Fault("batches refused", _plain(behaviours.refuse_batches), is_bearable=True),
    Fault("another chain", _elsewhere, restarts=True),
    Fault("truncated logs", _plain(truncate_logs), hides=True),
    Fault("forged log", _forged, is_lie=True),
)


def fault(name: str) -> Fault:
    """The fault of a name."""
    (found,) = (each for each in FAULTS if each.name == name)
    return found
