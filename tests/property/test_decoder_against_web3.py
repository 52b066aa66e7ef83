"""The decoder says of every log what web3 says, for every event of every packaged contract."""

import re
from dataclasses import fields
from functools import cache
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_typing import ABIEvent
from eth_utils.abi import event_abi_to_log_topic, filter_abi_by_type
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from hypothesis import given
from hypothesis import strategies as st
from web3 import Web3

from beamer_agent.contracts.interface import AGENT_CONTRACTS, packaged_contract
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import EVENT_TYPES, Event
from beamer_agent.rpc.model import RawLog
from beamer_agent.types import ChainId

pytestmark = pytest.mark.property

CHAIN = ChainId(7)
NAMES = {type_.__name__ for type_ in EVENT_TYPES}
ENTRIES: list[tuple[str, ABIEvent]] = [
    (contract, entry)
    for contract in AGENT_CONTRACTS
    for entry in filter_abi_by_type("event", packaged_contract(contract)["abi"])
]
OURS = [(contract, entry) for contract, entry in ENTRIES if entry["name"] in NAMES]
OTHERS = [(contract, entry) for contract, entry in ENTRIES if entry["name"] not in NAMES]

bytes32 = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)


def values_of(type_: str) -> st.SearchStrategy[Any]:
    """Any value of an ABI type, its ends included."""
    if type_ == "address":
        return addresses
    if type_ == "bytes32":
        return bytes32
    bits = int(re.fullmatch(r"uint(\d+)", type_)[1])  # type: ignore[index]  # else it fails
    return st.sampled_from([0, 1, 2**bits - 1]) | st.integers(0, 2**bits - 1)


@st.composite
def logs(draw: st.DrawFn, entry: ABIEvent) -> RawLog:
    """Any log of an event, as an endpoint writes it."""
    topics, data = [event_abi_to_log_topic(entry)], b""
    for parameter in entry["inputs"]:
        word = encode([parameter["type"]], [draw(values_of(parameter["type"]))])
        if parameter["indexed"]:
            topics.append(word)
        else:
            data += word
    return {
        "address": draw(addresses).lower(),
        "blockNumber": hex(draw(st.integers(0, 2**63 - 1))),
        "blockHash": "0x" + draw(bytes32).hex(),
        "logIndex": hex(draw(st.integers(0, 2**31))),
        "transactionHash": "0x" + draw(bytes32).hex(),
        "transactionIndex": "0x0",
        "removed": False,
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + data.hex(),
    }


@cache
def web3_contract(contract: str) -> Any:
    """web3's own reading of a packaged interface."""
    return Web3().eth.contract(abi=packaged_contract(contract)["abi"])


def web3_says(contract: str, entry: ABIEvent, log: RawLog) -> tuple[Any, ...]:
    """What web3 makes of the log: position and arguments, in the order of our fields."""
    receipt = {
        "address": to_checksum_address(log["address"]),
        "blockNumber": int(log["blockNumber"], 16),
        "blockHash": HexBytes(log["blockHash"]),
        "logIndex": int(log["logIndex"], 16),
        "transactionHash": HexBytes(log["transactionHash"]),
        "transactionIndex": 0,
        "topics": [HexBytes(topic) for topic in log["topics"]],
        "data": HexBytes(log["data"]),
    }
    said = web3_contract(contract).events[entry["name"]]().process_log(receipt)
    position = (
        said["address"],
        said["blockNumber"],
        bytes(said["blockHash"]),
        said["logIndex"],
        bytes(said["transactionHash"]),
    )
    return position, {flat(name): value for name, value in said["args"].items()}


def we_say(event: Event) -> tuple[Any, ...]:
    """The same of a decoded event."""
    values = [getattr(event, f.name) for f in fields(event)]
    names = [flat(f.name) for f in fields(event)]
    arguments = dict(zip(names[6:], values[6:], strict=True))
    if "targetchainid" in arguments and type(event).__name__ == "ChainUpdated":
        arguments["chainid"] = arguments.pop("targetchainid")
    return tuple(values[1:6]), arguments


def flat(name: str) -> str:
    """One spelling for camel case and snake case."""
    return name.replace("_", "").lower()


def test_no_event_type_is_left_out() -> None:
    """Every one is in one of the packaged interfaces."""
    assert {entry["name"] for _, entry in OURS} == NAMES


@pytest.mark.parametrize(
    ("contract", "entry"), OURS, ids=lambda v: v if isinstance(v, str) else v["name"]
)
@given(data=st.data())
def test_the_decoder_agrees_with_web3(contract: str, entry: ABIEvent, data: st.DataObject) -> None:
    """On every field of the position and on every argument."""
    log = data.draw(logs(entry))
    (event,) = EventDecoder(CHAIN, [packaged_contract(contract)["abi"]]).decode([log])
    assert type(event).__name__ == entry["name"]
    assert event.chain_id == CHAIN
    assert we_say(event) == web3_says(contract, entry, log)


@pytest.mark.parametrize(
    ("contract", "entry"), OTHERS, ids=lambda v: v if isinstance(v, str) else v["name"]
)
@given(data=st.data())
def test_events_without_a_type_are_passed_over(
    contract: str, entry: ABIEvent, data: st.DataObject
) -> None:
    """Pausing and owners are nobody's business here."""
    log = data.draw(logs(entry))
    assert EventDecoder(CHAIN, [packaged_contract(contract)["abi"]]).decode([log]) == []
