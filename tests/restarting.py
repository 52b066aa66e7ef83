"""An agent in memory whose parts are built anew, and workers of it that fail."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from beamer_agent.chain import Chain
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.direction import DirectionWorkers
from beamer_agent.orders import Restart, RestartKind
from tests.factories import SOURCE, TARGET
from tests.running_agent import SECONDS, Running

GENTLE, HARD = RestartKind.GENTLE, RestartKind.HARD
THERE, BACK = "l2a->l2b", "l2b->l2a"


def threads_left() -> list[str]:
    """Workers that still run."""
    kinds = ("Event", "Transaction", "ProofWatch", "Witness", "Chain", "Base", "History")
    return [t.name for t in threading.enumerate() if t.name.startswith(kinds)]


def start(running: Running, **changes: Any) -> None:
    """Both chains, both directions, and both read up to now."""
    running.start("l2a", "l2b", **changes)
    running.wait_for(lambda: running.has_synced(SOURCE, TARGET), "both chains")
    running.wait_for(lambda: has_views(running, THERE) and has_views(running, BACK), "both views")


def restart(running: Running, part: str, kind: RestartKind) -> RestartKind:
    """Order it and wait for it; what it became."""
    known = len(done(running))
    running.agent.order(Restart(part, kind, "a test", "tester"))
    running.wait_for(lambda: len(done(running)) > known, "the restart")
    return RestartKind(done(running)[-1]["kind"])


def done(running: Running) -> list[dict[str, Any]]:
    """The restarts that happened."""
    return [line for line in running.log.lines if line["event"] == "Restarted"]


def workers_of(running: Running, direction: str) -> DirectionWorkers:
    """What decides for a direction now."""
    workers = running.agent._parts.directions[direction].workers
    assert workers is not None
    return workers


def chain_of(running: Running, name: str) -> Chain:
    """What works on a chain now."""
    chain = running.agent._parts.chains[name].chain
    assert chain is not None
    return chain


def is_back(running: Running, name: str) -> bool:
    """Whether a chain is at work."""
    return running.agent._parts.chains[name].chain is not None


def has_views(running: Running, direction: str) -> bool:
    """Whether a direction has heard of both of its chains, read up to now."""
    workers = running.agent._parts.directions[direction].workers
    views = {} if workers is None else dict(workers.processor._views)
    return len(views) == 2 and all(view.is_synced for view in views.values())


def generations(running: Running, part: str) -> set[int]:
    """Of the workers of a part."""
    return {r.generation for r in running.agent._crew.readings() if r.part == part}


class Trouble:
    """Lets one worker's next step hang, or fail by a defect. Made before the agent is started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: type[Any]) -> None:
        self._has_begun = threading.Event()
        self._release = threading.Event()
        self._subject: Any = None
        self._is_defect = False
        self._condition: Callable[[], bool] = lambda: True
        step = kind.step

        def troubled(subject: Any) -> Any:
            if subject is self._subject:
                self._has_begun.set()
                if self._is_defect:
                    self._subject = None
                    wait_until(self._condition, "the moment", seconds=SECONDS)
                    raise ZeroDivisionError
                self._release.wait(SECONDS)
            return step(subject)

        monkeypatch.setattr(kind, "step", troubled)

    def hang(self, subject: Any) -> None:
        """It hangs by now."""
        self._subject = subject
        assert self._has_begun.wait(SECONDS)

    def fail(self, subject: Any) -> None:
        """It has failed by now."""
        self._is_defect = True
        self.hang(subject)

    def fail_when(self, subject: Any, condition: Callable[[], bool]) -> None:
        """It is in a step by now, and fails in it as soon as the condition holds."""
        self._condition = condition
        self.fail(subject)

    def fail_next(self, subject: Any) -> None:
        """It will fail."""
        self._is_defect, self._subject = True, subject

    def end(self) -> None:
        """Let go of who hangs."""
        self._release.set()


def threads_named(name: str) -> int:
    """How many there are."""
    return [thread.name for thread in threading.enumerate()].count(name)
