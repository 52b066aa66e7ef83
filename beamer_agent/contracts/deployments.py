"""Deployment files: which contracts stand where on which chain (`protocol.md` section 8)."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from beamer_agent.checksums import ChecksumAddressField
from beamer_agent.errors import ConfigurationError
from beamer_agent.faults import describe_faults
from beamer_agent.types import Address, BlockNumber, ChainId

_SUFFIX: Final = ".deployment.json"
_BASE_NAME: Final = "base" + _SUFFIX
_MESSENGER_SUFFIX: Final = "L2Messenger"
_CHAIN_ID_IN_NAME: Final = re.compile(r"([0-9]+)-")

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Messenger:
    """A transfer chain's end of the bridge to L1; the contract's name tells the rollup's kind."""

    name: str
    address: Address


@dataclass(frozen=True, slots=True)
class ChainDeployment:
    """The contracts of one L2."""

    chain_id: ChainId
    request_manager: Address
    fill_manager: Address
    deployment_block: BlockNumber
    """The smallest deployment block of the two: where reading events starts."""
    messengers: tuple[Messenger, ...] = ()
    """All that the file names; `FillManager.messenger()` tells which one is in use."""


@dataclass(frozen=True, slots=True)
class BaseDeployment:
    """The contracts of the base chain (L1)."""

    chain_id: ChainId
    resolver: Address | None
    """None: no L1 resolution."""
    deployment_block: BlockNumber


@dataclass(frozen=True, slots=True)
class Deployments:
    """All deployment files of a folder."""

    base: BaseDeployment | None
    chains: Mapping[ChainId, ChainDeployment] = field(default_factory=dict)
    folder: Path = Path()


class _Model(BaseModel):
    # Other contracts and keys (`deployer`, `tx_hash`, ...) are normal; nothing is asked of them.
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Info(_Model):
    address: ChecksumAddressField
    deployment_block: Annotated[BlockNumber, Strict(), Field(ge=0)]


class _Place(_Model):
    address: ChecksumAddressField


class _Chain(_Model):
    model_config = ConfigDict(extra="allow")  # the messengers are among the other contracts

    chain_id: Annotated[ChainId, Strict(), Field(gt=0)]
    request_manager: _Info = Field(alias="RequestManager")
    fill_manager: _Info = Field(alias="FillManager")


class _Base(_Model):
    chain_id: Annotated[ChainId, Strict(), Field(gt=0)]
    resolver: _Info | None = Field(default=None, alias="Resolver")


class _ChainFile(_Model):
    chain: _Chain


class _BaseFile(_Model):
    base: _Base


def load_deployments(folder: Path) -> Deployments:
    """All deployment files of a folder.

    Raises:
        ConfigurationError: the folder or files in it cannot be used; with every fault.
    """
    if not folder.is_dir():
        raise ConfigurationError([f"artifacts-dir: {folder} is not a folder"])
    faults: list[str] = []
    base = _try(_load_base, folder / _BASE_NAME, faults)
    chains: dict[ChainId, ChainDeployment] = {}
    places: dict[ChainId, str] = {}
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        chain = None if path.name == _BASE_NAME else _try(_load_chain, path, faults)
        if chain is None:
            continue
        first = places.setdefault(chain.chain_id, path.name)
        if first != path.name:
            faults.append(f"{path}: chain id {chain.chain_id} is already in {first}")
        chains[chain.chain_id] = chain
    if not chains and not faults:
        faults.append(f"artifacts-dir: no file <chain-id>-<name>{_SUFFIX} in {folder}")
    if faults:
        raise ConfigurationError(faults)
    return Deployments(base=base, chains=chains, folder=folder)


def find_deployment(
    deployments: Deployments, chain_id: ChainId, chain_name: str
) -> ChainDeployment:
    """The contracts of the chain that the RPC of `[chains.NAME]` turned out to serve.

    Raises:
        ConfigurationError: there is no deployment file for its chain id.
    """
    deployment = deployments.chains.get(chain_id)
    if deployment is None:
        raise ConfigurationError(
            [
                f"chains.{chain_name}.rpc-url: no deployment file for chain id {chain_id} "
                f"in {deployments.folder}"
            ]
        )
    return deployment


D = TypeVar("D")


def _try(load: Callable[[Path], D], path: Path, faults: list[str]) -> D | None:
    try:
        return load(path)
    except ConfigurationError as error:
        faults.extend(error.faults)
        return None


def _load_base(path: Path) -> BaseDeployment | None:
    if not path.exists():
        return None
    base = _parsed(path, _BaseFile).base
    return BaseDeployment(
        chain_id=base.chain_id,
        resolver=base.resolver.address if base.resolver else None,
        deployment_block=base.resolver.deployment_block if base.resolver else BlockNumber(0),
    )


def _load_chain(path: Path) -> ChainDeployment:
    chain = _parsed(path, _ChainFile).chain
    named = _CHAIN_ID_IN_NAME.match(path.name)
    # Reading the contracts of another chain would send money to the wrong address.
    if named and int(named[1]) != chain.chain_id:
        raise ConfigurationError(
            [f"{path}: its name says chain id {named[1]}, it holds chain id {chain.chain_id}"]
        )
    return ChainDeployment(
        chain_id=chain.chain_id,
        request_manager=chain.request_manager.address,
        fill_manager=chain.fill_manager.address,
        deployment_block=min(
            chain.request_manager.deployment_block, chain.fill_manager.deployment_block
        ),
        messengers=_messengers(chain.model_extra or {}),
    )


def _messengers(contracts: Mapping[str, object]) -> tuple[Messenger, ...]:
    # Without a messenger there is no L1 resolution, and everything else goes on: one that cannot
    # be read is no fault of the file.
    found = []
    for name, info in contracts.items():
        if name.endswith(_MESSENGER_SUFFIX):
            with suppress(ValidationError):
                found.append(Messenger(name, _Place.model_validate(info).address))
    return tuple(found)


def _parsed(path: Path, model: type[M]) -> M:
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be read: {error.strerror}"]) from None
    except ValueError as error:
        raise ConfigurationError([f"{path}: is not valid JSON: {error}"]) from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = describe_faults(error, lambda _: ())
    raise ConfigurationError([f"{path}: {fault}" for fault in faults])
