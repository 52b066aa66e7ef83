"""The files an agent needs to serve a local world: deployments, keystore, configuration."""

import json
from pathlib import Path
from typing import Any

from eth_account import Account

from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.anvil import free_port
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.deployer import Deployed
from beamer_agent.devnet.deployment import L2Contracts, WorldContracts
from beamer_agent.devnet.settings import WorldSettings

CONFIGURATION = "agent.toml"
KEYSTORE = "agent.keystore.json"
PASSWORD_FILE = "agent.password"
BASE_DEPLOYMENT = "base.deployment.json"

PASSWORD = "devnet"
KDF_ITERATIONS = 1_000
"""Few, so that starting an agent takes no second: the key behind it is public anyway."""


def write_artifacts(folder: Path, contracts: WorldContracts, settings: WorldSettings) -> Path:
    """Write everything into an existing folder, the configuration last; returns its path.

    The configuration names its files absolutely, so that an agent may be started anywhere.
    """
    _write_json(folder / BASE_DEPLOYMENT, _base_deployment(contracts))
    for l2 in contracts.l2s:
        name = f"{l2.chain.chain_id}-{l2.chain.name}.deployment.json"
        _write_json(folder / name, _l2_deployment(contracts, l2))
    _write_account(folder)
    configuration = folder / CONFIGURATION
    _write(configuration, _configuration(folder.absolute(), contracts, settings))
    return configuration


def _base_deployment(contracts: WorldContracts) -> dict[str, Any]:
    messengers = {
        f"{l2.l1_messenger.name}-{l2.chain.name}": _info(l2.l1_messenger) for l2 in contracts.l2s
    }
    return {
        "deployer": account_of("deployer").address,
        "base": {
            "chain_id": contracts.base.chain_id,
            "Resolver": _info(contracts.resolver),
            **messengers,
        },
    }


def _l2_deployment(contracts: WorldContracts, l2: L2Contracts) -> dict[str, Any]:
    return {
        "deployer": account_of("deployer").address,
        "base": {
            "chain_id": contracts.base.chain_id,
            "Resolver": _info(contracts.resolver),
            l2.l1_messenger.name: _info(l2.l1_messenger),
        },
        "chain": {
            "chain_id": l2.chain.chain_id,
            "RequestManager": _info(l2.request_manager),
            "FillManager": _info(l2.fill_manager),
            # An agent knows the kind of rollup by this name.
            l2.messenger.name: _info(l2.messenger),
            **{symbol: _info(token) for symbol, token in l2.tokens.items()},
        },
    }


def _info(deployed: Deployed) -> dict[str, Any]:
    return {
        "beamer_commit": "local",
        "tx_hash": "0x" + deployed.transaction_hash.hex(),
        "address": deployed.address,
        "deployment_block": deployed.block,
        "deployment_args": list(deployed.arguments),
    }


def _write_account(folder: Path) -> None:
    keystore = Account.encrypt(
        account_of("agent").key, PASSWORD, kdf="pbkdf2", iterations=KDF_ITERATIONS
    )
    _write_json(folder / KEYSTORE, keystore)
    _write(folder / PASSWORD_FILE, PASSWORD + "\n")


def _configuration(folder: Path, contracts: WorldContracts, settings: WorldSettings) -> str:
    parts = [
        _HEAD.format(
            folder=_text(folder),
            poll_period=settings.poll_period,
            fill_wait_time=settings.fill_wait_time,
            keystore=_text(folder / KEYSTORE),
            password_file=_text(folder / PASSWORD_FILE),
            port=free_port(),
        ),
        _chain_table("base-chain", contracts.base),
        *(_chain_table(f"chains.{l2.chain.name}", l2.chain) for l2 in contracts.l2s),
        "[tokens]\n" + "".join(_token_line(symbol, contracts) for symbol in _symbols(contracts)),
    ]
    return "\n".join(parts)


_HEAD = """\
# Written by `beamer-agent devnet up`, for the chains it runs.
artifacts-dir = {folder}
poll-period = {poll_period}
fill-wait-time = {fill_wait_time}
unsafe-fill-time = 600
min-source-balance = 0.1

[account]
path = {keystore}
password-file = {password_file}

[metrics]
prometheus-port = {port}
"""


def _chain_table(name: str, chain: LocalChain) -> str:
    return f"[{name}]\nrpc-url = {_text(chain.url)}\n"


def _symbols(contracts: WorldContracts) -> list[str]:
    return list(contracts.l2s[0].tokens)


def _token_line(symbol: str, contracts: WorldContracts) -> str:
    entries = [[str(l2.chain.chain_id), l2.tokens[symbol].address] for l2 in contracts.l2s]
    return f"{symbol} = {json.dumps(entries)}\n"


def _text(value: object) -> str:
    # A JSON string is a TOML basic string as well.
    return json.dumps(str(value), ensure_ascii=False)


def _write_json(path: Path, value: object) -> None:
    _write(path, json.dumps(value, indent=2) + "\n")


def _write(path: Path, text: str) -> None:
    # Whoever waits for a file must not find half of it.
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text(text)
    unfinished.replace(path)
