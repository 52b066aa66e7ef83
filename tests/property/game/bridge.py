"""Doubles of what stands between an agent and L1: who looks after proofs, and who carries them."""

from collections.abc import Iterable
from dataclasses import dataclass

from beamer_agent.actions.model import Action, RelayMessage
from beamer_agent.actions.proof import Place, Proof, ProofProgress, RelayStep, Stage
from beamer_agent.clock import Clock
from beamer_agent.contracts.call import ContractCall
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.types import BlockNumber, Seconds, Wei
from tests.property.game.facts import Message
from tests.property.game.terms import BLOCK, RESOLVER
from tests.property.game.world import World


@dataclass(frozen=True, slots=True)
class Passage:
    """How L1 is to be had in a world."""

    cost: Wei
    """What an agent believes that it costs; nobody pays it here."""
    blocks: int
    """From the transaction on L1 to the source chain."""
    is_open: bool = True
    """False: there is no way over L1 for agents."""
    margin: Seconds = Seconds(8 * BLOCK)  # noqa: RUF009 - a NewType is a plain int


class Bridge:
    """Messages that somebody has paid for on L1, until they are on the source chain."""

    def __init__(self, world: World, passage: Passage) -> None:
        self.passage = passage
        self._world = world
        self._under_way: dict[int, int] = {}
        """Message, and how many blocks it still needs."""

    def carry(self, number: int) -> None:
        """Somebody executes a mature message on L1."""
        message = self._world.messages[number]
        assert self._world.now >= message.matures_at
        self._under_way.setdefault(number, self.passage.blocks)

    def is_under_way(self, message: Message) -> bool:
        """Whether nobody needs to do anything any more."""
        return message.number in self._under_way

    def seal(self) -> None:
        """A block has passed."""
        for number, blocks in list(self._under_way.items()):
            self._under_way[number] = blocks - 1
            if blocks == 0:
                # Refused when another message has said it already.
                self._world.deliver(self._world.messages[number])


class Lookout:
    """Looks after proofs as a ProofWatch does: what it tells is as old as the last look."""

    def __init__(self, world: World, bridge: Bridge) -> None:
        self._world = world
        self._bridge = bridge
        self._wanted: dict[str, Proof] = {}
        self._looked: dict[str, ProofProgress] = {}

    def state_interest(self, proofs: Iterable[Proof]) -> None:
        """Replace what is looked after."""
        self._wanted = {proof.key: proof for proof in proofs}

    def progress(self, proof: Proof) -> ProofProgress | None:
        """The last look at a proof."""
        return self._looked.get(proof.key)

    def look(self) -> None:
        """At everything that is of interest."""
        self._looked = {key: self._progress(proof) for key, proof in self._wanted.items()}

    def _progress(self, proof: Proof) -> ProofProgress:
        message = next(
            m
            for m in self._world.messages
            if m.transaction_hash == proof.transaction_hash and m.fill_id == proof.fill_id
        )
        assert (message.request_id, message.filler) == (proof.request_id, proof.filler)
        assert message.block_number == proof.block_number
        passage, stage = self._bridge.passage, self._stage(message)
        call = ContractCall(RESOLVER, "resolve", message.number.to_bytes(32, "big"), ())
        can_be_sent = passage.is_open and stage is Stage.EXECUTABLE
        return ProofProgress(
            included_at=message.sent_at,
            matures_at=message.matures_at,
            margin=passage.margin,
            is_resolvable=passage.is_open,
            stage=stage,
            step=RelayStep(Place.BASE, "execute", call) if can_be_sent else None,
            cost=passage.cost if stage < Stage.EXECUTED else Wei(0),
            arithmetic="",
        )

    def _stage(self, message: Message) -> Stage:
        if message.is_delivered:
            return Stage.CONFIRMED
        if self._bridge.is_under_way(message):
            return Stage.EXECUTED
        is_mature = self._world.target.head.timestamp >= message.matures_at
        return Stage.EXECUTABLE if is_mature else Stage.PROVEN


class BaseSender(ActionQueue):
    """Carries proofs over L1, as soon as it is asked to."""

    def __init__(self, clock: Clock, bridge: Bridge) -> None:
        super().__init__(clock)
        self._bridge = bridge

    def carry_out(self) -> list[Action]:
        """Everything that waits."""
        done = self.waiting()
        for action in done:
            assert isinstance(action, RelayMessage)
            self.mark_in_flight(action.key)
            self._bridge.carry(int.from_bytes(action.step.call.data, "big"))
            self.mark_done(action.key, BlockNumber(1))
        return done
