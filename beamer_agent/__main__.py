"""`python -m beamer_agent` is `beamer-agent`."""

import atexit
import gc
import os
import signal
import sys
from types import FrameType
from typing import Final

RECURSION_LIMIT: Final = 1_000
"""Python's own default."""

COLLECTION_THRESHOLDS: Final = (50_000, 20, 100)


def main() -> None:
    """Run the command line."""
    # Loading everything takes the better part of a second; a stop in it is an orderly one too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    from beamer_agent.cli.main import PROGRAM, cli  # noqa: PLC0415 - after the line above

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # py_ecc raises the limit on loading; an endpoint's nested JSON would overflow the stack.
    sys.setrecursionlimit(RECURSION_LIMIT)
    # What the imports have made lives as long as the process: the collector need not walk it each
    # time, nor so often; endpoints' answers are many objects that end by themselves.
    gc.freeze()
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    # Collecting what ends anyway would take a good part of the time that a stop may take.
    atexit.register(gc.freeze)
    cli(prog_name=PROGRAM)


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(0)


if __name__ == "__main__":
    main()
