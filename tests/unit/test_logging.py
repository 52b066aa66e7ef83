import io
import json
import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from beamer_agent.config import AccountConfig, BaseChainConfig, ChainConfig, Config
from beamer_agent.logging import Redactor, configure_logging, secrets_of

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("restored_logging")]

KEY = "0123456789abcdef0123456789abcdef"


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


@dataclass(frozen=True)
class Value:
    """Something of ours in a log line."""

    identity: bytes
    amount: int
    key: str = field(default="hunter2", repr=False)


def logged(level: str = "info", secrets: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    """The JSON line that a call leads to."""
    stream = io.StringIO()
    configure_logging(level, "json", secrets, stream)
    structlog.get_logger("beamer_agent.test").info("Filled", **fields)
    line: dict[str, Any] = json.loads(stream.getvalue())
    return line


def foreign(
    name: str, message: str, *args: object, secrets: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The JSON line that is written when a library warns."""
    stream = io.StringIO()
    configure_logging("debug", "json", secrets, stream)
    logging.getLogger(name).warning(message, *args)
    line: dict[str, Any] = json.loads(stream.getvalue())
    return line


def test_a_line_says_what_when_where_and_who() -> None:
    """Sentence, level, time, logger and thread are there for every line."""
    line = logged(chain_id=10)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "Filled",
        "chain_id": 10,
        "level": "info",
        "logger": "beamer_agent.test",
        "thread_name": threading.current_thread().name,
    }


def test_values_are_readable() -> None:
    """Bytes are hex, amounts keep all their digits, values are tables."""
    line = logged(
        request_id=b"\x01\x02",
        small=2**53,
        amount=2**53 + 1,
        debt=-(2**60),
        ratio=0.5,
        done=True,
        nothing=None,
        value=Value(b"\x03", 10**18),
        many=[b"\x04", (1, 10**18)],
        table={b"\x05": {b"\x06"}},
        path=Path("x"),
        error=ValueError("broken"),
    )
    assert line["request_id"] == "0x0102"
    assert (line["small"], line["amount"], line["debt"]) == (
        2**53,
        str(2**53 + 1),
        str(-(2**60)),
    )
    assert (line["ratio"], line["done"], line["nothing"]) == (0.5, True, None)
    assert line["value"] == {"identity": "0x03", "amount": str(10**18)}
    assert line["many"] == ["0x04", [1, str(10**18)]]
    assert line["table"] == {"0x05": ["0x06"]}
    assert (line["path"], line["error"]) == ("x", "broken")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"https://a.b/v3/{KEY}", "https://a.b/***"),
        (f"https://user:{KEY}@a.b:8545", "https://a.b:8545"),
        (f"https://{KEY}@a.b/", "https://a.b/"),
        ("https://a:p@ss@h.x/", "https://h.x/"),
        (f"wss://a.b?apikey={KEY}", "wss://a.b/***"),
        (f"at (http://a.b/{KEY}), again", "at (http://a.b/***), again"),
        ("http://127.0.0.1:8545 refused", "http://127.0.0.1:8545 refused"),
        (f'http://a:80 "POST /v3/{KEY} HTTP/1.1" 200', 'http://a:80 "POST /*** HTTP/1.1" 200'),
        (
            f"HTTPPool(host='a'): Max retries exceeded with url: /v3/{KEY} (Caused",
            "HTTPPool(host='a'): Max retries exceeded with url: /*** (Caused",
        ),
        (
            f"Retrying (1) after connection broken by 'X('y')': /v3/{KEY}",
            "Retrying (1) after connection broken by 'X('y')': /***",
        ),
        ("1/2 of no/URL", "1/2 of no/URL"),
    ],
)
def test_credentials_are_cut_out_of_urls(text: str, shown: str) -> None:
    """Host and port stay, so that an operator knows which endpoint is meant."""
    assert Redactor().text(text) == shown


def test_credentials_are_cut_wherever_they_stand() -> None:
    """In sentences, in values, deep in tables, in the keys of tables."""
    url = f"https://a.b/{KEY}"
    line = logged(secrets=("the password",), url=url, deep=[{url: {"x": (url, "the password")}}])
    assert KEY not in str(line)
    assert line["url"] == "https://a.b/***"
    assert line["deep"] == [{"https://a.b/***": {"x": ["https://a.b/***", "***"]}}]


def test_a_line_cannot_command_a_terminal() -> None:
    """Endpoints and contracts choose some of the texts."""
    assert Redactor().text("a\x1b[2Jb\x9bc\rd\te\nf") == "a?[2Jb?c?d\te\nf"


def test_text_of_others_can_always_be_encoded() -> None:
    """JSON can hold halves of surrogate pairs; a page or a terminal cannot."""
    assert Redactor().text("a\ud800b\udfffc").encode() == b"a?b?c"


def test_lines_of_libraries_are_cleaned_too() -> None:
    """They do not know what is secret."""
    line = foreign("urllib3.connectionpool", "to %s at %s", f"http://a/{KEY}", "the password")
    assert line["event"] == "to http://a/*** at the password"
    line = foreign("urllib3.connectionpool", "at %s", "the password", secrets=("the password",))
    assert line["event"] == "at ***"


def test_lines_of_libraries_say_as_much_as_ours() -> None:
    """One reader serves both."""
    assert foreign("web3", "slow").keys() == logged().keys()


def test_a_traceback_shows_no_values_and_no_credentials() -> None:
    """Neither the message's URL nor the local variables of the frames."""
    for log_format in ("json", "console"):
        stream = io.StringIO()
        configure_logging("info", log_format, (), stream)
        try:
            local_value = "hunter2" * 2
            raise ValueError(f"no answer from https://a.b/{KEY}" + local_value[:0])
        except ValueError:
            structlog.get_logger("beamer_agent.test").exception("Failed")
        text = stream.getvalue()
        assert "ValueError: no answer from https://a.b/***" in text
        assert "Traceback" in text
        assert KEY not in text
        assert "hunter2hunter2" not in text


def test_known_secrets_of_a_configuration() -> None:
    """Passwords and what looks like a key; ordinary words of paths stay readable."""
    config = Config(
        artifacts_dir=Path(),
        account=AccountConfig(path=Path(), password=SecretStr("the password")),
        base_chain=BaseChainConfig(rpc_url=(SecretStr("http://h?apikey=short&x=%20y"),)),
        chains={
            "a": ChainConfig(rpc_url=(SecretStr(f"http://h/optimism/mainnet-rpc-proxy/{KEY}"),)),
            "b": ChainConfig(
                rpc_url=(
                    SecretStr("http://user:p%40ssword@h"),
                    SecretStr(f"http://{KEY}2.rpc.example"),
                ),
                ws_url=(SecretStr(f"ws://h/{KEY}3"),),
            ),
        },
    )
    passwords = {"the password", "short", " y", "p%40ssword", "p@ssword"}
    assert secrets_of(config) == passwords | {KEY, f"{KEY}2", f"{KEY}3"}
    without = AccountConfig(path=Path(), password_file=Path("x"))
    assert "the password" not in secrets_of(config.model_copy(update={"account": without}))


def test_short_secrets_do_not_hide_ordinary_words() -> None:
    """A password `a` would blacken every line."""
    assert Redactor(["a", ""]).text("a plain word") == "a plain word"


def test_the_longest_secret_is_cut_first() -> None:
    """No rest of it stays behind a shorter one."""
    assert Redactor(["password", "password-and-more"]).text("password-and-more") == "***"


def test_auto_is_console_on_a_terminal_and_json_elsewhere() -> None:
    """People read the one, programs the other."""
    for stream in (io.StringIO(), Terminal()):
        configure_logging("info", "auto", (), stream)
        structlog.get_logger("beamer_agent.test").info("Filled")
        assert stream.getvalue().startswith("{") is not stream.isatty()


def test_a_format_can_be_demanded() -> None:
    """Wherever the lines go."""
    plain, terminal = io.StringIO(), Terminal()
    configure_logging("info", "console", (), plain)
    structlog.get_logger("beamer_agent.test").info("Filled", amount=b"\x01")
    assert "amount=0x01" in plain.getvalue()
    configure_logging("info", "json", (), terminal)
    structlog.get_logger("beamer_agent.test").info("Filled")
    assert json.loads(terminal.getvalue())["event"] == "Filled"


def test_levels_are_obeyed_and_libraries_kept_quiet() -> None:
    """A library's lines per call would bury ours."""
    stream = io.StringIO()
    configure_logging("debug", "json", (), stream)
    structlog.get_logger("beamer_agent.test").debug("Seen")
    for name in ("web3.manager", "urllib3.connectionpool", "statemachine.engine"):
        logging.getLogger(name).info("called")
    assert len(stream.getvalue().splitlines()) == 1
    configure_logging("error", "json", (), stream)
    structlog.get_logger("beamer_agent.test").warning("Not seen")
    logging.getLogger("web3").warning("Not seen")
    assert len(stream.getvalue().splitlines()) == 1


def test_stderr_is_where_lines_go(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output belongs to what commands print."""
    configure_logging("info", "json")
    structlog.get_logger("beamer_agent.test").info("Filled")
    captured = capsys.readouterr()
    assert json.loads(captured.err)["event"] == "Filled"
    assert captured.out == ""
