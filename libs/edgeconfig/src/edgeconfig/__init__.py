"""What Envoy, REST clients and readers of the documentation need to know, rendered from the contract."""

from edgeconfig.envoy import render
from edgeconfig.settings import EdgeAddresses, EdgeSettings

__all__ = ["EdgeAddresses", "EdgeSettings", "render"]
