"""Configuration of depth: how many blocks are waited for, and how much is dared before."""

from pathlib import Path

import pytest

from beamer_agent.config import Config, load_config
from beamer_agent.errors import ConfigurationError

pytestmark = pytest.mark.unit

TOP = 'artifacts-dir = "deployments"\n'
ACCOUNT = '[account]\npath = "account.json"\npassword = "test"\n'
CHAIN = "[chains.a]\nrpc-url = 'http://a'\n"
TOKENS = "\n[tokens]\nUSDC = []\nDAI = []\n"


def load(folder: Path, lines: str = "", top: str = "") -> Config:
    """The configuration with these lines in the table of the only chain, and these at the top."""
    path = folder / "config.toml"
    path.write_text(f"{TOP}{top}\n{ACCOUNT}{CHAIN}{lines}{TOKENS}")
    return load_config(path, {})


def faults(folder: Path, lines: str) -> list[str]:
    """What is wrong with these lines of the only chain, below it."""
    with pytest.raises(ConfigurationError) as caught:
        load(folder, lines)
    return [fault.removeprefix("chains.a.") for fault in caught.value.faults]


def test_depth_is_not_limited_by_itself(tmp_path: Path) -> None:
    """Without keys: no block is waited for, nothing is capped, a head of any age will do."""
    chain = load(tmp_path).chains["a"]
    assert (chain.claim_confirmations, chain.finality_blocks, chain.stale_after) == (0, 256, None)
    assert (chain.confirmations, chain.max_unfinal) == ({}, {})


@pytest.mark.parametrize(
    ("top", "lines", "depth"),
    [
        ("confirmation-blocks = 3", "", 3),
        ("confirmation-blocks = 3", "confirmation-blocks = 4", 4),
        ("claim-confirmations = 5", "confirmation-blocks = 4", 5),
        ("claim-confirmations = 5", "claim-confirmations = 0", 0),
        ("", "claim-confirmations = 6\nconfirmation-blocks = 4", 6),
    ],
)
def test_a_claim_waits_for_as_many_blocks_as_anything_else(
    tmp_path: Path, top: str, lines: str, depth: int
) -> None:
    """Unless the chain says otherwise, or the top of the file does."""
    assert load(tmp_path, lines, top).chains["a"].claim_confirmations == depth


def test_finality_and_staleness_come_from_the_top_or_the_chain(tmp_path: Path) -> None:
    """The chain's own word wins."""
    top = "finality-blocks = 64\nstale-after = 60"
    inherited = load(tmp_path, top=top).chains["a"]
    assert (inherited.finality_blocks, inherited.stale_after) == (64, 60)
    own = load(tmp_path, "finality-blocks = 8\nstale-after = 9", top).chains["a"]
    assert (own.finality_blocks, own.stale_after) == (8, 9)


def test_amounts_are_base_units_by_token(tmp_path: Path) -> None:
    """As numbers or as decimal text, as large as they may be."""
    lines = (
        f"confirmations.USDC = [['1000', 5], [2000, 20]]\nconfirmations.DAI = [[0, 1]]\n"
        f"max-unfinal = {{USDC = '{2**256 - 1}', DAI = 0}}"
    )
    chain = load(tmp_path, lines).chains["a"]
    usdc = [(tier.amount, tier.blocks) for tier in chain.confirmations["USDC"]]
    assert usdc == [(1000, 5), (2000, 20)]
    assert [(tier.amount, tier.blocks) for tier in chain.confirmations["DAI"]] == [(0, 1)]
    assert chain.max_unfinal == {"USDC": 2**256 - 1, "DAI": 0}


UNITS = "must be an amount of base units, 0 to 2^256 - 1"
MORE = "must have more of both than the entry before it"


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("claim-confirmations = -1", "claim-confirmations: must be at least 0"),
        ("finality-blocks = 0", "finality-blocks: must be at least 1"),
        ("stale-after = 0", "stale-after: must be at least 1"),
        ("stale-after = 'x'", "stale-after: must be a whole number, not text"),
        ("confirmations = 5", "confirmations: must be a table, not a whole number"),
        ("confirmations.USDC = 5", "confirmations.USDC: must be a list, not a whole number"),
        (
            "confirmations.USDC = ['5']",
            "confirmations.USDC.0: must be [amount, blocks] or [amount, blocks, risk-ppm]",
        ),
        (
            "confirmations.USDC = [['5']]",
            "confirmations.USDC.0: must be [amount, blocks] or [amount, blocks, risk-ppm]",
        ),
        ("confirmations.USDC = [['5', -1]]", "confirmations.USDC.0.blocks: must be at least 0"),
        (
            "confirmations.USDC = [['x', 1]]",
            "confirmations.USDC.0.amount: must be a whole number, plain or as decimal text",
        ),
        ("confirmations.USDC = [['-1', 1]]", f"confirmations.USDC.0.amount: {UNITS}"),
        ("confirmations.USDC = [[1, 1], [1, 2]]", f"confirmations.USDC.1: {MORE}"),
        ("confirmations.USDC = [[1, 2], [2, 2]]", f"confirmations.USDC.1: {MORE}"),
        ("confirmations.USDC = [[2, 2], [1, 1]]", f"confirmations.USDC.1: {MORE}"),
        ("max-unfinal = 5", "max-unfinal: must be a table, not a whole number"),
        ("max-unfinal.USDC = -1", f"max-unfinal.USDC: {UNITS}"),
        (f"max-unfinal.USDC = '{2**256}'", f"max-unfinal.USDC: {UNITS}"),
        ("max-unfinal.XYZ = 1", "max-unfinal.XYZ: is no list of [tokens]"),
        (
            "max-unfinal.usdc = 1",
            'max-unfinal.usdc: is no list of [tokens]; did you mean "USDC"?',
        ),
        (
            "confirmations.USDT = [[1, 1]]",
            'confirmations.USDT: is no list of [tokens]; did you mean "USDC"?',
        ),
    ],
)
def test_a_limit_that_would_not_hold_is_a_fault(tmp_path: Path, lines: str, fault: str) -> None:
    """A misspelt token or a lost entry would take a limit away without a word."""
    assert faults(tmp_path, lines) == [fault]


def test_faults_between_tables_are_told_together(tmp_path: Path) -> None:
    """Those of tokens' names, and those of the stakes' limits."""
    lines = "max-claim-stake = 9\nconfirmations.X = [[1, 1]]\nmax-unfinal.Y = 1"
    assert faults(tmp_path, lines) == [
        "max-total-stake: must be at least max-claim-stake",
        "confirmations.X: is no list of [tokens]",
        "max-unfinal.Y: is no list of [tokens]",
    ]
