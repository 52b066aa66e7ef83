"""HeadSubscription: new blocks wake the monitor, and a silent socket is opened anew."""

import json
import threading
import time

import pytest

from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import RpcConnectionError, RpcError, RpcTimeoutError
from beamer_agent.events.heads import (
    CALM_SECONDS,
    CONFIRM_SECONDS,
    FIRST_PAUSE_SECONDS,
    LISTEN_SECONDS,
    LONGEST_PAUSE_SECONDS,
    OPENING_SECONDS,
)
from beamer_agent.types import BlockNumber
from tests.listening import CONFIRMATION, Listening, Message, head

pytestmark = pytest.mark.unit

REFUSED = RpcConnectionError("Connection refused")
PUSHED, NOT_PUSHED = "Heads are pushed", "Heads are not pushed"


def test_every_new_head_wakes_the_monitor() -> None:
    """The subscription is asked for once."""
    listening = Listening([CONFIRMATION])
    listening.step()
    assert listening.heads == 0
    for number in (10, 11):
        listening.socket.messages.append(head(number))
        assert listening.step() == CALM_SECONDS
    assert listening.heads == 2
    (request,) = map(json.loads, listening.socket.sent)
    assert (request["method"], request["params"]) == ("eth_subscribe", ["newHeads"])
    assert listening.log.sentences("info") == [PUSHED]


def test_many_heads_at_once_wake_it_once() -> None:
    """And it is left in peace for a moment, however much an endpoint talks."""
    listening = Listening([CONFIRMATION, *map(head, range(10, 40))])
    assert listening.step() == CALM_SECONDS
    assert listening.heads == 1
    assert listening.socket.messages == []


def test_a_step_without_news_returns_soon() -> None:
    """A worker notices only between two steps that it shall stop."""
    listening = Listening([CONFIRMATION])
    listening.step()
    before = listening.clock.monotonic()
    assert listening.subscription.step() == 0.0
    assert listening.clock.monotonic() - before == LISTEN_SECONDS < 1.0


@pytest.mark.parametrize(
    "message",
    [
        RpcConnectionError("ConnectionClosedError"),
        '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no such method"}}',
        "no JSON",
        b"\xff",
        "[]",
        "{}",
        '{"method":"eth_subscription","params":{"result":{"number":"ten"}}}',
        '{"method":"eth_subscription","params":null}',
    ],
)
def test_a_socket_that_breaks_or_talks_nonsense_is_left(message: Message) -> None:
    """It is closed, and after a pause the endpoint is tried again."""
    listening = Listening([message], [CONFIRMATION, head(10)])
    assert listening.step() == FIRST_PAUSE_SECONDS
    assert listening.sockets[0].is_closed
    listening.step()
    assert (len(listening.sockets), listening.heads) == (2, 1)


def test_a_subscription_that_is_never_confirmed_is_given_up() -> None:
    """The socket is open, and answers pings, but nobody is behind it."""
    listening = Listening([], [])
    steps = int(CONFIRM_SECONDS / LISTEN_SECONDS)
    assert [listening.step() for _ in range(steps)] == [0.0] * steps
    assert listening.step() == FIRST_PAUSE_SECONDS
    assert listening.sockets[0].is_closed


def test_a_socket_that_falls_silent_is_opened_anew() -> None:
    """When polls have seen two blocks more than it told of."""
    listening = Listening([CONFIRMATION, head(10)], [CONFIRMATION])
    listening.see(10, 11)
    assert len(listening.sockets) == 1
    listening.see(12)
    assert len(listening.sockets) == 2
    (warning,) = [line for line in listening.log.lines if line["event"] == NOT_PUSHED]
    assert warning["endpoint"] == "l2a/ws1"


def test_a_chain_that_stands_still_is_no_silence() -> None:
    """However long."""
    listening = Listening([CONFIRMATION, head(10)])
    listening.see(*[10] * 50)
    assert len(listening.sockets) == 1


def test_polls_may_be_a_little_ahead() -> None:
    """The socket tells of each block after a poll has seen it, and is not left for it."""
    listening = Listening([CONFIRMATION])
    for number in range(10, 30):
        listening.see(number)
        listening.socket.messages.append(head(number))
        listening.step()
    assert len(listening.sockets) == 1


def test_a_socket_that_lags_behind_for_good_is_left() -> None:
    """It tells of blocks that polls have seen long before: another node may do better."""
    listening = Listening([CONFIRMATION], [CONFIRMATION])
    for number in range(10, 13):
        listening.see(number)
        listening.socket.messages.append(head(number - 5))
    assert len(listening.sockets) == 2


def test_many_blocks_within_a_moment_are_no_silence() -> None:
    """A poll may be the first to see them on a quick chain."""
    listening = Listening([CONFIRMATION, head(10)])
    listening.step()
    for number in range(11, 20):
        listening.subscription.seen(BlockNumber(number))
    listening.step()
    assert not listening.socket.is_closed


def test_polls_that_are_behind_are_no_silence() -> None:
    """They see what the socket has told of before."""
    listening = Listening([CONFIRMATION, head(13)])
    listening.see(10, 11, 12, 13)
    assert not listening.socket.is_closed


def test_a_refusal_is_logged_in_the_words_of_the_endpoint() -> None:
    """So that an operator knows what to look for."""
    listening = Listening(
        ['{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no such method"}}']
    )
    listening.step()
    assert "no such method" in listening.log.lines[0]["error"]


def test_endpoints_are_tried_in_turn() -> None:
    """Each time after a longer pause, up to a limit; a head makes it short again."""
    failures: list[RpcError] = [REFUSED, RpcTimeoutError("no answer in time")] * 4
    listening = Listening(*failures, [head(10), REFUSED], [], count=2)
    pauses = [listening.step() for _ in failures]
    assert pauses == [1, 2, 4, 8, 16, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, 30]
    assert listening.opened == ["l2a/ws1", "l2a/ws2"] * 4
    assert listening.step() == FIRST_PAUSE_SECONDS


def test_pauses_begin_anew_when_the_chain_is_back() -> None:
    """And the present one ends."""
    listening = Listening(*[REFUSED] * 6)
    assert [listening.step() for _ in range(5)][-1] == 16
    listening.subscription.retry()
    assert listening.subscription.wake.is_set()
    assert listening.step() == FIRST_PAUSE_SECONDS


def test_an_outage_is_logged_once() -> None:
    """As a warning; it is back when heads come again."""
    listening = Listening(REFUSED, REFUSED, REFUSED, [CONFIRMATION, head(10)], REFUSED)
    for _ in range(4):
        listening.step()
    assert listening.log.sentences("warning") == [NOT_PUSHED]
    assert listening.log.sentences("info") == [PUSHED]
    listening.socket.messages.append(REFUSED)
    listening.step()
    assert listening.log.sentences("warning") == [NOT_PUSHED] * 2


def test_a_long_outage_ends_like_a_short_one() -> None:
    """Half a day of failures."""
    listening = Listening(*[REFUSED] * 1_500, [CONFIRMATION, head(10)])
    for _ in range(1_501):
        listening.step()
    assert listening.heads == 1


def test_a_socket_that_takes_long_to_open_is_waited_for_step_by_step() -> None:
    """Each of them short; once it is open it is used."""
    may_open = threading.Event()
    listening = Listening([CONFIRMATION, head(10)])
    listening.gate = may_open
    started = time.monotonic()
    assert listening.step() == 0.0
    assert time.monotonic() - started < 2 * LISTEN_SECONDS
    may_open.set()
    listening.step()
    assert listening.heads == 1


def test_a_socket_that_never_opens_is_given_up() -> None:
    """And is closed by itself should it open after all."""
    listening = Listening([CONFIRMATION], [CONFIRMATION])
    listening.gate = threading.Event()
    listening.step()
    listening.clock.advance(OPENING_SECONDS + 1)
    assert listening.step() == FIRST_PAUSE_SECONDS
    listening.gate.set()
    wait_until(lambda: listening.sockets and listening.socket.is_closed, "the socket to be closed")


def test_a_subscription_that_is_closed_leaves_no_socket() -> None:
    """Closing it twice, or before it was opened, is nothing."""
    listening = Listening([CONFIRMATION])
    listening.subscription.close()
    listening.step()
    listening.subscription.close()
    listening.subscription.close()
    assert listening.socket.is_closed
