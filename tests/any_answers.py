"""An endpoint in memory whose answers are replaced by any JSON, as a whole or in one place."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.doubles import ScriptedTransport

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1.5,
    2**70,
    "",
    "0x",
    "-0x5",
    "0x0",
    "0x7",
    "0x1_0",
    " 0x10 ",
    "text",
    "\ud800",
    "0x\u0661\u0662",
    "0xf",
    "0x00 00",
    "0x" + "f" * 15,
    "0x" + "f" * 16,
    "0x" + "f" * 64,
    "0x" + "f" * 65,
    "0x" + "f" * 256,
    "0x" + "f" * 5_000,
    "0x" + "0" * 64 * 12,
    "0x" + ("0" * 62 + "20") * 6,
    [],
    {},
    [[]],
    [{}],
    {"number": "0x1"},
    {"message": ["revert"], "code": "x", "data": {"data": 5}},
)
"""What is likely to be taken for something else than it is."""


def lie(chain: ScriptedTransport, chance: Random) -> None:
    """From now on some of a chain's answers, few or many, are the truth but for one place."""
    often = chance.choice([0.03, 0.1, 0.3])
    tell: Callable[..., bytes] = chain.post

    def post(body: bytes, _seconds: float | None = None) -> bytes:
        answer = json.loads(_told(tell, body))
        each = answer if isinstance(answer, list) else [answer]
        for response in each:
            if chance.random() < often:
                key = "result" if chance.random() < 0.9 else chance.choice(["id", "error"])
                response[key] = spoilt(response.get(key), chance)
        return json.dumps(
            spoilt(answer, chance) if chance.random() < often / 20 else answer
        ).encode()

    chain.post = post  # type: ignore[method-assign]  # the same endpoint, from now on a liar


def spoilt(truth: Any, chance: Random) -> Any:
    """A value with something odd in its place, or somewhere in it."""
    inside = chance.random() < 0.8
    if inside and isinstance(truth, dict) and truth:
        key = chance.choice(sorted(truth))
        return truth | {key: spoilt(truth[key], chance)}
    if inside and isinstance(truth, list) and truth:
        place = chance.randrange(len(truth))
        return [*truth[:place], spoilt(truth[place], chance), *truth[place + 1 :]]
    if inside and isinstance(truth, str) and len(truth) >= 66:
        return _with_other_word(truth, chance)
    return chance.choice(ODD)


def _with_other_word(words: str, chance: Random) -> str:
    """Bytes of which 32 are others: they may well be decoded."""
    first = 2 + 64 * chance.randrange(len(words[2:]) // 64)
    other = chance.choice(["f" * 64, "0" * 64, "0" * 63 + "7", "0" * 48 + "f" * 16])
    return words[:first] + other + words[first + 64 :]


def _told(tell: Callable[..., bytes], body: bytes) -> bytes:
    try:
        return tell(body)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # A stand-in may not have an answer to what nobody asks who was told the truth.
        asked = json.loads(body)
        error = {"code": -32000, "message": "what?"}
        each = (
            [{"id": one["id"], "error": error} for one in asked]
            if isinstance(asked, list)
            else None
        )
        return json.dumps(each or {"id": asked["id"], "error": error}).encode()
