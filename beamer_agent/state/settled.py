"""Whether a request is settled: whatever may still happen to it, nobody can claim or stake."""

from collections.abc import Collection
from typing import Final

from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.request import Request
from beamer_agent.types import Seconds, Timestamp

SETTLING_SECONDS: Final = 3_600
"""How long after its deadline a claim may turn up that was made in time.

Its block may not be confirmed yet, or replace another one after a reorganisation.
"""


def is_settled(
    request: Request,
    claims: Collection[Claim],
    now: Timestamp | None,
    request_extension: Seconds,
) -> bool:
    """Whether a request needs nothing any more, by the rules of `protocol.md` section 3.

    `claims` are all of the request; `now` is the time of a final block of the source chain, None
    while none is known; `request_extension` is how long after `validUntil` it may be claimed.
    """
    if any(claim.state != ClaimMachine.withdrawn.value for claim in claims):
        return False
    deadline = request.created.valid_until + request_extension
    if request.withdrawal is not None:
        return True
    return now is not None and now >= deadline + SETTLING_SECONDS
