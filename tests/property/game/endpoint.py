"""An endpoint of an EvmChain: JSON-RPC, so that the agent's own client and senders work on it."""

import re
from typing import Any

from beamer_agent.rpc.client import ChainClient
from tests.doubles import ErrorObject, ScriptedTransport, block_json, make_client
from tests.property.game.evm import EvmChain, RevertedError


def make_evm_client(chain: EvmChain) -> ChainClient:
    """The agent's client of a chain. Calls see the open block, blocks and logs end at the head."""
    transport = ScriptedTransport(eth_chainId=hex(chain.chain_id), eth_getCode="0x00")
    answers = _Answers(chain)
    transport.on("eth_blockNumber", lambda: hex(chain.head.number))
    transport.on("eth_getBlockByNumber", answers.block)
    transport.on("eth_getBalance", answers.balance)
    transport.on("eth_call", answers.call)
    transport.on("eth_estimateGas", answers.estimate)
    transport.on("eth_getLogs", answers.logs)
    return make_client(transport)


class _Answers:
    def __init__(self, chain: EvmChain) -> None:
        self._chain = chain

    def block(self, tag: str, _full: bool) -> Any:
        assert tag == "latest"
        return block_json(self._chain.head)

    def balance(self, account: Any, _tag: str) -> str:
        return hex(self._chain.balance(account))

    def call(self, call: dict[str, Any], _tag: str) -> Any:
        try:
            return "0x" + self._chain.ask(call["to"], _data(call)).hex()
        except RevertedError as error:
            return _refusal(error)

    def estimate(self, call: dict[str, Any], _tag: str) -> Any:
        value = int(call["value"], 16)
        try:
            self._chain.simulate(call["from"], call["to"], _data(call), value)
        except RevertedError as error:
            return _refusal(error)
        return hex(100_000)

    def logs(self, filter_: dict[str, Any]) -> Any:
        newest = self._chain.head.number
        first, to_block = int(filter_["fromBlock"], 16), filter_["toBlock"]
        last = newest if to_block == "latest" else int(to_block, 16)
        addresses = {address.lower() for address in filter_["address"]}
        return [
            log
            for log in self._chain.logs
            if first <= int(log["blockNumber"], 16) <= last
            and last <= newest
            and log["address"] in addresses
            and _fits(log["topics"], filter_["topics"])
        ]


def _data(call: dict[str, Any]) -> bytes:
    return bytes.fromhex(call["data"][2:])


def _fits(topics: list[str], wanted: list[str | list[str] | None]) -> bool:
    return len(topics) >= len(wanted) and all(
        want in (None, topic) or (isinstance(want, list) and topic in want)
        for want, topic in zip(wanted, topics, strict=False)
    )


def _refusal(error: RevertedError) -> ErrorObject:
    output = re.search(r"output: (0x[0-9a-f]*)", str(error))
    return ErrorObject(f"execution reverted: {error}", 3, output[1] if output else "0x")
