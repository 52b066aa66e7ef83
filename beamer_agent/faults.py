"""What pydantic found wrong, as sentences for an operator: `dotted.path: sentence`.

No sentence holds the value that was refused, because it may be a secret; only validators of our
own, which know what they look at, put values into their sentences.
"""

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]
"""Where a fault is: keys and positions, from the top of the file."""

_WANTED: Final[Mapping[str, str]] = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "path_type": "a path",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
    "mapping_type": "a table",
    "tuple_type": "a list",
}

_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "finite_number": "must be a finite number",
}

_LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}

_KINDS: Final[Sequence[tuple[type | tuple[type, ...], str]]] = (
    (bool, "true or false"),
    (int, "a whole number"),
    ((float, Decimal), "a number with a fraction"),
    (str, "text"),
    (Mapping, "a table"),
    ((list, tuple), "a list"),
)


class SeveralFaultsError(ValueError):
    """One validator's many faults: pairs of a path below the validated value and a sentence."""

    def __init__(self, faults: Sequence[tuple[Location, str]]) -> None:
        super().__init__("; ".join(sentence for _, sentence in faults))
        self.faults = tuple(faults)


def describe_faults(
    error: ValidationError, known_keys: Callable[[Location], Collection[str]]
) -> list[str]:
    """Every fault of a validation as a sentence with its path, in the order they were found.

    Args:
        error: what pydantic raised.
        known_keys: the keys that a table at a location may have.
    """
    return [
        f"{dotted(location)}: {sentence}"
        for details in error.errors(include_url=False)
        for location, sentence in _faults(details, known_keys)
    ]


def dotted(location: Location) -> str:
    """A location as an operator reads it."""
    return ".".join(map(str, location)) or "the file"


def nearest(word: str, known: Collection[str]) -> str:
    """A hint at the known word that was probably meant, or an empty text."""
    word = word.replace("_", "-").lower()
    words = {k.lower(): k for k in known}
    matches = difflib.get_close_matches(word, words, n=1) or [k for k in words if word in k]
    return f'; did you mean "{words[matches[0]]}"?' if matches else ""


def _faults(
    details: ErrorDetails, known_keys: Callable[[Location], Collection[str]]
) -> Iterator[tuple[Location, str]]:
    location = details["loc"]
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, SeveralFaultsError):
        yield from ((location + below, sentence) for below, sentence in cause.faults)
    elif details["type"] == "extra_forbidden":
        known = known_keys(location[:-1])
        yield location, f"unknown key{nearest(str(location[-1]), known)}"
    else:
        yield location, _sentence(details, cause)


def _sentence(details: ErrorDetails, cause: object) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if cause is not None:
        return str(cause)
    if kind in _SENTENCES:
        return _SENTENCES[kind]
    if kind in _WANTED:
        return f"must be {_WANTED[kind]}, not {_kind(details['input'])}"
    if kind in _LIMITS:
        words, key = _LIMITS[kind]
        return f"must be {words} {context[key]:g}"
    if kind == "literal_error":
        return f"must be {context['expected']}"
    return details["msg"]


def _kind(value: object) -> str:
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    return "a date or time"
