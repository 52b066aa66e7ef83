"""Configuration files for agents of a local world, with any key changed or left out."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from eth_account import Account

from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.artifacts import KDF_ITERATIONS, KEYSTORE, PASSWORD
from beamer_agent.devnet.world import LocalWorld

REMOVED: Final = object()
"""As a value: the key is left out."""

POLL_PERIOD: Final = 0.1


def configuration_of(world: LocalWorld, changes: Mapping[str, Any] | None = None) -> str:
    """The TOML of a plain agent for a world; keys of the changes are dotted paths."""
    content: dict[str, Any] = {
        "artifacts-dir": str(world.folder),
        "poll-period": POLL_PERIOD,
        "fill-wait-time": world.settings.fill_wait_time,
        "account": {"path": str(world.folder / KEYSTORE), "password": PASSWORD},
        "base-chain": {"rpc-url": world.base.url},
        "chains": {name: {"rpc-url": l2.chain.url} for name, l2 in world.l2s.items()},
        "tokens": tokens_of(world),
    }
    return toml(changed(content, changes or {}))


def tokens_of(world: LocalWorld, allowance: int | None = None) -> dict[str, list[list[str]]]:
    """`[tokens]` with every token of the world, all with the same allowance."""
    more = [] if allowance is None else [str(allowance)]
    l2s = world.contracts.l2s
    return {
        f"T{number}": [
            [str(l2.chain.chain_id), l2.tokens[token.symbol].address, *more] for l2 in l2s
        ]
        for number, token in enumerate(world.settings.tokens)
    }


def keystore_of(role: str) -> dict[str, Any]:
    """The account of any role, behind the same password as the agent's."""
    key = account_of(role).key
    keystore: dict[str, Any] = Account.encrypt(
        key, PASSWORD, kdf="pbkdf2", iterations=KDF_ITERATIONS
    )
    return keystore


def changed(content: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of nested tables with some dotted paths set to other values, or removed."""
    result = copy.deepcopy(content)
    for path, value in changes.items():
        *parents, key = path.split(".")
        table = result
        for parent in parents:
            table = table.setdefault(parent, {})
        if value is REMOVED:
            del table[key]
        else:
            table[key] = value
    return result


def toml(content: Mapping[str, Any]) -> str:
    """Nested tables as TOML."""
    return "".join(_table(content, ()))


def write(path: Path, content: Any) -> Path:
    """Text as it is, anything else as JSON; returns the path."""
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def _table(content: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    # JSON's strings, numbers and lists are TOML's as well.
    heading = [f"[{'.'.join(path)}]\n"] if path else []
    plain = {key: value for key, value in content.items() if not isinstance(value, Mapping)}
    lines = [f"{json.dumps(key)} = {json.dumps(value)}\n" for key, value in plain.items()]
    tables = [
        line
        for key, value in content.items()
        if isinstance(value, Mapping)
        for line in _table(value, (*path, json.dumps(key)))
    ]
    return [*heading, *lines, *tables]
