"""`docs/status.md` and `docs/status.schema.json` say what `/api/status` answers."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from beamer_agent.logging import Redactor
from beamer_agent.planning.report import ObligationStage
from beamer_agent.service.chain_states import ChainMachine
from beamer_agent.service.direction_states import DirectionMachine
from beamer_agent.service.http.paths import PATHS
from beamer_agent.service.http.status_json import table_json
from beamer_agent.service.lifecycle import ServiceMachine
from beamer_agent.service.status import (
    AlertStatus,
    ChainStatus,
    DirectionStatus,
    RestartStatus,
    StageStatus,
    StateStatus,
    Status,
    WorkerStatus,
)
from tests.json_schema import faults
from tests.made_status import chain_status, direction_status, made_status

pytestmark = pytest.mark.unit

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "status.schema.json").read_text())
DEFINITIONS = {
    "state": StateStatus,
    "chain": ChainStatus,
    "direction": DirectionStatus,
    "stage": StageStatus,
    "worker": WorkerStatus,
    "restart": RestartStatus,
    "alert": AlertStatus,
}


def answer(status: Status) -> Any:
    """As a client reads it."""
    return json.loads(json.dumps(table_json(status, Redactor())))


def test_schema_has_every_field_and_no_other() -> None:
    """Each with its description."""
    assert SCHEMA["$defs"].keys() == DEFINITIONS.keys()
    for definition, table in [(SCHEMA, Status), *_pairs()]:
        names = [field.name for field in dataclasses.fields(table)]
        assert list(definition["properties"]) == definition["required"] == names
        assert all(each["description"] for each in definition["properties"].values())


def _pairs() -> list[tuple[Any, Any]]:
    return [(SCHEMA["$defs"][name], table) for name, table in DEFINITIONS.items()]


def test_schema_has_the_states_of_the_machines() -> None:
    """All of them, by name."""
    of_chain, of_direction = SCHEMA["$defs"]["chain"], SCHEMA["$defs"]["direction"]
    for place, machine in (
        (SCHEMA["properties"]["service"], ServiceMachine),
        (of_chain["properties"]["state"], ChainMachine),
        (of_direction["properties"]["state"], DirectionMachine),
    ):
        wanted = {str(state.value) for state in machine.states}
        assert set(place["properties"]["state"]["enum"]) == wanted
    stages = SCHEMA["$defs"]["stage"]["properties"]["stage"]["enum"]
    assert set(stages) == {stage.value for stage in ObligationStage}


def test_answers_follow_the_schema() -> None:
    """One with everything, and one of an agent that knows nothing yet."""
    assert faults(answer(made_status()), SCHEMA, SCHEMA) == []
    unknown: dict[str, Any] = {"head": None, "head_time": None, "events_until": None}
    chain = chain_status(chain_id=None, answered_seconds_ago=None, **unknown)
    stage = StageStatus("filling", 0, {}, None)
    nothing = made_status(
        service=StateStatus("starting", 0.0, "chains are asked"),
        supervisor_turned_seconds_ago=float("inf"),
        chains=(chain,),
        directions=(direction_status(stages=(stage,)),),
        details={},
    )
    assert faults(answer(nothing), SCHEMA, SCHEMA) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("directions", 0, "stages", 0, "values", "wei"), 1, "1 is no string"),
        (("directions", 0, "stages", 0, "values", "wei"), "1e3", "does not match"),
        (("directions", 0, "state", "state"), "synced", "is none of"),
        (("chains", 0, "chain_id"), True, "True is no"),
        (("workers", 0, "seconds"), -1, "is too small"),
    ],
)
def test_other_answers_do_not(path: tuple[str | int, ...], value: Any, fault: str) -> None:
    """The schema says something."""
    content = answer(made_status())
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (found,) = faults(content, SCHEMA, SCHEMA)
    assert fault in found


def test_page_shows_what_is_answered() -> None:
    """Its example follows the schema, and every path is explained."""
    page = (DOCS / "status.md").read_text()
    (example,) = re.findall(r"```json\n(\{\n \"service\".*?)```", page, re.S)
    assert faults(json.loads(example), SCHEMA, SCHEMA) == []
    assert [path for path in PATHS if f"`{path}`" not in page] == []
