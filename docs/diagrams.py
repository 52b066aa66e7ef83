"""Writes the state diagrams into `docs/architecture.md`, from the state machines themselves.

python docs/diagrams.py            write them
python docs/diagrams.py --check    exit code 1 when they are stale
"""

import re
import sys
from pathlib import Path

from statemachine import StateMachine

from beamer_agent.service.chain_states import ChainMachine
from beamer_agent.service.direction_states import DirectionMachine
from beamer_agent.service.lifecycle import ServiceMachine
from beamer_agent.state.claim import ClaimMachine
from beamer_agent.state.request import RequestMachine

PAGE = Path(__file__).with_name("architecture.md")
MACHINES: tuple[type[StateMachine], ...] = (
    RequestMachine,
    ClaimMachine,
    ServiceMachine,
    ChainMachine,
    DirectionMachine,
)


def with_diagrams(text: str) -> str:
    """The page with every diagram as the code has it now."""
    for machine in MACHINES:
        text = _with_diagram(text, machine)
    return text


def _with_diagram(text: str, machine: type[StateMachine]) -> str:
    start = f"<!-- generated: {machine.__name__} -->\n"
    diagram = f"{start}```mermaid\n{f'{machine:mermaid}'.strip()}\n```\n<!-- end -->"
    text, count = re.subn(rf"{start}.*?<!-- end -->", lambda _: diagram, text, flags=re.S)
    if count != 1:
        raise LookupError(f"{PAGE.name} has no place for {machine.__name__}")
    return text


def main() -> int:
    """Write or check; the process's exit code."""
    text = PAGE.read_text()
    if "--check" in sys.argv:
        return int(text != with_diagrams(text))
    PAGE.write_text(with_diagrams(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
