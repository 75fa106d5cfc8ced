"""IAM, KMS, Secrets Manager, Systems Manager: every property changed and removed, imports by id, owners of one list, secrets
that stay secret, and what destroy leaves. The cases and their readers are in matrix_iam.py."""
from __future__ import annotations

import json
from pathlib import Path

import live
import matrix
import matrix_iam
import pytest
from conftest import Drplan, Emulator, Json, att, ref, res, stack
from matrix_iam import allow, leftovers, trust

SKIPS: dict[str, str] = json.loads((Path(__file__).parent / "matrix-skips.json").read_text())


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return json.loads(Drplan(tmp_path_factory.mktemp("schema"), None).run("schema", "-json").out)["types"]


def params(cases: list[matrix.Case]) -> list[object]:
    return [pytest.param(c, id=c.name, marks=[pytest.mark.xfail(reason=SKIPS[c.name], strict=True)] if c.name in SKIPS else []) for c in cases]


def expected(case: matrix.Case, schema: Json) -> str:
    return case.action or ("replace" if schema[case.kind]["properties"][case.prop].get("create_only") else "update")


def check(aws: Emulator, template: Json, rows: dict[str, Json]) -> None:
    found = []
    for address, resource in template["Resources"].items():
        props = live.resolve(resource.get("Properties", {}), rows)
        got = matrix_iam.OWN[resource["Type"]](aws, rows[address]["id"], props)
        if resource["Type"] == "AWS::SSM::Parameter":
            props["TagMap"] = props.pop("Tags", {})
        props = json.loads(json.dumps(props).replace('{"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}', '"arn:aws:iam::123456789012:root"'))
        found += [f"{address} ({resource['Type']}): {text}" for text in live.matches(props, got)]
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


@pytest.mark.parametrize("case", params(matrix_iam.CASES))
def test_change(case: matrix.Case, schema: Json, drplan: Drplan, aws: Emulator) -> None:
    run(case, expected(case, schema), drplan, aws)


@pytest.mark.parametrize("case", params(matrix_iam.REMOVALS))
def test_removal(case: matrix.Case, drplan: Drplan, aws: Emulator) -> None:
    run(case, case.action, drplan, aws)


@pytest.mark.parametrize("case", matrix_iam.CASES + matrix_iam.REMOVALS, ids=lambda c: c.name)
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
