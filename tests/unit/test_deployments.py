import json
from pathlib import Path
from typing import Any

import pytest

from beamer_agent.contracts.deployments import (
    BaseDeployment,
    ChainDeployment,
    Messenger,
    find_deployment,
    load_deployments,
)
from beamer_agent.errors import ConfigurationError
from beamer_agent.types import ChainId

pytestmark = pytest.mark.unit

A = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
B = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"


def info(address: str, block: int) -> dict[str, Any]:
    """One contract of a deployment file."""
    return {
        "beamer_commit": "abc",
        "tx_hash": "0x12",
        "address": address,
        "deployment_block": block,
        "deployment_args": [1, "x"],
    }


def l2(chain_id: int = 10) -> dict[str, Any]:
    """A deployment file's content for a chain."""
    return {
        "deployer": A,
        "base": {"chain_id": 1, "L1Messenger": info(A, 5)},
        "chain": {
            "chain_id": chain_id,
            "RequestManager": info(A, 100),
            "FillManager": info(B, 90),
            "USDC": {"address": "lower case, and nobody minds"},
        },
    }


def l1() -> dict[str, Any]:
    """A deployment file's content for the base chain."""
    return {"deployer": A, "base": {"chain_id": 1, "Resolver": info(B, 7)}}


def write(folder: Path, name: str, content: object) -> None:
    """Put a file into the folder."""
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))


def faults(folder: Path) -> list[str]:
    """The faults of a folder, without its name."""
    with pytest.raises(ConfigurationError) as caught:
        load_deployments(folder)
    return [fault.replace(f"{folder}/", "") for fault in caught.value.faults]


def test_deployments_are_found_by_chain_id(tmp_path: Path) -> None:
    """The name part of a file is free; reading starts at the earlier contract's block."""
    write(tmp_path, "10-whatever.deployment.json", l2())
    write(tmp_path, "20-x.deployment.json", l2(20))
    write(tmp_path, "base.deployment.json", l1())
    write(tmp_path, "notes.json", "nothing of ours")
    deployments = load_deployments(tmp_path)
    assert deployments.base == BaseDeployment(1, B, 7)  # type: ignore[arg-type]
    expected = ChainDeployment(10, A, B, 90)  # type: ignore[arg-type]
    assert find_deployment(deployments, ChainId(10), "any") == expected
    assert set(deployments.chains) == {10, 20}


def test_the_base_chain_may_be_missing(tmp_path: Path) -> None:
    """Then there is no L1 resolution."""
    write(tmp_path, "10-x.deployment.json", l2())
    assert load_deployments(tmp_path).base is None


def test_the_resolver_may_be_missing(tmp_path: Path) -> None:
    """The base file then only tells the chain id."""
    write(tmp_path, "10-x.deployment.json", l2())
    write(tmp_path, "base.deployment.json", {"base": {"chain_id": 5}})
    assert load_deployments(tmp_path).base == BaseDeployment(ChainId(5), None, 0)  # type: ignore[arg-type]


def test_a_chain_without_a_file_is_named(tmp_path: Path) -> None:
    """The sentence says which chain id, which key, which folder."""
    write(tmp_path, "10-x.deployment.json", l2())
    deployments = load_deployments(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        find_deployment(deployments, ChainId(11), "l2a")
    sentence = f"chains.l2a.rpc-url: no deployment file for chain id 11 in {tmp_path}"
    assert str(caught.value) == sentence


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """It is the key `artifacts-dir` that is wrong."""
    assert faults(tmp_path / "none") == [f"artifacts-dir: {tmp_path / 'none'} is not a folder"]


def test_an_empty_folder_is_a_fault(tmp_path: Path) -> None:
    """No chain could be served."""
    name = "<chain-id>-<name>.deployment.json"
    assert faults(tmp_path) == [f"artifacts-dir: no file {name} in {tmp_path}"]


def test_all_faults_of_all_files_are_reported(tmp_path: Path) -> None:
    """Each with its file and its path in it."""
    broken = l2()
    del broken["chain"]["FillManager"]
    broken["chain"]["RequestManager"] = info(A.lower(), -1)
    broken["chain"]["chain_id"] = "10"
    write(tmp_path, "10-x.deployment.json", broken)
    write(tmp_path, "11-x.deployment.json", l1())
    write(tmp_path, "12-x.deployment.json", "{")
    write(tmp_path, "13-x.deployment.json", "[]")
    write(tmp_path, "base.deployment.json", {"base": {}})
    assert faults(tmp_path) == [
        "base.deployment.json: base.chain_id: is missing",
        "10-x.deployment.json: chain.chain_id: must be a whole number, not text",
        "10-x.deployment.json: chain.RequestManager.address: "
        f"{A.lower()} has no checksum; with it, it is written {A}",
        "10-x.deployment.json: chain.RequestManager.deployment_block: must be at least 0",
        "10-x.deployment.json: chain.FillManager: is missing",
        "11-x.deployment.json: chain: is missing",
        "12-x.deployment.json: is not valid JSON: Expecting property name enclosed in double "
        "quotes: line 1 column 2 (char 1)",
        "13-x.deployment.json: the file: must be a table, not a list",
    ]


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    """The system's reason is part of the sentence."""
    (tmp_path / "10-x.deployment.json").mkdir()
    assert faults(tmp_path) == ["10-x.deployment.json: cannot be read: Is a directory"]


def test_two_files_for_one_chain_are_a_fault(tmp_path: Path) -> None:
    """Nobody could say which contracts are meant."""
    write(tmp_path, "10-x.deployment.json", l2())
    write(tmp_path, "10-y.deployment.json", l2())
    expected = "10-y.deployment.json: chain id 10 is already in 10-x.deployment.json"
    assert faults(tmp_path) == [expected]


def test_a_name_with_another_chain_id_is_a_fault(tmp_path: Path) -> None:
    """A copied file must not send money to another chain's addresses."""
    write(tmp_path, "11-x.deployment.json", l2())
    expected = "11-x.deployment.json: its name says chain id 11, it holds chain id 10"
    assert faults(tmp_path) == [expected]


def test_messengers_are_the_contracts_whose_name_says_so(tmp_path: Path) -> None:
    """All of them are kept: the FillManager tells which one it uses."""
    file = l2()
    file["chain"] |= {
        "OptimismL2Messenger": info(A, 1),
        "LocalL2Messenger": {"address": B},
        "L2MessengerProxy": info(A, 1),
    }
    write(tmp_path, "10-x.deployment.json", file)
    assert load_deployments(tmp_path).chains[ChainId(10)].messengers == (
        Messenger("OptimismL2Messenger", A),  # type: ignore[arg-type]
        Messenger("LocalL2Messenger", B),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("content", [None, "0x", [], {}, {"address": A.lower()}])
def test_a_messenger_that_cannot_be_read_is_passed_over(tmp_path: Path, content: object) -> None:
    """A file that was good for transfers stays good for them."""
    file = l2()
    file["chain"]["OptimismL2Messenger"] = content
    write(tmp_path, "10-x.deployment.json", file)
    assert load_deployments(tmp_path).chains[ChainId(10)].messengers == ()
