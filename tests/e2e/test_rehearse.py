"""Rehearsals: a runbook on a copy of the state in a simulated world. Nothing real is asked or changed, on the simulator
and on a state that was made against the emulator; times are virtual and typical; faults go in by option."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Drplan, Emulator, Json
from test_failover import stack as stack_in_a_hurry
from test_verbs import DR, PRIMARY, aurora, group


def stack() -> Json:
    """With the time that AWS takes, which the simulator takes too."""
    tree = stack_in_a_hurry()
    for step in (s for book in tree["Runbooks"].values() for s in book["Steps"]):
        step["Timeout"] = "10m"
    return tree


def bytes_of(drplan: Drplan) -> dict[str, str]:
    """Every file of the working folder but SQLite's own companions."""
    return {str(p.relative_to(drplan.folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in drplan.folder.rglob("*") if p.is_file() and not p.name.endswith(("-wal", "-shm", ".lock"))}


@pytest.fixture
def world(drplan: Drplan, aws: Emulator) -> Drplan:
    aurora(aws)
    group(aws, "app", DR)
    group(aws, "web", PRIMARY, size=2)
    drplan.write("stack.yaml", stack())
    drplan.apply()
    (drplan.folder / "scratch").mkdir()
    drplan.env["TMPDIR"] = str(drplan.folder / "scratch")
    return drplan


def rehearse(drplan: Drplan, *args: str, code: int = 0) -> Json:
    lines = drplan.run("rehearse", *args, "-json", code=code).lines()
    return next(m for m in lines if m["type"] == "rehearsal_summary")


def steps(summary: Json) -> dict[str, Any]:
    return {s["step"]: s["state"] for s in summary["steps"]}


def untouched(drplan: Drplan, aws: Emulator, before: dict[str, str], mark: int) -> None:
    assert bytes_of(drplan) == before and not aws.log(mark)
    assert not list((drplan.folder / "scratch").iterdir())


def test_failover_of_a_real_state(world: Drplan, aws: Emulator) -> None:
    before, mark = bytes_of(world), aws.mark()
    got = rehearse(world, "failover", "--planned")
    assert got["outcome"] == "done" and got["met"] is True and got["objective_ms"] == 900000
    took = {s["step"]: s["elapsed_ms"] for s in got["steps"]}
    # A switchover takes about 100 s, fencing 45 s before it, as the simulator's tables say.
    assert took["promote"] >= 100000 and 145000 <= got["rto_ms"] <= 300000
    assert steps(got) == {"fence": "done", "try-to-fence": "skipped", "promote": "done", "machines": "done", "works": "done", "converge": "done"}
    untouched(world, aws, before, mark)


def test_unplanned_and_for_people(world: Drplan, aws: Emulator) -> None:
    before, mark = bytes_of(world), aws.mark()
    got = world.run("rehearse", "failover", "--unplanned").out
    assert "predicted RTO" in got and "(within 15 min 0 s), made of" in got and "beside each other" in got
    untouched(world, aws, before, mark)
    world.run("rehearse", "failover", code=64)                # there is no default here either
    world.run("rehearse", "everything", code=64)


def test_failback_after_a_failover(world: Drplan, aws: Emulator) -> None:
    world.run("failover", "--planned", "-auto-approve")
    before, mark = bytes_of(world), aws.mark()
    got = rehearse(world, "failback")
    assert got["outcome"] == "done" and set(steps(got).values()) == {"done"} and got["kind"] == "planned"
    assert next(s for s in got["steps"] if s["step"] == "switch")["elapsed_ms"] >= 100000
    untouched(world, aws, before, mark)
    assert "already" in world.run("rehearse", "failover", "--planned", code=1).err


def test_faults(world: Drplan, aws: Emulator) -> None:
    before, mark = bytes_of(world), aws.mark()
    got = rehearse(world, "failover", "--planned", "--fault", ":verb:error", code=1)
    assert got["outcome"] == "failed" and steps(got)["fence"] == "failed" and got["rto_ms"] is None
    got = rehearse(world, "failover", "--planned", "--fault", ":verb:throttle")
    assert got["outcome"] == "done"
    assert "1 of the faults met no call" in world.run("rehearse", "failover", "--planned", "--fault", "AWS::SQS::Queue:create:error").err
    for wrong in ("verb:error", "AWS::EC2::VPC:create:sometimes", "x"):
        assert "--fault takes TYPE:OPERATION:KIND" in world.run("rehearse", "failover", "--planned", "--fault", wrong, code=1).err
    untouched(world, aws, before, mark)


def test_programs_are_not_run(world: Drplan, aws: Emulator, tmp_path: Path) -> None:
    tree = stack()
    tree["Runbooks"]["drill"] = {"To": "dr", "Preflight": [{"Command": {"Argv": ["touch", str(tmp_path / "ran")]}}], "Steps": [
        {"Name": "run", "Command": {"Argv": ["touch", str(tmp_path / "ran")]}},
        {"Name": "ask", "Approval": {"Ask": "Go?"}},
        {"Name": "look", "Check": [{"Command": {"Argv": ["touch", str(tmp_path / "ran")]}}, {"Exists": {"Of": "Vpc"}}], "StopsClock": True},
        {"Name": "evidence", "Report": {"Formats": ["json"]}}]}
    world.write("stack.yaml", tree)
    world.apply()
    before, mark = bytes_of(world), aws.mark()
    got = rehearse(world, "drill")
    assert set(steps(got).values()) == {"done"} and not (tmp_path / "ran").exists()
    untouched(world, aws, before, mark)
    assert json.loads(world.run("report", "-json").out) == []


def test_destroy(world: Drplan, aws: Emulator) -> None:
    tree = stack()
    tree["Resources"] |= {
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.7.1.0/24"}},
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}]}}},
        "Note": {"Type": "DR::Local::File", "Properties": {"Path": "note.txt", "Content": "kept"}}}
    world.write("stack.yaml", tree)
    world.apply()
    before, mark = bytes_of(world), aws.mark()
    got = world.run("rehearse", "destroy").out
    assert "Destroy complete: 0 added, 0 changed, 5 destroyed" in got and "predicted time" in got
    untouched(world, aws, before, mark)
    assert (world.folder / "note.txt").read_text().strip() == "kept"
    assert chain(rehearse(world, "destroy"))[-2:] == [("Subnet", "deleted"), ("Vpc", "deleted")]
    assert rehearse(world, "destroy", "--fault", "AWS::EC2::Subnet:delete:error", code=1)["outcome"] == "failed"
    world.clean()


def chain(summary: Json) -> list[tuple[str, str]]:
    return [(x["addr"], x["action"]) for x in summary["longest_chain"]]


def test_apply(world: Drplan, aws: Emulator) -> None:
    """The edited tree beside what the state remembers of AWS: account, zones and lookups are those of the last apply."""
    tree = stack()
    tree["Resources"] |= {
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.7.1.0/24", "AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}}},
        "Nat": {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": {"Ref": "Subnet"}, "ConnectivityType": "private"}},
        "Note": {"Type": "DR::Local::File", "Properties": {"Path": "note.txt", "Content": {"Fn::Sub": "${AWS::AccountId} ${Nat}"}}}}
    world.write("stack.yaml", tree)
    before, mark = bytes_of(world), aws.mark()
    got = world.run("rehearse", "apply").out
    assert "3 to add, 0 to change, 0 to destroy" in got and "predicted time 1 min 3" in got and "Nat created" in got
    untouched(world, aws, before, mark)
    got = rehearse(world, "apply", ".")
    assert got["outcome"] == "done" and 90000 <= got["elapsed_ms"] <= 100000
    assert chain(got) == [("Subnet", "created"), ("Nat", "created"), ("Note", "created")]
    assert sum(p["elapsed_ms"] for p in got["phases"]) <= got["elapsed_ms"]
    assert rehearse(world, "apply", "--fault", "AWS::EC2::NatGateway:create:fail", code=1)["outcome"] == "failed"
    untouched(world, aws, before, mark)
    world.run("rehearse", "destroy", ".", code=64)


def test_on_the_simulator(sim: Drplan) -> None:
    sim.write("stack.yaml", {"Stack": "web", "Targets": {"dr": {"Region": DR}}, "Defaults": {"Target": "dr"},
                             "Conditions": {"Active": {"Fn::Equals": [{"Ref": "DR::Mode"}, "active"]}},
                             "Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.7.0.0/16"}},
                                           "Extra": {"Type": "AWS::EC2::Subnet", "Condition": "Active",
                                                     "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.7.1.0/24"}}},
                             "Runbooks": {"failover": {"To": "dr", "Steps": [{"Name": "wait", "Wait": {"For": "10m"}},
                                                                            {"Name": "converge", "Apply": {"Mode": "active", "Only": "mode"}, "StopsClock": True}]}}})
    sim.apply()
    before = bytes_of(sim)
    got = rehearse(sim, "failover", "--planned", "--sim")
    assert got["outcome"] == "done" and got["rto_ms"] >= 600000 and got["objective_ms"] is None
    assert rehearse(sim, "failover", "--planned", "--sim", "--fault", "AWS::EC2::Subnet:create:error", code=1)["outcome"] == "failed"
    assert bytes_of(sim) == before
    sim.clean()


def test_apply_of_what_was_never_applied(sim: Drplan) -> None:
    sim.write("stack.yaml", {"Stack": "web", "Targets": {"dr": {"Region": DR}}, "Defaults": {"Target": "dr"}, "Lookups": {"Net": {"Type": "AWS::EC2::VPC", "Match": {"Tags": {"Name": "main"}}}},
                             "Resources": {"Sub": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Net"}, "CidrBlock": "10.7.1.0/24"}}}})
    sim.write("seeds.yaml", {"Resources": [{"Region": DR, "Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.7.0.0/16", "Tags": [{"Key": "Name", "Value": "main"}]}}]})
    before = bytes_of(sim)
    assert "no AWS::EC2::VPC matches" in sim.run("rehearse", "apply", "--sim", code=1).err
    got = rehearse(sim, "apply", "--sim", "--seed", "seeds.yaml")
    assert got["outcome"] == "done" and chain(got) == [("Sub", "created")] and bytes_of(sim) == before


def test_apply_beside_other_states(sim: Drplan) -> None:
    """The stack that is named says which state it is, however many lie there."""
    for name, cidr in (("one", "10.1.0.0/16"), ("two", "10.2.0.0/16")):
        sim.write(f"{name}.yaml", {"Targets": {"dr": {"Region": DR}}, "Defaults": {"Target": "dr"},
                                   "Resources": {"Net": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}}}})
        sim.apply(f"{name}.yaml")
    assert "No changes" in sim.run("rehearse", "apply", "two.yaml", "--sim").out
    assert "more than one state" in sim.run("rehearse", "destroy", "--sim", code=1).err
