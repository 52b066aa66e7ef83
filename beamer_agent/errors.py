"""Every error this program raises on purpose.

    BeamerAgentError
    + RecoverableError             try again later; the worker goes on
    | + RpcError                   the endpoint's answer is no answer
    | | + RpcConnectionError       reset, TLS
    | | | - RpcUnreachableError    refused, DNS: nothing was sent
    | | - RpcTimeoutError          no answer before the deadline
    | | - RpcHttpError             an HTTP status other than 200
    | | - RpcPausedError           not asked: every endpoint wants to be left alone
    | | - RpcWrongChainError       not asked: no endpoint serves the chain
    | | + RpcPayloadError          not JSON, cut short, wrong id, wrong shape
    | | | - RpcTooLongError        longer than an answer may be
    | | + RpcResponseError         a JSON-RPC error object
    | |   - CallRevertedError      the contract refused; carries the decoded reason
    | - UndecodableLogError        a contract's log that does not fit its ABI
    | + ServiceError               all parts are built anew, after a pause
    |   - ThrashingError           as the last restarts were too many
    - SupersededError              whoever asks has been replaced; its thread ends
    + FatalError                   the process must end, with this sentence
      - ConfigurationError         exit code 2, lists every fault found
      - InvariantError             what must never happen has happened

Foreign exceptions are mapped once, in `rpc/transport.py` and `rpc/envelope.py`. Whoever catches
asks only whether an error is recoverable; only a `Worker` asks whether it has been replaced.
"""

from collections.abc import Sequence


class BeamerAgentError(Exception):
    """Root of the tree."""


class RecoverableError(BeamerAgentError):
    """Something outside failed; trying again later may help.

    `retry_after`: in how many seconds, where that is known.
    """

    retry_after: float | None = None


class RpcError(RecoverableError):
    """A JSON-RPC endpoint did not do what it was asked."""


class RpcConnectionError(RpcError):
    """The endpoint could not be reached, or the connection broke."""


class RpcUnreachableError(RpcConnectionError):
    """No connection to the endpoint came about, so it has not got the request."""


class RpcTimeoutError(RpcError):
    """The endpoint did not answer before the deadline."""


class RpcHttpError(RpcError):
    """The endpoint answered with an HTTP status that is not 200.

    `retry_after`: how many seconds it wants to be left alone; None when it does not say.
    """

    def __init__(self, status: int, retry_after: float | None = None) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status
        self.retry_after = retry_after


class RpcPausedError(RpcError):
    """Endpoints wanted to be asked less often; the question was not taken by any."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RpcWrongChainError(RpcError):
    """Whoever answers at the endpoints' addresses serves another chain than before."""


class RpcPayloadError(RpcError):
    """The endpoint's body is not the JSON-RPC response that was asked for."""


class RpcTooLongError(RpcPayloadError):
    """The endpoint's body is longer than what is taken for an answer to such a question."""


class RpcResponseError(RpcError):
    """The endpoint answered with a JSON-RPC error object."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(f"{message} (code {code})")
        self.code = code
        self.message = message
        self.data = data


class CallRevertedError(RpcResponseError):
    """A contract reverted. `reason` is for the log, never for a decision."""

    def __init__(self, code: int, message: str, reason: str, data: object = None) -> None:
        super().__init__(code, message, data)
        self.reason = reason


class UndecodableLogError(RecoverableError):
    """A log of one of our contracts does not fit the event it names."""


class SupersededError(BeamerAgentError):
    """Another generation does this work by now: what this one wanted must not happen."""


class ServiceError(RecoverableError):
    """The service does not function: what was tried for a part of it did not help."""


class ThrashingError(ServiceError):
    """Parts were restarted so often that it cannot be what helps."""


class FatalError(BeamerAgentError):
    """The process cannot go on; its message is the sentence shown to the operator."""


class ConfigurationError(FatalError):
    """The operator has to change something. Carries all faults found, one sentence each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class InvariantError(FatalError):
    """A rule that must hold always does not."""
