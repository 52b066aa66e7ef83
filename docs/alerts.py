"""Writes the alerting rules for Prometheus, from those that the agent evaluates itself.

python docs/alerts.py            write them
python docs/alerts.py --check    exit code 1 when they are stale
"""

import sys
from pathlib import Path

from beamer_agent.service.alerts.promql import rules_file
from beamer_agent.service.alerts.table import RULES

FILE = Path(__file__).parents[1] / "deploy" / "prometheus" / "beamer-agent.rules.yml"


def main() -> int:
    """Write or check; the process's exit code."""
    text = rules_file(RULES)
    if "--check" in sys.argv:
        return int(FILE.read_text() != text)
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
