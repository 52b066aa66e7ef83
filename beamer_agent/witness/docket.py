r"""Docket: what is asked about the events of one chain, and what its endpoints said.

    asked --look--> UPHELD                  stays, or for `fresh_seconds`
              \--> DENIED, UNKNOWN         looked at again each `patience_seconds`
    not asked for FORGET_SECONDS, or its request is settled -----> forgotten

Questions are keyed by their subject, an event's block hash included: after a reorganisation other
questions are asked, and those about blocks that are gone are forgotten like all others.
"""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.testimony import Testimony, weigh
from beamer_agent.clock import Clock
from beamer_agent.errors import RpcError
from beamer_agent.events.inquiry import HEAD_QUESTION, Inquiry, Subject, parse_block
from beamer_agent.events.panel import Panel, Said
from beamer_agent.rpc.envelope import Request
from beamer_agent.types import RequestId

FORGET_SECONDS: Final = 60.0
"""Nobody has asked for so long: nobody wants to know any more."""
QUESTIONS_AT_ONCE: Final = 60
"""In one look, that for the head among them: some endpoints take no long batches."""

S = TypeVar("S", bound=Subject)

Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class Split:
    """Who said what about a subject; endpoints that could not tell are in neither."""

    vouching: Names = frozenset()
    denying: Names = frozenset()

    def minority(self, testimony: Testimony) -> Names:
        """Who contradicts what was found."""
        if testimony is Testimony.UPHELD:
            return self.denying
        return self.vouching if testimony is Testimony.DENIED else frozenset()


class Sheet:
    """The questions of one look: that for the head, and each other one once.

    Events of one block share those about the block.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = [HEAD_QUESTION]
        self.places: list[list[int]] = []
        """For each set of questions that was added, where the answers are."""
        self._known: dict[str, int] = {}

    def add(self, questions: Sequence[Request]) -> bool:
        """Take questions in; False, and nothing is, when they would be too many."""
        new = {repr(q): q for q in questions if repr(q) not in self._known}
        if len(self.requests) + len(new) > QUESTIONS_AT_ONCE:
            return False
        for name, question in new.items():
            self._known[name] = len(self.requests)
            self.requests.append(question)
        self.places.append([self._known[repr(question)] for question in questions])
        return True


@dataclass(slots=True)
class _Question:
    """What is known about one subject; times are monotonic seconds."""

    asked_at: float
    looked_at: float | None = None
    testimony: Testimony = Testimony.UNKNOWN
    reported: Split | None = None
    """The last disagreement; None when there was none the last time."""


class Docket(Generic[S]):
    """The questions about one chain. `testimony`, `forget` are for any thread, the rest for one.

    The lock protects the questions; it is never held while endpoints are asked.

    Args:
        quorum: how many endpoints must vouch for a subject.
        patience_seconds: between two looks at what is not upheld.
        fresh_seconds: how long "upheld" holds; None: for good.
        wake: is set when there is something to look at.
    """

    def __init__(
        self,
        panel: Panel,
        inquiry: Inquiry[S],
        *,
        quorum: int,
        patience_seconds: float,
        fresh_seconds: float | None,
        wake: threading.Event,
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._panel = panel
        self._inquiry = inquiry
        self._quorum = quorum
        self._patience_seconds = patience_seconds
        self._fresh_seconds = fresh_seconds
        self._wake = wake
        self._clock = clock
        self._logger = logger
        self._lock = threading.Lock()
        self._questions: dict[tuple[S, int], _Question] = {}

    def testimony(self, subject: S, depth: int) -> Testimony:
        """What is known of a subject under `depth` blocks; what is not is asked. Never waits."""
        now = self._clock.monotonic()
        with self._lock:
            question = self._questions.setdefault((subject, depth), _Question(now))
            question.asked_at = now
            is_due = self._is_due(question, now)
            testimony = self._told(question, now)
        if is_due:
            self._wake.set()
        return testimony

    def forget(self, request_ids: Collection[RequestId]) -> None:
        """Nobody will ask about these requests again."""
        if not request_ids:
            return
        with self._lock:
            for key in [key for key in self._questions if key[0].request_id in request_ids]:
                del self._questions[key]

    def look(self) -> bool:
        """Ask every endpoint what is due; whether `testimony` may say something else now."""
        has_forgotten = self._forget_old()
        due, sheet = self._due_with_questions()
        if not due:
            return has_forgotten
        splits = [Split() for _ in due]
        for answer in self._answers(sheet.requests):
            if not isinstance(answer.results, RpcError):
                votes = self._votes(due, sheet, answer.results)
                splits = [
                    _with_vote(split, answer.endpoint.name, vote)
                    for split, vote in zip(splits, votes, strict=True)
                ]
        changes = [self._settle(key, split) for key, split in zip(due, splits, strict=True)]
        return any(changes) or has_forgotten

    def seconds_until_due(self) -> float | None:
        """Until there is something to do here; None: until it is asked something."""
        now = self._clock.monotonic()
        with self._lock:
            moments = [self._next_at(question) for question in self._questions.values()]
        return max(0.0, min(moments) - now) if moments else None

    def _forget_old(self) -> bool:
        # Who waits for an answer may be woken by nothing but news, and news from a chain may not
        # come: told to look again, it asks again if it still wants to know.
        oldest = self._clock.monotonic() - FORGET_SECONDS
        with self._lock:
            old = [key for key, q in self._questions.items() if q.asked_at <= oldest]
            dropped = [self._questions.pop(key) for key in old]
        return any(question.testimony is not Testimony.UPHELD for question in dropped)

    def _due(self) -> list[tuple[S, int]]:
        now = self._clock.monotonic()
        with self._lock:
            due = [(key, q) for key, q in self._questions.items() if self._is_due(q, now)]
        due.sort(key=lambda entry: entry[1].looked_at or 0.0)
        return [key for key, _ in due]

    def _due_with_questions(self) -> tuple[list[tuple[S, int]], Sheet]:
        """The subjects of one look, and what is asked about them."""
        taken, sheet = [], Sheet()
        for key in self._due():
            if not sheet.add(self._inquiry.questions(key[0])):
                break
            taken.append(key)
        return taken, sheet

    def _answers(self, questions: Sequence[Request]) -> Sequence[Said]:
        try:
            return self._panel.ask_each(questions)
        except RpcError:
            return ()  # nobody can be asked: the monitor says that the chain is down

    def _votes(
        self, due: Sequence[tuple[S, int]], sheet: Sheet, results: Sequence[Any]
    ) -> list[bool | None]:
        head = parse_block(results[0])
        votes = []
        for (subject, depth), places in zip(due, sheet.places, strict=True):
            is_deep = head is not None and head.number - subject.block_number >= depth
            answers = [results[place] for place in places]
            votes.append(self._inquiry.vote(subject, answers, is_deep=is_deep))
        return votes

    def _settle(self, key: tuple[S, int], split: Split) -> bool:
        """Keep what was found; True when it differs from what was told until now."""
        testimony = weigh(len(split.vouching), len(split.denying), self._quorum)
        now = self._clock.monotonic()
        with self._lock:
            question = self._questions.get(key)
            if question is None:
                return False  # forgotten while endpoints were asked
            is_new = self._told(question, now) is not testimony
            question.looked_at, question.testimony = now, testimony
            is_reported = question.reported == split
            is_split = bool(split.vouching and split.denying)
            question.reported = split if is_split else None
        if is_split and not is_reported:
            self._report(key[0], split, testimony)
        return is_new

    def _report(self, subject: S, split: Split, testimony: Testimony) -> None:
        self._logger.warning(
            "Endpoints disagree",
            chain_id=subject.chain_id,
            request_id=subject.request_id,
            block_number=subject.block_number,
            subject=type(subject).__name__,
            vouching=sorted(split.vouching),
            denying=sorted(split.denying),
            testimony=testimony.value,
        )
        vouches_alone, denies_alone = self._inquiry.blames
        reason = denies_alone if testimony is Testimony.UPHELD else vouches_alone
        for name in sorted(split.minority(testimony)):
            self._panel.distrust(name, reason)

    def _told(self, question: _Question, now: float) -> Testimony:
        return Testimony.UNKNOWN if self._is_stale(question, now) else question.testimony

    def _is_stale(self, question: _Question, moment: float) -> bool:
        return (
            question.testimony is Testimony.UPHELD
            and question.looked_at is not None
            and self._fresh_seconds is not None
            and moment - question.looked_at > self._fresh_seconds
        )

    def _is_due(self, question: _Question, now: float) -> bool:
        due_at = self._due_at(question)
        return due_at is not None and due_at <= now

    def _due_at(self, question: _Question) -> float | None:
        if question.looked_at is None:
            return question.asked_at
        if question.testimony is not Testimony.UPHELD:
            return question.looked_at + self._patience_seconds
        # Not by itself: only when somebody has asked since it went stale.
        return question.asked_at if self._is_stale(question, question.asked_at) else None

    def _next_at(self, question: _Question) -> float:
        forget_at = question.asked_at + FORGET_SECONDS
        due_at = self._due_at(question)
        return forget_at if due_at is None else min(due_at, forget_at)


def _with_vote(split: Split, name: str, vote: bool | None) -> Split:
    if vote is None:
        return split
    if vote:
        return Split(split.vouching | {name}, split.denying)
    return Split(split.vouching, split.denying | {name})
