"""World: a source and a target chain with the real contracts, and the messages between them.

L1 is not there: what the FillManager sent may be delivered to the RequestManager from a finality
period later on, as the Resolver would forward it.
"""

from typing import Any, Final

from eth_utils.abi import event_abi_to_log_topic, filter_abi_by_type

from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import ClaimMade, Event, RequestCreated, RequestFilled
from beamer_agent.types import Address, ChainId, ClaimId, FillId, RequestId, Timestamp
from tests.factories import NOW
from tests.property.game.books import Books
from tests.property.game.evm import EvmChain, RevertedError
from tests.property.game.facts import ClaimFacts, Message, message_of
from tests.property.game.sides import deploy_source, deploy_target
from tests.property.game.terms import (
    ADVERSARIES,
    AMOUNT,
    BLOCK,
    L1,
    LPS,
    NATIVE,
    OWNER,
    RECEIVER,
    RELAYER,
    RESOLVER,
    SOURCE,
    TARGET,
    USER,
    VALIDITY,
)

_ABIS: Final = [packaged_contract(name)["abi"] for name in ("RequestManager", "FillManager")]
_DECODERS: Final = {chain_id: EventDecoder(chain_id, _ABIS) for chain_id in (SOURCE, TARGET)}
_MESSAGE_SENT: Final = next(
    "0x" + event_abi_to_log_topic(entry).hex()
    for entry in filter_abi_by_type("event", packaged_contract("LocalL2Messenger")["abi"])
    if entry["name"] == "MessageSent"
)


class World:
    """Both chains, as somebody sees them who knows everything."""

    def __init__(self) -> None:
        self.source = EvmChain(SOURCE, 1_000, NOW)
        self.target = EvmChain(TARGET, 500_000, NOW)
        self.source_side = deploy_source(self.source)
        self.target_side = deploy_target(self.target)
        self.books = Books(dict.fromkeys((OWNER, USER, RELAYER), 0))
        for account in LPS:
            self._endow(account)
        self.messages: list[Message] = []
        self.requests: dict[RequestId, RequestCreated] = {}
        self.fills: dict[RequestId, RequestFilled] = {}
        self.fill_count = 0
        self.claim_ids: list[ClaimId] = []
        self.events: dict[ChainId, list[Event]] = {SOURCE: [], TARGET: []}
        """All of each chain, those of the open block too."""
        self._seen = {SOURCE: len(self.source.logs), TARGET: len(self.target.logs)}
        self.seal()

    # --- time

    @property
    def now(self) -> Timestamp:
        """Of the open blocks of both chains."""
        return self.source.open_time

    def seal(self, seconds: int = BLOCK) -> None:
        """One more block on both chains."""
        self.source.seal(seconds)
        self.target.seal(seconds)

    # --- what participants do; False where a contract refuses

    def act(self, chain: EvmChain, sender: Address, call: ContractCall, value: int = 0) -> bool:
        """Any transaction."""
        try:
            chain.send(sender, call, value)
        except RevertedError:
            return False
        if chain is self.source:
            self.books.pay(sender, value)
        self._read_logs(chain)
        return True

    def on_source(self, sender: Address, name: str, *args: Any, value: int = 0) -> bool:
        """A call of the RequestManager."""
        call = self.source_side.manager.call(name, *args)
        return self.act(self.source, sender, call, value)

    def on_target(self, sender: Address, name: str, *args: Any) -> bool:
        """A call of the FillManager."""
        return self.act(self.target, sender, self.target_side.manager.call(name, *args))

    def create_request(self, validity: int = VALIDITY) -> RequestId:
        """The user asks for a transfer."""
        tokens = (self.source_side.token.address, self.target_side.token.address)
        assert self.on_source(USER, "createRequest", TARGET, *tokens, RECEIVER, AMOUNT, validity)
        return list(self.requests)[-1]

    def fill(self, filler: Address, request_id: RequestId) -> bool:
        """Somebody pays a request out."""
        return self.on_target(filler, "fillRequest", *self._named(request_id))

    def invalidate(self, sender: Address, request_id: RequestId, fill_id: FillId) -> bool:
        """Somebody has it proven that a fill is not there."""
        return self.on_target(sender, "invalidateFill", *self._named(request_id), fill_id)

    def deliver(self, message: Message) -> bool:
        """L1's word reaches the source chain, if it can by now."""
        if message.is_delivered or self.now < message.matures_at:
            return False
        delivery = self.source_side.messenger.call(
            "deliverMessage",
            message.number,
            RESOLVER,
            self.source_side.manager.address,
            self._forwarded(message).data,
        )
        message.is_delivered = self.act(self.source, RELAYER, delivery)
        return message.is_delivered

    # --- what is so

    def claim(self, claim_id: ClaimId) -> ClaimFacts:
        """A claim as it is."""
        return ClaimFacts(
            claim_id, *self.source.read(self.source_side.manager, "claims", claim_id)
        )

    def is_true(self, claim: ClaimFacts) -> bool:
        """Whether a claim is honest, by what is on the target chain now."""
        fill = self.fills.get(claim.request_id)
        return fill is not None and (fill.filler, fill.fill_id) == (claim.claimer, claim.fill_id)

    def is_lp(self, account: Address) -> bool:
        """Whether an account may claim."""
        return bool(self.source.read(self.source_side.manager, "allowedLps", account))

    # ---

    def _endow(self, account: Address) -> None:
        native = 1_000 * NATIVE if account in ADVERSARIES else NATIVE
        self.source.fund(account, native)
        self.books.balances[account] = native

    def _named(self, request_id: RequestId) -> tuple[Any, ...]:
        created = self.requests[request_id]
        return SOURCE, created.target_token_address, RECEIVER, created.amount, created.nonce

    def _forwarded(self, message: Message) -> ContractCall:
        manager, about = self.source_side.manager, (message.request_id, message.fill_id, L1)
        if message.filler is None:
            return manager.call("invalidateFill", *about)
        return manager.call("resolveRequest", *about, message.filler)

    def _read_logs(self, chain: EvmChain) -> None:
        new = chain.logs[self._seen[chain.chain_id] :]
        self._seen[chain.chain_id] = len(chain.logs)
        for log in new:
            if log["topics"][0] == _MESSAGE_SENT:
                self.messages.append(message_of(log, len(self.messages), chain.open_time))
        for event in _DECODERS[chain.chain_id].decode(new):
            self.events[chain.chain_id].append(event)
            self._note(event)
            if chain is self.source:
                self.books.note(event, self.now)

    def _note(self, event: Event) -> None:
        match event:
            case RequestCreated():
                self.requests[event.request_id] = event
            case RequestFilled():
                self.fills[event.request_id] = event
                self.fill_count += 1
            case ClaimMade() if event.claim_id not in self.claim_ids:
                self.claim_ids.append(event.claim_id)
