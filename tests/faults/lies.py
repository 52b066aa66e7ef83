"""Endpoints that answer in perfect form what is not so: missing logs, forged logs."""

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import VALIDITY_PERIOD
from beamer_agent.rpc.model import Block, RawLog
from beamer_agent.types import BlockNumber, Timestamp, TokenAmount
from tests.factories import make_address, make_request_created
from tests.faults.exchange import Answer, Call, Exchange, Reply
from tests.raw_logs import make_log

FORGED_AMOUNT = TokenAmount(7 * 10**17)
FORGED_NONCE = 10**6
"""Added to the number of a forged request's block."""
FORGED_INDEX = 1_000


def truncate_logs(exchange: Exchange) -> Reply:
    """Leaves the last half of a list of logs out, and so a single one too."""

    def answer(call: Call) -> Answer:
        told = exchange.ask(call)
        if call["method"] == "eth_getLogs" and "result" in told:
            logs = told["result"]
            return {**told, "result": logs[: len(logs) // 2]}
        return told

    return exchange.answered(answer)


class Forger:
    """Invents a request in the last block of every range of logs; always the same one per block.

    Args:
        source: the endpoint's chain.
        target: where the request wants to be filled.
    """

    def __init__(self, source: L2Contracts, target: L2Contracts) -> None:
        self._source = source
        self._target = target

    def __call__(self, exchange: Exchange) -> Reply:
        """The truth, and a request more."""
        return exchange.answered(lambda call: self._answer(exchange, call))

    def _answer(self, exchange: Exchange, call: Call) -> Answer:
        told = exchange.ask(call)
        if call["method"] != "eth_getLogs" or "result" not in told:
            return told
        client = self._source.chain.client
        last = exchange.block_number(call["params"][0]["toBlock"])
        log = self._log(client.block(BlockNumber(min(last, client.head().number))))
        more = [log] if _is_asked_for(log, call) else []
        return {**told, "result": [*told["result"], *more]}

    def _log(self, block: Block) -> RawLog:
        source, target = self._source, self._target
        created = make_request_created(
            chain_id=source.chain.chain_id,
            emitter=source.request_manager.address,
            target_chain_id=target.chain.chain_id,
            source_token_address=source.tokens["DAI"].address,
            target_token_address=target.tokens["DAI"].address,
            target_address=make_address(666),
            amount=FORGED_AMOUNT,
            nonce=FORGED_NONCE + block.number,
            block_number=block.number,
            block_hash=block.hash,
            log_index=FORGED_INDEX,
            valid_until=Timestamp(block.timestamp + VALIDITY_PERIOD),
        )
        return make_log(created)


def _is_asked_for(log: RawLog, call: Call) -> bool:
    (asked,) = call["params"]
    addresses = [address.lower() for address in _listed(asked["address"])]
    topics = zip(asked.get("topics", ()), log["topics"], strict=False)
    is_wanted = all(wanted is None or topic in _listed(wanted) for wanted, topic in topics)
    return log["address"] in addresses and is_wanted


def _listed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
