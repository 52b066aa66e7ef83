"""`docs/fees.md`: its tables are computed, its keys, words and numbers looked up."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector
from prometheus_client import CollectorRegistry, Counter, Gauge

from beamer_agent.config.gas import GasTable
from beamer_agent.economy import market
from beamer_agent.economy.costs import COST_SECONDS, CostSource
from beamer_agent.economy.data_fee import (
    ARB_GAS_INFO,
    GAS_PRICE_ORACLE,
    NODE_INTERFACE,
    FeeFamily,
    surcharge_questions,
)
from beamer_agent.economy.gas_book import MEASURED_GAS, REMEMBER_SECONDS, SHARE, GasBook
from beamer_agent.economy.market import MarketReader
from beamer_agent.service.metrics.transactions import TransactionMetrics
from beamer_agent.transactions import fees
from beamer_agent.transactions.fee_limits import URGENT_SECONDS, FeeLimits
from beamer_agent.transactions.model import Outcome
from beamer_agent.types import Timestamp, Wei
from tests.doubles import FakeClock, RecordingLogger, ScriptedTransport, make_client
from tests.factories import NOW, make_block
from tests.fee_desk import history
from tests.made_actions import make_claim_fill, make_fill
from tests.unit.test_costs import CALLS

pytestmark = pytest.mark.unit

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "fees.md").read_text()
GWEI: Final = 10**9


def table(heading: str) -> list[list[str]]:
    """The rows of the page's table whose first column has a heading."""
    block = re.search(rf"^\| {re.escape(heading)} \|.*(?:\n\|.*)+", PAGE, re.MULTILINE)
    assert block is not None
    rows = [line.strip("|").split("|") for line in block[0].splitlines()[2:]]
    return [[cell.strip() for cell in row] for row in rows]


def wei(gwei: str) -> Wei:
    """An amount of the page."""
    return Wei(int(Decimal(gwei.replace(" ", "")) * GWEI))


def test_limits_are_the_keys_of_the_configuration() -> None:
    """With their defaults."""
    defaults = {
        key: "off" if field.default is None else str(field.default)
        for key, field in _keys().items()
    }
    assert {row[0].strip("`"): row[1] for row in table("key")} == defaults
    config = (ROOT / "config.example.toml").read_text()
    assert all(f"{key} = " in config for key in defaults)


def _keys() -> dict[str, Any]:
    return {str(field.alias): field for field in GasTable.model_fields.values()}


def test_offers_are_as_written() -> None:
    """In the order of the table: base fee, fill, claim near its deadline."""
    keys = r"`max-gas-price = (\S+)`, `max-urgent-gas-price = (\S+)` and a tip of (\S+),"
    text = re.search(keys, PAGE)
    assert text is not None
    ordinary, urgent, tip = (wei(number) for number in text.groups())
    transport = ScriptedTransport(eth_feeHistory=history(tip))
    source = fees.FeeSource(
        make_client(transport),
        FeeLimits(ordinary, urgent),
        FakeClock(),
        RecordingLogger().logger,
    )
    claim = make_claim_fill(deadline=Timestamp(NOW + URGENT_SECONDS))
    for base_fee, *offers in table("base fee"):
        head = make_block(base_fee=wei(base_fee))
        found = [source.offer([action], head) for action in (make_fill(), claim)]
        expected = [None if offer == "waits" else wei(offer) for offer in offers]
        assert [offer and offer.maximum for offer in found] == expected, base_fee


def test_costs_are_as_written() -> None:
    """Computed by what the agent computes them with, from the page's prices and the oracle's."""
    text = re.search(r"a base fee of (\S+) gwei and a tip of (\S+) gwei, all", PAGE)
    assert text is not None
    base_fee, tip = (wei(number) for number in text.groups())
    rows = {row[0]: row[1:] for row in table("action")}
    assert {label: int(row[0].replace(" ", "")) for label, row in rows.items()} == MEASURED_GAS
    transport = ScriptedTransport(eth_feeHistory=history(tip))
    transport.on("eth_call", _oracle({label: (row[2], row[3]) for label, row in rows.items()}))
    source = CostSource(FeeFamily.OP_STACK, CALLS, GasBook(), MarketReader(), FakeClock())
    source.take(make_client(transport).batch(source.questions()), make_block(base_fee=base_fee))
    costs = source.costs()
    assert costs is not None
    for label, (gas, paid, _, _, whole) in rows.items():
        assert wei(gas) // GWEI * (base_fee + tip) == wei(paid)
        assert getattr(costs, label) == wei(whole)
    together = Decimal(costs.fill + costs.claim + costs.withdraw)
    assert f"{together / GWEI:f} gwei together, {together / 10**18:f} ETH." in PAGE


def _oracle(told: dict[str, tuple[str, str]]) -> Any:
    """An oracle that tells an action's fees by the questions about it."""
    answers = {}
    for label, call in CALLS.items():
        questions = surcharge_questions(FeeFamily.OP_STACK, call, MEASURED_GAS[label])
        for (_, params), fee in zip(questions, told[label], strict=True):
            answers[params[0]["data"]] = "0x" + encode(["uint256"], [wei(fee)]).hex()
    return lambda call, _: answers[call["data"]]


@pytest.mark.parametrize(
    "words",
    [
        f"the newest {market.HISTORY_BLOCKS} blocks",
        f"a {({25: 'quarter'})[market.PERCENTILE]} of its gas",
        f"up to {market.TIP_CEILING // GWEI} gwei",
        f"none above {market.MOST_TIP // GWEI} gwei",
        f"no gas price above {market.GAS_PRICE_CEILING // GWEI} gwei",
        f"Replacements end at {fees.REPLACEMENT_CAP} times",
        f"within {URGENT_SECONDS // 60} minutes of their deadline",
        f"every {COST_SECONDS:.0f} seconds",
        GAS_PRICE_ORACLE,
        ARB_GAS_INFO,
        NODE_INTERFACE,
    ],
)
def test_numbers_are_those_of_the_code(words: str) -> None:
    """Each where the page tells of it."""
    assert words in PAGE


def test_offer_outlasts_as_many_full_blocks_as_written() -> None:
    """Each makes the base fee an eighth dearer; one more would pass the double."""
    assert "after five full blocks in a row" in PAGE
    assert 1.125**5 < 2 < 1.125**6


def test_average_is_as_slow_as_written() -> None:
    """A share in words."""
    assert SHARE == 8
    assert "each counts for an eighth" in PAGE
    assert REMEMBER_SECONDS == 3_600
    assert "After an hour without one" in PAGE


def test_log_lines_are_written_as_they_are_logged() -> None:
    """So that they can be searched for."""
    code = (ROOT / "beamer_agent" / "transactions" / "fees.py").read_text()
    for sentence in ("Endpoint suggests a fee out of all proportion", "Gas is too dear to send"):
        assert f"`{sentence}`" in PAGE
        assert f'"{sentence}"' in code


def test_functions_are_those_that_are_asked() -> None:
    """By their selectors."""
    signatures = {
        "getL1Fee": "getL1Fee(bytes)",
        "getOperatorFee": "getOperatorFee(uint256)",
        "gasEstimateL1Component": "gasEstimateL1Component(address,bool,bytes)",
    }
    asked = {
        bytes.fromhex(params[0]["data"][2:10])
        for family in FeeFamily
        for _, params in surcharge_questions(family, CALLS["fill"], 1)
    }
    assert asked == {function_signature_to_4byte_selector(s) for s in signatures.values()}
    assert all(f"`{name}`" in PAGE for name in signatures)


def test_metrics_are_those_of_transactions() -> None:
    """All of them, with their labels, and every way to end."""
    registry = CollectorRegistry()
    metrics = vars(TransactionMetrics(registry)).values()
    families = [metric for metric in metrics if isinstance(metric, Counter | Gauge)]
    known = {
        family._name + ("_total" if isinstance(family, Counter) else ""): family._labelnames
        for family in families
    }
    rows = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in table("metric")}
    assert {name: ("chain_id", *labels) for name, labels in rows.items()} == known
    assert all(f"`{outcome}`" in PAGE for outcome in Outcome)
