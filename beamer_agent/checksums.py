"""Addresses as operators write them: text in, a checksummed address or a sentence out."""

import re
from typing import Annotated, Final

from eth_utils.address import to_checksum_address
from pydantic import BeforeValidator

from beamer_agent.types import Address

_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_SHOWN_CHARACTERS: Final = 50


def checksummed(value: object) -> Address:
    """The address, if its letters carry the right checksum (EIP-55).

    Raises:
        ValueError: they do not, or it is no address; the message is a sentence for the operator.
    """
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise ValueError(f"{_shown(value)} is not an address: 0x and 40 hex digits are needed")
    address = to_checksum_address(value)
    if value == address:
        return address
    if value[2:] in (value[2:].lower(), value[2:].upper()):
        raise ValueError(f"{value} has no checksum; with it, it is written {address}")
    # No correction is offered: whoever mistyped one digit must not be helped past the check.
    raise ValueError(f"{value} fails its checksum: a digit or the case of a letter is wrong")


def _shown(value: object) -> str:
    # Longer ones may be private keys, put into the wrong place.
    text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"a text of {len(text)} characters"


ChecksumAddressField = Annotated[Address, BeforeValidator(checksummed)]
"""A pydantic field that holds a checksummed address."""
