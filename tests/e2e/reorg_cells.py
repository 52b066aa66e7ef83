"""The table of reorganisations: what has happened, what is taken away, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

from tests.e2e.replacement import Means
from tests.e2e.story import WHOLE_LIFE
from tests.faults.strike import IS_FULL

DEPTHS: Final = (1, 3, 10, 30)


class Stage(StrEnum):
    """The last thing that has happened to a transfer before blocks are replaced."""

    REQUEST = "request"
    """The agent's fill waits in the target chain's pool."""
    APPROVAL = "approval"
    """The tokens are approved; the fill is known to the agent alone."""
    FILL = "fill"
    """The agent's claim waits in the source chain's pool."""
    CLAIM = "claim"
    CHALLENGE = "challenge"
    """The agent has challenged a claim for which there is no fill."""
    COUNTER = "counter"
    """The agent has answered a challenge of its own claim."""
    WITHDRAW = "withdraw"


class Again(StrEnum):
    """Who sends the dropped transactions once more; the agent may send its own in any case."""

    NOBODY = "for good"
    POOL = "from a pool"
    """All of them are there at once, as in a real pool."""
    LATER = "later"
    """The users' and the thief's, after the agent has noticed."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A stage, and the oldest of the transfer's events that is taken away on one side.

    `struck`: its name; None: only blocks without anything. `min_depth`: as many blocks hold it and
    what came after it. `held`: the side whose pool holds something of the agent's.
    """

    stage: Stage
    side: str
    struck: str | None
    min_depth: int = 1
    held: str = ""

    @property
    def strikes_request(self) -> bool:
        """Whether the request itself is taken away."""
        return self.struck == "RequestCreated"


SCENES: Final[Sequence[Scene]] = (
    Scene(Stage.REQUEST, "source", "RequestCreated", held="target"),
    Scene(Stage.REQUEST, "target", None, held="target"),
    Scene(Stage.APPROVAL, "source", "RequestCreated", held="target"),
    Scene(Stage.APPROVAL, "target", "Approval", held="target"),
    Scene(Stage.FILL, "source", "RequestCreated", held="source"),
    Scene(Stage.FILL, "target", "RequestFilled", held="source"),
    Scene(Stage.CLAIM, "source", "ClaimMade"),
    Scene(Stage.CLAIM, "source", "RequestCreated", min_depth=2),
    Scene(Stage.CLAIM, "target", "RequestFilled"),
    Scene(Stage.CHALLENGE, "source", "ClaimMade"),
    Scene(Stage.CHALLENGE, "target", "FillInvalidated"),
    Scene(Stage.COUNTER, "source", "ClaimMade"),
    Scene(Stage.COUNTER, "target", "RequestFilled"),
    Scene(Stage.WITHDRAW, "source", "DepositWithdrawn"),
    Scene(Stage.WITHDRAW, "source", "ClaimMade", min_depth=3),
    Scene(Stage.WITHDRAW, "source", "RequestCreated", min_depth=4),
    Scene(Stage.WITHDRAW, "target", "RequestFilled", min_depth=2),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A scene with a depth: the struck event is in the oldest block that is replaced."""

    scene: Scene
    depth: int
    means: Means
    again: Again

    def __str__(self) -> str:
        return f"{self.scene.stage}, {self.what}, {self.how}"

    @property
    def what(self) -> str:
        """The blow, in words."""
        struck = self.scene.struck or "empty blocks"
        return f"{struck} on {self.scene.side}"

    @property
    def how(self) -> str:
        """The rest of it, in words."""
        return f"{self.means}({self.depth}), {self.again}"

    @property
    def is_vanished(self) -> bool:
        """Whether the request never comes back."""
        return self.scene.strikes_request and self.again is Again.NOBODY

    @property
    def is_fill_moved(self) -> bool:
        """Whether the fill comes back with another id.

        The id is the hash of the block before; a rollback leaves that one, but blocks are made
        until the agent has sent its fill again by itself.
        """
        is_in_place = self.means is Means.ROLLBACK and self.again is Again.POOL
        return self.scene.struck == "RequestFilled" and not is_in_place

    @property
    def is_claimed_twice(self) -> bool:
        """Whether the claim that was made has become a false one."""
        return self.is_fill_moved and self.scene.stage in (Stage.CLAIM, Stage.COUNTER)

    @property
    def is_fill_forgone(self) -> bool:
        """Whether the fill is not made again: the deposit is ours already."""
        is_gone = self.scene.struck == "RequestFilled" and self.again is Again.NOBODY
        return is_gone and self.scene.stage is Stage.WITHDRAW

    @property
    def is_slow(self) -> bool:
        """Whether the agent waits for something to be wanted again that never is."""
        is_all_gone = self.scene.strikes_request and self.scene.stage is Stage.WITHDRAW
        return is_all_gone or self.is_fill_forgone

    @property
    def events(self) -> Mapping[str, int]:
        """How often each event must have happened at the end."""
        if self.scene.stage is Stage.CHALLENGE:
            return {
                "RequestCreated": 1,
                "ClaimMade": 2,
                "FillInvalidated": 1,
                "ClaimStakeWithdrawn": 1,
            }
        if self.is_vanished:
            return {} if self.scene.held == "target" else {"RequestFilled": 1}
        if self.is_fill_forgone:
            return {name: 1 for name in WHOLE_LIFE if name != "RequestFilled"}
        claims = 3 if self.scene.stage is Stage.COUNTER else 1
        return {**WHOLE_LIFE, "ClaimMade": claims + self.is_claimed_twice}

    @property
    def losses(self) -> Mapping[str, int]:
        """What the agent must have counted as lost."""
        if self.is_claimed_twice:
            return {"fill_moved": 1}
        is_filled = self.scene.stage not in (Stage.REQUEST, Stage.APPROVAL)
        if self.scene.strikes_request and is_filled and self.again is not Again.POOL:
            return {"request_vanished": 1}
        return {}


def cells() -> Sequence[Cell]:
    """Every cell that there can be, or a quick one for each scene and way back."""
    possible = [Cell(*parts) for parts in product(SCENES, DEPTHS, Means, Again)]
    possible = [cell for cell in possible if _is_possible(cell)]
    if IS_FULL:
        return possible
    pairs = product(SCENES, Again)
    quick = [cell for cell in possible if not cell.is_slow]
    alike = [[c for c in quick if (c.scene, c.again) == pair] for pair in pairs]
    # Another depth and another means each time.
    return [group[(3 * place) % len(group)] for place, group in enumerate(filter(None, alike))]


def _is_possible(cell: Cell) -> bool:
    scene = cell.scene
    if cell.depth < scene.min_depth:
        return False
    if cell.means is Means.ROLLBACK and scene.held == scene.side:
        return False  # what is held would be mined with the next block
    if scene.struck is None:
        return cell.again is Again.NOBODY
    # The agent sends its own again by itself.
    return cell.again is not Again.LATER or scene.strikes_request
