"""Plans: the calls that carry an action out. Pure: nobody is asked."""

from dataclasses import dataclass
from typing import Final

from beamer_agent.actions.model import (
    Action,
    ApproveToken,
    ChallengeClaim,
    ClaimFill,
    FillRequest,
    InvalidateFill,
    RelayMessage,
    WithdrawClaim,
)
from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.transactions.allowances import AllowanceDraft
from beamer_agent.transactions.model import APPROVE, ExpectedAllowance, PlannedTransaction
from beamer_agent.transactions.reasons import AlreadyDoneError
from beamer_agent.types import Address, TokenAmount

APPROVE_GAS: Final = 120_000
"""Above what known tokens use for `approve`; only where it cannot be simulated."""

SingleCall = ClaimFill | WithdrawClaim | InvalidateFill | ChallengeClaim | RelayMessage


@dataclass(frozen=True, slots=True)
class Plans:
    """Plans the actions on one chain."""

    request_manager: Contract
    fill_manager: Contract

    def plan(self, action: Action, allowances: AllowanceDraft) -> tuple[PlannedTransaction, ...]:
        """The transactions in the order they must be mined.

        Raises:
            AlreadyDoneError: the token may be taken already.
            AllowanceUnknownError: the chain must tell the allowance first.
        """
        match action:
            case FillRequest():
                return self._fill(action, allowances)
            case ApproveToken():
                return self._approval(action, allowances)
            case _:
                return (self._single(action),)

    def allowance(self, owner: Address, token: Address) -> ContractCall:
        """How much of a token the FillManager may take from an account."""
        return Contract(token, ERC20_ABI).call("allowance", owner, self.fill_manager.address)

    def payment(self, action: FillRequest) -> PlannedTransaction:
        """What a fill pays, alone: to be simulated, never to be sent."""
        token = Contract(action.target_token, ERC20_ABI)
        return PlannedTransaction("pay", token.call("transfer", action.receiver, action.amount))

    def _single(self, action: SingleCall) -> PlannedTransaction:
        requests = self.request_manager
        match action:
            case ClaimFill():
                call = requests.call("claimRequest", action.request_id, action.fill_id)
                return PlannedTransaction("claim", call, value=action.stake)
            case WithdrawClaim():
                return PlannedTransaction("withdraw", requests.call("withdraw", action.claim_id))
            case InvalidateFill():
                return PlannedTransaction("invalidate", self._invalidation(action))
            case ChallengeClaim():
                call = requests.call("challengeClaim", action.claim_id)
                return PlannedTransaction("challenge", call, value=action.bid)
            case RelayMessage():
                return plan_relay(action)

    def _fill(
        self, action: FillRequest, allowances: AllowanceDraft
    ) -> tuple[PlannedTransaction, ...]:
        allowance = allowances.expected(action.target_token)
        approvals: tuple[PlannedTransaction, ...] = ()
        if allowance < action.amount:
            approvals = self._approvals(action.target_token, action.approval, allowances)
            allowance = action.approval
        call = self.fill_manager.call(
            "fillRequest",
            action.source_chain_id,
            action.target_token,
            action.receiver,
            action.amount,
            action.nonce,
        )
        left = ExpectedAllowance(action.target_token, TokenAmount(allowance - action.amount))
        return (*approvals, PlannedTransaction("fill", call, allowance_after=left))

    def _approval(
        self, action: ApproveToken, allowances: AllowanceDraft
    ) -> tuple[PlannedTransaction, ...]:
        if allowances.expected(action.token) >= action.least:
            raise AlreadyDoneError("the allowance is large enough")
        return self._approvals(action.token, action.amount, allowances)

    def _approvals(
        self, token: Address, amount: TokenAmount, allowances: AllowanceDraft
    ) -> tuple[PlannedTransaction, ...]:
        approve = self._approve(token, amount)
        if allowances.takes_at_once(token):
            return (approve,)
        return self._approve(token, TokenAmount(0)), approve

    def _approve(self, token: Address, amount: TokenAmount) -> PlannedTransaction:
        return PlannedTransaction(
            APPROVE,
            Contract(token, ERC20_ABI).call("approve", self.fill_manager.address, amount),
            allowance_after=ExpectedAllowance(token, amount),
            default_gas=APPROVE_GAS,
        )

    def _invalidation(self, action: InvalidateFill) -> ContractCall:
        return self.fill_manager.call(
            "invalidateFill",
            action.source_chain_id,
            action.target_token,
            action.receiver,
            action.amount,
            action.nonce,
            action.fill_id,
        )


def plan_relay(action: RelayMessage) -> PlannedTransaction:
    """The one transaction of a proof's step."""
    return PlannedTransaction(action.step.label, action.step.call, value=action.step.value)
