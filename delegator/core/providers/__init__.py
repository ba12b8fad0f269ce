"""What is known of mail providers, as data: their servers, limits, and what their refusals mean.

The facts are in `table`, and nowhere else; docs/providers.md shows them. What a provider does not tell
publicly stays unknown: None, and nothing follows from it.
"""

from .provider import Credentials, Outgoing, Place, Provider, Refusal, refusal_of
from .table import PROVIDERS, provider_of_address, provider_of_host, provider_of_mx

__all__ = [
    "PROVIDERS",
    "Credentials",
    "Outgoing",
    "Place",
    "Provider",
    "Refusal",
    "provider_of_address",
    "provider_of_host",
    "provider_of_mx",
    "refusal_of",
]
