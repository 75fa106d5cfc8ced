"""Resources that are put on others: every property changed and removed. The cases and their readers are in matrix_lists.py,
their lives among what others put there in test_put_on.py."""
from __future__ import annotations

import json
from pathlib import Path

import live
import matrix
import matrix_lists
import pytest
from conftest import Drplan, Emulator, Json
from matrix_lists import leftovers

SKIPS: dict[str, str] = json.loads((Path(__file__).parent / "matrix-skips.json").read_text())


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return json.loads(Drplan(tmp_path_factory.mktemp("schema"), None).run("schema", "-json").out)["types"]


def params(cases: list[matrix.Case]) -> list[object]:
    return [pytest.param(c, id=c.name, marks=[pytest.mark.xfail(reason=SKIPS[c.name], strict=True)] if c.name in SKIPS else []) for c in cases]


def expected(case: matrix.Case, schema: Json) -> str:
    return case.action or ("replace" if schema[case.kind]["properties"][case.prop].get("create_only") else "update")


def check(aws: Emulator, template: Json, rows: dict[str, Json]) -> None:
    resource = template["Resources"]["X"]
    props = live.resolve(resource["Properties"], rows)
    found = live.matches(props, matrix_lists.OWN[resource["Type"]](aws, rows["X"]["id"], props))
    assert not found, "\n".join(found)


def run(case: matrix.Case, action: str, drplan: Drplan, aws: Emulator) -> None:
    before, after = matrix.template(case, changed=False), matrix.template(case, changed=True)
    drplan.write("stack.yaml", before)
    drplan.apply()
    check(aws, before, drplan.state())
    drplan.clean()
    old = drplan.ids()
    drplan.write("stack.yaml", after)
    assert drplan.changes() == {"X": action}
    drplan.apply()
    rows = drplan.state()
    check(aws, after, rows)
    drplan.clean()
    if action == "update":
        assert rows["X"]["id"] == old["X"], "an update keeps the resource"
    drplan.destroy()
    assert not leftovers(aws)


@pytest.mark.parametrize("case", params(matrix_lists.CASES))
def test_change(case: matrix.Case, schema: Json, drplan: Drplan, aws: Emulator) -> None:
    run(case, expected(case, schema), drplan, aws)


@pytest.mark.parametrize("case", params(matrix_lists.REMOVALS))
def test_removal(case: matrix.Case, drplan: Drplan, aws: Emulator) -> None:
    run(case, case.action, drplan, aws)


@pytest.mark.parametrize("case", matrix_lists.CASES + matrix_lists.REMOVALS, ids=lambda c: c.name)
def test_on_the_simulator(case: matrix.Case, schema: Json, sim: Drplan) -> None:
    sim.write("stack.yaml", matrix.template(case, changed=False))
    sim.apply()
    sim.clean()
    sim.write("stack.yaml", matrix.template(case, changed=True))
    assert sim.changes() == {"X": expected(case, schema)}
    sim.apply()
    sim.clean()
    sim.destroy()
    assert sim.state() == {}
