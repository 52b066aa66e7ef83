import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from beamer_agent.config import (
    AccountConfig,
    ChainConfig,
    Config,
    DirectionConfig,
    LimitConfig,
    MetricsConfig,
    load_config,
)

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
TOKEN = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
OTHER_TOKEN = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"

EXISTING_OPERATOR = f"""
log-level = "INFO"
artifacts-dir = "deployments/goerli"
abi-dir = "contracts/.build"
fill-wait-time = 90
unsafe-fill-time = 700
min-source-balance = 0.15
poll-period = 4
confirmation-blocks = 3

[account]
path = "keys/account.json"
password = "test"

[metrics]
prometheus-port = 9301
host = "::1"

[base-chain]
rpc-url = "https://goerli.example/v3/abcdef"

[chains.optimism]
rpc-url = "https://user:pass@optimism.example/v2/abcdef"
confirmation-blocks = 0
poll-period = 0.5
min-source-balance = 0.3

[chains.arbitrum]
rpc-url = "http://127.0.0.1:8547"

[tokens]
USDC = [
  ["10", "{TOKEN}"],
  ["42161", "{TOKEN}", "-1"]
]
DAI = [[10, "{OTHER_TOKEN}", 5000], ["42161", "{OTHER_TOKEN}", "5000"]]
"""

SMALLEST = """
artifacts-dir = "deployments"
[account]
path = "account.json"
password = "test"
[chains.a]
rpc-url = "http://a"
"""


def load(folder: Path, text: str, overrides: dict[str, Any] | None = None) -> Config:
    """A configuration written to a file and read."""
    path = folder / "config.toml"
    path.write_text(text)
    return load_config(path, overrides or {})


def test_a_file_of_an_existing_operator_loads_unchanged(tmp_path: Path) -> None:
    """Every key of `protocol.md` section 9 is understood as existing agents understand it."""
    config = load(tmp_path, EXISTING_OPERATOR)
    assert config.log_level == "info"
    assert config.artifacts_dir == Path("deployments/goerli")
    assert config.abi_dir == Path("contracts/.build")
    assert (config.fill_wait_time, config.unsafe_fill_time) == (90, 700)
    assert (config.poll_period, config.confirmation_blocks) == (4.0, 3)
    assert config.min_source_balance == 15 * 10**16
    assert config.account.path == Path("keys/account.json")
    assert config.account.password == SecretStr("test")
    assert (config.metrics.prometheus_port, config.metrics.host) == (9301, "::1")
    assert config.base_chain is not None
    assert config.base_chain.rpc_url[0].get_secret_value() == "https://goerli.example/v3/abcdef"
    usdc, dai = config.tokens["USDC"], config.tokens["DAI"]
    assert [(t.chain_id, t.address, t.allowance) for t in usdc] == [
        (10, TOKEN, None),
        (42161, TOKEN, -1),
    ]
    assert [t.allowance for t in dai] == [5000, 5000]


def test_a_chain_takes_from_the_top_what_it_does_not_say(tmp_path: Path) -> None:
    """Own values win, the file's top comes next."""
    chains = load(tmp_path, EXISTING_OPERATOR).chains
    optimism, arbitrum = chains["optimism"], chains["arbitrum"]
    assert (optimism.confirmation_blocks, optimism.poll_period) == (0, 0.5)
    assert optimism.min_source_balance == 3 * 10**17
    assert (arbitrum.confirmation_blocks, arbitrum.poll_period) == (3, 4.0)
    assert arbitrum.min_source_balance == 15 * 10**16


def test_batches_are_off_unless_a_chain_or_the_top_says_so(tmp_path: Path) -> None:
    """The account's code is the operator's decision, chain by chain."""
    assert not load(tmp_path, SMALLEST).chains["a"].batch
    assert load(tmp_path, "batch = true\n" + SMALLEST).chains["a"].batch
    mixed = "batch = true\n" + SMALLEST.replace("[chains.a]\n", "[chains.a]\nbatch = false\n")
    assert not load(tmp_path, mixed).chains["a"].batch


def test_what_nobody_says_has_the_documented_default(tmp_path: Path) -> None:
    """The defaults are those of `protocol.md` section 9."""
    config = load(tmp_path, SMALLEST)
    assert (config.fill_wait_time, config.unsafe_fill_time) == (120, 600)
    assert (config.poll_period, config.confirmation_blocks) == (1.0, 0)
    assert config.min_source_balance == 10**17
    assert config.chains["a"].min_source_balance == 10**17
    for limits in (config, config.chains["a"]):
        assert (limits.max_claim_stake, limits.max_total_stake) == (10**18, 5 * 10**18)
    assert config.fills("a", "a")
    assert (config.log_level, config.log_format) == ("info", "auto")
    assert config.base_chain is None
    assert config.abi_dir is None
    assert config.metrics.prometheus_port is None
    assert config.metrics.host == "127.0.0.1"
    assert config.tokens == {}


def test_limits_of_stakes_are_ether_of_the_chain_or_the_top(tmp_path: Path) -> None:
    """Kept in wei; a chain may have its own."""
    text = (
        f"max-claim-stake = 0.5\nmax-total-stake = '2.5'\n{SMALLEST}"
        "[chains.b]\nrpc-url = 'http://b'\nmax-claim-stake = 2\nmax-total-stake = 2\n"
    )
    chains = load(tmp_path, text).chains
    a, b = chains["a"], chains["b"]
    assert (a.max_claim_stake, a.max_total_stake) == (5 * 10**17, 25 * 10**17)
    assert (b.max_claim_stake, b.max_total_stake) == (2 * 10**18, 2 * 10**18)


def test_the_example_configuration_is_a_configuration() -> None:
    """The example shows the defaults, and loads."""
    config = load_config(ROOT / "config.example.toml", {})
    assert set(config.chains) == {"optimism", "arbitrum"}
    defaults = {
        name: field.default
        for name, field in Config.model_fields.items()
        if not field.is_required() and field.default_factory is None
    }
    shown = {name: getattr(config, name) for name in defaults}
    assert shown == {**defaults, "base_chain": config.base_chain}


def test_the_example_configuration_shows_every_key() -> None:
    """An operator finds all of them there; those that are no default stand in comments."""
    text = (ROOT / "config.example.toml").read_text()
    for table in (Config, ChainConfig, DirectionConfig, LimitConfig, MetricsConfig):
        for name, field in table.model_fields.items():
            key = rf"(\[([\w.]+\.)?{field.alias}[].]|{field.alias} = )"
            assert re.search(rf"^(# )?{key}", text, re.M), name


@pytest.mark.parametrize(
    ("written", "wei"),
    [
        ("0.1", 10**17),
        ("1", 10**18),
        ("0", 0),
        ('"0.000000000000000001"', 1),
        ("0.000000000000000001", 1),
        ("123456789.123456789123456789", 123456789123456789123456789),
        ('"2e-1"', 2 * 10**17),
    ],
)
def test_ether_is_read_exactly(tmp_path: Path, written: str, wei: int) -> None:
    """No float is ever between the text and the amount."""
    assert load(tmp_path, f"min-source-balance = {written}\n{SMALLEST}").min_source_balance == wei


def test_overrides_beat_the_file(tmp_path: Path) -> None:
    """Dotted and nested keys mean the same; None means that nothing was given."""
    overrides = {
        "poll-period": 0.2,
        "account.path": "other.json",
        "metrics": {"prometheus-port": 1},
        "chains": {"a": {"confirmation-blocks": 7}, "b.c": {"rpc-url": "http://b"}},
        "unsafe-fill-time": None,
    }
    config = load(tmp_path, SMALLEST, overrides)
    assert config.account.path == Path("other.json")
    assert config.metrics.prometheus_port == 1
    assert config.unsafe_fill_time == 600
    assert set(config.chains) == {"a", "b.c"}
    a, b = config.chains["a"], config.chains["b.c"]
    assert a.rpc_url[0].get_secret_value() == "http://a"
    assert (a.confirmation_blocks, b.confirmation_blocks) == (7, 0)
    assert (a.poll_period, b.poll_period) == (0.2, 0.2)


def test_a_password_file_replaces_the_password_below(tmp_path: Path) -> None:
    """An override of one kind of password is no conflict with the other kind in the file."""
    account = load(tmp_path, SMALLEST, {"account.password-file": "secret.txt"}).account
    assert account.password is None
    assert account.password_file == Path("secret.txt")


def test_no_file_is_needed_when_overrides_say_everything() -> None:
    """Options alone make a configuration."""
    overrides = {
        "artifacts-dir": "x",
        "account": {"path": "y", "password": "z"},
        "chains": {"a": {"rpc-url": "http://a"}},
    }
    assert load_config(None, overrides).artifacts_dir == Path("x")


def test_code_uses_field_names() -> None:
    """Tests and tools make configurations without TOML."""
    config = Config(
        artifacts_dir=Path(),
        account=AccountConfig(path=Path("k"), password=SecretStr("p")),
        poll_period=0.5,
        chains={"a": ChainConfig(rpc_url=(SecretStr("http://a"),))},
    )
    assert config.chains["a"].poll_period == 0.5


def test_a_configuration_does_not_change() -> None:
    """It is a value."""
    config = load_config(ROOT / "config.example.toml", {})
    with pytest.raises(ValidationError, match="frozen"):
        setattr(config, "poll_period", 1.0)  # noqa: B010  mypy would refuse the assignment


def test_no_secret_is_in_a_representation(tmp_path: Path) -> None:
    """Neither passwords nor URLs are shown, because URLs hold keys."""
    config = load(tmp_path, EXISTING_OPERATOR.replace('"test"', '"hunter2"'))
    for text in (repr(config), str(config), repr(config.chains)):
        assert "hunter2" not in text
        assert "abcdef" not in text
        assert "user:pass" not in text


def test_numbers_may_come_as_decimals() -> None:
    """TOML's fractions arrive as Decimal and leave as what the field is."""
    chain = ChainConfig.model_validate({"rpc-url": "http://a", "poll-period": Decimal("0.2")})
    assert chain.poll_period == 0.2
    assert isinstance(chain.poll_period, float)
