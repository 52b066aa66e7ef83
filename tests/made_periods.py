"""What is known at the end of a period, and contracts that say the same, or something else."""

from collections.abc import Mapping
from typing import Any

from beamer_agent.contracts.interface import Contract
from beamer_agent.events.model import RequestEvent
from beamer_agent.periods.facts import ALL, NOTHING, PART, Facts
from beamer_agent.periods.reader import REQUEST_FIELDS, AuditedContract, ContractReader
from beamer_agent.periods.remainder import Remainder, take_remainder
from beamer_agent.rpc.model import Block
from beamer_agent.state.fold import Fold
from beamer_agent.types import ClaimId, RequestId
from tests.contract_answers import INTERFACES, ContractsChain
from tests.doubles import ErrorObject, block_json, make_client
from tests.factories import (
    DIRECTION,
    FILL_MANAGER,
    REQUEST_MANAGER,
    SOURCE,
    TARGET,
    US,
    make_block,
    make_claim_made,
    make_request_created,
    make_request_filled,
)
from tests.made_views import TERMS, make_chain_view

CLAIMED = (make_request_created(), make_request_filled(), make_claim_made())
"""A transfer of ours that waits for its withdrawal."""


def make_remainder(
    *events: RequestEvent, source: dict[str, Any] | None = None, **target: Any
) -> Remainder:
    """What a fold makes of events, with views that can be changed."""
    fold = Fold(DIRECTION, US)
    for event in events:
        fold.apply(event)
    views = make_chain_view(SOURCE, **(source or {})), make_chain_view(TARGET, **target)
    return take_remainder(fold, *views)


class AuditedChains:
    """Both contracts in memory, with the state that facts tell of, at all blocks or the newest."""

    def __init__(self, facts: Facts) -> None:
        self.source, self.target = ContractsChain(SOURCE, US), ContractsChain(TARGET, US)
        self.blocks: list[str] = []
        """Of each call that was answered."""
        for chain in (self.source, self.target):
            self.show_head(chain, make_block())
            self._watch(chain)
        self.tell(facts)

    @staticmethod
    def show_head(chain: ContractsChain, block: Block | None) -> None:
        """What is there at the height of the views' heads, and as the newest block."""
        chain.always("eth_getBlockByNumber", None if block is None else block_json(block))

    def tell(self, facts: Facts) -> None:
        """From now on the contracts say this."""
        for request_id, claim_id in {(s.request_id, s.claim_id) for s in facts}:
            told = {
                s.field: fact
                for s, fact in facts.items()
                if (s.request_id, s.claim_id) == (request_id, claim_id)
            }
            if claim_id is None:
                self._tell_request(request_id, told)
            else:
                self._tell_claim(request_id, claim_id, told)

    def forget_past(self, chain: ContractsChain) -> None:
        """From now on an endpoint has the state of its newest block alone."""
        before = chain.answer_of("eth_call")
        chain.on(
            "eth_call",
            lambda call, block: (
                before(call, block) if block == "latest" else ErrorObject("missing trie node")
            ),
        )

    def reader(self) -> ContractReader:
        """Asks both."""
        return ContractReader(
            self._audited(self.source, Contract(REQUEST_MANAGER, INTERFACES.request_manager)),
            self._audited(self.target, Contract(FILL_MANAGER, INTERFACES.fill_manager)),
            TERMS.request_extension,
        )

    @staticmethod
    def _audited(chain: ContractsChain, contract: Contract) -> AuditedContract:
        return AuditedContract(make_client(chain), contract)

    def _watch(self, chain: ContractsChain) -> None:
        before = chain.answer_of("eth_call")

        def answer(call: Any, block: str) -> Any:
            self.blocks.append(block)
            return before(call, block)

        chain.on("eth_call", answer)

    def _tell_request(self, request_id: RequestId, told: Mapping[str, Any]) -> None:
        values = tuple(told[field] for field in REQUEST_FIELDS)
        self.source.request_manager("requests", request_id, result=values)
        self.target.fill_manager("fills", request_id, result=told["fill_id"])

    def _tell_claim(
        self, request_id: RequestId, claim_id: ClaimId, told: Mapping[str, Any]
    ) -> None:
        stakes = told["claimer_stake"] + told["challenger_stake_total"]
        paid = {NOTHING: 0, PART: stakes // 2, ALL: stakes}[told["paid_out"]]
        values = (
            told["request_id"],
            told["claimer"],
            told["claimer_stake"],
            told["last_challenger"],
            told["challenger_stake_total"],
            paid,
            told["termination"],
            told["fill_id"],
        )
        self.source.request_manager("claims", claim_id, result=values)
        self.source.request_manager(
            "isInvalidFill", request_id, told["fill_id"], result=told["is_invalidated"]
        )
