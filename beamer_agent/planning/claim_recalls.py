"""ClaimRecalls: what was sent for claims that a reorganisation has taken away.

    claim gone --withdrawal, bid, proof of absence--> does not go out; undone when it was sent, and
                                                      the new blocks do not have the claim again

What is undone is given up at once: the sender waits for nothing that cannot be mined any more.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from beamer_agent.actions.model import ChallengeClaim, InvalidateFill, WithdrawClaim
from beamer_agent.actions.view import DirectionView
from beamer_agent.state.claim import Claim
from beamer_agent.state.fold import Fold
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.types import Address, ClaimId, FillId, RequestId


@dataclass(frozen=True, slots=True)
class _Sent:
    """An action, and the claim that it stands on: numbers of claims are given anew."""

    key: str
    sender: TransactionSender
    claim_id: ClaimId
    claimer: Address
    fill_id: FillId


class ClaimRecalls:
    """Undoes what stands on claims of one direction. For one thread."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._sent: dict[RequestId, dict[str, _Sent]] = {}
        """By request and key, until the request is settled."""
        self._gone: set[RequestId] = set()
        """Requests with actions whose claim is not there."""

    def note(
        self,
        claim: Claim,
        action: WithdrawClaim | ChallengeClaim | InvalidateFill,
        sender: TransactionSender,
    ) -> None:
        """An action that stands on a claim has been submitted."""
        sent = _Sent(action.key, sender, claim.id, claim.claimer, claim.fill_id)
        self._sent.setdefault(claim.request_id, {})[action.key] = sent

    def look(self, changed: Collection[RequestId], view: DirectionView) -> None:
        """Undo what has lost its claim; something has happened to the changed requests."""
        self._gone.update(request_id for request_id in changed if request_id in self._sent)
        for request_id in list(self._gone):
            sent = self._sent[request_id]
            lost = [one for one in sent.values() if not self._stands(one)]
            for one in lost:
                # Most claims are in the new blocks as well, which may not be read yet.
                is_read = view.source.is_synced and view.source.is_whole
                undo = one.sender.cancel if is_read else one.sender.drop
                undo(one.key)
                if not one.sender.is_working_on(one.key):
                    del sent[one.key]
            if not sent:
                del self._sent[request_id]
            if not sent or not lost:
                self._gone.discard(request_id)

    def forget(self, request_ids: Iterable[RequestId]) -> None:
        """These are settled."""
        for request_id in request_ids:
            self._sent.pop(request_id, None)
            self._gone.discard(request_id)

    def _stands(self, sent: _Sent) -> bool:
        claim = self._fold.claims.get(sent.claim_id)
        known = None if claim is None else (claim.claimer, claim.fill_id)
        return known == (sent.claimer, sent.fill_id)
