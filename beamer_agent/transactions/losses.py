"""Losses: whether a nonce of ours is really somebody else's, before our action takes a new one.

    the chain counts more than our nonce, and shows no receipt of ours
        for a while, at every look                                  -> it may only be late
        and then at every endpoint that answers, two where there are -> lost
        one endpoint has a receipt                                  -> mined
        one endpoint counts less                                    -> still open
    the others give no answer for minutes                       -> one is enough

Given up too early, a claim is made a second time, and its stake bound twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from beamer_agent.errors import RpcError
from beamer_agent.rpc.client import LATEST, ChainClient, Request
from beamer_agent.rpc.model import Block, quantity, receipt_from_json
from beamer_agent.rpc.pool import EndpointPool
from beamer_agent.transactions.model import MinedTransaction, SentTransaction
from beamer_agent.transactions.watch import is_possible
from beamer_agent.types import Address

LOSS_SECONDS: Final = 20.0
"""So long a count must stay above the nonce: nodes behind one balancer, and indexes of receipts,
are behind each other by some seconds."""
ENOUGH_ANSWERS: Final = 2
"""Where there are as many endpoints: one that is wrong about its count is wrong about receipts."""
LONELY_SECONDS: Final = 300.0
"""After these, those that do not answer are taken to be gone, and one is enough: the action has a
deadline, and one endpoint may be all there is until then."""


class Verdict(Enum):
    """What is known of a nonce that the chain counts as used."""

    UNDECIDED = auto()
    OPEN = auto()
    """It is not used."""
    LOST = auto()


@dataclass(frozen=True, slots=True)
class Losses:
    """Asks all endpoints. Used by the sender's thread only."""

    client: ChainClient
    account: Address

    def judge(
        self, sent: SentTransaction, head: Block, seconds: float
    ) -> MinedTransaction | Verdict:
        """What is true of a transaction whose nonce counts as used for so many seconds.

        Raises:
            RpcError: no endpoint may be asked.
        """
        asked: list[Request] = [("eth_getTransactionCount", (self.account, LATEST))]
        asked += [("eth_getTransactionReceipt", ("0x" + v.hash.hex(),)) for v in sent.versions]
        answers, enough = self._ask(asked)
        good = [results for results in answers if not any(_has_failed(r) for r in results)]
        mined = [end for results in good if (end := _mined_in(results[1:], sent, head))]
        if mined:
            return mined[0]
        if any(quantity(results[0]) <= sent.nonce for results in good):
            return Verdict.OPEN
        enough = 1 if seconds >= LONELY_SECONDS else enough
        return Verdict.LOST if len(good) >= enough else Verdict.UNDECIDED

    def _ask(self, asked: Sequence[Request]) -> tuple[list[list[Any]], int]:
        """The results of every endpoint that answers, and how many must."""
        asks = self.client.asks
        if not isinstance(asks, EndpointPool):
            return [asks.ask(asked)], 1
        answers = asks.ask_each(asked)
        results = [a.results for a in answers if not isinstance(a.results, RpcError)]
        return results, min(ENOUGH_ANSWERS, len(asks.endpoints))


def _has_failed(result: Any) -> bool:
    return isinstance(result, RpcError)


def _mined_in(
    results: Sequence[Any], sent: SentTransaction, head: Block
) -> MinedTransaction | None:
    for version, result in zip(sent.versions, results, strict=True):
        if result is None:
            continue
        receipt = receipt_from_json(result)
        if is_possible(receipt, version.hash, sent, head):
            return sent.mined(receipt)
    return None
