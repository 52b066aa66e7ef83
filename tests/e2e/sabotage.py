"""The real agent, with workers that fail when a file asks them to.

python sabotage.py FOLDER ARGUMENTS...        `beamer-agent ARGUMENTS...`

FOLDER/EventProcessor.die      the next step of one takes the file away, works, and dies
FOLDER/EventProcessor.ill      each step dies, as long as the file is there
FOLDER/EventProcessor.hang     the next step takes the file away and reads from a silent socket
FOLDER/EventProcessor.spin     the same, and goes round in circles
FOLDER/EventProcessor.late     the same, waits until FOLDER/released is there, and then works
"""

import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from beamer_agent.__main__ import main
from beamer_agent.events.monitor import EventMonitor
from beamer_agent.processor import EventProcessor
from beamer_agent.pulse import PulseReading
from beamer_agent.resolution.watch import ProofWatch
from beamer_agent.service import verdict
from beamer_agent.service.supervisor import Supervisor
from beamer_agent.transactions.sender import TransactionSender

HANG_SECONDS = 3.0
PAUSE_SECONDS = 2.0

_silent = socket.create_server(("127.0.0.1", 0), backlog=16)


def take(path: Path) -> bool:
    """Whether the file was there; it is gone now, and no other thread has taken it."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def hang(_folder: Path) -> None:
    """For ever."""
    socket.create_connection(_silent.getsockname()).recv(1)


def spin(_folder: Path) -> None:
    """For ever."""
    while True:
        pass


def be_late(folder: Path) -> None:
    """Until one is released."""
    while not (folder / "released").exists():
        threading.Event().wait(0.02)


BEFORE = {"hang": hang, "spin": spin, "late": be_late}


def sabotage(class_: Any, folder: Path) -> None:
    """Let steps of a class look at the folder."""
    step: Callable[[Any], Any] = class_.step
    files = {
        kind: folder / f"{class_.__name__}.{kind}"
        for kind in ("hang", "spin", "late", "ill", "die")
    }

    def sabotaged(self: Any) -> Any:
        if files["ill"].exists():
            raise LookupError
        for kind, act in BEFORE.items():
            if take(files[kind]):
                act(folder)
        pause = step(self)
        if take(files["die"]):
            raise LookupError
        return pause

    class_.step = sabotaged


def hangs(self: PulseReading, now: float) -> bool:
    """Sooner than in earnest."""
    return self.is_working and now - self.since > HANG_SECONDS


if __name__ == "__main__":
    place = Path(sys.argv.pop(1))
    for each in (EventMonitor, EventProcessor, TransactionSender, ProofWatch, Supervisor):
        sabotage(each, place)
    PulseReading.hangs = hangs  # type: ignore[method-assign]
    verdict.FIRST_PAUSE_SECONDS = PAUSE_SECONDS  # type: ignore[misc]
    main()
