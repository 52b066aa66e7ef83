"""Agent: L1 is built anew, as a chain of its own or as one of the chains of transfers."""

import pytest
from pydantic import SecretStr

from beamer_agent.config import BaseChainConfig
from beamer_agent.contracts.deployments import BaseDeployment
from beamer_agent.types import BlockNumber, ChainId
from tests.factories import SOURCE, SOURCE_TOKEN, TARGET
from tests.restarting import (
    BACK,
    GENTLE,
    HARD,
    THERE,
    chain_of,
    generations,
    restart,
    start,
    workers_of,
)
from tests.running_agent import Endpoint, Running

pytestmark = pytest.mark.unit


def test_l1_is_restarted_from_nothing(running: Running) -> None:
    """With all directions, which ask it about their proofs."""
    running.base = BaseDeployment(ChainId(1), SOURCE_TOKEN, BlockNumber(1))
    running.endpoints["l1"] = Endpoint(ChainId(1), SOURCE, SOURCE_TOKEN)
    start(running, base_chain=BaseChainConfig(rpc_url=(SecretStr("http://l1"),)))
    base = running.agent._parts.base
    running.wait_for(lambda: base.slot.account is not None, "L1")
    before = base.slot.account
    assert restart(running, "base-chain", HARD) is HARD
    running.wait_for(lambda: base.slot.account not in (None, before), "L1 again")
    workers = workers_of(running, THERE)
    assert base.connection is not None
    assert workers.proofs._base is base.connection.end


def test_l1_is_restarted_gently(running: Running) -> None:
    """The same sender, and nobody else notices."""
    running.base = BaseDeployment(ChainId(1), SOURCE_TOKEN, BlockNumber(1))
    running.endpoints["l1"] = Endpoint(ChainId(1), SOURCE, SOURCE_TOKEN)
    start(running, base_chain=BaseChainConfig(rpc_url=(SecretStr("http://l1"),)))
    base = running.agent._parts.base
    running.wait_for(lambda: base.slot.account is not None, "L1")
    before = base.slot.account
    assert restart(running, "base-chain", GENTLE) is GENTLE
    assert base.slot.account is before
    assert generations(running, "base-chain") == {2}
    assert generations(running, THERE) == {1}


def test_l1_that_is_a_chain_of_transfers_carries_proofs_with_the_new_sender(
    running: Running,
) -> None:
    """The old one's line is closed."""
    running.base = BaseDeployment(SOURCE, SOURCE_TOKEN, BlockNumber(1))
    running.endpoints["l1"] = Endpoint(SOURCE, TARGET, SOURCE_TOKEN)
    start(running, base_chain=BaseChainConfig(rpc_url=(SecretStr("http://l1"),)))
    slot = running.agent._parts.base.slot
    running.wait_for(lambda: slot.account is not None, "L1")
    assert slot.account is chain_of(running, "l2a").account
    restart(running, "l2a", HARD)
    running.wait_for(lambda: slot.account is not None, "L1 again")
    assert slot.account is chain_of(running, "l2a").account


def test_l1_that_is_a_chain_of_transfers_is_restarted_from_nothing(running: Running) -> None:
    """Proofs of the directions that are built anew are carried over it as before."""
    running.base = BaseDeployment(SOURCE, SOURCE_TOKEN, BlockNumber(1))
    running.endpoints["l1"] = Endpoint(SOURCE, TARGET, SOURCE_TOKEN)
    start(running, base_chain=BaseChainConfig(rpc_url=(SecretStr("http://l1"),)))
    base = running.agent._parts.base
    running.wait_for(lambda: base.slot.account is not None, "L1")
    assert restart(running, "base-chain", HARD) is HARD
    running.wait_for(lambda: base.connection is not None, "an answer of L1")
    running.wait_for(lambda: workers_of(running, BACK).proofs._base is not None, "its way")
    assert base.connection is not None
    assert workers_of(running, THERE).proofs._base is base.connection.end
    assert base.slot.account is chain_of(running, "l2a").account
