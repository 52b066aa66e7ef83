"""Statuses of an agent between two chains, with defaults."""

from typing import Any

from beamer_agent.service.status import (
    AlertStatus,
    ChainStatus,
    DirectionStatus,
    RestartStatus,
    StageStatus,
    StateStatus,
    Status,
    WorkerStatus,
)
from beamer_agent.types import BlockNumber, ChainId, Timestamp

NOW = Timestamp(1_760_000_000)
WELL = StateStatus("running", 3600.25)


def chain_status(name: str = "l2a", **more: Any) -> ChainStatus:
    """A chain that is followed."""
    values: dict[str, Any] = {
        "chain_id": ChainId(31901),
        "state": StateStatus("synced", 3500.5),
        "head": BlockNumber(4_200),
        "head_time": NOW,
        "events_until": BlockNumber(4_200),
        "answered_seconds_ago": 0.4,
    }
    return ChainStatus(name, **{**values, **more})


def direction_status(name: str = "l2a->l2b", **more: Any) -> DirectionStatus:
    """A direction that can act, with two claims that wait for their period's end."""
    stage = StageStatus("claimed", 2, {"USDC": 25 * 10**18, "wei": 2 * 10**16}, NOW)
    values: dict[str, Any] = {
        "state": StateStatus("active", 3500.5),
        "is_ready": True,
        "stages": (stage,),
    }
    return DirectionStatus(name, **{**values, **more})


def made_status(**more: Any) -> Status:
    """An agent that is well, with something of everything."""
    worker = WorkerStatus("EventMonitor[l2a]", "l2a", 1, False, 0.3, 7_000, 0, None)
    reason = "EventMonitor[l2b] hangs for 121 s"
    restart = RestartStatus("l2b", "gentle", reason, "supervisor", NOW, 0.02)
    alert = AlertStatus(
        "FundsLow",
        {"chain": "l2a"},
        "warning",
        "The account needs 0.4 ether more on chain l2a.",
        "docs/runbook.md#funds-low",
        NOW,
    )
    values: dict[str, Any] = {
        "service": WELL,
        "supervisor_turned_seconds_ago": 0.2,
        "chains": (chain_status(), chain_status("l2b", chain_id=ChainId(31902))),
        "directions": (direction_status(), direction_status("l2b->l2a", stages=())),
        "workers": (worker,),
        "restarts": (restart,),
        "alerts": (alert,),
        "details": {
            "account": "0x7F5c764cBc14f9669B88837ca1490cCa17c31607",
            "version": "0.1.0",
            "pid": 4242,
        },
    }
    return Status(**{**values, **more})
