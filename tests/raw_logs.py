"""Events as the logs that an endpoint would answer: the way back from the decoder."""

from dataclasses import fields

from eth_abi.abi import encode
from eth_typing import ABIEvent
from eth_utils.abi import event_abi_to_log_topic, filter_abi_by_type

from beamer_agent.contracts.interface import AGENT_CONTRACTS, packaged_contract
from beamer_agent.events.model import Event
from beamer_agent.rpc.model import RawLog

EVENT_ABIS: dict[str, ABIEvent] = {
    entry["name"]: entry
    for contract in AGENT_CONTRACTS
    for entry in filter_abi_by_type("event", packaged_contract(contract)["abi"])
}
"""The ABI entries of all events of the packaged contracts, by name."""


def make_log(event: Event) -> RawLog:
    """The log that stands for an event."""
    abi = EVENT_ABIS[type(event).__name__]
    topics, data = [event_abi_to_log_topic(abi)], b""
    for parameter in abi["inputs"]:
        word = encode([parameter["type"]], [_value(event, parameter["name"])])
        if parameter.get("indexed"):
            topics.append(word)
        else:
            data += word
    return {
        "address": event.emitter.lower(),
        "blockNumber": hex(event.block_number),
        "blockHash": "0x" + event.block_hash.hex(),
        "logIndex": hex(event.log_index),
        "transactionHash": "0x" + event.transaction_hash.hex(),
        "transactionIndex": "0x0",
        "removed": False,
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + data.hex(),
    }


def _value(event: Event, parameter: str) -> object:
    if parameter == "chainId":  # of ChainUpdated; `chain_id` is the emitting chain
        parameter = "targetChainId"
    names = {f.name.replace("_", ""): f.name for f in fields(event)}
    return getattr(event, names[parameter.lower()])
