"""docs/providers.md: its tables are what the program knows."""

from __future__ import annotations

from delegator.core.providers import PROVIDERS
from scripts.make_providers import PAGE, current_page


def test_the_tables_are_those_of_the_program() -> None:
    """`python -m scripts.make_providers` writes them anew."""
    assert current_page() == PAGE.read_text("utf-8")


def test_every_provider_is_there_with_its_servers() -> None:
    page = PAGE.read_text("utf-8")
    for provider in PROVIDERS:
        assert provider.name in page
        assert all(f"`{host}`" in page for host in provider.hosts)
