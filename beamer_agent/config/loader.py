"""Reads the configuration: a file and what overrides it in, one `Config` or all faults out."""

import re
import tomllib
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from beamer_agent.config.alerts import AlertsConfig
from beamer_agent.config.chain import BaseChainConfig, ChainConfig
from beamer_agent.config.directions import DirectionConfig
from beamer_agent.config.limits import LimitConfig
from beamer_agent.config.model import AccountConfig, Config, MetricsConfig, TokenConfig
from beamer_agent.config.prices import PriceConfig
from beamer_agent.errors import ConfigurationError
from beamer_agent.faults import Location, describe_faults

_TABLES: Final[Mapping[str, type[BaseModel]]] = {
    "account": AccountConfig,
    "alerts": AlertsConfig,
    "metrics": MetricsConfig,
    "base-chain": BaseChainConfig,
    "chains": ChainConfig,
    "directions": DirectionConfig,
    "limits": LimitConfig,
    "tokens": TokenConfig,
}

M = TypeVar("M", bound=BaseModel)

_PASSWORD_KEYS: Final = ("password", "password-file")


def load_config(path: Path | None, overrides: Mapping[str, Any]) -> Config:
    """The configuration of a file, if there is one, with the overrides laid over it.

    See `load_as`.
    """
    return load_as(Config, path, overrides)


def load_as(model: type[M], path: Path | None, overrides: Mapping[str, Any]) -> M:
    """As much of the configuration as a model has.

    Args:
        model: `Config`, or one with some of its keys that ignores the others.
        path: a TOML file; None when the overrides say everything.
        overrides: kebab-case keys, dotted (`"account.path"`) or nested; None means not given.

    Raises:
        ConfigurationError: with every fault, each `dotted.path: sentence`.
    """
    data = _read(path) if path is not None else {}
    data = _merged(_without_other_password(data, overrides), _nested(overrides))
    try:
        return model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        faults = describe_faults(error, _known_keys)
    # Outside of the handler: the inputs that pydantic's error holds must not come along.
    raise ConfigurationError(faults)


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        raise ConfigurationError([f"{path}: there is no such file"]) from None
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError([f"{path}: is not UTF-8 text (at line {line})"]) from None
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        sentence = _with_position(str(error), text)
        raise ConfigurationError([f"{path}: is not valid TOML: {sentence}"]) from None
    except ValueError:
        # Python converts numbers of up to 4300 digits.
        raise ConfigurationError([f"{path}: a number in it has thousands of digits"]) from None


def _with_position(sentence: str, text: str) -> str:
    last = text.rstrip("\n").rpartition("\n")
    position = f"(at line {text.rstrip().count(chr(10)) + 1}, column {len(last[2]) + 1})"
    return re.sub(r"\(at end of document\)$", position, sentence)


def _nested(overrides: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in overrides.items():
        for part in reversed(key.split(".")):
            value = {part: value}  # noqa: PLW2901  built from the inside out
        nested = _merged(nested, value)
    return nested


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping):
            current = result.get(key)
            lower = current if isinstance(current, Mapping) else {}
            merged = _merged(lower, value)
            if merged or key in result:
                result[key] = merged
        elif value is not None:
            result[key] = value
    return result


def _without_other_password(
    data: Mapping[str, Any], overrides: Mapping[str, Any]
) -> Mapping[str, Any]:
    # A password file on the command line replaces the file's password, and the other way round.
    account, above = data.get("account"), _nested(overrides).get("account", {})
    if not isinstance(account, Mapping) or not any(key in above for key in _PASSWORD_KEYS):
        return data
    kept = {key: value for key, value in account.items() if key not in _PASSWORD_KEYS}
    return {**data, "account": kept}


def _known_keys(location: Location) -> Collection[str]:
    model = _TABLES.get(str(location[0]), Config) if location else Config
    if model is ChainConfig and "prices" in location:
        model = PriceConfig
    return [field.alias or name for name, field in model.model_fields.items()]
