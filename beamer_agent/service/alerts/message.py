"""Message: news of alerts in, what is sent to every channel out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from beamer_agent.service.alerts.evaluator import AlertNews, NewsKind
from beamer_agent.service.alerts.rule import Severity
from beamer_agent.types import Address, Timestamp

PROGRAM: Final = "beamer-agent"


class Tone(Enum):
    """How a channel may show it, by apprise's words."""

    FAILURE = "failure"
    WARNING = "warning"
    SUCCESS = "success"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """What is sent."""

    title: str
    body: str
    tone: Tone


def message_of(news: Sequence[AlertNews], account: Address, now: Timestamp) -> AlertMessage:
    """What is new at one time, as one message: whatever breaks, breaks other things too."""
    entries = "\n\n".join(_entry(entry, now) for entry in news)
    return AlertMessage(_title(news), f"{entries}\n\n{_from(account)}", _tone(news))


def message_of_test(account: Address) -> AlertMessage:
    """What is sent to see whether it arrives."""
    body = f"This is a test. Nothing is wrong.\n\n{_from(account)}"
    return AlertMessage(f"{PROGRAM}: test", body, Tone.INFO)


def _from(account: Address) -> str:
    return f"From {PROGRAM} of {account}."


def _title(news: Sequence[AlertNews]) -> str:
    if len(news) == 1:
        entry = news[0]
        where = ", ".join(entry.alert.labels.values())
        title = f"{entry.kind}: {entry.alert.name}{f' ({where})' if where else ''}"
    else:
        counts = [(kind, sum(entry.kind is kind for entry in news)) for kind in NewsKind]
        title = ", ".join(f"{count} {kind}" for kind, count in counts if count)
    return f"{PROGRAM}: {title}"


def _entry(news: AlertNews, now: Timestamp) -> str:
    alert = news.alert
    since = datetime.fromtimestamp(alert.since, UTC)
    lines = [f"{news.kind} {alert.severity} {alert.name}: {alert.sentence}"]
    minutes = (now - alert.since) / 60
    lines.append(f"Since {since:%Y-%m-%d %H:%M:%S} UTC, for {minutes:.0f} minutes.")
    lines.append(f"What to do: {alert.runbook}")
    return "\n".join(lines)


def _tone(news: Sequence[AlertNews]) -> Tone:
    going_on = [entry.alert for entry in news if entry.kind is not NewsKind.RECOVERED]
    if not going_on:
        return Tone.SUCCESS
    is_critical = any(alert.severity == Severity.CRITICAL for alert in going_on)
    return Tone.FAILURE if is_critical else Tone.WARNING
