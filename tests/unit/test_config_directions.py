"""Configuration of directions: which are filled, which are only watched."""

from pathlib import Path

import pytest

from beamer_agent.config import Config, load_config
from beamer_agent.errors import ConfigurationError

pytestmark = pytest.mark.unit

TOP = 'artifacts-dir = "deployments"\n[account]\npath = "account.json"\npassword = "test"\n'
A = '[chains.a]\nrpc-url = "http://a"\n'


def load(folder: Path, text: str) -> Config:
    """A configuration written to a file and read."""
    path = folder / "config.toml"
    path.write_text(text)
    return load_config(path, {})


def faults(folder: Path, text: str) -> tuple[str, ...]:
    """The faults of a file."""
    with pytest.raises(ConfigurationError) as caught:
        load(folder, text)
    return tuple(caught.value.faults)


@pytest.mark.parametrize(
    ("top", "chain", "direction", "fills"),
    [
        (None, None, None, True),
        (False, None, None, False),
        (False, True, None, True),
        (True, False, None, False),
        (True, False, True, True),
        (False, True, False, False),
    ],
)
def test_the_nearest_word_on_filling_counts(
    tmp_path: Path, top: bool | None, chain: bool | None, direction: bool | None, fills: bool
) -> None:
    """A direction's own word beats its target chain's, and that beats the top's."""

    def line(value: bool | None) -> str:
        return "" if value is None else f"fill = {str(value).lower()}\n"

    table = "" if direction is None else f'[directions."a->b"]\n{line(direction)}'
    text = f"{line(top)}{TOP}{A}[chains.b]\nrpc-url = 'http://b'\n{line(chain)}{table}"
    assert load(tmp_path, text).fills("a", "b") is fills


def test_a_chain_says_what_is_paid_out_on_it(tmp_path: Path) -> None:
    """Its word is about fills to it; requests from it are filled as their targets say."""
    text = f"{TOP}{A}[chains.b]\nrpc-url = 'http://b'\nfill = false\n"
    config = load(tmp_path, text)
    assert config.served_directions() == (("a", "b"), ("b", "a"))
    assert [config.fills(*names) for names in config.served_directions()] == [False, True]


def test_a_lone_chain_is_a_direction_too(tmp_path: Path) -> None:
    """It is served to itself, or watched."""
    config = load(tmp_path, f'{TOP}{A}[directions."a->a"]\nfill = false')
    assert config.served_directions() == (("a", "a"),)
    assert not config.fills("a", "a")


WRITTEN = 'must be written "SOURCE->TARGET", with the names of two chains'


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("alpha", WRITTEN),
        ("alpha->", WRITTEN),
        ("->beta", WRITTEN),
        ("alpha>beta", WRITTEN),
        ("alpha->gamma", 'there is no chain "gamma"'),
        ("alpha -> beta", 'there is no chain "alpha "; did you mean "alpha"?'),
        ("alfa->beta", 'there is no chain "alfa"; did you mean "alpha"?'),
        ("beta->beta", "a chain is its own target only when it is the only chain"),
    ],
)
def test_a_direction_leads_from_one_configured_chain_to_another(
    tmp_path: Path, key: str, sentence: str
) -> None:
    """A misspelt direction would be filled though the operator has forbidden it."""
    chains = "[chains]\nalpha.rpc-url = 'http://a'\nbeta.rpc-url = 'http://b'\n"
    found = faults(tmp_path, f"{TOP}{chains}[directions.'{key}']\nfill = false")
    assert found[0] == f"directions.{key}: {sentence}"


def test_directions_are_not_judged_without_good_chains(tmp_path: Path) -> None:
    """Only the chain's own fault is told."""
    text = f"{TOP}[chains.a]\nrpc-url = 5\n[directions.'a->b']\nfill = false"
    assert faults(tmp_path, text) == ("chains.a.rpc-url: must be a URL or a list of URLs",)
