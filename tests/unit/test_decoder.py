"""EventDecoder: which logs become events, and what is said of those that should but cannot."""

from dataclasses import replace
from typing import Any

import pytest
from eth_typing import ABI

from beamer_agent.contracts.interface import AGENT_CONTRACTS, packaged_contract
from beamer_agent.errors import UndecodableLogError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import EVENT_TYPES, ChainUpdated, Event, FeesUpdated
from tests.factories import (
    REQUEST_MANAGER,
    SOURCE,
    TARGET,
    block_hash,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_fill_invalidated,
    make_fill_invalidated_resolved,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)
from tests.raw_logs import EVENT_ABIS, make_log

pytestmark = pytest.mark.unit

ABIS: list[ABI] = [packaged_contract(name)["abi"] for name in AGENT_CONTRACTS]
POSITION: dict[str, Any] = {
    "chain_id": SOURCE,
    "emitter": REQUEST_MANAGER,
    "block_number": 7,
    "block_hash": block_hash(7),
    "log_index": 3,
    "transaction_hash": bytes(32),
}
EVENTS: list[Event] = [
    make_request_created(),
    make_deposit_withdrawn(),
    make_claim_made(),
    make_claim_stake_withdrawn(),
    make_request_resolved(),
    make_fill_invalidated_resolved(),
    replace(make_request_filled(), chain_id=SOURCE),
    replace(make_fill_invalidated(), chain_id=SOURCE),
    FeesUpdated(**POSITION, min_fee_ppm=1, lp_fee_ppm=2, protocol_fee_ppm=3),
    ChainUpdated(
        **POSITION,
        target_chain_id=TARGET,
        finality_period=1,
        transfer_cost=2,  # type: ignore[arg-type]  # wei
        target_weight_ppm=3,
    ),
]


@pytest.fixture
def decoder() -> EventDecoder:
    """Of the source chain, for all packaged contracts."""
    return EventDecoder(SOURCE, ABIS)


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: type(e).__name__)
def test_a_log_becomes_the_event_it_stands_for(decoder: EventDecoder, event: Event) -> None:
    """Of its own type, with every field; addresses are checksummed."""
    assert decoder.decode([make_log(event)]) == [event]


def test_events_of_a_block_share_its_hash(decoder: EventDecoder) -> None:
    """Of busy chains tens of thousands of events are known at once."""
    events = decoder.decode([make_log(make_claim_made(log_index=n)) for n in range(3)])
    assert len({id(event.block_hash) for event in events}) == 1


def test_every_event_type_is_in_a_packaged_interface() -> None:
    """Otherwise nothing would ever be decoded to it."""
    assert {type_.__name__ for type_ in EVENT_TYPES} <= EVENT_ABIS.keys()


def test_logs_of_other_events_are_passed_over(decoder: EventDecoder) -> None:
    """Anonymous ones and ownership transfers, for example; the order of the others is kept."""
    created, filled = EVENTS[0], EVENTS[6]
    other = make_log(created) | {"topics": ["0x" + "12" * 32]}
    anonymous = make_log(created) | {"topics": []}
    assert decoder.decode([make_log(filled), other, anonymous, make_log(created)]) == [
        filled,
        created,
    ]


MISSHAPEN: list[dict[str, Any]] = [
    {"data": "0x"},
    {"data": "0x00"},
    {"data": make_log(EVENTS[0])["data"] + "00" * 32},
    {"data": "0xzz"},
    {"data": None},
    {"topics": make_log(EVENTS[0])["topics"][:2]},
    {"topics": make_log(EVENTS[0])["topics"] + ["0x" + "00" * 32]},
    {"topics": [*make_log(EVENTS[0])["topics"][:2], None]},
    {"topics": [*make_log(EVENTS[0])["topics"][:2], "0x00"]},
    {"topics": [*make_log(EVENTS[0])["topics"][:2], "0x" + "00" * 33]},
    {"blockHash": "0x00"},
    {"blockNumber": "-0x5"},
    {"blockNumber": hex(2**63)},
    {"address": "0x12"},
    {"address": None},
    {"blockNumber": None},
    {"logIndex": "x"},
    {"transactionHash": 1},
]


@pytest.mark.parametrize("change", MISSHAPEN)
def test_a_log_that_does_not_fit_its_event_is_said_so(
    decoder: EventDecoder, change: dict[str, Any]
) -> None:
    """By name: the interface may be another version's."""
    with pytest.raises(UndecodableLogError, match="RequestCreated"):
        decoder.decode([make_log(EVENTS[0]) | change])


@pytest.mark.parametrize("nonce", [2**96, 2**256 - 1])
def test_a_word_that_is_wider_than_its_type_is_said_so(decoder: EventDecoder, nonce: int) -> None:
    """No contract emits it, and none would take it: it is forged."""
    plain = make_log(make_request_created(nonce=0xABCDEF))
    word = (0xABCDEF).to_bytes(32, "big").hex()
    assert word in plain["data"]
    forged = plain | {"data": plain["data"].replace(word, nonce.to_bytes(32, "big").hex())}
    decoder.check(plain)
    for look in (decoder.check, lambda log: decoder.decode([log])):
        with pytest.raises(UndecodableLogError, match="RequestCreated: a word is wider"):
            look(forged)


@pytest.mark.parametrize("entry", [None, "log", 5, {}, {"topics": 5}, {"topics": [[]]}])
def test_an_entry_that_is_no_log_is_said_so(decoder: EventDecoder, entry: Any) -> None:
    """Nothing that an endpoint may answer raises anything but a recoverable error."""
    with pytest.raises(UndecodableLogError):
        decoder.decode([entry])


def test_a_missing_key_is_said_so(decoder: EventDecoder) -> None:
    """Each of those that are needed."""
    for key in ("data", "address", "blockNumber", "blockHash", "logIndex", "transactionHash"):
        log = make_log(EVENTS[0])
        del log[key]
        with pytest.raises(UndecodableLogError, match=key):
            decoder.decode([log])


def _interface(*inputs: tuple[str, str]) -> Any:
    parameters = [{"name": name, "type": type_, "indexed": False} for name, type_ in inputs]
    return [{"type": "event", "name": "LpAdded", "inputs": parameters, "anonymous": False}]


def test_an_interface_with_other_parameters_is_refused_at_once() -> None:
    """Not at the first log of that event, months later."""
    with pytest.raises(TypeError, match="LpAdded does not have the parameters"):
        EventDecoder(SOURCE, [_interface(("account", "address"))])


def test_an_interface_with_another_kind_of_parameter_is_refused_at_once() -> None:
    """Dynamic types have no place in a row of words."""
    with pytest.raises(TypeError, match="no converter for string"):
        EventDecoder(SOURCE, [_interface(("lp", "string"))])
