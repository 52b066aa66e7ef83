"""Interfaces by name, calls with their encoding, and reverts in words."""

import json
from pathlib import Path

import pytest
from eth_abi.abi import encode
from eth_abi.exceptions import DecodingError
from eth_typing import ABI
from eth_utils.crypto import keccak

from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import (
    AGENT_CONTRACTS,
    ERC20_ABI,
    Contract,
    RevertReasons,
    event_topic,
    load_interfaces,
    packaged_abi,
    packaged_contract,
)
from beamer_agent.errors import ConfigurationError
from tests.factories import ALICE, FILL_ID, REQUEST_ID, REQUEST_MANAGER, SOURCE_TOKEN

pytestmark = pytest.mark.unit

REQUEST_MANAGER_ABI: ABI = packaged_contract("RequestManager")["abi"]
UNKNOWN_SELECTOR = bytes.fromhex("deadbeef")


@pytest.fixture
def manager() -> Contract:
    """A RequestManager somewhere."""
    return Contract(REQUEST_MANAGER, REQUEST_MANAGER_ABI)


@pytest.fixture
def reasons() -> RevertReasons:
    """Knows the errors of both managers."""
    return RevertReasons([REQUEST_MANAGER_ABI, packaged_contract("FillManager")["abi"]])


def selector(signature: str) -> bytes:
    """What a function's or an error's bytes begin with."""
    return keccak(signature.encode())[:4]


def test_without_a_folder_interfaces_come_from_the_package() -> None:
    """All three, each its own."""
    loaded = load_interfaces(None)
    found = [loaded.request_manager, loaded.fill_manager, loaded.resolver]
    assert found == [packaged_contract(name)["abi"] for name in AGENT_CONTRACTS]


def test_a_contract_that_is_absent_in_the_folder_comes_from_the_package(tmp_path: Path) -> None:
    """The operator's file is used where there is one (`protocol.md` section 8)."""
    own = {"abi": [], "deploymentBytecode": {"bytecode": "0x"}}
    (tmp_path / "FillManager.json").write_text(json.dumps(own))
    loaded = load_interfaces(tmp_path)
    assert loaded.fill_manager == []
    assert loaded.request_manager == REQUEST_MANAGER_ABI


@pytest.mark.parametrize("content", ["", "{", "{}", "[]", '"abi"', "\udcff"])
def test_a_file_without_abi_is_the_operators_fault(tmp_path: Path, content: str) -> None:
    """The fault names the file."""
    path = tmp_path / "Resolver.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(ConfigurationError, match=r"Resolver\.json is not an ABI file"):
        load_interfaces(tmp_path)


def test_a_call_is_selector_and_arguments(manager: Contract) -> None:
    """As `eth_call` and transactions carry it."""
    call = manager.call("claimRequest", REQUEST_ID, FILL_ID)
    expected = selector("claimRequest(bytes32,bytes32)") + REQUEST_ID + FILL_ID
    assert call.data == expected
    method, params = call.request("latest")
    assert method == "eth_call"
    assert params == [{"to": REQUEST_MANAGER, "data": "0x" + expected.hex()}, "latest"]


def test_overloads_are_told_apart_by_the_number_of_arguments(manager: Contract) -> None:
    """`claimRequest` and `withdraw` have two forms."""
    long = manager.call("claimRequest", ALICE, REQUEST_ID, FILL_ID)
    assert long.data[:4] == selector("claimRequest(address,bytes32,bytes32)")
    assert manager.call("withdraw", 7).data[:4] == selector("withdraw(uint96)")
    assert manager.call("withdraw", ALICE, 7).data[:4] == selector("withdraw(address,uint96)")


@pytest.mark.parametrize(("name", "args"), [("nothing", ()), ("claimStake", (1,))])
def test_a_function_that_does_not_exist_is_refused(
    manager: Contract, name: str, args: tuple[int, ...]
) -> None:
    """By name or by number of arguments."""
    with pytest.raises(LookupError, match=name):
        manager.call(name, *args)


def test_one_output_is_a_value_and_several_are_a_tuple(manager: Contract) -> None:
    """Addresses are checksummed wherever they stand."""
    assert manager.call("claimStake").decode(encode(["uint96"], [5])) == 5
    assert manager.call("owner").decode(encode(["address"], [ALICE])) == ALICE
    claim = manager.call("claims", 1)
    values = (REQUEST_ID, ALICE, 1, ALICE, 2, 3, 4, FILL_ID)
    assert claim.decode(encode(claim.output_types, values)) == values


def test_a_function_without_outputs_returns_nothing() -> None:
    """Whatever a token's `approve` answers, it is not looked at."""
    approve = Contract(SOURCE_TOKEN, ERC20_ABI).call("approve", ALICE, 1)
    assert approve.decode(b"") == ()
    assert approve.decode(encode(["bool"], [True])) == ()


def test_bytes_of_another_type_are_refused() -> None:
    """An account without code answers with nothing."""
    call = ContractCall(ALICE, "decimals", b"", ("uint8",))
    with pytest.raises(DecodingError):
        call.decode(b"")
    with pytest.raises(DecodingError):
        call.decode(encode(["uint256"], [256]))


def test_custom_errors_are_named_with_their_arguments(reasons: RevertReasons) -> None:
    """Of any of the contracts; bytes are hex."""
    data = selector("WrongClaimStake(uint256,uint256)") + encode(["uint256"] * 2, [1, 2])
    assert reasons.describe(data) == "WrongClaimStake(1, 2)"
    data = selector("AlreadyFilled(bytes32)") + REQUEST_ID
    assert reasons.describe(data) == f"AlreadyFilled(0x{REQUEST_ID.hex()})"
    assert reasons.describe(selector("ZeroClaimer()")) == "ZeroClaimer()"


def test_strings_and_panics_are_put_into_words(reasons: RevertReasons) -> None:
    """Deployed contracts revert with strings (`protocol.md` section 3)."""
    data = selector("Error(string)") + encode(["string"], ["Already filled"])
    assert reasons.describe(data) == "Already filled"
    data = selector("Panic(uint256)") + encode(["uint256"], [0x11])
    assert reasons.describe(data) == "Panic(17)"


def test_what_is_unknown_is_shown_as_it_is(reasons: RevertReasons) -> None:
    """Nothing stays nothing."""
    assert reasons.describe(b"") == ""
    assert reasons.describe(UNKNOWN_SELECTOR + b"\x01") == "0xdeadbeef01"
    assert reasons.describe(b"\x01") == "0x01"


def test_arguments_that_do_not_fit_leave_the_name(reasons: RevertReasons) -> None:
    """Cut short by an endpoint, for example."""
    assert reasons.describe(selector("UnknownClaim(uint96)") + b"\x01") == "UnknownClaim"


HOSTILE_STRINGS = [
    b"",
    encode(["bytes"], [b"\xff\xfe"]),
    (32).to_bytes(32, "big") + (2**256 - 1).to_bytes(32, "big"),
    (2**255).to_bytes(32, "big") + bytes(32),
    (2**64).to_bytes(32, "big") + bytes(64),
]


@pytest.mark.parametrize("arguments", HOSTILE_STRINGS)
def test_no_revert_of_a_hostile_contract_raises(reasons: RevertReasons, arguments: bytes) -> None:
    """A token's revert must not end the process; what is no string is shown as it is."""
    assert reasons.describe(selector("Error(string)") + arguments) == "0x" + arguments.hex()


def test_a_hostile_reason_stays_one_short_printable_line(reasons: RevertReasons) -> None:
    """Neither forged log lines nor control codes of a terminal nor megabytes."""
    text = "a\nb\x1b[2J" + "x" * 10_000
    reason = reasons.describe(selector("Error(string)") + encode(["string"], [text]))
    assert reason.startswith("a?b?[2Jxxx")
    assert reason.endswith("x...")
    assert len(reason) <= 303
    assert len(reasons.describe(UNKNOWN_SELECTOR + bytes(10_000))) <= 303


def test_an_events_topic_is_the_hash_of_its_signature() -> None:
    """As logs are asked for; an event that does not exist is refused."""
    expected = keccak(b"FillInvalidatedResolved(bytes32,bytes32)")
    assert event_topic(REQUEST_MANAGER_ABI, "FillInvalidatedResolved") == "0x" + expected.hex()
    with pytest.raises(LookupError, match="Nothing"):
        event_topic(packaged_abi("RequestManager"), "Nothing")
