"""ChainPart: one configured chain, from its URL to what works on it; built as often as needed."""

from collections.abc import Callable

from beamer_agent.chain import Chain, Connection, build_chain
from beamer_agent.config import ChainConfig
from beamer_agent.connector import ChainConnector
from beamer_agent.line import Line, open_line
from beamer_agent.parts.workshop import Told, Workshop
from beamer_agent.resolution.families import describe_gaps
from beamer_agent.staff import staff_chain, staff_line
from beamer_agent.team import Team
from beamer_agent.worker import longest_pause


class ChainPart:
    """A chain by its name. `line` and `chain` may be read by any thread.

    open -> (connector) -> connection -> build -> staff     ... close -> open
                                             ^--- revive: the same, with new threads
    """

    def __init__(self, name: str, settings: ChainConfig, shop: Workshop) -> None:
        self.name = name
        self.generation = 0
        self.connection: Connection | None = None
        """As soon as it has answered."""
        self.chain: Chain | None = None
        """As soon as it is at work."""
        self.has_been_asked = False
        """Whether the first attempt is over."""
        self._settings = settings
        self._shop = shop
        self.line: Line | None = None

    def open(self) -> None:
        """Begin a generation: try to reach it, over a line of its own."""
        around = self._shop.around
        self.generation += 1
        self._close_heads()
        self.connection = self.chain = None
        self.has_been_asked = False
        self.line = open_line(
            self.name, self._settings, around.interfaces, around.clock, around.logger
        )
        self._staff_line(self.line)

    def build(
        self, on_change: Callable[[], None], on_start_over: Callable[[Connection], None]
    ) -> None:
        """Make of its connection what works there; see `build_chain`. Nothing runs yet."""
        connection, around = self.connection, self._shop.around
        if connection is None:
            return
        tracker = self._shop.board.chains[self.name]
        tracker.connected(connection.chain_id)
        self.chain = build_chain(
            connection,
            around,
            [tracker.observe, *self._shop.observers],
            on_change,
            lambda: on_start_over(connection),
            tracker.looks,
        )
        around.logger.info("Connected", chain=self.name, chain_id=connection.chain_id)
        if around.config.base_chain is not None:
            for gap in describe_gaps([connection.deployment]):
                around.logger.warning("No L1 resolution", chain=self.name, error=gap)

    def staff(self) -> None:
        """Let it run."""
        if self.chain is not None:
            staff_chain(self._team(), self.chain)

    def cut(self) -> None:
        """Have all calls fail, so that its threads can end."""
        if self.line is not None:
            self.line.pool.cut()

    def revive(self) -> None:
        """Begin a generation with new threads and connections on what is known."""
        self.generation += 1
        if self.line is None:
            return
        self.line.pool.reopen()
        self._close_heads()
        self._staff_line(self.line)
        self.staff()

    def close(self) -> None:
        """End a generation for good: none of its threads reaches the chain, or any reader."""
        if self.chain is not None:
            self.chain.following.publisher.close()
        if self.line is not None:
            self.line.pool.close()

    def _close_heads(self) -> None:
        """Once nobody listens to its socket any more."""
        if self.chain is not None and self.chain.following.heads is not None:
            self.chain.following.heads.close()

    def _staff_line(self, line: Line) -> None:
        around, team = self._shop.around, self._team()
        staff_line(team, line, around.clock)
        if self.connection is not None:
            return
        generation = self.generation
        connector = ChainConnector(
            line,
            around,
            lambda attempt: self._shop.tell(Told(self.name, generation, attempt)),
        )
        team.start(f"ChainConnector[{self.name}]", connector.step)

    def _team(self) -> Team:
        pause = longest_pause(self._settings.poll_period)
        return Team(self._shop.crew, self.name, self.generation, pause)
