"""Turn: one question put to endpoint after endpoint, and what it has brought so far."""

from dataclasses import dataclass, replace
from typing import Any

from beamer_agent.errors import RpcError, RpcResponseError, RpcTimeoutError
from beamer_agent.rpc.crowd import Answer
from beamer_agent.rpc.refusals import is_no_answer, is_passing


@dataclass(frozen=True, slots=True)
class Turn:
    """What some endpoints have said, the best one first."""

    results: list[Any] | None = None
    """Those with the fewest gaps; all of one endpoint."""
    errors: tuple[RpcError, ...] = ()
    """Of those without any answer."""

    def after(self, answer: Answer) -> "Turn":
        """With one more answer."""
        if isinstance(answer.results, RpcError):
            return replace(self, errors=(*self.errors, answer.results))
        if self.results is None or _gaps(answer.results) < _gaps(self.results):
            return replace(self, results=answer.results)
        return self

    def is_complete(self) -> bool:
        """Whether no other endpoint could add anything."""
        return self.results is not None and _gaps(self.results) == 0

    def may_pass(self) -> bool:
        """Whether all failed in a way that may be over in a moment."""
        failures = [*self.errors, *filter(_is_transport_error, self.results or ())]
        return bool(failures) and not self.is_complete() and all(map(is_passing, failures))

    def value(self) -> list[Any]:
        """The results, with errors in their gaps.

        Raises:
            RpcError: there are none; that of the best endpoint.
        """
        if self.results is not None:
            return self.results
        raise self.errors[0] if self.errors else RpcTimeoutError("no answer in time")


def _gaps(results: list[Any]) -> int:
    """How many answers another endpoint may have."""
    return sum(map(is_no_answer, results))


def _is_transport_error(result: Any) -> bool:
    return isinstance(result, RpcError) and not isinstance(result, RpcResponseError)
