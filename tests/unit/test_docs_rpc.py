"""`docs/rpc.md`: its configurations are loaded, its words, keys, defaults and times looked up."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.config import ChainConfig, Config, load_config
from beamer_agent.events import audit, doubt
from beamer_agent.rpc import endpoint, health, pool, probe
from beamer_agent.rpc.health import EndpointHealth
from beamer_agent.service.metrics.agent import AgentMetrics
from beamer_agent.worker import LONGEST_RETRY_SECONDS
from tests.e2e.configuration import toml
from tests.factories import US

pytestmark = pytest.mark.unit

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "rpc.md").read_text()

NOT_OF_ENDPOINTS: Final = {
    "fill",
    "batch",
    "min-source-balance",
    "max-claim-stake",
    "max-total-stake",
    "risk-ppm",
    "prices",
    "max-gas-price",
    "max-urgent-gas-price",
    "min-priority-fee",
}

TIMES: Final = {
    "a question, whatever the endpoints do": endpoint.CALL_SECONDS,
    "one endpoint, while another can be asked": pool.ATTEMPT_SECONDS,
    "without an answer to a small question: asked after the others": endpoint.HANG_SECONDS,
    "waiting for the others, once a quorum has answered": pool.GRACE_SECONDS,
    "behind the others: asked last": health.LAG_SECONDS,
    "between looks at an endpoint that nobody asks": probe.PROBE_SECONDS,
    "between comparisons of the endpoints' logs": audit.AUDIT_SECONDS,
    "distrust": health.DISTRUST_SECONDS,
    "longest `Retry-After` that is kept": health.LONGEST_RETRY_AFTER,
    "an endpoint of another chain is asked again, at first": health.FIRST_FOREIGN_SECONDS,
    "an endpoint of another chain is asked again, in the end": health.FOREIGN_SECONDS,
    "older blocks than before are borne with": doubt.PATIENCE_SECONDS,
    "longest pause before a failed step is tried again": LONGEST_RETRY_SECONDS,
}


def table(heading: str) -> list[list[str]]:
    """The rows of the page's table whose first columns have a heading."""
    block = re.search(rf"^\| {re.escape(heading)} \|.*(?:\n\|.*)+", PAGE, re.MULTILINE)
    assert block is not None
    rows = [line.strip("|").split("|") for line in block[0].splitlines()[2:]]
    return [[cell.strip() for cell in row] for row in rows]


def configurations() -> list[str]:
    """The page's TOML blocks."""
    return re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def load(folder: Path, content: Mapping[str, Any]) -> Config:
    """A configuration, with all that it lacks from the example."""
    example = tomllib.loads((ROOT / "config.example.toml").read_text())
    rest = {key: example[key] for key in ("artifacts-dir", "account", "tokens", "base-chain")}
    path = folder / "agent.toml"
    path.write_text(toml({**rest, **content}))
    return load_config(path, {})


@pytest.mark.parametrize(
    ("number", "endpoints", "quorum"),
    [(0, 1, 1), (1, 3, 2), (2, 3, 2)],
    ids=["hobby", "serious", "large amounts"],
)
def test_configurations_are_what_they_are_called(
    tmp_path: Path, number: int, endpoints: int, quorum: int
) -> None:
    """Each loads, with the tokens of the example; every chain has as many endpoints."""
    config = load(tmp_path, tomllib.loads(configurations()[number]))
    assert len(config.chains) == 2
    for chain in config.chains.values():
        assert (len(chain.rpc_url), chain.quorum) == (endpoints, quorum)
        assert chain.stale_after == 60


def test_there_are_no_other_configurations() -> None:
    """All that are printed have been loaded."""
    assert len(configurations()) == 3


def test_log_lines_are_those_of_the_code() -> None:
    """Every one that is named is a sentence of the package."""
    package = "\n".join(path.read_text() for path in (ROOT / "beamer_agent").rglob("*.py"))
    lines = set(re.findall(r"`([A-Z][\w']* [^`]*)`", PAGE))
    assert len(lines) > 20
    assert [line for line in sorted(lines) if f'"{line}"' not in package] == []


def test_metrics_are_those_of_the_agent() -> None:
    """Every one that is named, with its labels."""
    named = set(re.findall(r"`(beamer_\w+)", PAGE))
    assert len(named) > 5
    assert named - set(metrics()) == set()
    kinds = set(re.findall(r'`kind="(\w+)"`', PAGE))
    assert kinds
    assert kinds - {reason.name.lower() for reason in Reason} == set()


def metrics() -> Iterable[str]:
    """Names as Prometheus sees them."""
    agent = AgentMetrics(US)
    agent.observe_endpoints(lambda: [some_health()])
    for family in agent.registry.collect():
        yield family.name + ("_total" if family.type == "counter" else "")


def test_methods_are_those_that_are_asked() -> None:
    """Every one, needed or not, and no other."""
    package = ROOT / "beamer_agent"
    sources = (p for p in package.rglob("*.py") if "devnet" not in p.parts)
    asked = {word for p in sources for word in re.findall(r'"(eth_[a-z]\w+)"', p.read_text())}
    asked -= {"eth_account", "eth_subscription"}  # a library; what is pushed
    chapter = PAGE.split("## Which methods")[1].split("\n## ")[0]
    named = set(re.findall(r"^\| (`eth.*?`) \|", chapter, re.MULTILINE))
    assert asked == {method for cell in named for method in re.findall(r"`(\w+)`", cell)}


def some_health() -> EndpointHealth:
    """Of any endpoint."""
    return health.report("a", "a/1", health.Health(), 0.0)


def test_defaults_are_those_of_the_configuration(tmp_path: Path) -> None:
    """Of every setting of a chain that is about its endpoints, for two of them."""
    chain = {"rpc-url": ["http://a", "http://b"], "confirmation-blocks": 7}
    loaded = load(tmp_path, {"chains": {"a": chain}}).chains["a"]
    rows = {row[0].strip("`"): row[1] for row in table("key")}
    keys = {name.replace("_", "-") for name in ChainConfig.model_fields}
    assert rows.keys() == keys - NOT_OF_ENDPOINTS
    assert rows.pop("claim-confirmations") == "`confirmation-blocks`"
    assert loaded.claim_confirmations == 7
    assert rows.pop("confirmation-blocks") == str(
        Config.model_fields["confirmation_blocks"].default
    )
    assert rows.pop("rpc-url") == ""
    shown = {key: getattr(loaded, key.replace("-", "_")) for key in rows}
    assert rows == {key: default(value) for key, value in shown.items()}


def default(value: object) -> str:
    """In the words of the table."""
    if value is None:
        return "off"
    return str(value) if isinstance(value, int | float) else "" if value else "none"


def test_times_are_those_of_the_code() -> None:
    """In seconds, all of them."""
    assert {row[0]: float(row[1]) for row in table("what | seconds")} == TIMES
