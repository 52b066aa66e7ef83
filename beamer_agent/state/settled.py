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
    head_timestamp: Timestamp,
    request_extension: Seconds,
) -> bool:
    """Whether a request needs nothing any more, by the rules of `protocol.md` section 3.

    `claims` are all of the request; `head_timestamp` is the source chain's; `request_extension` is
    how long after `validUntil` a request may be claimed.
    """
    if any(claim.state != ClaimMachine.withdrawn.value for claim in claims):
        return False
    deadline = request.created.valid_until + request_extension
    return request.withdrawal is not None or head_timestamp >= deadline + SETTLING_SECONDS
