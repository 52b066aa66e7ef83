"""Agent: puts the parts together as in the drawing, carries out orders, and stops it all.

ChainPart[chain] --connected--> EventMonitor[chain] --batches--> Inbox[direction]
                                                                           |
                                                                           v
                        TransactionSender[chain] <--actions-- EventProcessor[direction]
                                                                    ^
                                              ProofWatch[direction] |

BasePart --connected--> EventMonitor[base-chain], TransactionSender[base-chain]

Beside them work those that look at endpoints and at older history, see `staff`; the supervisor,
whose orders are carried out here; and those who tell the world how it is, see `fronts`.
"""

import os
import threading
from collections.abc import Sequence
from importlib.metadata import version
from queue import SimpleQueue
from typing import Final

from eth_account.signers.local import LocalAccount
from structlog.typing import FilteringBoundLogger

from beamer_agent.chain import Surroundings
from beamer_agent.clock import Clock, SystemClock
from beamer_agent.config import Config
from beamer_agent.contracts.deployments import Deployments
from beamer_agent.contracts.interface import ContractInterfaces
from beamer_agent.crew import Crew
from beamer_agent.direction import payout_book
from beamer_agent.errors import FatalError, InvariantError
from beamer_agent.events.publisher import Subscriber
from beamer_agent.fronts import Fronts
from beamer_agent.logging import Redactor, secrets_of
from beamer_agent.orders import SERVICE, SUPERVISOR, Order, Restart, Stop
from beamer_agent.parts.parts import Parts
from beamer_agent.parts.rebuilder import Rebuilder
from beamer_agent.parts.workshop import Told, Workshop
from beamer_agent.pulse import Pulse
from beamer_agent.service.board import StatusBoard
from beamer_agent.service.control.control import Control
from beamer_agent.service.control.desk import DeskSources
from beamer_agent.service.headline import headline
from beamer_agent.service.lifecycle import ServiceLifecycle
from beamer_agent.service.metrics.agent import AgentMetrics
from beamer_agent.service.metrics.exhibits import Exhibits, exhibit
from beamer_agent.service.notify import Notifier
from beamer_agent.service.restarts import RestartBook
from beamer_agent.service.supervisor import Supervisor
from beamer_agent.switches import Switches
from beamer_agent.tokens import TokenPairs

TURN_SECONDS: Final = 60.0
"""After so long the agent's own thread counts as hanging; a restart takes it a second or two."""


class Agent:
    """The whole agent. `run` in one thread; `stop` and `order` from any.

    Args:
        config: what the operator decided.
        account: signs everything.
        deployments: where the contracts are.
        interfaces: their ABIs.
        observers: told all that the chains' monitors tell; must not wait.
        notifier: tells the service manager how it goes.
    """

    def __init__(
        self,
        config: Config,
        account: LocalAccount,
        deployments: Deployments,
        interfaces: ContractInterfaces,
        logger: FilteringBoundLogger,
        clock: Clock | None = None,
        observers: Sequence[Subscriber] = (),
        notifier: Notifier | None = None,
    ) -> None:
        self._clock = clock = clock or SystemClock()
        self._account = account
        self._logger = logger
        self._queue: SimpleQueue[Told | Order | None] = SimpleQueue()
        self._is_stopping = threading.Event()
        self._fatal: FatalError | None = None
        self._metrics = AgentMetrics(account.address)
        self._switches = Switches(on_change=self._wake)
        self._around = self._surroundings(config, deployments, interfaces)
        self._crew = Crew(clock, self._fail, logger)
        self._lifecycle = ServiceLifecycle(clock)
        self._book = RestartBook(clock, logger)
        self._board = StatusBoard(config, clock)
        shop = Workshop(
            self._around,
            self._crew,
            self._board,
            (self._metrics.observe, *observers),
            self._metrics.of_direction,
            self._metrics.periods.of_direction,
            self._queue.put,
            self.order,
        )
        self._parts = Parts(shop)
        self._rebuilder = Rebuilder(self._parts, self._crew, self._book, clock, logger)
        self._pulse = Pulse("Agent", SERVICE, 0, TURN_SECONDS, clock.monotonic())
        self._redactor = Redactor(secrets_of(config))
        self._supervisor = self._make_supervisor(notifier or Notifier())
        self._fronts = Fronts(self._around, self._metrics.registry, self._board, self._fail)
        self._control = Control(
            config,
            self._switches,
            DeskSources(self._board.look, self._parts.reports, self._parts.works),
            self.order,
            self._fail,
            clock,
            logger,
        )
        self._inform_board()
        self._exhibit()

    def run(self) -> None:
        """Work until `stop` is called.

        Raises:
            ConfigurationError: nothing was started; all faults found.
            FatalError: the agent cannot go on.
        """
        self._lifecycle.advance("start")
        try:
            self._logger.info("Starting", account=self._account.address)
            self._fronts.start()
            self._control.start()
            self._crew.start("Supervisor", self._supervisor.step, part=SUPERVISOR)
            self._parts.open()
            self._carry_on()
        except FatalError as error:
            self._lifecycle.fall(str(error))
            raise
        except Exception as error:  # a defect in the one thread that nobody replaces
            self._logger.exception("Agent failed")
            self._lifecycle.fall(type(error).__name__)
            # Its own text, which nobody has checked for secrets, is for the log alone.
            words = f"The agent's own thread failed ({type(error).__name__}); the log says where."
            raise InvariantError(words) from None
        finally:
            self._shut_down()
            self._control.stop()
            self._fronts.stop()
        if self._fatal is not None:
            raise self._fatal

    def stop(self) -> None:
        """Make `run` return; at once, from any thread."""
        self._is_stopping.set()
        self._crew.hurry()
        self._queue.put(None)

    def order(self, order: Order) -> None:
        """Have an order carried out; any thread, never waits."""
        self._queue.put(order)

    def _wake(self) -> None:
        self._parts.wake()

    def _surroundings(
        self, config: Config, deployments: Deployments, interfaces: ContractInterfaces
    ) -> Surroundings:
        return Surroundings(
            config,
            self._account,
            deployments,
            interfaces,
            TokenPairs(config.tokens),
            self._clock,
            self._logger,
            self._metrics.transactions.of_chain,
            payout_book(config),
            self._switches,
        )

    def _make_supervisor(self, notifier: Notifier) -> Supervisor:
        return Supervisor(
            self._lifecycle,
            self._book,
            self._crew.readings,
            self.order,
            self._pulse,
            notifier,
            self._clock,
            self._logger,
            lambda: self._redactor.text(headline(self._board.look())),
        )

    def _inform_board(self) -> None:
        """Say who knows what of the agent's state."""
        sources = self._board.sources
        sources.service = self._lifecycle.look
        sources.supervisor = self._supervisor.turned_seconds_ago
        sources.readings = lambda: [self._pulse.read(), *self._crew.readings()]
        sources.reports = self._parts.reports
        sources.restarts = self._book.recent
        sources.switches = self._switches.look
        sources.details = {
            "account": self._account.address,
            "version": version("beamer-agent"),
            "pid": os.getpid(),
        }

    def _exhibit(self) -> None:
        """Say who knows what for the metrics."""
        self._metrics.observe_endpoints(self._parts.endpoints)
        exhibits = Exhibits(
            self._lifecycle,
            self._board,
            self._book.counts,
            lambda: self._supervisor.thrashings,
            self._parts.reports,
            self._parts.accounts,
        )
        exhibit(self._metrics, exhibits, self._around.config, self._clock)

    def _carry_on(self) -> None:
        """Take what comes, one after the other; nothing of it takes long."""
        while not self._is_stopping.is_set():
            item = self._queue.get()
            self._pulse.begin(self._clock.monotonic())
            match item:
                case Told():
                    self._parts.take(item)
                case Restart():
                    self._restart(item)
                case Stop():
                    self._logger.info("Stopping", reason=item.reason)
                    return
                case None:
                    return
            if self._parts.are_initialised:
                self._lifecycle.advance("initialised")
            self._pulse.end(self._clock.monotonic())

    def _restart(self, order: Restart) -> None:
        if order.part != SERVICE:
            self._rebuilder.restart(order)
            return
        self._lifecycle.advance("restart", order.reason)
        self._rebuilder.restart(order)
        self._lifecycle.advance("restart_initiated", order.reason)

    def _fail(self, error: FatalError) -> None:
        self._fatal = self._fatal or error
        self._lifecycle.fall(str(error))
        self.stop()

    def _shut_down(self) -> None:
        self._lifecycle.begin_stop("it was told to stop")
        hanging = self._crew.stop()
        self._parts.close()
        self._lifecycle.end_stop(hanging)
        self._logger.info("Stopped", hanging=hanging)
