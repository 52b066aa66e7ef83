"""What RequestManagers tell of claims, as the devnet's own reader puts it: for a `GameBook`."""

from typing import Any

from beamer_agent.devnet.games import GameBook
from beamer_agent.devnet.logs import Log
from beamer_agent.types import (
    Address,
    BlockNumber,
    ClaimId,
    FillId,
    RequestId,
    TransactionHash,
)
from tests.factories import NOBODY, make_address, make_fill_id

CHAIN = "l2a"
THIEF = make_address(1)
AGENT = make_address(2)
OWNER = make_address(3)
REQUEST = RequestId(bytes([7]) * 32)
FILL = make_fill_id(1)
CLAIM = ClaimId(5)


class ClaimStory:
    """Tells events to a book, a second after another.

    Args:
        book: listens.
    """

    def __init__(self, book: GameBook) -> None:
        self._book = book
        self._seconds = 0.0

    def stakes(
        self,
        claimer_stake: int,
        challenger_stake: int = 0,
        *,
        claimer: Address = THIEF,
        challenger: Address = AGENT,
        claim_id: ClaimId = CLAIM,
        fill_id: FillId = FILL,
        chain: str = CHAIN,
    ) -> None:
        """Somebody claims or bids; the stakes after it."""
        self._tell(
            "ClaimMade",
            chain,
            requestId=REQUEST,
            claimId=claim_id,
            claimer=claimer,
            claimerStake=claimer_stake,
            lastChallenger=challenger if challenger_stake else NOBODY,
            challengerStakeTotal=challenger_stake,
            fillId=fill_id,
        )

    def l1_says_filled(self, filler: Address) -> None:
        """L1's word on a fill arrives."""
        self._tell("RequestResolved", requestId=REQUEST, filler=filler, fillId=FILL)

    def l1_says_absent(self, fill_id: FillId = FILL) -> None:
        """L1's word on the absence of a fill arrives."""
        self._tell("FillInvalidatedResolved", requestId=REQUEST, fillId=fill_id)

    def deposit_goes_to(self, receiver: Address) -> None:
        """The deposit is paid out."""
        self._tell("DepositWithdrawn", requestId=REQUEST, receiver=receiver)

    def stakes_go_to(self, receiver: Address, claim_id: ClaimId = CLAIM) -> None:
        """The stakes are paid out."""
        self._tell(
            "ClaimStakeWithdrawn", requestId=REQUEST, claimId=claim_id, stakeRecipient=receiver
        )

    def _tell(self, name: str, chain: str = CHAIN, **arguments: Any) -> None:
        self._seconds += 1.0
        log = Log(name, NOBODY, BlockNumber(1), TransactionHash(bytes(32)), arguments)
        self._book.apply(chain, log, self._seconds)
