"""Headline: how the agent is, in one sentence; what `systemctl status` shows."""

from beamer_agent.service.readiness import SERVICE, hindrances
from beamer_agent.service.status import Status


def headline(status: Status) -> str:
    """The service's state, and what cannot act and why."""
    service = status.service
    words = [service.state.capitalize() + (f": {service.reason}" if service.reason else "")]
    if status.directions:
        ready = sum(direction.is_ready for direction in status.directions)
        words.append(f"{ready} of {len(status.directions)} directions are ready")
    words.extend(f"{h.part}: {h.reason}" for h in hindrances(status) if h.part != SERVICE)
    return "; ".join(words)
