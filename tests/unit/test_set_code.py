"""What setting an account's code makes of answers that a healthy node of today does not give."""

from typing import Any

import pytest
from eth_account import Account

from beamer_agent.cli import set_code
from beamer_agent.cli.set_code import NOBODY, CodeSetter
from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.errors import FatalError, RpcPayloadError
from beamer_agent.transactions.delegation import PREFIX
from beamer_agent.types import ChainId
from tests.doubles import ErrorObject, ScriptedTransport, block_json, make_client
from tests.factories import RESOLVER, make_block

pytestmark = pytest.mark.unit

ACCOUNT = Account.from_key(b"\x11" * 32)
EXECUTOR_CODE = packaged_contract("BatchExecutor")["runtime_code"]
DELEGATED = "0x" + PREFIX.hex() + RESOLVER[2:].lower()
RECEIPT = {
    "transactionHash": "0x" + "11" * 32,
    "blockNumber": "0x1",
    "status": "0x1",
    "gasUsed": "0x1",
    "contractAddress": RESOLVER.lower(),
}


def make_setter(**answers: Any) -> CodeSetter:
    """Of an account on a chain where all goes well but what is given."""
    well = {
        "eth_call": "0x" + "00" * 31 + "ff",
        "eth_estimateGas": "0x5208",
        "eth_getTransactionCount": "0x1",
        "eth_getBlockByNumber": block_json(make_block()),
        "eth_feeHistory": ErrorObject("unknown method"),
        "eth_maxPriorityFeePerGas": "0x1",
        "eth_sendRawTransaction": "0x" + "11" * 32,
        "eth_getTransactionReceipt": RECEIPT,
        "eth_getCode": EXECUTOR_CODE,
    }
    transport = ScriptedTransport(**(well | answers))
    return CodeSetter(make_client(transport), ACCOUNT, ChainId(10))


def test_chain_that_does_both_is_supported() -> None:
    """It carries such code out, and knows such transactions."""
    assert make_setter().is_supported()


@pytest.mark.parametrize(
    "answers",
    [
        {"eth_call": "0x"},
        {"eth_call": ErrorObject("invalid opcode: 0xef")},
        {"eth_call": ErrorObject("too many arguments, want at most 2")},
        {"eth_call": None},
        {"eth_estimateGas": ErrorObject("EIP-7702 is not supported by the current hardfork")},
    ],
)
def test_chain_that_fails_at_one_of_them_is_not(answers: dict[str, Any]) -> None:
    """Nothing has been spent yet: better refused than lost."""
    assert not make_setter(**answers).is_supported()


def test_code_that_is_not_set_is_a_failure() -> None:
    """The transaction succeeds, though the authorization in it was passed over."""
    setter = make_setter(eth_getCode="0x")
    with pytest.raises(FatalError, match="has not set the code"):
        setter.delegate(RESOLVER)


def test_code_that_stays_is_a_failure() -> None:
    """The same when it was to go."""
    setter = make_setter(eth_getCode=DELEGATED)
    with pytest.raises(FatalError, match="has not set the code"):
        setter.delegate(NOBODY)


def test_transaction_that_fails_is_a_failure() -> None:
    """Its hash is told, to look at."""
    setter = make_setter(eth_getTransactionReceipt=RECEIPT | {"status": "0x0"})
    with pytest.raises(FatalError, match=r"Transaction 0x\w{64} failed"):
        setter.deploy()


def test_transaction_that_is_not_mined_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some minutes; it may be mined later, and the next attempt sees that."""
    monkeypatch.setattr(set_code, "MINED_SECONDS", 0.01)
    monkeypatch.setattr(set_code, "POLL_SECONDS", 0.002)
    with pytest.raises(FatalError, match="was not mined in time"):
        make_setter(eth_getTransactionReceipt=None).deploy()


def test_creation_that_made_other_code_is_a_failure() -> None:
    """An account must never be given it."""
    with pytest.raises(FatalError, match="is not the batch executor"):
        make_setter(eth_getCode="0x6000").deploy()


def test_receipt_without_a_contract_is_no_receipt_of_a_creation() -> None:
    """The endpoint tells nonsense."""
    receipt = {key: value for key, value in RECEIPT.items() if key != "contractAddress"}
    with pytest.raises(RpcPayloadError):
        make_setter(eth_getTransactionReceipt=receipt).deploy()


def test_account_with_code_of_its_own_is_told_so() -> None:
    """As one without code, and one that delegates."""
    sentences = {
        "0x6000": "is a contract",
        "0x": "does not delegate",
        DELEGATED: f"delegates to foreign code at {RESOLVER}",
    }
    for code, sentence in sentences.items():
        standing = make_setter(eth_getCode=code).standing()
        assert str(standing) == f"{ACCOUNT.address} {sentence}"
