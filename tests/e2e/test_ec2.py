"""Machines, further ranges of networks: every property changed and removed, and what destroy leaves."""
from __future__ import annotations

import json

import live
import matrix
import matrix_ec2
import pytest
from conftest import Drplan, Emulator, Json
from test_matrix import expected, run


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return json.loads(Drplan(tmp_path_factory.mktemp("schema"), None).run("schema", "-json").out)["types"]


def machines(aws: Emulator) -> list[Json]:
    found = [i for r in aws.client("ec2").describe_instances()["Reservations"] for i in r["Instances"]]
    return [i for i in found if i["State"]["Name"] not in ("terminated", "shutting-down")]


@pytest.fixture(autouse=True)
def readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "READERS", live.READERS | matrix_ec2.OWN)


@pytest.fixture
def keys(aws: Emulator) -> Emulator:
    for name in ("a", "b"):
        aws.client("ec2").create_key_pair(KeyName=name)
    return aws


@pytest.mark.parametrize("case", matrix_ec2.CASES, ids=lambda c: c.name)
def test_change(case: matrix.Case, schema: Json, drplan: Drplan, keys: Emulator) -> None:
    run(case, expected(case, schema), drplan, keys)
    assert not machines(keys)


@pytest.mark.parametrize("case", matrix_ec2.REMOVALS, ids=lambda c: c.name)
def test_removal(case: matrix.Case, drplan: Drplan, keys: Emulator) -> None:
    run(case, case.action, drplan, keys)
    assert not machines(keys)


@pytest.mark.parametrize("what", matrix_ec2.MORE)
def test_more(what: str, drplan: Drplan, keys: Emulator) -> None:
    run(matrix_ec2.MORE[what], matrix_ec2.MORE[what].action, drplan, keys)
    assert not machines(keys)
