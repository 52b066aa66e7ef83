"""StaleHead: an endpoint whose node has stopped, and answers as if nothing had happened since."""

from beamer_agent.rpc.client import ChainClient
from tests.faults.exchange import Answer, Call, Exchange, Reply, error, result

INVALID_PARAMS = -32602

_NEWEST = ("latest", "safe", "finalized")


class StaleHead:
    """It takes transactions and knows its pool, but hears of no new block.

    Args:
        client: of the chain, whose newest block now will be the newest for ever.
    """

    def __init__(self, client: ChainClient) -> None:
        self._head = client.head().number

    def __call__(self, exchange: Exchange) -> Reply:
        """What such a node knows."""
        return exchange.answered(lambda call: self._answer(exchange, call))

    def _answer(self, exchange: Exchange, call: Call) -> Answer:
        match call["method"]:
            case "eth_getBlockByNumber" if self._is_later(call["params"][0]):
                return result(call, None)
            case "eth_getLogs":
                return self._logs(exchange, call)
            case "eth_getTransactionReceipt":
                return self._receipt(exchange, call)
            case "eth_blockNumber":
                return result(call, hex(self._head))
        params = [hex(self._head) if param in _NEWEST else param for param in call["params"]]
        return exchange.ask({**call, "params": params})

    def _logs(self, exchange: Exchange, call: Call) -> Answer:
        (asked,) = call["params"]
        if self._is_later(asked["fromBlock"]):
            return error(call["id"], INVALID_PARAMS, "block range extends beyond the head")
        until = min(exchange.block_number(asked["toBlock"]), self._head)
        return exchange.ask({**call, "params": [{**asked, "toBlock": hex(until)}]})

    def _receipt(self, exchange: Exchange, call: Call) -> Answer:
        answer = exchange.ask(call)
        receipt = answer.get("result")
        is_hidden = receipt is not None and self._is_later(receipt["blockNumber"])
        return result(call, None) if is_hidden else answer

    def _is_later(self, block: str) -> bool:
        return block.startswith("0x") and int(block, 16) > self._head
