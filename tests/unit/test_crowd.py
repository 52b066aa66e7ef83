"""Several endpoints at the same time: how long their answers are waited for."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from beamer_agent.errors import RpcHttpError, RpcTimeoutError
from beamer_agent.rpc.crowd import Patience, gather
from beamer_agent.rpc.endpoint import Endpoint
from tests.pool_desk import PoolDesk

pytestmark = pytest.mark.unit

SOON = 10.0
"""Seconds after which a test gives up on a thread."""
FOR_EVER = 3_600.0


class Crowd:
    """Three endpoints, each of which answers with its name when it is let."""

    def __init__(self) -> None:
        self.desk = PoolDesk(3)
        self.let = {endpoint.name: threading.Event() for endpoint in self.desk.pool.endpoints}

    def ask(self, patience: Patience) -> list[Any]:
        """What each says, in order."""
        endpoints = self.desk.pool.endpoints
        answers = gather(endpoints, self._answer, patience, self.desk.clock)
        assert [answer.endpoint for answer in answers] == list(endpoints)
        return [answer.results for answer in answers]

    def _answer(self, endpoint: Endpoint) -> list[Any]:
        self.let[endpoint.name].wait(SOON)
        if endpoint.name == "l2a/3":
            raise RpcHttpError(502)
        return [endpoint.name]


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    """Afterwards nobody hangs."""
    made = Crowd()
    yield made
    for event in made.let.values():
        event.set()
    for thread in threading.enumerate():
        if thread.name.startswith("Endpoint["):
            thread.join(SOON)


def test_answers_are_in_order_however_they_come(crowd: Crowd) -> None:
    """An error is an answer too."""
    for event in crowd.let.values():
        event.set()
    first, second, third = crowd.ask(Patience(FOR_EVER, 1, FOR_EVER))
    assert (first, second) == (["l2a/1"], ["l2a/2"])
    assert isinstance(third, RpcHttpError)


def test_who_is_silent_is_not_waited_for_beyond_the_time(crowd: Crowd) -> None:
    """In its place stands an error; its thread is a daemon."""
    crowd.let["l2a/2"].set()
    crowd.let["l2a/3"].set()
    first, second, _ = crowd.ask(Patience(0.5, 3, FOR_EVER))
    assert isinstance(first, RpcTimeoutError)
    assert second == ["l2a/2"]
    (hanging,) = [t for t in threading.enumerate() if t.name == "Endpoint[l2a/1]"]
    assert hanging.daemon


def test_the_others_have_little_time_once_there_are_answers_enough(crowd: Crowd) -> None:
    """Errors are not counted among them."""
    crowd.let["l2a/2"].set()
    crowd.let["l2a/3"].set()
    first, second, third = crowd.ask(Patience(FOR_EVER, 1, 0.05))
    assert isinstance(first, RpcTimeoutError)
    assert second == ["l2a/2"]
    assert third is not None


def test_errors_are_not_answers_enough(crowd: Crowd) -> None:
    """The one that still may answer is waited for."""
    crowd.let["l2a/3"].set()
    crowd.let["l2a/2"].set()
    late = threading.Timer(0.1, crowd.let["l2a/1"].set)
    late.start()
    first, _, _ = crowd.ask(Patience(SOON, 2, 0.0))
    late.join()
    assert first == ["l2a/1"]


def test_a_lone_endpoint_is_asked_in_the_same_thread() -> None:
    """Nobody else has to be waited for."""
    desk = PoolDesk(1)
    threads: list[threading.Thread] = []

    def ask(_endpoint: Endpoint) -> list[Any]:
        threads.append(threading.current_thread())
        return []

    gather(desk.pool.endpoints, ask, Patience(SOON, 1, 0.0), desk.clock)
    assert threads == [threading.current_thread()]
