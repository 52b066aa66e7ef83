"""What the entry point does before and after it has loaded everything."""

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.e2e

SHOW_LIMIT = """
import sys, beamer_agent.__main__ as entry, beamer_agent.cli.main as main
main.cli = lambda **_: print(sys.getrecursionlimit())
entry.main()
"""
SIGNAL_WHILE_LOADING = """
import os, signal, sys, beamer_agent.__main__ as entry
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "beamer_agent.cli.main":
            os.kill(os.getpid(), signal.{name})
sys.meta_path.insert(0, Finder())
entry.main()
"""


def test_nested_answers_cannot_overflow_the_stack() -> None:
    """Libraries raise Python's recursion limit; the agent runs with the default one."""
    result = subprocess.run(
        [sys.executable, "-c", SHOW_LIMIT], capture_output=True, text=True, check=True
    )
    assert result.stdout == "1000\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_loading_is_an_orderly_stop(number: signal.Signals) -> None:
    """Nothing has been started yet: exit code 0, and no traceback."""
    code = SIGNAL_WHILE_LOADING.format(name=number.name)
    result = subprocess.run(
        [sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
