"""The words of the control socket: a command in one line, an answer in another, both JSON.

{"verb": "pause", "subject": "l2a->l2b"}     --->
                                             <---  {"outcome": "done", "lines": ["..."]}
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

LONGEST_LINE: Final = 4_096
"""Bytes of a command, with its end."""


class Verb(StrEnum):
    """What can be asked for."""

    STATUS = "status"
    RISK = "risk"
    PAUSE = "pause"
    RESUME = "resume"
    DRAIN = "drain"
    RESTART = "restart"
    LOG_LEVEL = "log-level"


class CommandOutcome(StrEnum):
    """What became of a command."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Command:
    """One line of a client."""

    verb: Verb
    subject: str | None = None
    """A direction, a part or a level."""
    is_hard: bool = False
    """Of a restart."""

    def line(self) -> bytes:
        """As it is sent."""
        fields = {"verb": self.verb, "subject": self.subject, "hard": self.is_hard}
        return json.dumps(fields).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the agent."""

    outcome: CommandOutcome
    lines: tuple[str, ...]
    """For people."""

    def line(self) -> bytes:
        """As it is sent."""
        return json.dumps({"outcome": self.outcome, "lines": self.lines}).encode() + b"\n"


def done(*lines: str) -> Answer:
    """What was asked for is so now."""
    return Answer(CommandOutcome.DONE, lines)


def refused(sentence: str) -> Answer:
    """Nothing was changed, and this is why."""
    return Answer(CommandOutcome.REFUSED, (sentence,))


def read_command(line: bytes) -> Command:
    """A client's line.

    Raises:
        ValueError: it is none, with a sentence for whoever sent it.
    """
    fields = _fields(line)
    verb, subject, is_hard = fields.get("verb"), fields.get("subject"), fields.get("hard", False)
    if verb not in list(Verb):
        raise ValueError(f"there is no such verb; there are {', '.join(Verb)}")
    if not isinstance(subject, str | None) or not isinstance(is_hard, bool):
        raise ValueError("subject must be text, and hard true or false")
    return Command(Verb(verb), subject, is_hard)


def read_answer(line: bytes) -> Answer:
    """The agent's line.

    Raises:
        ValueError: it is none.
    """
    fields = _fields(line)
    lines = fields.get("lines")
    if not isinstance(lines, list) or not all(isinstance(text, str) for text in lines):
        raise ValueError("lines must be a list of texts")
    return Answer(CommandOutcome(str(fields.get("outcome"))), tuple(lines))


def _fields(line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("a line must be a JSON object") from None
    if not isinstance(fields, dict):
        raise ValueError("a line must be a JSON object")
    return fields
