"""Several endpoints asked at the same time, each in a daemon thread of its own.

No executor: its threads would be waited for when the process ends, and one that hangs would keep
it alive.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from beamer_agent.clock import Clock
from beamer_agent.errors import RpcError, RpcTimeoutError
from beamer_agent.rpc.endpoint import Endpoint

Question = Callable[[Endpoint], list[Any]]
"""Asks one endpoint; raises an RpcError when it has no answer at all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one endpoint said."""

    endpoint: Endpoint
    results: list[Any] | RpcError
    """In the order of the requests, with an RpcError for one that failed; or one for all."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long answers are waited for."""

    seconds: float
    """Until none is."""
    enough: int
    """After so many answers the others have only `grace_seconds` more."""
    grace_seconds: float


def answer_of(endpoint: Endpoint, question: Question) -> Answer:
    """What an endpoint says, asked in this thread."""
    try:
        return Answer(endpoint, question(endpoint))
    except RpcError as error:
        return Answer(endpoint, error)


def ask_apart(endpoints: Iterable[Endpoint], question: Question) -> "SimpleQueue[Answer]":
    """A queue into which the answers come one by one, as soon as they are there."""
    answers: SimpleQueue[Answer] = SimpleQueue()
    for endpoint in endpoints:
        threading.Thread(
            target=_put_answer,
            args=(answers, endpoint, question),
            name=f"Endpoint[{endpoint.name}]",
            daemon=True,
        ).start()
    return answers


def gather(
    endpoints: Sequence[Endpoint], question: Question, patience: Patience, clock: Clock
) -> list[Answer]:
    """One answer of each endpoint, in their order; RpcTimeoutError of who was not in time."""
    if len(endpoints) == 1:
        return [answer_of(endpoints[0], question)]
    deadline = clock.monotonic() + patience.seconds
    answers = ask_apart(endpoints, question)
    given: dict[str, Answer] = {}
    has_enough = False
    while len(given) < len(endpoints):
        try:
            answer = answers.get(timeout=max(0.0, deadline - clock.monotonic()))
        except Empty:
            break
        given[answer.endpoint.name] = answer
        good = sum(not isinstance(a.results, RpcError) for a in given.values())
        if good >= patience.enough and not has_enough:
            has_enough = True
            deadline = min(deadline, clock.monotonic() + patience.grace_seconds)
    late = RpcTimeoutError("no answer in time")
    return [given.get(e.name, Answer(e, late)) for e in endpoints]


def _put_answer(answers: "SimpleQueue[Answer]", endpoint: Endpoint, question: Question) -> None:
    answers.put(answer_of(endpoint, question))
