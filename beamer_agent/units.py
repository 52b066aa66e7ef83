"""Amounts as people read them."""

from typing import Final

_ETHER_DECIMALS: Final = 18
WEI_PER_COIN: Final = 10**_ETHER_DECIMALS
"""Of any chain's native currency."""


def ether(wei: int) -> str:
    """An amount of native currency, exactly."""
    return f"{units(wei, _ETHER_DECIMALS)} ether"


def units(amount: int, decimals: int) -> str:
    """An amount of a token with so many decimals, exactly."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 10**decimals)
    digits = f"{whole}.{part:0{decimals}d}".rstrip("0").rstrip(".") if part else str(whole)
    return sign + digits
