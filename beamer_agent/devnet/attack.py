"""The attack's story: a user asks for transfers, a thief is after deposits and stakes.

All ploys run at the same time. What happens is read from the chains' events alone.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from beamer_agent.devnet.agent_process import AgentProcess
from beamer_agent.devnet.demo import TURN_SECONDS
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.games import Game, GameBook, OnTurn, Turn
from beamer_agent.devnet.logs import Log, LogReader
from beamer_agent.devnet.participant import VALIDITY_PERIOD
from beamer_agent.devnet.ploys import Ploy, Trick
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.thief import ROLE, Thief
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import FatalError
from beamer_agent.types import RequestId, Seconds, TokenAmount

GRAB_SECONDS = 1.0
"""Between two attempts of the thief to withdraw."""


def attack_settings(block_time: float) -> WorldSettings:
    """Settings for attacks: a period holds no fewer blocks than with one each second."""
    settings, scale = WorldSettings(block_time=block_time), max(1.0, block_time)

    def scaled(period: Seconds) -> Seconds:
        return Seconds(round(period * scale))

    return replace(
        settings,
        claim_period=scaled(settings.claim_period),
        challenge_period_extension=scaled(settings.challenge_period_extension),
        finality_period=scaled(settings.finality_period),
    )


class Attack:
    """Sends the requests, plays the thief, and follows the games to their end.

    Args:
        world: entered, with its bridges at work. The thief becomes an LP of it.
        agent: started.
        on_turn: told about every turn of every game.
        seconds: how long it may take; None leaves an agent in order twice the time it needs.
    """

    def __init__(
        self,
        world: LocalWorld,
        agent: AgentProcess,
        on_turn: OnTurn,
        *,
        seconds: float | None = None,
    ) -> None:
        self._world = world
        self._agent = agent
        self._on_turn = on_turn
        self._user = world.participant("user")
        self._agent_address = world.participant("agent").address
        self._thief = Thief(world)
        self._readers = [(l2, _reader(l2)) for l2 in world.contracts.l2s]
        self._started_at = time.monotonic()
        self._seconds = _usual_seconds(world.settings) if seconds is None else seconds
        self.ploys = _plan(world)
        self.book = GameBook(self._tell)

    def game(self, ploy: Ploy) -> Game | None:
        """The game of a ploy, when it has begun."""
        return ploy.game(self.book, self._thief.address)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to win in any game."""
        return all(ploy.is_over(self.book, self._thief.address) for ploy in self.ploys)

    def run(self, on_look: Callable[[], None]) -> None:
        """Play until all games are over; `on_look` is called several times a second.

        Raises:
            FatalError: the agent or a chain ended, or it took too long.
        """
        self._world.allow_lp(ROLE)
        for ploy in self.ploys:
            self._user.allow(ploy.source, ploy.symbol, ploy.source.request_manager)
        for ploy in self.ploys:
            self._ask(ploy)
        pause = threading.Event()
        next_grab = time.monotonic()
        while not self.is_over:
            self._check()
            self._read()
            self._thief.act(self.ploys, self.book)
            if time.monotonic() >= next_grab:
                next_grab = time.monotonic() + GRAB_SECONDS
                self._thief.grab(self.ploys, self.book)
            on_look()
            pause.wait(TURN_SECONDS)
        self._thief.grab(self.ploys, self.book)

    def _check(self) -> None:
        self._agent.check()
        self._world.check()
        if time.monotonic() > self._started_at + self._seconds:
            thief = self._thief.address
            done = sum(ploy.is_over(self.book, thief) for ploy in self.ploys)
            raise FatalError(
                f"After {self._seconds:.0f} s only {done} of {len(self.ploys)} games were over."
            )

    def _ask(self, ploy: Ploy) -> None:
        # A request that nobody can fill names the token by its address on the wrong chain.
        token_chain = ploy.target if ploy.is_fillable else ploy.source
        call = ploy.source.request_manager.contract.call(
            "createRequest",
            ploy.target.chain.chain_id,
            ploy.source.tokens[ploy.symbol].address,
            token_chain.tokens[ploy.symbol].address,
            self._user.address,
            ploy.amount,
            VALIDITY_PERIOD,
        )
        ploy.transaction_hash = ploy.source.chain.wallet("user").send(call)

    def _read(self) -> None:
        for l2, reader in self._readers:
            for log in reader.read():
                for ploy in self.ploys:
                    self._note(ploy, log)
                self.book.apply(l2.chain.name, log, time.monotonic() - self._started_at)

    def _note(self, ploy: Ploy, log: Log) -> None:
        if log.name == "RequestCreated":
            if log.transaction_hash == ploy.transaction_hash:
                ploy.request_id = RequestId(log["requestId"])
        elif log.arguments.get("requestId") != ploy.request_id:
            return
        elif log.name == "RequestFilled" and log["filler"] == self._agent_address:
            ploy.fill_id = log["fillId"]
        elif log.name == "DepositWithdrawn":
            ploy.deposit_receiver = log["receiver"]

    def _tell(self, game: Game, turn: Turn) -> None:
        if any(self.game(ploy) is game for ploy in self.ploys):
            self._on_turn(game, turn)


def _plan(world: LocalWorld) -> list[Ploy]:
    first, second = world.pair
    there, back = (first, second), (second, first)
    steps = [
        (Trick.INVENTED_FILL, 3, there, "DAI", 500),
        (Trick.FOREIGN_FILL, 0, back, "DAI", 400),
        (Trick.FALSE_CHALLENGE, 3, there, "USDT", 300),
        (Trick.INVENTED_FILL, 0, back, "USDT", 200),
    ]
    decimals = {token.symbol: token.decimals for token in world.settings.tokens}
    return [
        Ploy(trick, answers, *pair, symbol, TokenAmount(units * 10 ** decimals[symbol]))
        for trick, answers, pair, symbol, units in steps
    ]


def _usual_seconds(settings: WorldSettings) -> float:
    # The longest game is one that nobody answers any more, after its first challenge.
    periods = settings.finality_period + settings.challenge_period_extension
    return 2 * (periods + settings.claim_period + 12 * (settings.block_time or 0.0))


def _reader(l2: L2Contracts) -> LogReader:
    managers = [l2.request_manager.contract, l2.fill_manager.contract]
    return LogReader(l2.chain.client, managers, l2.request_manager.block)
