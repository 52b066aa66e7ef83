"""Table: what all tables of the configuration file have in common."""

from pydantic import BaseModel, ConfigDict


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class Table(BaseModel):
    """A table of the file: only known keys, nothing changes afterwards, inputs never shown."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=_kebab,
        validate_by_alias=True,
        validate_by_name=True,
        hide_input_in_errors=True,
    )
