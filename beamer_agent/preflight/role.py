"""What an agent does on a chain: from the configuration to what it needs there."""

from dataclasses import dataclass

from beamer_agent.config import Config


@dataclass(frozen=True, slots=True)
class Role:
    """The part of a chain in the directions that are filled; both false: it is only watched."""

    claims: bool
    """Whether requests from this chain are filled, and claimed here."""
    pays_out: bool
    """Whether requests to this chain are filled."""


def role_of(config: Config, name: str) -> Role:
    """The role of a chain by its configured name."""
    filling = [names for names in config.served_directions() if config.fills(*names)]
    return Role(
        claims=any(source == name for source, _ in filling),
        pays_out=any(target == name for _, target in filling),
    )
