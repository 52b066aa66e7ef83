"""Where the anvil program is."""

import os
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path

from beamer_agent.errors import ConfigurationError

_REPOSITORY = Path(__file__).resolve().parents[2]
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def find_anvil(
    environment: Mapping[str, str] = os.environ, repository: Path = _REPOSITORY
) -> Path:
    """The variable ANVIL, else the repository's npm package, else whatever PATH holds.

    The package's own start script is passed over: it is a node process that would stand between
    us and anvil, and leave anvil behind when killed.

    Args:
        environment: where ANVIL and PATH are looked up.
        repository: holds `contracts/node_modules` after `npm ci`.

    Raises:
        ConfigurationError: there is none, or ANVIL names something that cannot be run.
    """
    named = environment.get("ANVIL")
    if named:
        return _executable(named)
    packaged = _packaged(repository)
    if os.access(packaged, os.X_OK):
        return packaged
    found = shutil.which("anvil", path=environment.get("PATH", ""))
    if found:
        return Path(found)
    raise ConfigurationError(
        [
            f"anvil, which runs local chains, is neither at {packaged} nor on PATH: run `npm ci` "
            f"in {repository / 'contracts'}, or name the program in the variable ANVIL."
        ]
    )


def _executable(named: str) -> Path:
    if not os.access(named, os.X_OK) or Path(named).is_dir():
        raise ConfigurationError([f"The variable ANVIL names {named}, which cannot be executed."])
    return Path(named)


def _packaged(repository: Path) -> Path:
    machine = platform.machine().lower()
    package = f"anvil-{platform.system().lower()}-{_MACHINES.get(machine, machine)}"
    return repository / "contracts" / "node_modules" / "@foundry-rs" / package / "bin" / "anvil"
