"""What an operator decides: a TOML file and overrides in, one frozen `Config` out."""

from beamer_agent.config.chain import BaseChainConfig, ChainConfig, Tier
from beamer_agent.config.loader import load_config
from beamer_agent.config.model import (
    AccountConfig,
    Config,
    DirectionConfig,
    MetricsConfig,
    TokenConfig,
)

__all__ = [
    "AccountConfig",
    "BaseChainConfig",
    "ChainConfig",
    "Config",
    "DirectionConfig",
    "MetricsConfig",
    "Tier",
    "TokenConfig",
    "load_config",
]
