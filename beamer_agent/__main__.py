"""`python -m beamer_agent` is `beamer-agent`."""

import atexit
import gc
import sys
from typing import Final

from beamer_agent.cli.signals import stops_at_once

COLLECTION_THRESHOLDS: Final = (50_000, 20, 100)
SWITCH_SECONDS: Final = 0.001
"""After so long, not 5 ms, a busy thread lets others have a turn: docs/operations.md, Health."""


def main() -> None:
    """Run the command line."""
    # Loading makes hardly any garbage, and looking for it takes a tenth of its time; whoever loads
    # a command begins to collect after it. Not too often: endpoints' answers are many objects
    # that end by themselves.
    gc.disable()
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    # An answer takes several turns, and there may be several busy threads between any two.
    sys.setswitchinterval(SWITCH_SECONDS)
    # Collecting what ends anyway would take a good part of the time that a stop may take.
    atexit.register(gc.freeze)
    with stops_at_once():
        from beamer_agent.cli.main import PROGRAM, cli  # noqa: PLC0415 - takes its time
    cli(prog_name=PROGRAM)


if __name__ == "__main__":
    main()
