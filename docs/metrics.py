"""Writes the table of `docs/metrics.md`, from the registry of an agent.

python docs/metrics.py            write it
python docs/metrics.py --check    exit code 1 when it is stale
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr

from beamer_agent.checksums import checksummed
from beamer_agent.clock import SystemClock
from beamer_agent.config import AccountConfig, ChainConfig, Config
from beamer_agent.service.alerts.tally import MessageTally
from beamer_agent.service.board import StatusBoard
from beamer_agent.service.lifecycle import ServiceLifecycle
from beamer_agent.service.metrics.agent import AgentMetrics
from beamer_agent.service.metrics.exhibits import Exhibits, exhibit

PAGE = Path(__file__).with_name("metrics.md")
START: Final = "<!-- generated: metrics -->\n"
END: Final = "<!-- end -->"
PREFIX: Final = "beamer_"


def with_table(text: str) -> str:
    """The page with the table as the code has it now."""
    families = sorted(_families(), key=lambda known: known[0].name)
    rows = [_row(family, labels) for family, labels in families]
    table = "\n".join(("| metric | type | labels | what it says |", "|---|---|---|---|", *rows))
    text, count = re.subn(f"{START}.*?{END}", lambda _: f"{START}{table}\n{END}", text, flags=re.S)
    if count != 1:
        raise LookupError(f"{PAGE.name} has no place for the table")
    return text


def _row(family: Metric, labels: tuple[str, ...]) -> str:
    name = family.name + ("_total" if family.type == "counter" else "")
    named = ", ".join(f"`{label}`" for label in labels)
    return f"| `{name}` | {family.type} | {named} | {family.documentation} |"


def _families() -> Iterator[tuple[Metric, tuple[str, ...]]]:
    """Of an agent that has not begun: what it counts, and what it is asked for."""
    # The registry tells of labels only with values; there are none yet.
    for collector in list(_registry()._collector_to_names):
        own = collector._labelnames if isinstance(collector, MetricWrapperBase) else ()
        for family in collector.collect():
            if family.name.startswith(PREFIX):
                yield family, tuple(own or getattr(family, "_labelnames", ()))


def _registry() -> CollectorRegistry:
    metrics, clock = AgentMetrics(checksummed("0x" + "0" * 40)), SystemClock()
    config = Config(
        artifacts_dir=Path(),
        account=AccountConfig(path=Path(), password=SecretStr("")),
        chains={"l2": ChainConfig(rpc_url=(SecretStr("http://l2"),))},
    )
    board, service = StatusBoard(config, clock), ServiceLifecycle(clock)
    metrics.observe_endpoints(lambda: ())
    MessageTally(metrics.registry).show_waiting(dict)
    exhibit(metrics, Exhibits(service, board, dict, int, dict, dict), config, clock)
    return metrics.registry


def main() -> int:
    """Write or check; the process's exit code."""
    text = PAGE.read_text()
    if "--check" in sys.argv:
        return int(text != with_table(text))
    PAGE.write_text(with_table(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
