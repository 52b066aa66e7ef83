"""What the entry point does before and after it has loaded everything."""

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.e2e

SHOW_SETTINGS = """
import gc, sys, beamer_agent.__main__ as entry, beamer_agent.cli.lazy as lazy
import beamer_agent.cli.main as main
loaded = lambda: lazy.load("run") and sys.getrecursionlimit()
main.cli = lambda **_: print(loaded(), gc.isenabled(), sys.getswitchinterval())
entry.main()
"""
SIGNAL_WHILE_LOADING = """
import os, signal, sys, beamer_agent.__main__ as entry
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.kill(os.getpid(), signal.{name})
sys.meta_path.insert(0, Finder())
entry.main()
"""


def test_nested_answers_cannot_overflow_the_stack() -> None:
    """Libraries raise Python's recursion limit; the agent runs with the default one.

    And with a collector of garbage, which is off only while there is none; a thread that spins
    leaves the others their turns.
    """
    result = subprocess.run(
        [sys.executable, "-c", SHOW_SETTINGS], capture_output=True, text=True, check=True
    )
    assert result.stdout == "1000 True 0.001\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "module", ["beamer_agent.cli.main", "eth_keyfile", "beamer_agent.agent", "urllib3"]
)
def test_a_signal_while_loading_is_an_orderly_stop(number: signal.Signals, module: str) -> None:
    """Nothing has been started yet: exit code 0, and no traceback."""
    code = SIGNAL_WHILE_LOADING.format(name=number.name, module=module)
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
