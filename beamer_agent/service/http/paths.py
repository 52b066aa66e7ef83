"""The paths that the HTTP server answers."""

from typing import Final

HEALTH: Final = "/healthz"
READINESS: Final = "/readyz"
METRICS: Final = "/metrics"
STATUS: Final = "/api/status"
PATHS: Final = (HEALTH, READINESS, METRICS, STATUS)
