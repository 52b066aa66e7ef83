"""`python -m beamer_agent` is `beamer-agent`."""

import atexit
import gc

from beamer_agent.cli.main import PROGRAM, cli


def main() -> None:
    """Run the command line."""
    # Collecting what ends anyway would take a good part of the time that a stop may take.
    atexit.register(gc.freeze)
    cli(prog_name=PROGRAM)


if __name__ == "__main__":
    main()
