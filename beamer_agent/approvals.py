"""Approvals ahead of time, so that a fill is one transaction: from configuration to actions."""

from beamer_agent.actions.model import ApproveToken
from beamer_agent.config import Config
from beamer_agent.tokens import AllowancePolicy, TokenPairs
from beamer_agent.types import ChainId, TokenAmount

ENOUGH_OF_UNLIMITED = TokenAmount(2**255)
"""Half of what an unlimited allowance approves: nobody has spent so much of any token."""


def approvals_ahead(
    config: Config, pairs: TokenPairs, name: str, chain_id: ChainId
) -> list[ApproveToken]:
    """The allowances to see to when a chain starts: of the tokens that may be paid out there.

    A limited allowance is renewed once half of it is spent; where exactly the amount of each fill
    is approved, nothing can be done before.
    """
    if not any(
        target == name and config.fills(source, target)
        for source, target in config.served_directions()
    ):
        return []
    return [
        ApproveToken(token, policy.limit, _least(policy, policy.limit))
        for token in pairs.of_chain(chain_id)
        if (policy := pairs.allowance(chain_id, token)).limit is not None
        and (len(config.chains) == 1 or pairs.has_partner(chain_id, token))
    ]


def _least(policy: AllowancePolicy, limit: TokenAmount) -> TokenAmount:
    return ENOUGH_OF_UNLIMITED if policy.is_unlimited else TokenAmount((limit + 1) // 2)
