"""Amounts as people read them."""

from typing import Final

_ETHER_DECIMALS: Final = 18


def ether(wei: int) -> str:
    """An amount of native currency, exactly."""
    return f"{units(wei, _ETHER_DECIMALS)} ether"


def units(amount: int, decimals: int) -> str:
    """An amount of a token with so many decimals, exactly."""
    whole, part = divmod(amount, 10**decimals)
    return f"{whole}.{part:0{decimals}d}".rstrip("0").rstrip(".") if part else str(whole)
