"""`[alerts]`: which URLs are taken, and that none of them is ever shown."""

from pathlib import Path

import pytest

from beamer_agent.config import Config, load_config
from beamer_agent.errors import ConfigurationError
from beamer_agent.logging import HIDDEN, Redactor, secrets_of

pytestmark = pytest.mark.unit

SECRET = "s3cret-of-the-url"
LEAST = """
artifacts-dir = "x"
account = {path = "x", password = "y"}
chains.l2a.rpc-url = "http://127.0.0.1:8545"
[alerts]
"""


def load(tmp_path: Path, *lines: str) -> Config:
    """A configuration with these lines in `[alerts]`."""
    path = tmp_path / "agent.toml"
    path.write_text(LEAST + "\n".join(lines))
    return load_config(path, {})


def faults(tmp_path: Path, *lines: str) -> tuple[str, ...]:
    """What is wrong with these lines."""
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, *lines)
    assert SECRET not in str(caught.value)
    return caught.value.faults


def test_nobody_is_told_unless_asked_for(tmp_path: Path) -> None:
    """No channel, no heartbeat; a minute between two of them."""
    alerts = load(tmp_path).alerts
    assert (alerts.urls, alerts.heartbeat_url, alerts.heartbeat_period) == ((), None, 60)


def test_urls_are_secret(tmp_path: Path) -> None:
    """One or several, for whatever service."""
    urls = f'urls = ["discord://id/{SECRET}", "mailto://u:{SECRET}@example.org?name=My Agent"]'
    config = load(tmp_path, urls, f'heartbeat-url = "https://hc.example/{SECRET}"')
    assert len(config.alerts.urls) == 2
    assert SECRET not in repr(config)
    assert len(load(tmp_path, 'urls = "json://localhost"').alerts.urls) == 1


def test_faults_of_urls_are_told_without_them(tmp_path: Path) -> None:
    """With their positions, all at once."""
    channel = "must be a URL as apprise has them, such as discord://ID/TOKEN"
    urls = f'urls = ["json://a", "{SECRET}", "json://a", 5, "://{SECRET}", "a://b\\u0007"]'
    assert faults(tmp_path, urls, f'heartbeat-url = "ftp://x/{SECRET}"') == (
        f"alerts.urls.1: {channel}",
        "alerts.urls.2: is the same URL as the one at position 0",
        "alerts.urls.3: must be a URL or a list of URLs",
        f"alerts.urls.4: {channel}",
        f"alerts.urls.5: {channel}",
        "alerts.heartbeat-url: must be an http:// or https:// URL with a host",
    )


def test_heartbeat_has_one_url_and_a_period_that_passes(tmp_path: Path) -> None:
    """Misspelt keys are found, too."""
    lines = ('heartbeat-url = ["http://a", "http://b"]', "heartbeat-period = 0", "url = 1")
    assert faults(tmp_path, *lines) == (
        "alerts.heartbeat-url: must be an http:// or https:// URL with a host",
        "alerts.heartbeat-period: must be more than 0",
        'alerts.url: unknown key; did you mean "urls"?',
    )


@pytest.mark.parametrize(
    ("url", "secrets", "harmless"),
    [
        ("discord://1234567890/AbCdEfGh-12", ["1234567890", "AbCdEfGh-12"], []),
        ("tgram://123456789:AAbbCC-ddEE/lead2gold", ["123456789", "AAbbCC-ddEE"], []),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlaz/#optimism", ["T1JJ3T3L2"], ["optimism"]),
        ("mailto://me:passwordword@mail.example?name=x", ["passwordword"], ["mail.example"]),
        ("json://localhost:8080/hook/Ab34567890?-key=lettersonly", ["lettersonly"], ["localhost"]),
        ("json://127.0.0.1:8080/tok%2Den123", ["tok%2Den123", "tok-en123"], ["127.0.0.1"]),
        ("pover://user1234567@token.with.dots@abc", ["user1234567"], []),
        ("https://hc.example/ping/0a1b2c3d-ffff", ["0a1b2c3d-ffff"], ["hc.example", "ping"]),
    ],
)
def test_tokens_are_cut_out_of_the_log(
    tmp_path: Path, url: str, secrets: list[str], harmless: list[str]
) -> None:
    """Wherever a service has them; hosts and words stay readable."""
    key = "heartbeat-url" if url.startswith("https") else "urls"
    redactor = Redactor(secrets_of(load(tmp_path, f'{key} = "{url}"')))
    for secret in secrets:
        assert redactor.text(f"a {secret} b") == f"a {HIDDEN} b"
    for word in harmless:
        assert redactor.text(f"a {word} b") == f"a {word} b"
