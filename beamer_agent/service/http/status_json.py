"""A status as JSON, as `docs/status.schema.json` describes it."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, Final

from beamer_agent.logging import Redactor

_MAY_HOLD_URLS: Final = frozenset({"error", "reason", "sentence"})
"""Fields with words of others, which may repeat an endpoint's URL and the credential in it."""
_AMOUNTS: Final = frozenset({"values"})
"""Fields with amounts, which readers of JSON would round: they are decimal text."""


def table_json(value: Any, redactor: Redactor) -> dict[str, Any]:
    """A dataclass of `status`; fields have the names that they have in Python."""
    names = [field.name for field in dataclasses.fields(value)]
    return {name: _field(name, getattr(value, name), redactor) for name in names}


def _field(name: str, value: Any, redactor: Redactor) -> Any:
    if name in _AMOUNTS:
        return {token: str(int(amount)) for token, amount in value.items()}
    if name in _MAY_HOLD_URLS and value is not None:
        return redactor.text(value)
    return plain_json(value, redactor)


def plain_json(value: Any, redactor: Redactor) -> Any:
    """What such a field may hold."""
    if isinstance(value, float):
        # JSON has no infinity; nobody wants to read more than milliseconds.
        return round(value, 3) if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain_json(item, redactor) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain_json(item, redactor) for item in value]
    return table_json(value, redactor) if dataclasses.is_dataclass(value) else str(value)
