"""Endpoints that fail openly: late, not at all, or with what is no answer."""

import json
import random
import threading
from collections.abc import Mapping

from eth_utils.crypto import keccak

from tests.faults.exchange import Answer, Behaviour, Call, Exchange, Reply, error, result

LIMIT_EXCEEDED = -32005
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601

HTML = b"<html><head><title>Service</title></head><body><h1>Please wait</h1></body></html>"

_SEED = 8


def hang(exchange: Exchange) -> None:
    """Takes the request and never answers it."""
    exchange.is_over.wait()


def drop(exchange: Exchange) -> Reply:
    """Breaks the connection in the middle of the answer."""
    return Reply(exchange.served().body, is_cut=True)


def lose_reply(exchange: Exchange) -> None:
    """Does what it was asked, and closes the connection without an answer."""
    exchange.served()


def lose_reply_of_sending(exchange: Exchange) -> Reply | None:
    """The same, of handing over transactions alone."""
    reply = exchange.served()
    return None if exchange.asks("eth_sendRawTransaction") else reply


def html(_: Exchange) -> Reply:
    """A page for humans."""
    return Reply(HTML)


def truncated(exchange: Exchange) -> Reply:
    """Half of the JSON, as if it were all of it."""
    body = exchange.served().body
    return Reply(body[: len(body) // 2])


def wrong_id(exchange: Exchange) -> Reply:
    """The answers of another request."""

    def answer(call: Call) -> Answer:
        return {**exchange.ask(call), "id": call["id"] + 1_000_000}

    return exchange.answered(answer)


def out_of_order(exchange: Exchange) -> Reply:
    """The answers of a batch, last one first."""
    answers = json.loads(exchange.served().body)
    return Reply(json.dumps(answers[::-1] if exchange.is_batch else answers).encode())


def refuse_batches(exchange: Exchange) -> Reply:
    """One error for all of a batch."""
    if not exchange.is_batch:
        return exchange.served()
    refusal = error(None, INVALID_REQUEST, "batch requests are not supported")
    return Reply(json.dumps(refusal).encode())


def delay(seconds: float) -> Behaviour:
    """Answers, but only after a while."""

    def behave(exchange: Exchange) -> Reply:
        exchange.is_over.wait(seconds)
        return exchange.served()

    return behave


def status(code: int, headers: Mapping[str, str] | None = None) -> Behaviour:
    """The same HTTP status for everything."""
    return lambda _: Reply(b"no", code, headers or {})


def sometimes(share: float, behaviour: Behaviour) -> Behaviour:
    """Behaves so for a share of the requests, the same ones in every run."""
    dice = random.Random(_SEED)  # noqa: S311 - nothing secret about it
    lock = threading.Lock()  # of the dice

    def behave(exchange: Exchange) -> Reply | None:
        with lock:
            is_hit = dice.random() < share
        return behaviour(exchange) if is_hit else exchange.served()

    return behave


def range_limit(blocks: int) -> Behaviour:
    """Refuses to look for logs in more blocks at a time."""

    def behave(exchange: Exchange) -> Reply:
        def answer(call: Call) -> Answer:
            if call["method"] == "eth_getLogs" and _length(exchange, call) > blocks:
                return error(call["id"], LIMIT_EXCEEDED, f"at most {blocks} blocks")
            return exchange.ask(call)

        return exchange.answered(answer)

    return behave


def _length(exchange: Exchange, call: Call) -> int:
    asked = call["params"][0]
    first, last = (exchange.block_number(asked[key]) for key in ("fromBlock", "toBlock"))
    return last - first + 1


class SwallowEveryOther:
    """Says of every other new transaction that it has taken it, and forgets it.

    What is handed over once more has its chance: a batch of even length would be lost for ever by
    mere counting.

    Args:
        unknown: a method that it does not have.
    """

    def __init__(self, unknown: str = "") -> None:
        self._unknown = unknown
        self._lock = threading.Lock()  # protects what was seen: requests come in many threads
        self._seen: set[str] = set()
        self.swallowed = 0

    def __call__(self, exchange: Exchange) -> Reply:
        """The truth about everything else."""
        if not exchange.asks("eth_sendRawTransaction") and not exchange.asks(self._unknown):
            return exchange.served()

        def answer(call: Call) -> Answer:
            if call["method"] == self._unknown:
                return error(call["id"], METHOD_NOT_FOUND, "the method does not exist")
            return self._forgotten(call) if self._is_lost(call) else exchange.ask(call)

        return exchange.answered(answer)

    def _is_lost(self, call: Call) -> bool:
        if call["method"] != "eth_sendRawTransaction":
            return False
        (raw,) = call["params"]
        with self._lock:
            is_lost = raw not in self._seen and len(self._seen) % 2 == 1
            self._seen.add(raw)
            self.swallowed += is_lost
        return is_lost

    def _forgotten(self, call: Call) -> Answer:
        raw = bytes.fromhex(call["params"][0][2:])
        return result(call, "0x" + keccak(raw).hex())
