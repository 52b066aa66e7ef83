"""Who takes part in the model of the game, and by which terms it is played."""

from typing import Final

from beamer_agent.actions.view import ClaimTerms
from beamer_agent.state.fold import Direction
from beamer_agent.types import ChainId, Seconds, TokenAmount, Wei
from tests.factories import make_address

SOURCE: Final = ChainId(1_001)
TARGET: Final = ChainId(1_002)
L1: Final = ChainId(1)
DIRECTION: Final = Direction(SOURCE, TARGET)

OWNER: Final = make_address(201)
"""Owns the contracts, and gets the stakes of false claims that nobody challenged."""
RELAYER: Final = make_address(202)
"""Stands for the native bridge from L1 to the source chain."""
RESOLVER: Final = make_address(203)
"""Stands for the Resolver on L1."""
USER: Final = make_address(204)
RECEIVER: Final = make_address(205)
HONEST: Final = make_address(211)
SECOND_HONEST: Final = make_address(212)
MALLORY: Final = make_address(221)
"""An LP, in league with `SYBIL`."""
SYBIL: Final = make_address(222)
LPS: Final = (HONEST, SECOND_HONEST, MALLORY, SYBIL)
ADVERSARIES: Final = (MALLORY, SYBIL)

BLOCK: Final = 60
"""Seconds between two blocks."""
STAKE: Final = Wei(10**17)
CLAIM_PERIOD: Final = Seconds(20 * BLOCK)
EXTENSION: Final = Seconds(15 * BLOCK)
FINALITY: Final = Seconds(40 * BLOCK)
REQUEST_EXTENSION: Final = Seconds(60 * BLOCK)
VALIDITY: Final = Seconds(40 * BLOCK)
"""Of requests; the contract takes none shorter than 30 blocks."""
TERMS: Final = ClaimTerms(STAKE, REQUEST_EXTENSION, CLAIM_PERIOD, EXTENSION, VALIDITY)

AMOUNT: Final = TokenAmount(10**18)
NATIVE: Final = Wei(100 * 10**18)
"""What an honest agent has on the source chain to begin with; adversaries have far more."""
TOKENS: Final = TokenAmount(100 * AMOUNT)
