"""As much of JSON Schema as `docs/status.schema.json` uses."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
_KNOWN: Final = frozenset(
    {"$schema", "$defs", "title", "description", "$ref", "type", "enum", "pattern", "minimum"}
    | {"required", "properties", "additionalProperties", "items"}
)


def faults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> list[str]:
    """What is wrong with a value, each with its path; a key that is not known here is wrong."""
    return list(_faults(value, schema, root, "$"))


def _faults(
    value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str
) -> Iterator[str]:
    yield from (f"{at}: no schema has {key} here" for key in schema.keys() - _KNOWN)
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        yield from _faults(value, root["$defs"][name], root, at)
    if not _is_of_type(value, schema.get("type", [])):
        yield f"{at}: {value!r} is no {schema['type']}"
        return
    if value not in schema.get("enum", [value]):
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{at}: {value!r} does not match {schema['pattern']}"
    if isinstance(value, int | float) and value < schema.get("minimum", value):
        yield f"{at}: {value!r} is too small"
    if isinstance(value, dict):
        yield from _faults_of_object(value, schema, root, at)
    for position, item in enumerate(value if isinstance(value, list) else []):
        yield from _faults(item, schema.get("items", {}), root, f"{at}[{position}]")


def _faults_of_object(
    value: Mapping[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], at: str
) -> Iterator[str]:
    yield from (f"{at}: no {key}" for key in schema.get("required", []) if key not in value)
    properties = schema.get("properties", {})
    for key, item in value.items():
        other = schema.get("additionalProperties", {})
        yield from _faults(item, properties.get(key, other), root, f"{at}.{key}")


def _is_of_type(value: Any, types: str | list[str]) -> bool:
    names = [types] if isinstance(types, str) else types
    is_plain = not isinstance(value, bool) or "boolean" in names
    return not names or (is_plain and any(isinstance(value, _TYPES[name]) for name in names))
