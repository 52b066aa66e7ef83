"""Many transfers in both directions while blocks of both chains are replaced again and again."""

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.logs import Log, LogReader
from beamer_agent.errors import RpcResponseError
from beamer_agent.types import BlockNumber
from tests.e2e.reorg_site import ReorgSite
from tests.e2e.reorg_transfer import MARGIN_BLOCKS
from tests.e2e.replacement import Dropped, Means, replace_blocks
from tests.faults.strike import IS_FULL
from tests.stage import AMOUNT, FILLED

pytestmark = [pytest.mark.e2e, pytest.mark.faults]

TRANSFERS: Final = 12
BLOCK_TIME: Final = 0.3
DEEPEST: Final = 8
SETTLED: Final = {"RequestCreated": 1, "RequestFilled": 1, "DepositWithdrawn": 1}
"""Of each request, beside its claims."""


@dataclass(frozen=True, slots=True)
class Storm:
    """One of many. `is_pooled`: the agent's transactions come back by themselves as well."""

    seed: int
    is_pooled: bool
    block_time: float | None

    def __str__(self) -> str:
        pace = "on demand" if self.block_time is None else f"{self.block_time:g} s"
        return f"{self.seed}, {'pooled' if self.is_pooled else 'dropped'}, blocks {pace}"


def storms() -> Sequence[Storm]:
    """Those that are played."""
    if IS_FULL:
        return [Storm(*parts) for parts in product(range(8), (True, False), (None, BLOCK_TIME))]
    return [Storm(0, False, None), Storm(0, True, BLOCK_TIME)]


def logs_of(*l2s: L2Contracts) -> list[Log]:
    """Everything that has happened on some chains."""
    return [
        log
        for l2 in l2s
        for log in LogReader(
            l2.chain.client,
            [l2.request_manager.contract, l2.fill_manager.contract],
            BlockNumber(0),
        ).read()
    ]


def stories(site: ReorgSite) -> dict[bytes, list[Log]]:
    """What has happened to each request that exists."""
    logs = logs_of(*site.l2s)
    created = [log["requestId"] for log in logs if log.name == "RequestCreated"]
    return {i: [log for log in logs if log.arguments.get("requestId") == i] for i in created}


def is_claimed(story: Sequence[Log]) -> bool:
    """Whether the fill that stands is claimed."""
    fills = {log["fillId"] for log in story if log.name == "RequestFilled"}
    return bool(fills & {log["fillId"] for log in story if log.name == "ClaimMade"})


def is_paid(story: Sequence[Log]) -> bool:
    """Whether the deposit has been withdrawn."""
    return any(log.name == "DepositWithdrawn" for log in story)


def strike(site: ReorgSite, dice: random.Random, *, is_pooled: bool) -> None:
    """Replace some blocks of one chain; what was in them is sent again, by the agent or a pool."""
    us = site.world.participant("agent").address.lower()
    chain = site.chain(dice.choice(("source", "target")))

    def send_again(dropped: Sequence[Dropped]) -> None:
        for transaction in dropped:
            if is_pooled or transaction.sender != us:
                # The agent may have been faster with its own.
                with suppress(RpcResponseError):
                    transaction.send_again(chain)

    replace_blocks(chain, dice.randint(1, DEEPEST), dice.choice(list(Means)), send_again)


@pytest.mark.parametrize("storm", storms(), ids=str)
def test_storm(tmp_path: Path, storm: Storm) -> None:
    """Every request that there is in the end is settled once, and no fill is claimed twice."""
    dice = random.Random(storm.seed)  # noqa: S311 - nothing secret about it
    with ReorgSite(tmp_path, block_time=storm.block_time) as site:
        user = site.world.participant("user")
        site.mine(MARGIN_BLOCKS)
        for number in range(TRANSFERS):
            source, target = dice.sample(site.l2s, 2)
            user.create_request(source, target, FILLED, AMOUNT + number)
            strike(site, dice, is_pooled=storm.is_pooled)
        site.wait_until(lambda: all(map(is_claimed, stories(site).values())), "all claims")
        site.world.increase_time(site.world.settings.claim_period)
        site.wait_until(lambda: all(map(is_paid, stories(site).values())), "all deposits")
        site.let_agent_look()
        found = stories(site)
        assert len(found) == TRANSFERS
        moved = 0
        for story in found.values():
            names = Counter(log.name for log in story)
            assert {name: names[name] for name in SETTLED} == SETTLED
            claimed = [log["fillId"] for log in story if log.name == "ClaimMade"]
            assert len(claimed) == len(set(claimed))
            moved += len(claimed) - 1
            assert not any(log.arguments.get("challengerStakeTotal") for log in story)
        assert len(site.agent.lines("Lost a claim", reason=Reason.FILL_MOVED.value)) >= moved
        assert not site.agent.lines(level="error")
