"""What an operator decides: a TOML file and overrides in, one frozen `Config` out."""

from beamer_agent.config.chain import BaseChainConfig, ChainConfig, Tier
from beamer_agent.config.directions import DirectionConfig
from beamer_agent.config.limits import LimitConfig
from beamer_agent.config.loader import load_config
from beamer_agent.config.model import AccountConfig, Config, MetricsConfig, TokenConfig
from beamer_agent.config.prices import PriceConfig

__all__ = [
    "AccountConfig",
    "BaseChainConfig",
    "ChainConfig",
    "Config",
    "DirectionConfig",
    "LimitConfig",
    "MetricsConfig",
    "PriceConfig",
    "Tier",
    "TokenConfig",
    "load_config",
]
