"""The sentence that `systemctl status` shows."""

import pytest

from beamer_agent.service.headline import headline
from beamer_agent.service.status import DirectionStatus, StateStatus, Status, WorkerStatus

pytestmark = pytest.mark.unit

READY = DirectionStatus("l2a->l2b", StateStatus("active", 5.0), is_ready=True)
WAITING = DirectionStatus(
    "l2b->l2a", StateStatus("waiting", 5.0, "l2b does not answer"), is_ready=False
)


def test_all_is_well() -> None:
    """Then that is all it says."""
    status = Status(StateStatus("running", 5.0), 0.1, directions=(READY,))
    assert headline(status) == "Running; 1 of 1 directions are ready"


def test_what_cannot_act_is_named() -> None:
    """With the reason."""
    status = Status(StateStatus("running", 5.0), 0.1, directions=(READY, WAITING))
    assert headline(status) == (
        "Running; 1 of 2 directions are ready; l2b->l2a: l2b does not answer"
    )


def test_an_error_says_why() -> None:
    """Once."""
    status = Status(StateStatus("error", 5.0, "Worker[l2a] died (KeyError), though l2a is new"), 0)
    assert headline(status) == "Error: Worker[l2a] died (KeyError), though l2a is new"


def test_a_direction_whose_thread_has_died_is_not_counted_as_ready() -> None:
    """Whatever its own state says."""
    dead = WorkerStatus("Witness[l2a->l2b]", "l2a->l2b", 1, False, 0.1, 7, 1, "KeyError", True)
    status = Status(StateStatus("running", 5.0), 0.1, directions=(READY,), workers=(dead,))
    assert headline(status) == (
        "Running; 0 of 1 directions are ready; l2a->l2b: Witness[l2a->l2b] has died"
    )
