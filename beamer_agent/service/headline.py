"""Headline: how the agent is, in one sentence; what `systemctl status` shows."""

from beamer_agent.orders import SERVICE
from beamer_agent.service.readiness import hindrances
from beamer_agent.service.status import Status


def headline(status: Status) -> str:
    """The service's state, and what cannot act and why."""
    service = status.service
    own = SERVICE, service.state
    words = [service.state.capitalize() + (f": {service.reason}" if service.reason else "")]
    found = hindrances(status)
    if status.directions:
        hindered = {hindrance.part for hindrance in found}
        ready = sum(direction.name not in hindered for direction in status.directions)
        words.append(f"{ready} of {len(status.directions)} directions are ready")
    # The service's own reason stands there already.
    words.extend(f"{h.part}: {h.reason}" for h in found if (h.part, h.state) != own)
    return "; ".join(words)
