"""What nothing needs any more goes back to the system."""

import gc
import platform
import subprocess
import sys
import weakref

import pytest

from beamer_agent.memory import give_back

pytestmark = pytest.mark.unit


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_that_refers_to_itself_is_collected() -> None:
    """However old it is."""
    knot = Knot()
    for generation in range(3):
        gc.collect(generation)
    alive = weakref.ref(knot)
    del knot
    assert alive() is not None
    give_back()
    assert alive() is None


LONG_ANSWERS = """
from pathlib import Path
from beamer_agent.memory import keep_flat

def megabytes():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024

{}
long = bytes(30_000_000)
del long
before = megabytes()
kept, answers = [], []
for number in range(200):
    answers.append(b"x" * 200_000)
    kept.append(b"y" * 1_000)  # what is taken from it stays
del answers
print(megabytes() - before)
"""


def megabytes_kept(*, is_flat: bool) -> float:
    """What is left of forty megabytes of long answers in a process of their own."""
    script = LONG_ANSWERS.format("keep_flat()" if is_flat else "")
    command = [sys.executable, "-c", script]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries have no such holes"
)
def test_long_answers_leave_no_holes() -> None:
    """What glibc would keep of them, for ever, is more than all that the agent needs."""
    assert megabytes_kept(is_flat=True) < 5
    assert megabytes_kept(is_flat=False) > 30
