"""CloudWatch, Route 53, Elastic Disaster Recovery: every property changed and removed, and what destroy leaves. The cases
and their readers are in matrix_ops.py."""
from __future__ import annotations

import json
from pathlib import Path

import live
import matrix
import matrix_ops
import pytest
from conftest import Drplan, Emulator, Json

SKIPS: dict[str, str] = json.loads((Path(__file__).parent / "matrix-skips.json").read_text())


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return json.loads(Drplan(tmp_path_factory.mktemp("schema"), None).run("schema", "-json").out)["types"]


@pytest.fixture(autouse=True)
def readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "READERS", live.READERS | matrix_ops.OWN)


def params(cases: list[matrix.Case]) -> list[object]:
    return [pytest.param(c, id=c.name, marks=[pytest.mark.xfail(reason=SKIPS[c.name], strict=True)] if c.name in SKIPS else []) for c in cases]


def expected(case: matrix.Case, schema: Json) -> str:
    return case.action or ("replace" if schema[case.kind]["properties"][case.prop].get("create_only") else "update")


def template(case: matrix.Case, changed: bool, zone: str = "Z00000000000000000000") -> Json:
    """With what has to be there before the type exists at all: the service, initialised; a zone that is somebody else's."""
    made = json.loads(json.dumps(matrix.template(case, changed=changed)).replace('"ZONE"', json.dumps(zone)))
    if case.kind.startswith("AWS::DRS::"):
        made["Resources"]["Service"] = {"Type": "DR::DRS::Service"}
        made["Resources"]["X"]["DependsOn"] = "Service"
    return made


def run(case: matrix.Case, action: str, drplan: Drplan, aws: Emulator) -> None:
    made = aws.client("route53", "us-east-1").create_hosted_zone(Name="example.com", CallerReference="matrix") if "ZONE" in json.dumps(case.props) else None
    zone = made["HostedZone"]["Id"].rpartition("/")[2] if made else ""
    before, after = template(case, False, zone), template(case, True, zone)
    drplan.write("stack.yaml", before)
    drplan.apply()
    live.check_stack(aws, before, drplan.state())
    drplan.clean()
    old = drplan.ids()
    drplan.write("stack.yaml", after)
    assert drplan.changes() == {"X": action}
    drplan.apply()
    rows = drplan.state()
    live.check_stack(aws, after, rows)
    drplan.clean()
    if action == "update":
        assert rows["X"]["id"] == old["X"], "an update keeps the resource"
    drplan.destroy()
    assert not matrix_ops.leftovers(aws)


@pytest.mark.parametrize("case", params(matrix_ops.CASES))
def test_change(case: matrix.Case, schema: Json, drplan: Drplan, aws: Emulator) -> None:
    run(case, expected(case, schema), drplan, aws)


@pytest.mark.parametrize("case", params(matrix_ops.REMOVALS))
def test_removal(case: matrix.Case, drplan: Drplan, aws: Emulator) -> None:
    run(case, case.action, drplan, aws)


@pytest.mark.parametrize("case", matrix_ops.CASES + matrix_ops.REMOVALS, ids=lambda c: c.name)
def test_on_the_simulator(case: matrix.Case, schema: Json, sim: Drplan) -> None:
    sim.write("stack.yaml", template(case, changed=False))
    sim.apply()
    sim.clean()
    sim.write("stack.yaml", template(case, changed=True))
    assert sim.changes() == {"X": expected(case, schema)}
    sim.apply()
    sim.clean()
    sim.destroy()
    assert sim.state() == {}
