r"""Drafter: from some waiting actions, in one question to the chain, to what may be signed.

    actions --plan--> drafts --\
                questions -----+--> ONE batch --> check, gas --> Ready, in the order of the actions
    allowances not known ------/          \--> put off

What is planned before the chain has answered is right nearly always; the answers decide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from beamer_agent.actions.model import Action
from beamer_agent.contracts.call import ContractCall
from beamer_agent.errors import RpcError, RpcHttpError, RpcResponseError
from beamer_agent.rpc.client import LATEST, ChainClient, Request
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.allowances import AllowanceBook
from beamer_agent.transactions.bundles import Ready
from beamer_agent.transactions.draft import Draft
from beamer_agent.transactions.look import Look, Questions
from beamer_agent.transactions.model import ExpectedAllowance, SimulatedTransaction
from beamer_agent.transactions.preparation import Prepares
from beamer_agent.transactions.putting_off import PuttingOff
from beamer_agent.transactions.reasons import AllowanceUnknownError, NotNeededError
from beamer_agent.transactions.simulation import Chunk, Gas, Simulation
from beamer_agent.types import Address, TokenAmount


@dataclass(frozen=True, slots=True)
class Round:
    """Actions about which the chain is asked together."""

    actions: tuple[Action, ...]
    head: Block
    questions: Questions
    chunks: list[Chunk]
    simulations: list[Request]
    """One for each chunk, or none."""
    late: list[Action]
    """What could not be planned yet."""
    allowances: dict[Address, ContractCall]
    """What must be known for that."""

    @property
    def requests(self) -> list[Request]:
        """What to ask for `Drafter.finish`."""
        allowances = (call.request(LATEST) for call in self.allowances.values())
        return [*self.questions.requests, *allowances, *self.simulations]


@dataclass(slots=True)
class Drafted:
    """What became of a round."""

    ready: list[Ready] = field(default_factory=list)
    has_more: bool = False
    """Whether more may be sent at once, when what is ready was sent."""


class Drafter:
    """Plans, has simulated, and checks. Used by the sender's thread only."""

    def __init__(
        self,
        client: ChainClient,
        preparation: Prepares,
        simulation: Simulation,
        book: AllowanceBook,
        putting_off: PuttingOff,
    ) -> None:
        self._client = client
        self._preparation = preparation
        self._simulation = simulation
        self._book = book
        self._putting_off = putting_off

    def begin(self, actions: Sequence[Action], head: Block) -> Round:
        """Plan some actions, the most urgent first, as far as their allowances are known."""
        self._simulation.begin_round()
        drafts, late = self._plan(actions)
        chunks = self._simulation.chunks(drafts)
        wanted = [*(draft.action for draft in drafts), *(action for action, _ in late)]
        return Round(
            tuple(actions),
            head,
            self._preparation.questions(wanted, head),
            chunks,
            self._simulation.requests(chunks),
            [action for action, _ in late],
            {token: self._preparation.allowance(token) for _, token in late},
        )

    def finish(self, round_: Round, results: Sequence[Any]) -> Drafted:
        """What may be sent, given the results of the round's requests.

        Raises:
            RpcError: the endpoint is in trouble.
        """
        asked = len(round_.questions.requests)
        planned = asked + len(round_.allowances)
        look = self._preparation.look(round_.questions, results[:asked])
        failed = self._learn(round_.allowances, results[asked:planned])
        estimated = [
            *self._estimated(round_.chunks, results[planned:]),
            *self._late(round_, failed),
        ]
        order = {action.key: place for place, action in enumerate(round_.actions)}
        estimated.sort(key=lambda entry: order[entry[0].action.key])
        drafted = Drafted()
        unsure: set[Address] = set()
        unspent: set[Address] = set()
        for draft, gas in estimated:
            if draft.token in unsure:
                continue  # it counts on an allowance that may not be there
            if draft.token in unspent and draft.has_approval and isinstance(gas[0], RpcError):
                # Some tokens refuse to change what is left: it is planned anew without the others.
                drafted.has_more = True
                continue
            before = len(drafted.ready)
            is_as_planned = self._take(drafted, draft, gas, look, round_.head)
            if draft.token is None:
                continue
            if not is_as_planned:
                unsure.add(draft.token)
            elif len(drafted.ready) == before:
                unspent.add(draft.token)
        return drafted

    def doubt(self) -> None:
        """A round has had no answer: it may be because of what was simulated."""
        self._simulation.doubt()

    def _take(
        self, drafted: Drafted, draft: Draft, gas: tuple[Gas, ...], look: Look, head: Block
    ) -> bool:
        """Whether as much is left of its token's allowance as was planned, or more."""
        error = next((entry for entry in gas if isinstance(entry, RpcError)), None)
        if not self._passes(draft.action, look, head):
            is_refused = True
        elif error is not None:
            is_refused = True
            self._refuse(draft, gas, error)
        else:
            is_refused = False
        if is_refused:
            drafted.has_more |= draft.has_approval
            return not draft.has_approval
        known = [entry for entry in gas if isinstance(entry, int)]
        if known:
            last = draft.planned[-1]
            drafted.ready += [
                Ready((draft.action,), SimulatedTransaction(planned, limit), planned is last)
                for planned, limit in zip(draft.planned, known, strict=False)
            ]
            drafted.has_more |= len(known) < len(gas)
        return len(known) == len(gas)

    def _passes(self, action: Action, look: Look, head: Block) -> bool:
        try:
            self._preparation.check(action, look, head)
        except (NotNeededError, RpcError) as reason:
            self._putting_off.refuse(action, reason)
            return False
        return True

    def _refuse(self, draft: Draft, gas: tuple[Gas, ...], error: RpcError) -> None:
        token = draft.token
        is_of_approval = draft.has_approval and isinstance(gas[0], RpcResponseError)
        if token is not None and is_of_approval and self._book.tries_at_once(token):
            self._book.note_zero_first(token)  # it waits, and is planned anew
            return
        if token is not None:
            self._book.forget()  # an approval may have come to nothing
        self._putting_off.refuse(draft.action, error)

    def _plan(self, actions: Sequence[Action]) -> tuple[list[Draft], list[tuple[Action, Address]]]:
        """Drafts, and the actions for which a token's allowance must be known first."""
        allowances = self._book.draft()
        drafts: list[Draft] = []
        late: list[tuple[Action, Address]] = []
        for action in actions:
            try:
                draft = self._preparation.plan(action, allowances)
            except NotNeededError as reason:
                self._putting_off.refuse(action, reason)
            except AllowanceUnknownError as unknown:
                late.append((action, unknown.token))
            else:
                drafts.append(draft)
                for planned in draft.planned:
                    allowances.add(planned)
        return drafts, late

    def _late(
        self, round_: Round, failed: dict[Address, RpcError]
    ) -> Iterable[tuple[Draft, tuple[Gas, ...]]]:
        """What had to wait for allowances: simulated now."""
        drafts, unknown = self._plan(round_.late)
        for action, token in unknown:
            self._putting_off.refuse(action, failed[token])
        chunks = self._simulation.chunks(drafts)
        requests = self._simulation.requests(chunks)
        try:
            results = self._client.batch(requests) if requests else []
        except RpcHttpError as error:
            results = [error] * len(requests)  # some gateways refuse methods so
        return self._estimated(chunks, results)

    def _estimated(
        self, chunks: list[Chunk], results: Sequence[Any]
    ) -> Iterable[tuple[Draft, tuple[Gas, ...]]]:
        drafts = [draft for chunk in chunks for draft in chunk.drafts]
        return zip(drafts, self._simulation.take(chunks, results), strict=True)

    def _learn(
        self, calls: dict[Address, ContractCall], results: Sequence[Any]
    ) -> dict[Address, RpcError]:
        """Allowances that the chain has told; the errors of those that it has not."""
        failed: dict[Address, RpcError] = {}
        values = self._client.values(list(calls.values()), results)
        for token, value in zip(calls, values, strict=True):
            if isinstance(value, RpcError):
                failed[token] = value
            else:
                self._book.learn(ExpectedAllowance(token, TokenAmount(value)))
        return failed
