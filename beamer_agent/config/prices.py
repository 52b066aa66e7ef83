"""Prices: entries of `[chains.NAME.prices]`, what a chain's native coin is worth in a token."""

from collections.abc import Mapping
from typing import Final

from pydantic import model_validator

from beamer_agent.checksums import ChecksumAddressField
from beamer_agent.config.fields import Amount, Flag, PositiveSpan
from beamer_agent.config.table import Table
from beamer_agent.types import Seconds

DEFAULT_MAX_AGE: Final = Seconds(90_000)
"""Of a feed's answer: the slowest feeds answer anew once a day, and may be late."""


class PriceConfig(Table):
    """A price: an amount as it is, or `{feed = ADDRESS}`."""

    amount: Amount | None = None
    """Base units of the token that one whole native coin is worth."""
    feed: ChecksumAddressField | None = None
    """A contract on the chain that answers `latestRoundData`."""
    inverse: Flag = False
    """True: the feed tells the token in native coins; else the native coin in tokens."""
    max_age: PositiveSpan = DEFAULT_MAX_AGE
    """Answers of the feed that are older are none."""

    @model_validator(mode="before")
    @classmethod
    def _from_amount(cls, value: object) -> object:
        return value if isinstance(value, Mapping | PriceConfig) else {"amount": value}

    @model_validator(mode="after")
    def _amount_or_feed(self) -> "PriceConfig":
        if (self.amount is None) == (self.feed is None):
            raise ValueError("must be an amount of base units, or a table with a feed")
        if self.amount == 0:
            raise ValueError("must be more than 0: what one native coin is worth")
        if self.feed is None and self.model_fields_set - {"amount"}:
            # An amount is never the other way round.
            raise ValueError("inverse and max-age are for feeds")
        return self
