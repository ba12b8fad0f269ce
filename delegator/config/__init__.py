"""rules.yaml and secrets to `Config`, or every error with its place."""

from .lists import reload_lists
from .loader import find_config, load, passed_over
from .model import Config, ConfigError, Problem

__all__ = ["Config", "ConfigError", "Problem", "find_config", "load", "passed_over", "reload_lists"]
