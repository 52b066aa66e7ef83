"""`python -m beamer_agent` is `beamer-agent`."""

from beamer_agent.cli.main import PROGRAM, cli


def main() -> None:
    """Run the command line."""
    cli(prog_name=PROGRAM)


if __name__ == "__main__":
    main()
