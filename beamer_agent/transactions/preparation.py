"""From an action to the transactions that carry it out, after a last look at the chain.

What is looked at here guards against a second payment for one obligation: a fill that somebody
made meanwhile, a claim of an earlier life of this process that is mined but not folded yet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from eth_utils.abi import event_abi_to_log_topic, filter_abi_by_type

from beamer_agent.actions.model import (
    Action,
    ChallengeClaim,
    ClaimFill,
    FillRequest,
    InvalidateFill,
    RelayMessage,
    WithdrawClaim,
)
from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.errors import RpcError, RpcResponseError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import ClaimMade, Event, FillInvalidated
from beamer_agent.rpc.client import ChainClient
from beamer_agent.transactions.model import ExpectedAllowance, PlannedTransaction
from beamer_agent.types import Address, BlockNumber, TokenAmount

NO_FILL = bytes(32)
APPROVE_GAS = 120_000
"""Above what known tokens use for `approve`; only where it cannot be simulated."""

AllowanceInFlight = Callable[[Address], TokenAmount | None]
"""A token's allowance after everything that is on its way; None when nothing of it is."""


class NotNeededError(Exception):
    """The action must not be carried out: the chain says that it is done, or cannot be."""


class ContradictedError(NotNeededError):
    """The chain says the opposite of what the action is meant to prove."""


class Prepares(Protocol):
    """What a sender needs to know of the contracts on its chain."""

    def prepare(self, action: Action, in_flight: AllowanceInFlight) -> list[PlannedTransaction]:
        """The transactions in the order they must be mined; errors as of `Preparation`."""
        ...


class RelayPreparation:
    """Prepares what is done on a base chain: carrying proofs, whose makers looked already."""

    def prepare(self, action: Action, in_flight: AllowanceInFlight) -> list[PlannedTransaction]:
        """The one transaction of a step.

        Raises:
            NotNeededError: the action is for another chain.
        """
        del in_flight  # no token is paid here
        if not isinstance(action, RelayMessage):
            raise NotNeededError("only proofs are carried on the base chain")
        return [_relay(action)]


@dataclass(frozen=True, slots=True)
class Preparation:
    """Prepares the actions of one account on one chain. Asks the chain, changes nothing."""

    client: ChainClient
    account: Address
    request_manager: Contract
    fill_manager: Contract
    decoder: EventDecoder

    def prepare(self, action: Action, in_flight: AllowanceInFlight) -> list[PlannedTransaction]:
        """The transactions in the order they must be mined.

        Raises:
            NotNeededError: the obligation is met already, or can no longer be met.
            RpcError: the chain does not answer.
        """
        match action:
            case FillRequest():
                return self._prepare_fill(action, in_flight)
            case ClaimFill():
                return self._prepare_claim(action)
            case WithdrawClaim():
                call = self.request_manager.call("withdraw", action.claim_id)
                return [PlannedTransaction("withdraw", call)]
            case InvalidateFill():
                return self._prepare_invalidation(action)
            case ChallengeClaim():
                return self._prepare_challenge(action)
            case RelayMessage():
                return [_relay(action)]

    def _prepare_fill(
        self, action: FillRequest, in_flight: AllowanceInFlight
    ) -> list[PlannedTransaction]:
        token = Contract(action.target_token, ERC20_ABI)
        spender = self.fill_manager.address
        fill_id, allowed = _all_answered(
            self.client.read_many(
                [
                    self.fill_manager.call("fills", action.request_id),
                    token.call("allowance", self.account, spender),
                ]
            )
        )
        if fill_id != NO_FILL:
            raise NotNeededError("the request is filled")
        expected = in_flight(action.target_token)
        allowance = allowed if expected is None else expected
        approvals = []
        if allowance < action.amount:
            self._try_payment(token, action)
            is_settled = expected is None
            approvals = self._approvals(token, allowance, action.approval, is_settled=is_settled)
            allowance = action.approval
        left = TokenAmount(allowance - action.amount)
        return [*approvals, self._fill(action, ExpectedAllowance(token.address, left))]

    def _try_payment(self, token: Contract, action: FillRequest) -> None:
        """Simulate the payment alone: the fill itself cannot be, before its approval is mined.

        Without this, requests to receivers that a token refuses would cost an approval each.

        Raises:
            CallRevertedError: the token refuses.
        """
        payment = token.call("transfer", action.receiver, action.amount)
        self.client.estimate_gas(call_fields(PlannedTransaction("pay", payment), self.account))

    def _fill(self, action: FillRequest, after: ExpectedAllowance) -> PlannedTransaction:
        call = self.fill_manager.call(
            "fillRequest",
            action.source_chain_id,
            action.target_token,
            action.receiver,
            action.amount,
            action.nonce,
        )
        return PlannedTransaction("fill", call, allowance_after=after)

    def _approvals(
        self, token: Contract, allowance: int, amount: TokenAmount, *, is_settled: bool
    ) -> list[PlannedTransaction]:
        approve = self._approve(token, amount)
        if allowance == 0 or (is_settled and self._is_accepted(approve)):
            return [approve]
        # Some tokens (USDT) refuse to change one non-zero allowance into another. While the
        # present one is only on its way, they cannot be asked.
        return [self._approve(token, TokenAmount(0)), approve]

    def _approve(self, token: Contract, amount: TokenAmount) -> PlannedTransaction:
        return PlannedTransaction(
            "approve",
            token.call("approve", self.fill_manager.address, amount),
            allowance_after=ExpectedAllowance(token.address, amount),
            default_gas=APPROVE_GAS,
        )

    def _is_accepted(self, planned: PlannedTransaction) -> bool:
        try:
            self.client.estimate_gas(call_fields(planned, self.account))
        except RpcResponseError:  # not only reverts: old tokens fail with an invalid opcode
            return False
        return True

    def _prepare_claim(self, action: ClaimFill) -> list[PlannedTransaction]:
        if self._is_claimed(action):
            raise NotNeededError("the fill is claimed")
        call = self.request_manager.call("claimRequest", action.request_id, action.fill_id)
        return [PlannedTransaction("claim", call, value=action.stake)]

    def _is_claimed(self, action: ClaimFill) -> bool:
        """Whether a claim of ours stands in blocks that the action's planner did not know."""
        topics = [_topic(self.request_manager, "ClaimMade"), _word(action.request_id)]
        return any(
            isinstance(event, ClaimMade)
            and (event.claimer, event.fill_id) == (self.account, action.fill_id)
            for event in self._news(self.request_manager, action.known_until, topics)
        )

    def _prepare_invalidation(self, action: InvalidateFill) -> list[PlannedTransaction]:
        topics = [
            _topic(self.fill_manager, "FillInvalidated"),
            _word(action.request_id),
            _word(action.fill_id),
        ]
        news = self._news(self.fill_manager, action.known_until, topics)
        if any(isinstance(event, FillInvalidated) for event in news):
            raise NotNeededError("the absence of the fill is proven")
        if self.client.read(self.fill_manager.call("fills", action.request_id)) == action.fill_id:
            raise ContradictedError("the fill exists")
        call = self.fill_manager.call(
            "invalidateFill",
            action.source_chain_id,
            action.target_token,
            action.receiver,
            action.amount,
            action.nonce,
            action.fill_id,
        )
        return [PlannedTransaction("invalidate", call)]

    def _prepare_challenge(self, action: ChallengeClaim) -> list[PlannedTransaction]:
        claim = self.client.read(self.request_manager.call("claims", action.claim_id))
        _, _, claimer_stake, _, challenger_stake_total, *_ = claim
        expected = (action.claimer_stake, action.challenger_stake_total)
        if (claimer_stake, challenger_stake_total) != expected:
            raise NotNeededError("the game has moved on")
        call = self.request_manager.call("challengeClaim", action.claim_id)
        return [PlannedTransaction("challenge", call, value=action.bid)]

    def _news(
        self, contract: Contract, known: BlockNumber, topics: list[str]
    ) -> tuple[Event, ...]:
        """The events in blocks that an action's planner did not know."""
        head = self.client.head()
        first = BlockNumber(known + 1)
        if first > head.number:
            return ()
        logs = self.client.logs([contract.address], first, head.number, topics)
        return tuple(self.decoder.decode(logs))


def _relay(action: RelayMessage) -> PlannedTransaction:
    return PlannedTransaction(action.step.label, action.step.call, value=action.step.value)


def call_fields(planned: PlannedTransaction, account: Address) -> dict[str, str]:
    """The JSON-RPC form of a transaction, for simulation."""
    return {
        "from": account,
        "to": planned.call.address,
        "data": "0x" + planned.call.data.hex(),
        "value": hex(planned.value),
    }


def _topic(contract: Contract, name: str) -> str:
    events = filter_abi_by_type("event", contract.abi)
    entry = next(event for event in events if event["name"] == name)
    return "0x" + event_abi_to_log_topic(entry).hex()


def _word(value: bytes) -> str:
    return "0x" + value.hex()


def _all_answered(results: list[Any]) -> list[Any]:
    for result in results:
        if isinstance(result, RpcError):
            raise result
    return results
