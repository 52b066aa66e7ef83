r"""What must be known before actions are sent, and the transactions that carry them out.

    actions --questions--> chain --answers--> Look --check--> not needed, contradicted
       \--plan (pure)--> PlannedTransaction(s)

What is looked at here guards against a second payment for one obligation: a fill that somebody
made meanwhile, a claim of an earlier life of this process that is mined but not folded yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from beamer_agent.actions.model import (
    Action,
    ChallengeClaim,
    ClaimFill,
    FillRequest,
    InvalidateFill,
    RelayMessage,
)
from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import Contract, event_topic
from beamer_agent.errors import RpcError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import ClaimMade, FillInvalidated, RequestFilled
from beamer_agent.rpc.client import LATEST, ChainClient, Request
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.allowances import AllowanceDraft
from beamer_agent.transactions.draft import Draft
from beamer_agent.transactions.look import Look, News, Questions, news_of, news_questions
from beamer_agent.transactions.plans import Plans, plan_relay
from beamer_agent.transactions.reasons import ContradictedError, NotNeededError
from beamer_agent.types import Address, BlockNumber

OLDEST_PLAN_BLOCKS: Final = 256
"""What was planned longer ago is planned anew, rather than looking through all the blocks since.

Planners know all but the newest blocks; no endpoint refuses the logs of so many.
"""

Dated = FillRequest | ClaimFill | InvalidateFill
"""What was planned with all events up to a block in mind."""


class Prepares(Protocol):
    """What a sender needs to know of the contracts on its chain."""

    def questions(self, actions: Sequence[Action], head: Block) -> Questions:
        """What must be asked before these actions are sent, together."""
        ...

    def look(self, questions: Questions, results: Sequence[Any]) -> Look:
        """The answers, of which some may be errors."""
        ...

    def check(self, action: Action, look: Look, head: Block) -> None:
        """Whether it may be sent; errors as of `Preparation`."""
        ...

    def allowance(self, token: Address) -> ContractCall:
        """How much of a token the account's fills may take."""
        ...

    def plan(self, action: Action, allowances: AllowanceDraft) -> Draft:
        """What is to be sent for it; errors as of `Preparation`."""
        ...


class RelayPreparation:
    """Prepares what is done on a base chain: carrying proofs, whose makers looked already."""

    def questions(self, actions: Sequence[Action], head: Block) -> Questions:
        """None."""
        del actions, head
        return Questions()

    def look(self, questions: Questions, results: Sequence[Any]) -> Look:
        """Nothing is seen."""
        del questions, results
        return Look(RpcError("nothing is asked on the base chain"))

    def check(self, action: Action, look: Look, head: Block) -> None:
        """Nothing is checked; see `plan`."""

    def allowance(self, token: Address) -> ContractCall:
        """There is no FillManager on a base chain.

        Raises:
            NotNeededError: always.
        """
        raise NotNeededError(f"{token} is not paid on the base chain")

    def plan(self, action: Action, allowances: AllowanceDraft) -> Draft:
        """The one transaction of a step.

        Raises:
            NotNeededError: the action is for another chain.
        """
        del allowances  # no token is paid here
        if not isinstance(action, RelayMessage):
            raise NotNeededError("only proofs are carried on the base chain")
        return Draft(action, (plan_relay(action),))


@dataclass(frozen=True, slots=True)
class Preparation:
    """Prepares the actions of one account on one chain."""

    client: ChainClient
    account: Address
    request_manager: Contract
    fill_manager: Contract
    decoder: EventDecoder

    @property
    def plans(self) -> Plans:
        """What an action comes to."""
        return Plans(self.request_manager, self.fill_manager)

    def questions(self, actions: Sequence[Action], head: Block) -> Questions:
        """What has happened since the oldest plan, and where games and false fills stand."""
        dated = [a.known_until for a in actions if isinstance(a, Dated) and not _is_old(a, head)]
        own = tuple((a.key, call) for a in actions if (call := self._own_question(a)) is not None)
        requests = [call.request(LATEST) for _, call in own]
        if not dated:
            return Questions(tuple(requests), None, own)
        # The chain has it: no node that is not behind refuses a range that begins there.
        first = BlockNumber(min(head.number, min(dated) + 1))
        return Questions((*self._news_questions(first), *requests), first, own)

    def look(self, questions: Questions, results: Sequence[Any]) -> Look:
        """The answers to those questions."""
        news: News | RpcError = News(self.decoder)
        if questions.first is not None:
            news = news_of(results[:2], self.decoder, questions.first)
            results = results[2:]
        states = self.client.values([call for _, call in questions.own], results)
        keys = (key for key, _ in questions.own)
        return Look(news, dict(zip(keys, states, strict=True)))

    def check(self, action: Action, look: Look, head: Block) -> None:
        """Whether an action may be sent.

        Raises:
            NotNeededError: the obligation is met already, or can no longer be met.
            RpcError: the chain did not answer what had to be asked.
        """
        if isinstance(action, Dated) and _is_old(action, head):
            raise NotNeededError("it was planned too long ago")
        match action:
            case FillRequest():
                self._check_fill(action, look)
            case ClaimFill():
                self._check_claim(action, look)
            case InvalidateFill():
                self._check_invalidation(action, look)
            case ChallengeClaim():
                self._check_challenge(action, look)
            case _:
                pass  # the contracts themselves refuse what is done already

    def allowance(self, token: Address) -> ContractCall:
        """How much of a token the FillManager may take from the account."""
        return self.plans.allowance(self.account, token)

    def plan(self, action: Action, allowances: AllowanceDraft) -> Draft:
        """What is to be sent for an action.

        Raises:
            NotNeededError: the token may be taken already.
            AllowanceUnknownError: the chain must tell the allowance first.
        """
        planned = self.plans.plan(action, allowances)
        # Without the trial, requests to receivers that a token refuses would cost an approval
        # each, where the fill itself cannot be simulated before that is mined.
        if isinstance(action, FillRequest) and len(planned) > 1:
            return Draft(action, planned, self.plans.payment(action))
        return Draft(action, planned)

    def _news_questions(self, first: BlockNumber) -> list[Request]:
        fills, requests = self.fill_manager, self.request_manager
        topics = [
            event_topic(fills.abi, "RequestFilled"),
            event_topic(fills.abi, "FillInvalidated"),
            event_topic(requests.abi, "ClaimMade"),
        ]
        return news_questions([requests.address, fills.address], topics, first)

    def _own_question(self, action: Action) -> ContractCall | None:
        match action:
            case InvalidateFill():
                return self.fill_manager.call("fills", action.request_id)
            case ChallengeClaim():
                return self.request_manager.call("claims", action.claim_id)
            case _:
                return None

    def _check_fill(self, action: FillRequest, look: Look) -> None:
        news = look.events(action.request_id, action.known_until)
        if any(isinstance(event, RequestFilled) for event in news):
            raise NotNeededError("the request is filled")

    def _check_claim(self, action: ClaimFill, look: Look) -> None:
        """Whether a claim of ours stands in blocks that the action's planner did not know."""
        ours = (self.account, action.fill_id)
        if any(
            isinstance(event, ClaimMade) and (event.claimer, event.fill_id) == ours
            for event in look.events(action.request_id, action.known_until)
        ):
            raise NotNeededError("the fill is claimed")

    @staticmethod
    def _check_invalidation(action: InvalidateFill, look: Look) -> None:
        if any(
            isinstance(event, FillInvalidated) and event.fill_id == action.fill_id
            for event in look.events(action.request_id, action.known_until)
        ):
            raise NotNeededError("the absence of the fill is proven")
        if look.state(action.key) == action.fill_id:
            raise ContradictedError("the fill exists")

    @staticmethod
    def _check_challenge(action: ChallengeClaim, look: Look) -> None:
        _, _, claimer_stake, _, challenger_stake_total, *_ = look.state(action.key)
        expected = (action.claimer_stake, action.challenger_stake_total)
        if (claimer_stake, challenger_stake_total) != expected:
            raise NotNeededError("the game has moved on")


def _is_old(action: Dated, head: Block) -> bool:
    return head.number - action.known_until > OLDEST_PLAN_BLOCKS
