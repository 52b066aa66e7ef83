"""Scenes of the challenge game, each played by a thief against one honest agent."""

from collections.abc import Callable

from beamer_agent.devnet.participant import Request
from beamer_agent.types import ClaimId, FillId, Wei
from tests.books import ETHER, Gains, total
from tests.stage import FILLED, MADE_UP, UNFILLED, Ending, Stage, bids_of, fill_id_of, transfer

Scene = Callable[[Stage], Ending]


def bets(stage: Stage, lost: int, **won: int) -> Gains:
    """What the thief has lost on the source chain, and what others than the honest one won."""
    chain = stage.source.chain.name
    parts = [(stage.thief_role, -lost), (stage.honest_role, lost - sum(won.values()))]
    return {(role, chain, ETHER): amount for role, amount in (*parts, *won.items())}


def left_theft(stage: Stage) -> Ending:
    """A claim on a request that nobody can fill; its claimer does not answer the challenge."""
    request, claim_id = _steal_unfilled(stage)
    stage.wait_for_bids(claim_id, stage.stake, stage.stake + 1)
    stage.curtain.wait()
    stage.wait_for(request, "ClaimStakeWithdrawn")
    return Ending(
        request,
        {"RequestCreated": 1, "ClaimMade": 2, "FillInvalidated": 1, "ClaimStakeWithdrawn": 1},
        total(bets(stage, stage.stake), transfer(request, None, None)),
    )


def insisted_theft(stage: Stage) -> Ending:
    """The same, but its claimer counters: L1 decides, no termination is waited for."""
    request, claim_id = _steal_unfilled(stage)
    stage.counter(claim_id)
    stage.wait_for(request, "ClaimStakeWithdrawn")
    stage.curtain.wait()
    won = 2 * stage.stake + 1
    return Ending(
        request,
        {
            "RequestCreated": 1,
            "ClaimMade": 3,
            "FillInvalidated": 1,
            "FillInvalidatedResolved": 1,
            "ClaimStakeWithdrawn": 1,
        },
        total(bets(stage, won), transfer(request, None, None)),
    )


def stubborn_theft(stage: Stage) -> Ending:
    """A claim on an unfilled request, for which its claimer bids until L1 has decided."""
    request, claim_id = _steal_unfilled(stage)
    stage.insist(claim_id, request, "FillInvalidatedResolved", is_thief=True)
    stage.wait_for(request, "ClaimStakeWithdrawn")
    stage.curtain.wait()
    return Ending(
        request,
        {
            "RequestCreated": 1,
            "ClaimMade": len(bids_of(request)),
            "FillInvalidated": 1,
            "FillInvalidatedResolved": 1,
            "ClaimStakeWithdrawn": 1,
        },
        total(bets(stage, stage.bids(claim_id)[0]), transfer(request, None, None)),
    )


def stubborn_contest(stage: Stage) -> Ending:
    """The agent's honest claim is challenged until L1 has decided."""
    request = _filled(stage)
    claim_id = stage.own_claim(request)
    stage.insist(claim_id, request, "RequestResolved", is_thief=False)
    stage.wait_for(request, "DepositWithdrawn")
    stage.curtain.wait()
    honest = stage.honest_role
    return Ending(
        request,
        {
            "RequestCreated": 1,
            "RequestFilled": 1,
            "ClaimMade": len(bids_of(request)),
            "RequestResolved": 1,
            "ClaimStakeWithdrawn": 1,
            "DepositWithdrawn": 1,
        },
        total(bets(stage, stage.bids(claim_id)[1]), transfer(request, honest, honest)),
    )


def left_theft_of_a_fill(stage: Stage) -> Ending:
    """The agent's own fill id, for a claimer that does not answer the challenge."""
    request = _filled(stage)
    claim_id = stage.thief.claim(request, fill_id_of(request))
    stage.wait_for_bids(claim_id, stage.stake, stage.stake + 1)
    stage.curtain.wait()
    stage.wait_for(request, "ClaimStakeWithdrawn", 2)
    honest = stage.honest_role
    return Ending(
        request,
        {
            "RequestCreated": 1,
            "RequestFilled": 1,
            "ClaimMade": 3,
            "ClaimStakeWithdrawn": 2,
            "DepositWithdrawn": 1,
        },
        total(bets(stage, stage.stake), transfer(request, honest, honest)),
    )


def theft_of_a_fill(stage: Stage) -> Ending:
    """A made-up fill id for what the agent has filled."""
    request = _filled(stage)
    return _steal_filled(stage, request, MADE_UP)


def theft_of_a_fill_id(stage: Stage) -> Ending:
    """The agent's own fill id, but another claimer."""
    request = _filled(stage)
    return _steal_filled(stage, request, fill_id_of(request))


def stubborn_theft_of_a_fill(stage: Stage) -> Ending:
    """The agent's own fill id, for which another claimer bids until L1 has decided."""
    request = _filled(stage)
    claim_id = stage.thief.claim(request, fill_id_of(request))
    stage.insist(claim_id, request, "RequestResolved", is_thief=True)
    stage.wait_for(request, "ClaimStakeWithdrawn", 2)
    stage.curtain.wait()
    honest = stage.honest_role
    return Ending(
        request,
        {
            "RequestCreated": 1,
            "RequestFilled": 1,
            "ClaimMade": len(bids_of(request)),
            "RequestResolved": 1,
            "ClaimStakeWithdrawn": 2,
            "DepositWithdrawn": 1,
        },
        total(bets(stage, stage.bids(claim_id)[0]), transfer(request, honest, honest)),
    )


def contested_claim(stage: Stage) -> Ending:
    """The agent's honest claim is challenged, countered and challenged again: L1 decides."""
    request = _filled(stage)
    claim_id, stake = stage.own_claim(request), stage.stake
    bid = Wei(stake + 1)
    stage.thief.challenge(stage.source, claim_id, bid)
    stage.wait_for_bids(claim_id, stake + bid, bid)
    stage.thief.challenge(stage.source, claim_id, bid)
    stage.wait_for(request, "DepositWithdrawn")
    stage.curtain.wait()
    return Ending(
        request,
        {
            "RequestCreated": 1,
            "RequestFilled": 1,
            "ClaimMade": 4,
            "RequestResolved": 1,
            "ClaimStakeWithdrawn": 1,
            "DepositWithdrawn": 1,
        },
        total(bets(stage, 2 * bid), transfer(request, stage.honest_role, stage.honest_role)),
    )


def shared_challenge(stage: Stage) -> Ending:
    """Two challengers beat a claimer that counters once; each takes its own part."""
    request, claim_id = _steal_unfilled(stage)
    stage.counter(claim_id)
    other = stage.user
    other.challenge(stage.source, claim_id, Wei(stage.stake + 1))
    stage.curtain.wait()
    other.withdraw(stage.source, claim_id)
    stage.wait_for(request, "ClaimStakeWithdrawn", 2)
    # The agent's bid is doubled, the last challenger has the rest: C + S = 4 stakes + 3 wei.
    return Ending(
        request,
        {
            "RequestCreated": 1,
            "ClaimMade": 4,
            "FillInvalidated": 1,
            "ClaimStakeWithdrawn": 2,
        },
        total(
            bets(stage, 2 * stage.stake + 1, user=stage.stake),
            transfer(request, None, None),
        ),
    )


def theft_overtaken_by_a_fill(stage: Stage) -> Ending:
    """The absence of the fill is proven when another LP fills after all, and claims."""
    request, claim_id = _steal_unfilled(stage)
    stage.wait_for_bids(claim_id, stage.stake, stage.stake + 1)
    honest_claim = stage.user.claim(request, stage.user.fill(request))
    stage.counter(claim_id)
    stage.wait_for(request, "ClaimStakeWithdrawn")
    stage.curtain.wait()
    stage.user.withdraw(stage.source, honest_claim)
    won = 2 * stage.stake + 1
    return Ending(
        request,
        _overtaken(),
        total(bets(stage, won), transfer(request, "user", "user")),
    )


def theft_made_good_late(stage: Stage) -> Ending:
    """The thief fills when the absence of its fill is proven: only its second claim is honest."""
    request, claim_id = _steal_unfilled(stage)
    stage.wait_for_bids(claim_id, stage.stake, stage.stake + 1)
    honest_claim = stage.thief.claim(request, stage.thief.fill(request))
    stage.counter(claim_id)
    stage.wait_for(request, "ClaimStakeWithdrawn")
    stage.curtain.wait()
    stage.thief.withdraw(stage.source, honest_claim)
    won = 2 * stage.stake + 1
    return Ending(
        request,
        _overtaken(),
        total(bets(stage, won), transfer(request, stage.thief_role, stage.thief_role)),
    )


def _steal_unfilled(stage: Stage) -> tuple[Request, ClaimId]:
    request = stage.ask(UNFILLED)
    return request, stage.thief.claim(request, MADE_UP)


def _filled(stage: Stage) -> Request:
    request = stage.ask(FILLED)
    stage.wait_for(request, "RequestFilled")
    return request


def _steal_filled(stage: Stage, request: Request, fill_id: FillId) -> Ending:
    claim_id = stage.thief.claim(request, fill_id)
    stage.counter(claim_id)
    stage.wait_for(request, "ClaimStakeWithdrawn", 2)
    stage.curtain.wait()
    won = 2 * stage.stake + 1
    return Ending(
        request,
        {
            "RequestCreated": 1,
            "RequestFilled": 1,
            "ClaimMade": 4,
            "RequestResolved": 1,
            "ClaimStakeWithdrawn": 2,
            "DepositWithdrawn": 1,
        },
        total(bets(stage, won), transfer(request, stage.honest_role, stage.honest_role)),
    )


def _overtaken() -> dict[str, int]:
    return {
        "RequestCreated": 1,
        "RequestFilled": 1,
        "ClaimMade": 4,
        "FillInvalidated": 1,
        "FillInvalidatedResolved": 1,
        "ClaimStakeWithdrawn": 2,
        "DepositWithdrawn": 1,
    }
