"""Looks at the chains before anything is sent: is what the agent needs in place?

Only a finding of level `fault` keeps the agent from starting. An endpoint that does not answer is
no finding: its RpcError goes to the caller, who tries again or says so.
"""

from beamer_agent.preflight.chain import check_chain
from beamer_agent.preflight.endpoints import check_endpoints
from beamer_agent.preflight.finding import Finding
from beamer_agent.preflight.others import BASE_CHAIN, check_base_chain, check_tokens
from beamer_agent.preflight.prices import check_prices

__all__ = [
    "BASE_CHAIN",
    "Finding",
    "check_base_chain",
    "check_chain",
    "check_endpoints",
    "check_prices",
    "check_tokens",
]
