"""The rules: everything that somebody is told of without asking.

`docs/runbook.md` has a section for each; `make docs` writes them for Prometheus.
"""

from typing import Final

from beamer_agent.service.alerts.rule import CLOCK, Comparison, Rule, Severity

MINUTE: Final = 60
HOUR: Final = 3_600
ETHER: Final = 10**18

RULES: Final = (
    Rule(
        "ServiceInError",
        Severity.CRITICAL,
        "The service was in state Error for {value} of the last ten minutes.",
        # Not the state itself: it leaves Error again and again, to try whether a restart helps.
        "beamer_service_state_seconds_total",
        {"state": ("error",)},
        window=10 * MINUTE,
        unit=MINUTE,
        threshold=5,
    ),
    Rule(
        "ServiceStuckStarting",
        Severity.CRITICAL,
        "The service has been starting for more than ten minutes.",
        "beamer_service_state",
        {"state": ("starting",)},
        hold=10 * MINUTE,
    ),
    Rule(
        "ServiceStuckStopping",
        Severity.CRITICAL,
        "The service has been stopping for more than two minutes.",
        "beamer_service_state",
        {"state": ("stopping",)},
        hold=2 * MINUTE,
    ),
    Rule(
        "ServiceThrashing",
        Severity.CRITICAL,
        "Parts of the service still failed after six restarts within an hour.",
        "beamer_thrashing_total",
        window=HOUR,
    ),
    Rule(
        "ChainDown",
        Severity.CRITICAL,
        "Chain {chain} does not answer; nothing is filled, claimed or defended there.",
        "beamer_chain_state",
        {"state": ("connecting", "reconnecting", "down")},
        by=("chain",),
        hold=MINUTE,
    ),
    Rule(
        "ChainLagging",
        Severity.WARNING,
        "The newest block known of chain {chain} is {value} minutes old.",
        "beamer_chain_lag_seconds",
        by=("chain",),
        unit=MINUTE,
        threshold=10,
        hold=2 * MINUTE,
    ),
    Rule(
        "EndpointsDisagree",
        Severity.WARNING,
        "Endpoint {endpoint} of chain {chain} said what others deny.",
        "beamer_endpoint_distrusted",
        by=("chain", "endpoint"),
    ),
    Rule(
        "ClaimDeadlineNear",
        Severity.CRITICAL,
        "A fill of {direction} is not claimed yet; its deposit can be lost in {value} minutes.",
        "beamer_obligations_nearest_deadline_timestamp_seconds",
        {"stage": ("filled",)},
        by=("direction",),
        minus=CLOCK,
        unit=MINUTE,
        comparison=Comparison.BELOW,
        threshold=30,
        hold=5 * MINUTE,
    ),
    Rule(
        "GameOpen",
        Severity.WARNING,
        "Stakes of {direction} are disputed: {value} claims.",
        "beamer_obligations",
        {"stage": ("contested", "staked")},
        by=("direction",),
    ),
    Rule(
        "StakeLost",
        Severity.CRITICAL,
        "Stakes of {value} ether were lost in disputes of {direction} within an hour.",
        "beamer_stakes_lost_wei_total",
        by=("direction",),
        window=HOUR,
        unit=ETHER,
    ),
    Rule(
        "LossSuffered",
        Severity.CRITICAL,
        "Something was lost ({kind}), {value} times within an hour.",
        "beamer_losses_total",
        by=("kind",),
        window=HOUR,
    ),
    Rule(
        "RequestMissed",
        Severity.WARNING,
        "{value} requests of {direction} could have been filled within an hour: {reason}.",
        "beamer_requests_missed_total",
        by=("direction", "reason"),
        window=HOUR,
    ),
    Rule(
        "FundsLow",
        Severity.WARNING,
        "The account needs {value} ether more on chain {chain}.",
        "beamer_native_needed_wei",
        by=("chain",),
        minus="beamer_native_balance_wei",
        unit=ETHER,
        hold=MINUTE,
    ),
    Rule(
        "TokensLacking",
        Severity.WARNING,
        "Requests of {direction} wait for {token} on the chain with id {chain_id}.",
        "beamer_funds_lacking",
        by=("direction", "chain_id", "token"),
        hold=MINUTE,
    ),
    Rule(
        "TransactionStuck",
        Severity.WARNING,
        "A transaction on chain {chain} was sent {value} minutes ago and is not mined.",
        "beamer_transactions_oldest_seconds",
        by=("chain",),
        unit=MINUTE,
        threshold=10,
    ),
    Rule(
        "ContractsDisagree",
        Severity.CRITICAL,
        "The contracts said otherwise of {direction}, {value} times within an hour.",
        "beamer_period_differences_total",
        by=("direction",),
        window=HOUR,
    ),
    Rule(
        "AlertsUndelivered",
        Severity.WARNING,
        "Messages to {channel} have been waiting for {value} minutes.",
        "beamer_alert_channel_waiting_seconds",
        by=("channel",),
        unit=MINUTE,
        threshold=5,
    ),
)
"""In the order of the runbook."""
