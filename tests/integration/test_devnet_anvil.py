"""One anvil process: it starts or says why not, and it is gone after."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from beamer_agent.devnet.anvil import HOST, Anvil
from beamer_agent.devnet.binary import find_anvil
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.child import start_child, stop_child
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import FatalError
from beamer_agent.types import BlockNumber, ChainId, Seconds

pytestmark = pytest.mark.integration

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's PR_SET_PDEATHSIG")


def test_chain_has_its_id_and_mines_on_demand(anvil: LocalChain) -> None:
    """Without a block time there is a block when there is a reason for one."""
    assert anvil.client.chain_id() == anvil.chain_id
    height = anvil.height()
    anvil.mine(3)
    assert anvil.height() == height + 3


def test_clock_jumps_forward(anvil: LocalChain) -> None:
    """A jump shows in the next block, and chains may be asked for that."""
    before = anvil.client.head().timestamp
    anvil.increase_time(Seconds(500))
    assert anvil.client.head().timestamp - before >= 500


def test_killed_chain_comes_back_as_it_was() -> None:
    """Blocks, states and clock."""
    with Anvil(find_anvil(), ChainId(31_337)) as anvil:
        chain = LocalChain("l2a", anvil)
        chain.mine(3)
        chain.increase_time(Seconds(500))
        wallet = chain.wallet("deployer")
        before, genesis = chain.client.head(), chain.client.block(BlockNumber(0)).hash
        for _ in range(4):
            anvil.kill()
            assert not anvil.is_alive()
            anvil.revive()
            assert chain.client.block(BlockNumber(0)).hash == genesis
        assert chain.client.head() == before
        chain.client.call("eth_getBalance", wallet.address, hex(2))
        chain.mine()
        assert chain.client.head().timestamp > before.timestamp
        chain.close()


def test_isolation_undoes_the_base_fee(anvil: LocalChain) -> None:
    """Empty blocks lower it; the block after is as dear as if they had never been."""
    before = anvil.next_base_fee()
    with anvil.isolated():
        anvil.mine(20)
        assert anvil.next_base_fee() < before
    anvil.mine()
    assert anvil.client.head().base_fee == before


def test_blocks_after_an_isolation_can_be_rolled_back(anvil: LocalChain) -> None:
    """Also where the same would have been made again, in the same second."""
    start = anvil.height()
    timestamp = anvil.client.head().timestamp + 1_000
    for _ in range(2):
        with anvil.isolated():
            anvil.client.call("evm_setNextBlockTimestamp", timestamp)
            anvil.mine(150)
            anvil.client.call("anvil_rollback", 60)
            assert anvil.height() == start + 90
            anvil.mine(60)


def test_block_time_makes_blocks_by_itself() -> None:
    """Fractions of a second are allowed."""
    with Anvil(find_anvil(), ChainId(7), block_time=0.1) as process:
        chain = LocalChain("fast", process)
        wait_until(lambda: chain.height() >= 3, "three blocks", seconds=5.0)
        chain.close()
    assert not process.is_alive()


def test_taken_port_is_a_sentence() -> None:
    """Anvil's own words say that the port is in use."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(FatalError, match=f"did not start on port {port}: .*in use"),
            Anvil(find_anvil(), ChainId(7), port=port),
        ):
            pass


def test_program_that_is_not_anvil_is_a_sentence(tmp_path: Path) -> None:
    """It is tried again on other ports, then given up."""
    program = tmp_path / "anvil"
    program.write_text("#!/bin/sh\necho no such thing >&2\nexit 3\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(FatalError, match="no such thing"), Anvil(program, ChainId(7)):
        pass


def test_process_id_needs_a_process() -> None:
    """A chain that was not started has none."""
    with pytest.raises(FatalError):
        _ = Anvil(find_anvil(), ChainId(7)).pid


def test_child_that_ignores_sigterm_is_killed() -> None:
    """Stopping ends, whatever the child thinks of it."""
    code = "import signal; signal.signal(15, signal.SIG_IGN); open(1, 'w').close(); signal.pause()"
    reader, writer = os.pipe()
    child = start_child([sys.executable, "-c", code], stdout=writer)
    os.close(writer)
    with os.fdopen(reader) as ready:
        ready.read()  # ends when the child has closed its end, so it ignores SIGTERM by now
    assert stop_child(child, seconds=0.1) == -9


@linux_only
def test_child_ends_with_its_parent() -> None:
    """Even when the parent is killed: the child's end of a pipe closes."""
    code = (
        "import subprocess, sys, signal; from beamer_agent.devnet.child import start_child;"
        "start_child(['sleep', '60'], stdout=1); print('started', flush=True); signal.pause()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        parent.kill()
        assert parent.stdout.read() == ""
