"""A sender of an account that delegates to the batch executor, turned by hand on a real node."""

from collections.abc import Iterator, Sequence

from beamer_agent.actions.model import Action
from beamer_agent.cli.set_code import CodeSetter
from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.world import LocalWorld
from tests.e2e.story import resume_mining, stop_mining
from tests.station import Station

MANY = 30
UNLIMITED = 2**256 - 1


def setter(chain: LocalChain) -> CodeSetter:
    """Sets the code of the agent's account."""
    return CodeSetter(chain.client, account_of("agent"), chain.chain_id)


def delegated_station(world: LocalWorld) -> Iterator[Station]:
    """On an L2 that mines only when it is told to; the account delegates, and has approved."""
    l2 = world.pair[0]
    own = setter(l2.chain)
    own.delegate(own.deploy())
    world.allow_lp("rival")
    for role in ("agent", "rival"):
        world.participant(role).allow(l2, "DAI", l2.fill_manager)
    stop_mining(l2.chain)
    yield Station(world, l2, batch=True)
    resume_mining(l2.chain)


def fills(station: Station, count: int = MANY) -> list[Action]:
    """Of requests that nobody else knows of."""
    return [station.fill(nonce, approval=UNLIMITED) for nonce in range(1, count + 1)]


def submit(station: Station, actions: Sequence[Action]) -> None:
    """And send them, as far as one turn goes."""
    for action in actions:
        assert station.sender.submit(action)
    station.turn()


def sent(station: Station) -> list[str]:
    """What was sent for the first time, in order."""
    lines = station.log.lines
    return [line["transaction"] for line in lines if line["event"] == "Sent transaction"]
