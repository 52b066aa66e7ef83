"""A Witness at work over endpoints of real chains."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import TypeVar

from beamer_agent.actions.testimony import Testimony
from beamer_agent.clock import SystemClock
from beamer_agent.devnet.deployer import Deployed
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import FatalError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import RequestCreated, RequestEvent, RequestFilled
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.pool import EndpointPool
from beamer_agent.rpc.transport import HttpTransport, Transport
from beamer_agent.witness.witness import Bench, Witness
from beamer_agent.worker import Worker
from tests.doubles import RecordingLogger

LONG_POLL_PERIOD = 60.0
"""What is seen before it has passed was not found by a second look."""
ANSWER_SECONDS = 15.0

E = TypeVar("E", bound=RequestEvent)


class Courtroom:
    """Pools and witnesses of a test.

    Args:
        stack: ends them.
    """

    def __init__(self, stack: ExitStack) -> None:
        self.log = RecordingLogger()
        self.failures: list[FatalError] = []
        """What has ended a witness's thread."""
        self._stack = stack

    def pool(self, *carriers: Transport | str, quorum: int = 2) -> EndpointPool:
        """Endpoints `l2a/1`, `l2a/2` and so on at URLs, or behind transports."""
        transports = [HttpTransport(c) if isinstance(c, str) else c for c in carriers]
        endpoints = [
            Endpoint(f"l2a/{place}", transport, SystemClock(), self.log.logger)
            for place, transport in enumerate(transports, start=1)
        ]
        pool = EndpointPool("l2a", endpoints, quorum, SystemClock(), self.log.logger)
        return self._stack.enter_context(closing(pool))

    def witness(self, request: Request, source: EndpointPool, target: EndpointPool) -> Witness:
        """One that listens in a thread of its own."""
        wake = threading.Event()
        manager, fills = request.source.request_manager, request.target.fill_manager
        witness = Witness(
            Bench(request.source.chain.chain_id, source, manager.contract),
            Bench(request.target.chain.chain_id, target, fills.contract),
            poll_period=LONG_POLL_PERIOD,
            wake=wake,
            on_change=lambda: None,
            clock=SystemClock(),
            logger=self.log.logger,
        )
        worker = Worker(
            "Witness",
            witness.step,
            wake=wake,
            on_fatal=self.failures.append,
            logger=self.log.logger,
        )
        worker.start()
        self._stack.callback(worker.join, ANSWER_SECONDS)
        self._stack.callback(worker.stop)
        return witness


def hear(ask: Callable[[], Testimony]) -> Testimony:
    """The first answer that says something."""
    wait_until(lambda: ask() is not Testimony.UNKNOWN, "a testimony", seconds=ANSWER_SECONDS)
    return ask()


def created_event(request: Request) -> RequestCreated:
    """A request, as an agent reads it."""
    return _event(request.source, request.source.request_manager, RequestCreated, request)


def filled_event(request: Request) -> RequestFilled:
    """Its fill, as an agent reads it."""
    return _event(request.target, request.target.fill_manager, RequestFilled, request)


def _event(l2: L2Contracts, emitter: Deployed, type_: type[E], request: Request) -> E:
    client = l2.chain.client
    logs = client.logs([emitter.contract.address], emitter.block, client.head().number)
    for event in EventDecoder(l2.chain.chain_id, [emitter.contract.abi]).decode(logs):
        if isinstance(event, type_) and event.request_id == request.request_id:
            return event
    raise AssertionError(f"the request has no {type_.__name__}")
