"""Whether an account's code is the batch executor's."""

from typing import Any

import pytest

from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.errors import RpcTimeoutError
from beamer_agent.transactions.bundles import EXECUTOR, bundled
from beamer_agent.transactions.delegation import PREFIX, Delegation, delegate_of, is_executor
from tests.doubles import RecordingLogger
from tests.factories import RESOLVER, US
from tests.made_bundles import claim

pytestmark = pytest.mark.unit

CODE = packaged_contract(EXECUTOR)["runtime_code"]
DELEGATED = "0x" + PREFIX.hex() + RESOLVER[2:].lower()


def make_delegation(log: RecordingLogger | None = None) -> Delegation:
    """Of an account whose operator wants bundles."""
    return Delegation(US, (log or RecordingLogger()).logger)


class Chain:
    """Codes by address; what is not there has none."""

    def __init__(self, **codes: Any) -> None:
        self.codes = codes

    def turn(self, delegation: Delegation) -> tuple[int, bool]:
        """Answer what is asked; how many questions that was, and whether it is ours now."""
        asked = delegation.questions()
        delegation.take([self.codes.get(params[0], "0x") for _, params in asked])
        return len(asked), delegation.is_ours


def test_delegation_to_the_executor_is_known_after_its_code_was_seen_once() -> None:
    """First where the code is, then whether it is ours; then only the former."""
    delegation, chain = make_delegation(), Chain(**{US: DELEGATED, RESOLVER: CODE})
    turns = [chain.turn(delegation) for _ in range(3)]
    assert turns == [(1, False), (2, True), (1, True)]


def test_delegation_that_is_removed_is_none_at_once() -> None:
    """And at once one again when it is set anew."""
    delegation, chain = make_delegation(), Chain(**{US: DELEGATED, RESOLVER: CODE})
    for _ in range(2):
        chain.turn(delegation)
    chain.codes[US] = "0x"
    assert chain.turn(delegation) == (1, False)
    chain.codes[US] = DELEGATED
    assert chain.turn(delegation) == (1, True)


@pytest.mark.parametrize("code", ["0x", "0x6000", CODE + "00", None, RpcTimeoutError("no")])
def test_other_code_is_not_ours(code: Any) -> None:
    """Whatever it is: nothing is sent to it."""
    delegation, chain = make_delegation(), Chain(**{US: DELEGATED, RESOLVER: code})
    for _ in range(3):
        chain.turn(delegation)
    assert not delegation.is_ours


@pytest.mark.parametrize("code", ["0x", CODE, DELEGATED + "00", None, 7, RpcTimeoutError("no")])
def test_account_that_does_not_delegate(code: Any) -> None:
    """No code, code of its own, and answers that are none."""
    delegation, chain = make_delegation(), Chain(**{US: code, RESOLVER: CODE})
    assert [chain.turn(delegation) for _ in range(2)] == [(1, False), (1, False)]


def test_executor_may_be_looked_at_in_the_same_turn() -> None:
    """A turn that finds a delegate nobody knows need not wait for the next one."""
    delegation, chain = make_delegation(), Chain(**{US: DELEGATED, RESOLVER: CODE})
    found = [delegation.is_open]
    for _ in range(2):
        chain.turn(delegation)
        found.append(delegation.is_open)
    assert found == [False, True, False]


def test_nothing_is_asked_unless_batches_are_wanted() -> None:
    """Whatever the account's code is."""
    delegation, chain = (
        Delegation(US, RecordingLogger().logger, is_wanted=False),
        Chain(**{US: DELEGATED, RESOLVER: CODE}),
    )
    assert [chain.turn(delegation) for _ in range(3)] == [(0, False)] * 3


def test_transactions_go_together_while_it_is_the_executors() -> None:
    """As they are otherwise."""
    delegation, chain = make_delegation(), Chain(**{US: DELEGATED, RESOLVER: CODE})
    ready = [claim(1), claim(2)]
    assert delegation.together(ready) == ready
    for _ in range(2):
        chain.turn(delegation)
    assert delegation.together(ready) == bundled(ready, US)


def test_operator_is_told_when_it_changes() -> None:
    """Batches that are wanted and not possible would go unnoticed; an outage is no change."""
    log = RecordingLogger()
    delegation, chain = make_delegation(log), Chain(**{US: "0x", RESOLVER: CODE})
    for code in ("0x", "0x", DELEGATED, DELEGATED, RpcTimeoutError("no"), DELEGATED, "0x"):
        chain.codes[US] = code
        chain.turn(delegation)
    assert log.sentences() == [
        "Account does not delegate to the batch executor",
        "Transactions go together",
        "Account does not delegate to the batch executor",
    ]


def test_code_is_read() -> None:
    """The prefix of EIP-7702 and an address, nothing else."""
    assert delegate_of(bytes.fromhex(DELEGATED[2:])) == RESOLVER
    assert delegate_of(b"") is None
    assert is_executor(bytes.fromhex(CODE[2:]))
    assert not is_executor(b"")
