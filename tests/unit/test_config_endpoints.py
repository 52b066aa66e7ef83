"""Configuration of endpoints: one URL or several, those that push, and how many must agree."""

from pathlib import Path

import pytest

from beamer_agent.config import ChainConfig, Config, load_config
from beamer_agent.errors import ConfigurationError

pytestmark = pytest.mark.unit

TOP = 'artifacts-dir = "deployments"\n[account]\npath = "account.json"\npassword = "test"\n'

URL = "must be an http://, https://, ws:// or wss:// URL with a host"
PUSH_URL = "must be a ws:// or wss:// URL with a host"
LIST = "must be a URL or a list of URLs"
NO_HTTP = "needs an http:// or https:// URL"


def load(folder: Path, lines: str) -> Config:
    """The configuration with these lines in the table of the only chain."""
    path = folder / "config.toml"
    path.write_text(f"{TOP}[chains.a]\n{lines}")
    return load_config(path, {})


def chain(folder: Path, lines: str) -> ChainConfig:
    """The only chain with these lines."""
    return load(folder, lines).chains["a"]


def faults(folder: Path, lines: str) -> list[str]:
    """What is wrong with these lines."""
    with pytest.raises(ConfigurationError) as caught:
        load(folder, lines)
    return list(caught.value.faults)


@pytest.mark.parametrize(
    ("lines", "answering", "telling"),
    [
        ("rpc-url = 'http://a'", ["http://a"], []),
        ("rpc-url = ['https://b', 'http://a']", ["https://b", "http://a"], []),
        (
            "rpc-url = ['ws://c', 'http://a', 'wss://d', 'http://b']",
            ["http://a", "http://b"],
            ["ws://c", "wss://d"],
        ),
        ("rpc-url = 'http://a'\nws-url = 'ws://a'", ["http://a"], ["ws://a"]),
        (
            "rpc-url = 'http://a'\nws-url = ['ws://a', 'ws://b']",
            ["http://a"],
            ["ws://a", "ws://b"],
        ),
        ("rpc-url = ['http://a', 'ws://a']\nws-url = 'ws://a'", ["http://a"], ["ws://a"]),
    ],
)
def test_urls_are_parted_by_what_they_serve(
    tmp_path: Path, lines: str, answering: list[str], telling: list[str]
) -> None:
    """In the order of the file; ws entries of either key only tell of new heads."""
    found = chain(tmp_path, lines)
    assert [url.get_secret_value() for url in found.rpc_url] == answering
    assert [url.get_secret_value() for url in found.ws_urls] == telling


def test_the_base_chain_has_endpoints_too(tmp_path: Path) -> None:
    """The same keys, with the same meaning."""
    base = "[base-chain]\nrpc-url = ['http://l1', 'ws://l1', 'http://l2']"
    found = load(tmp_path, f"rpc-url = 'http://a'\n{base}").base_chain
    assert found is not None
    assert [url.get_secret_value() for url in found.rpc_url] == ["http://l1", "http://l2"]
    assert [url.get_secret_value() for url in found.ws_urls] == ["ws://l1"]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("rpc-url = 5", f"rpc-url: {LIST}"),
        ("rpc-url = ['http://a', 5]", f"rpc-url.1: {LIST}"),
        ("rpc-url = []", f"rpc-url: {NO_HTTP}"),
        ("rpc-url = 'ws://a'", f"rpc-url: {NO_HTTP}"),
        ("rpc-url = ['ws://a', 'wss://b']", f"rpc-url: {NO_HTTP}"),
        ("rpc-url = ['http://a', 'ws://b', 'ftp://c']", f"rpc-url.2: {URL}"),
        (
            "rpc-url = ['http://a', 'ws://b', 'http://a']",
            "rpc-url.2: is the same URL as the one at position 0",
        ),
        ("rpc-url = 'http://a'\nws-url = 'http://a'", f"ws-url: {PUSH_URL}"),
        ("rpc-url = 'http://a'\nws-url = ['ws://a', 'x']", f"ws-url.1: {PUSH_URL}"),
    ],
)
def test_unusable_urls_are_named_by_their_place(tmp_path: Path, lines: str, fault: str) -> None:
    """Of a list, the position; a chain needs somebody to ask."""
    assert faults(tmp_path, lines) == [f"chains.a.{fault}"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://user:hunter2@a/v3/hunter2",
        "hunter2",
        "http://",
        "https:///hunter2",
        "ws://?hunter2",
        "http://a:hunter2/",
        "http://[hunter2/",
        "http://a/ hunter2",
        "http://a/hunter2\\n",
    ],
)
def test_a_url_needs_a_host_and_is_never_shown(tmp_path: Path, url: str) -> None:
    """What is refused may be a credential."""
    assert faults(tmp_path, f'rpc-url = "{url}"') == [f"chains.a.rpc-url: {URL}"]
    found = faults(tmp_path, f'rpc-url = ["http://a", "{url}"]')
    assert found == [f"chains.a.rpc-url.1: {URL}"]


@pytest.mark.parametrize(
    ("lines", "quorum"),
    [
        ("rpc-url = 'http://a'", 1),
        ("rpc-url = ['http://a', 'ws://b']", 1),
        ("rpc-url = ['http://a', 'http://b']", 2),
        ("rpc-url = ['http://a', 'http://b', 'http://c']", 2),
        ("rpc-url = ['http://a', 'http://b', 'http://c']\nquorum = 3", 3),
        ("rpc-url = ['http://a', 'http://b']\nquorum = 1", 1),
    ],
)
def test_two_endpoints_must_agree_where_there_are_two(
    tmp_path: Path, lines: str, quorum: int
) -> None:
    """Unless the operator says how many; those that only push do not count."""
    assert chain(tmp_path, lines).quorum == quorum


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("rpc-url = 'http://a'\nquorum = 2", "must be at most 1, the number of URLs in rpc-url"),
        (
            "rpc-url = ['http://a', 'ws://b']\nquorum = 2",
            "must be at most 1, the number of URLs in rpc-url",
        ),
        ("rpc-url = 'http://a'\nquorum = 0", "must be at least 1"),
        ("rpc-url = 'http://a'\nquorum = '1'", "must be a whole number, not text"),
    ],
)
def test_a_quorum_that_cannot_be_reached_is_a_fault(
    tmp_path: Path, lines: str, fault: str
) -> None:
    """With it, nothing would ever be filled."""
    assert faults(tmp_path, lines) == [f"chains.a.quorum: {fault}"]


def test_faults_of_urls_and_of_the_quorum_are_told_together(tmp_path: Path) -> None:
    """All of a table at once."""
    found = faults(tmp_path, "rpc-url = ['x', 'http://b', 'y']\nws-url = 5\nquorum = 0")
    assert found == [
        f"chains.a.rpc-url.0: {URL}",
        f"chains.a.rpc-url.2: {URL}",
        f"chains.a.ws-url: {LIST}",
        "chains.a.quorum: must be at least 1",
    ]
