"""rules.yaml and secrets to `Config`, or every error with its place."""

from .loader import find_config, load
from .model import Config, ConfigError, Problem

__all__ = ["Config", "ConfigError", "Problem", "find_config", "load"]
