"""RequestTracker and ClaimTracker: what one direction knows. Each belongs to one thread."""

from collections.abc import Iterator

from beamer_agent.state.claim import Claim
from beamer_agent.state.request import Request
from beamer_agent.types import ClaimId, RequestId


class RequestTracker:
    """The requests of a direction, by id; one that is folded anew goes to the end."""

    def __init__(self) -> None:
        self._requests: dict[RequestId, Request] = {}

    def add(self, request: Request) -> None:
        """Keep a request."""
        self._requests[request.id] = request

    def get(self, request_id: RequestId) -> Request | None:
        """The request with this id."""
        return self._requests.get(request_id)

    def remove(self, request_id: RequestId) -> None:
        """Forget a request; nothing happens when it is unknown."""
        self._requests.pop(request_id, None)

    def __contains__(self, request_id: RequestId) -> bool:
        return request_id in self._requests

    def __iter__(self) -> Iterator[Request]:
        return iter(self._requests.values())

    def __len__(self) -> int:
        return len(self._requests)


class ClaimTracker:
    """The claims of a direction, by id and by request."""

    def __init__(self) -> None:
        self._claims: dict[ClaimId, Claim] = {}
        self._of_request: dict[RequestId, list[Claim]] = {}

    def add(self, claim: Claim) -> None:
        """Keep a claim."""
        self._claims[claim.id] = claim
        self._of_request.setdefault(claim.request_id, []).append(claim)

    def get(self, claim_id: ClaimId) -> Claim | None:
        """The claim with this id."""
        return self._claims.get(claim_id)

    def of_request(self, request_id: RequestId) -> tuple[Claim, ...]:
        """All claims on a request, oldest first."""
        return tuple(self._of_request.get(request_id, ()))

    def remove_of_request(self, request_id: RequestId) -> None:
        """Forget the claims on a request."""
        for claim in self._of_request.pop(request_id, ()):
            del self._claims[claim.id]

    def __iter__(self) -> Iterator[Claim]:
        return iter(self._claims.values())

    def __len__(self) -> int:
        return len(self._claims)
