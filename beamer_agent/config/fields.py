"""The kinds of values in a configuration: what an operator writes in, what the agent uses out."""

import ipaddress
import re
from decimal import Decimal, InvalidOperation, Overflow
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, Strict

from beamer_agent.types import ChainId, Seconds, TokenAmount, Wei

_DECIMAL: Final = re.compile(r"-?[0-9]{1,100}")
_MAX_CHAIN_ID: Final = 2**64 - 1
_MAX_AMOUNT: Final = 2**256 - 1
_MOST_PPM: Final = 999_999

UNLIMITED: Final = -1
"""The allowance that stands for no limit."""


def _wei(value: object) -> int:
    return _scaled(value, 18, "ether", "the 18 decimals that ether has")


def _wei_of_gwei(value: object) -> int:
    return _scaled(value, 9, "gwei", "the 9 decimals that gwei has")


def _scaled(value: object, decimals: int, unit: str, most: str) -> int:
    if not isinstance(value, int | float | str | Decimal):
        raise ValueError(f"must be an amount of {unit}, a number or a number as text")
    try:
        wei = Decimal(str(value)) * 10**decimals
    except InvalidOperation:
        raise ValueError(f"must be an amount of {unit}, a number or a number as text") from None
    except Overflow:
        wei = Decimal("Infinity")
    if not wei.is_finite() or not 0 <= wei <= _MAX_AMOUNT:
        raise ValueError(f"must be an amount of {unit}, 0 or more")
    if wei != int(wei):
        raise ValueError(f"has more than {most}")
    return int(wei)


def _decimal_int(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return int(value)
    raise ValueError("must be a whole number, plain or as decimal text")


def _chain_id(value: object) -> int:
    chain_id = _decimal_int(value)
    if not 0 < chain_id <= _MAX_CHAIN_ID:
        raise ValueError(f"{chain_id} is not a chain id: they go from 1 to 2^64 - 1")
    return chain_id


def _allowance(value: object) -> int | None:
    if value is None:
        return None
    allowance = _decimal_int(value)
    if not UNLIMITED <= allowance <= _MAX_AMOUNT:
        raise ValueError("must be -1 (unlimited) or an amount of base units, at most 2^256 - 1")
    return allowance


def _amount(value: object) -> int:
    amount = _decimal_int(value)
    if not 0 <= amount <= _MAX_AMOUNT:
        raise ValueError("must be an amount of base units, 0 to 2^256 - 1")
    return amount


def _ip_address(value: object) -> str:
    try:
        # Of a number it would make an address.
        return str(ipaddress.ip_address(value if isinstance(value, str) else ""))
    except ValueError:
        sentence = "must be an IP address as text, such as 127.0.0.1, or 0.0.0.0 for all networks"
        raise ValueError(sentence) from None


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Ether = Annotated[Wei, BeforeValidator(_wei)]
"""Written in ether, kept in wei, exactly."""

Gwei = Annotated[Wei, BeforeValidator(_wei_of_gwei)]
"""Written in gwei, kept in wei, exactly."""

Flag = Annotated[bool, Strict()]
"""true or false."""

Count = Annotated[int, Strict(), Field(ge=0)]
"""A whole number, 0 or more."""

Positive = Annotated[int, Strict(), Field(ge=1)]
"""A whole number, 1 or more."""

Span = Annotated[Seconds, Strict(), Field(ge=0)]
"""Whole seconds, 0 or more."""

PositiveSpan = Annotated[Seconds, Strict(), Field(ge=1)]
"""Whole seconds, 1 or more."""

Period = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]
"""Seconds, more than 0, fractions allowed."""

Port = Annotated[int, Strict(), Field(ge=0, le=65535)]
"""A TCP port; 0 lets the system choose one."""

IpAddress = Annotated[str, BeforeValidator(_ip_address)]
"""An address to listen on; no name, for which others would have to be asked."""

ChainIdField = Annotated[ChainId, BeforeValidator(_chain_id)]
"""A chain id, as a number or as decimal text."""

Allowance = Annotated[int | None, BeforeValidator(_allowance)]
"""Base units, -1 for unlimited, None for exactly the amount of each fill."""

Amount = Annotated[TokenAmount, BeforeValidator(_amount)]
"""Base units of a token, as a number or as decimal text."""

Ppm = Annotated[int, Strict(), Field(ge=0, le=_MOST_PPM)]
"""Parts per million, less than all of it."""

LogLevel = Annotated[
    Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(_lower)
]
"""How much is logged."""

LogFormat = Annotated[Literal["auto", "console", "json"], BeforeValidator(_lower)]
"""How lines look; auto is console on a terminal and JSON elsewhere."""
