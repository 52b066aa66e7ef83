"""Spans of time as people read them."""

from typing import Final

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def span(seconds: float) -> str:
    """The two largest units: `3 h 12 min`; `0 s` for less than a second."""
    rest = max(0, int(seconds))
    parts: list[str] = []
    for size, name in _UNITS:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {name}")
    return " ".join(part for part in parts[:2] if not part.startswith("0 ")) or "0 s"
