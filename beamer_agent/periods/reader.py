"""ContractReader: what the contracts say about a remainder, at the blocks up to which it is known.

calls, some at a time, each time with the question for the block that was the head
  -> another block is there by now             --> nothing was read
  -> the endpoint has no state of that block   --> asked anew, of the newest block
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import Contract
from beamer_agent.errors import CallRevertedError, RpcError, RpcPayloadError, RpcResponseError
from beamer_agent.events.view import ChainView
from beamer_agent.periods.facts import ALL, NO_ADDRESS, NOTHING, PART, Fact, Facts, Subject
from beamer_agent.periods.remainder import KnownClaim, KnownRequest, Remainder
from beamer_agent.rpc.client import LATEST, ChainClient, Request
from beamer_agent.rpc.model import block_from_json
from beamer_agent.types import BlockNumber, RequestId, Seconds

CALLS_AT_ONCE: Final = 59
"""In one question, with that for the head beside them: some endpoints take no long batches."""

REQUEST_FIELDS: Final = (
    "sender",
    "source_token",
    "target_chain_id",
    "amount",
    "valid_until",
    "lp_fee",
    "protocol_fee",
    "active_claims",
    "withdraw_claim_id",
    "proven_filler",
    "proven_fill_id",
)
"""As `requests` returns them."""


@dataclass(frozen=True, slots=True)
class AuditedContract:
    """A contract, and whom to ask about it."""

    client: ChainClient
    contract: Contract


@dataclass(frozen=True, slots=True)
class Reading:
    """What the contracts say, and up to which blocks of both chains that includes everything."""

    facts: Facts
    source_until: BlockNumber
    target_until: BlockNumber


@dataclass(frozen=True, slots=True)
class _Question:
    """A call, and what its answer says."""

    call: ContractCall
    read: Callable[[Any], dict[Subject, Fact]]


_Answers: TypeAlias = tuple[dict[Subject, Fact], BlockNumber]
"""And the block up to which they include everything."""


class ContractReader:
    """Reads one direction's contracts. For one thread; may block.

    Args:
        source: the RequestManager.
        target: the FillManager.
        request_extension: how long after `validUntil` a request may be claimed.
    """

    def __init__(
        self, source: AuditedContract, target: AuditedContract, request_extension: Seconds
    ) -> None:
        self._source = source
        self._target = target
        self._request_extension = request_extension

    def read(self, remainder: Remainder) -> Reading | None:
        """What the contracts say about everything in it; None: blocks were replaced meanwhile.

        Raises:
            RpcError: a chain does not answer.
        """
        source = _ask(self._source.client, remainder.source, self._of_source(remainder))
        if source is None:
            return None
        target = _ask(self._target.client, remainder.target, self._of_target(remainder))
        if target is None:
            return None
        return Reading(source[0] | target[0], source[1], target[1])

    def _of_source(self, remainder: Remainder) -> list[_Question]:
        contract = self._source.contract
        questions = []
        for request in remainder.requests:
            request_id = request.created.request_id
            call = contract.call("requests", request_id)
            questions.append(_Question(call, _request_reader(request_id)))
            for claim in request.claims:
                questions += _of_claim(contract, request, claim)
        for request_id in remainder.awaited:
            call = contract.call("requests", request_id)
            questions.append(_Question(call, self._awaited_reader(request_id, remainder)))
        return questions

    def _of_target(self, remainder: Remainder) -> list[_Question]:
        contract = self._target.contract
        ids = [request.created.request_id for request in remainder.requests]
        return [
            _Question(contract.call("fills", i), _single_reader(Subject(i, None, "fill_id")))
            for i in ids
        ]

    def _awaited_reader(
        self, request_id: RequestId, remainder: Remainder
    ) -> Callable[[Any], dict[Subject, Fact]]:
        """Whether it is a request that would not have been forgotten."""
        now, target_id = remainder.source.head.timestamp, remainder.target.chain_id

        def read(value: Any) -> dict[Subject, Fact]:
            told = dict(zip(REQUEST_FIELDS, value, strict=True))
            is_ours = told["sender"] != NO_ADDRESS and told["target_chain_id"] == target_id
            is_current = now < told["valid_until"] + self._request_extension
            is_open = is_ours and is_current and told["withdraw_claim_id"] == 0
            return {Subject(request_id, None, "is_open"): is_open}

        return read


def _of_claim(contract: Contract, request: KnownRequest, claim: KnownClaim) -> list[_Question]:
    request_id = request.created.request_id
    is_invalidated = Subject(request_id, claim.id, "is_invalidated")
    return [
        _Question(contract.call("claims", claim.id), _claim_reader(request_id, claim)),
        _Question(
            contract.call("isInvalidFill", request_id, claim.fill_id),
            _single_reader(is_invalidated),
        ),
    ]


def _request_reader(request_id: RequestId) -> Callable[[Any], dict[Subject, Fact]]:
    return lambda value: {
        Subject(request_id, None, field): fact
        for field, fact in zip(REQUEST_FIELDS, value, strict=True)
    }


def _claim_reader(
    request_id: RequestId, claim: KnownClaim
) -> Callable[[Any], dict[Subject, Fact]]:
    def read(value: Any) -> dict[Subject, Fact]:
        of_request, claimer, stake, last_challenger, challengers, paid, termination, fill = value
        facts = {
            "request_id": of_request,
            "claimer": claimer,
            "claimer_stake": stake,
            "last_challenger": last_challenger,
            "challenger_stake_total": challengers,
            "termination": termination,
            "fill_id": fill,
            "paid_out": NOTHING if paid == 0 else PART if paid < stake + challengers else ALL,
        }
        return {Subject(request_id, claim.id, name): fact for name, fact in facts.items()}

    return read


def _single_reader(subject: Subject) -> Callable[[Any], dict[Subject, Fact]]:
    return lambda value: {subject: value}


def _ask(client: ChainClient, view: ChainView, questions: Sequence[_Question]) -> _Answers | None:
    """The facts at the block up to which events are known, or at the newest; None: replaced."""
    try:
        facts = _ask_all(client, view, questions, hex(view.events_until))
    except CallRevertedError:
        raise
    except RpcResponseError:
        return _ask_newest(client, view, questions)
    return None if facts is None else (facts, view.events_until)


def _ask_newest(
    client: ChainClient, view: ChainView, questions: Sequence[_Question]
) -> _Answers | None:
    facts = _ask_all(client, view, questions, LATEST)
    return None if facts is None else (facts, client.head().number)


def _ask_all(
    client: ChainClient, view: ChainView, questions: Sequence[_Question], block: str
) -> dict[Subject, Fact] | None:
    facts: dict[Subject, Fact] = {}
    for start in range(0, len(questions), CALLS_AT_ONCE):
        some = questions[start : start + CALLS_AT_ONCE]
        calls = [question.call for question in some]
        head: Request = ("eth_getBlockByNumber", (hex(view.head.number), False))
        results = client.batch([*(call.request(block) for call in calls), head])
        if not _is_same(results[-1], view):
            return None
        for question, value in zip(some, client.values(calls, results[:-1]), strict=True):
            if isinstance(value, RpcError):
                raise value
            facts |= question.read(value)
    return facts


def _is_same(raw: Any, view: ChainView) -> bool:
    """Whether the head of that moment is still there."""
    if isinstance(raw, RpcError):
        raise raw
    try:
        return block_from_json(raw).hash == view.head.hash
    except RpcPayloadError:
        return False  # who does not have it yet can tell nothing
