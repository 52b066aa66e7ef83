"""The words of the control socket: what is sent is what is read, and nonsense is named."""

import pytest

from beamer_agent.service.control.spans import span
from beamer_agent.service.control.words import (
    Command,
    Verb,
    done,
    read_answer,
    read_command,
    refused,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "command",
    [
        Command(Verb.STATUS),
        Command(Verb.PAUSE, "l2a->l2b"),
        Command(Verb.RESTART, "l2a", is_hard=True),
    ],
)
def test_a_command_is_read_as_it_was_sent(command: Command) -> None:
    """In one line."""
    line = command.line()
    assert line.count(b"\n") == 1
    assert read_command(line) == command


@pytest.mark.parametrize("answer", [done("a", "b\nc"), done(), refused("no")])
def test_an_answer_is_read_as_it_was_sent(answer: object) -> None:
    """In one line, whatever its own lines hold."""
    line = answer.line()  # type: ignore[attr-defined]
    assert line.count(b"\n") == 1
    assert read_answer(line) == answer


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"", "JSON object"),
        (b"\xff", "JSON object"),
        (b"[" * 2_000, "JSON object"),
        (b"[]", "JSON object"),
        (b"{}", "there are status, risk, pause"),
        (b'{"verb": "stop"}', "there are status, risk, pause"),
        (b'{"verb": ["status"]}', "there are status, risk, pause"),
        (b'{"verb": "pause", "subject": 3}', "subject must be text"),
        (b'{"verb": "restart", "subject": "l2a", "hard": 1}', "hard true or false"),
    ],
)
def test_what_is_no_command_is_named(line: bytes, fault: str) -> None:
    """For whoever sent it."""
    with pytest.raises(ValueError, match=fault):
        read_command(line)


@pytest.mark.parametrize(
    "line",
    [b"HTTP/1.1 400 Bad Request", b"{}", b'{"outcome": "done", "lines": [1]}', b'{"lines":[]}'],
)
def test_what_is_no_answer_is_named(line: bytes) -> None:
    """Somebody else may listen at the path."""
    with pytest.raises(ValueError, match=r"."):
        read_answer(line)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0.9, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3_600, "1 h"),
        (3_601, "1 h"),
        (11_520, "3 h 12 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_spans_are_told_in_two_units(seconds: float, words: str) -> None:
    """More nobody wants to know."""
    assert span(seconds) == words
