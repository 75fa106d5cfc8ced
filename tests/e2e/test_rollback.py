"""A change that fails at any of its calls is undone: what boto3 sees afterwards is what it saw before. In full by
`make check-faults`, a sample otherwise."""
from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Drplan, Emulator, Json, ref, res, stack
from faultstage import forget_faults, inventory, killed_at_hold, mutating, newer, sample
from test_lifecycle import network


def same(before: Json, after: Json) -> None:
    assert json.dumps(before, indent=1, sort_keys=True) == json.dumps(after, indent=1, sort_keys=True)


def test_each_call_fails(drplan: Drplan, aws: Emulator) -> None:
    older, later = network(), newer(network())
    drplan.write("older.yaml", older | {"Stack": "t"})
    drplan.write("newer.yaml", later | {"Stack": "t"})
    drplan.apply("older.yaml")
    mark = aws.mark()
    drplan.apply("newer.yaml")
    calls = mutating(aws, mark)
    drplan.destroy("newer.yaml")
    drplan.apply("older.yaml")
    before = inventory(aws)
    cases = sample(list(range(1, len(calls) + 1)), 4)
    exits: list[int] = []
    for nth in cases:
        aws.fault(mutating=True, nth=nth, kind="error-code", code="UnauthorizedOperation", message="not today", status=403, times=1)
        got = drplan.run("apply", "newer.yaml", "-auto-approve", "--rollback-scope=run", code=None)
        forget_faults(aws)
        assert got.code in (1, 3), f"call {nth}\n{got.text}"
        assert "undone" in got.out, got.text
        exits.append(got.code)
        same(before, inventory(aws))
        drplan.clean("older.yaml")
    print(f"{len(cases)} of {len(calls)} calls failed, {exits.count(1)} undone, {exits.count(3)} with new ids")
    drplan.destroy("older.yaml")
    assert aws.leftovers()["total"] == 0


def two() -> Json:
    return stack(Vpc=res("AWS::EC2::VPC", CidrBlock="10.9.0.0/16"), Net=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.9.1.0/24"),
                 Group=res("AWS::EC2::SecurityGroup", VpcId=ref("Vpc"), GroupDescription="g"))


def test_policies(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", two())
    refused: dict[str, Any] = {"operation": "CreateSecurityGroup", "kind": "error-code", "code": "UnauthorizedOperation", "status": 403}
    aws.fault(**refused)
    got = drplan.run("apply", "-auto-approve", "--rollback-scope=run", code=1)
    assert "was undone" in got.out and drplan.state() == {} and aws.leftovers()["total"] == 0
    got = drplan.run("apply", "-auto-approve", "--on-failure=pause", code=1)
    assert "Vpc" in drplan.state() and aws.leftovers()["total"] == 2
    assert "Rollback complete" in drplan.run("rollback", "-auto-approve", "--rollback-scope=run").out
    assert drplan.state() == {} and aws.leftovers()["total"] == 0
    drplan.run("rollback", "-auto-approve", code=1)
    drplan.run("apply", "-auto-approve", "--on-failure=perhaps", code=64)
    got = drplan.run("apply", "-auto-approve", code=1)
    assert "phase security was undone" in got.out and set(drplan.state()) == {"Vpc", "Net"}
    drplan.destroy()


def test_rollback_that_fails(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", two())
    aws.fault(operation="CreateSecurityGroup", kind="error-code", code="UnauthorizedOperation", status=403)
    aws.fault(operation="DeleteVpc", kind="error-code", code="UnauthorizedOperation", status=403)
    got = drplan.run("apply", "-auto-approve", "--rollback-scope=run", code=1)
    vpc = drplan.ids()["Vpc"]
    assert f"Vpc ({vpc}) is still to be deleted" in got.err and "drplan rollback --skip ADDRESS" in got.err and "Net" not in drplan.state()
    got = drplan.run("rollback", "-auto-approve", "--skip", "Vpc", code=3)
    assert "except: Vpc: left as it is" in got.out
    forget_faults(aws)
    drplan.destroy()
    assert aws.leftovers()["total"] == 0


def test_gate_that_fails_is_a_failure(world: Drplan) -> None:
    template = two() | {"Phases": [{"Name": "security", "Gate": [{"Exists": {"Of": "Group"}}, {"Command": {"Argv": ["test", "-e", "go"], "Within": "1s"}}]}]}
    world.write("stack.yaml", template)
    got = world.run("apply", "-auto-approve", code=1)
    assert "the gate of phase security does not hold: Command test" in got.err and "Group" not in world.state()
    rows = json.loads(world.run("show", "--gates", "-json").out)
    assert [(r["check"], r["held"]) for r in rows] == [("Command test, ...", False), ("Exists Group", True), ("built-in", True)]
    assert rows[2]["phase"] == "networking"
    world.write("go", "")
    world.apply()
    world.clean()
    world.destroy()


def test_undecided_is_asked(sim: Drplan) -> None:
    import sqlite3
    sim.write("stack.yaml", two())
    sim.run("plan")
    with sqlite3.connect(sim.folder / ".drplan" / "sim.db") as world:
        world.execute("INSERT INTO faults(type, operation, nth, kind) VALUES ('AWS::EC2::SecurityGroup', 'create', 1, 'drop-after')")
        world.execute("INSERT INTO faults(type, operation, nth, times, kind) VALUES ('AWS::EC2::SecurityGroup', 'recover', 1, 5, 'unknown')")
    sim.run("apply", "-auto-approve", "--on-failure=pause", code=1)
    got = sim.run("recover", code=1)
    assert "Group: create undecided" in got.out and "drplan state adopt Group ID" in got.err
    with sqlite3.connect(sim.folder / ".drplan" / "sim.db") as world:
        (made,) = world.execute("SELECT id FROM resources WHERE type = 'AWS::EC2::SecurityGroup' AND maker IS NULL").fetchone()
    sim.run("state", "adopt", "Group", made)
    assert "Nothing is open" in sim.run("recover").out
    sim.apply()
    sim.clean()
    assert sim.ids()["Group"] == made
    sim.run("state", "forget", "Group")
    assert "Group" not in sim.state()
    assert sim.run("state", "forget", "Nobody", code=1).err


@pytest.mark.parametrize("flag", [["--rollback-scope=all"], ["--skip="]])
def test_usage(flag: list[str], sim: Drplan) -> None:
    sim.write("stack.yaml", two())
    sim.run("rollback", "-auto-approve", *flag, code=64)


def test_killed_within_a_creation(drplan: Drplan, aws: Emulator) -> None:
    """What was being made again when the undo was killed gets the rest of its properties from the next one."""
    older = two()
    older["Resources"]["Net"]["Properties"] |= {"MapPublicIpOnLaunch": True, "AvailabilityZone": "us-west-2a"}
    newer = json.loads(json.dumps(older))
    newer["Resources"]["Net"]["Properties"]["AvailabilityZone"] = "us-west-2b"     # the address block is kept: deleted first
    newer["Resources"]["Group"]["Properties"]["GroupName"] = "other"
    drplan.write("older.yaml", older | {"Stack": "t"})
    drplan.write("newer.yaml", newer | {"Stack": "t"})
    drplan.apply("older.yaml")
    aws.fault(operation="CreateSecurityGroup", kind="error-code", code="UnauthorizedOperation", status=403)
    drplan.run("apply", "newer.yaml", "-auto-approve", "--on-failure=pause", code=1)
    forget_faults(aws)
    undo = ("rollback", "older.yaml", "-auto-approve", "--rollback-scope=run")
    aws.fault(operation="ModifySubnetAttribute", kind="hold-before", times=1)
    assert killed_at_hold(drplan, aws, *undo)
    drplan.run(*undo, code=3)
    drplan.clean("older.yaml")
    drplan.destroy("older.yaml")
    assert aws.leftovers()["total"] == 0


def test_each_phase_says_what_becomes_of_it(drplan: Drplan, aws: Emulator) -> None:
    """A phase's OnFailure holds where the command says nothing."""
    drplan.write("s.yaml", stack(Vpc=res("AWS::EC2::VPC", CidrBlock="10.9.0.0/16"), Net=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.9.0.0/24"),
                                 Group=res("AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc")), Topic=res("AWS::SNS::Topic") | {"DependsOn": "Group"})
                 | {"Phases": [{"Name": "networking", "OnFailure": "pause"}, {"Name": "security", "OnFailure": "rollback"}, {"Name": "monitoring", "OnFailure": "keep"}]})

    def failed(operation: str, *args: str) -> str:
        aws.fault(operation=operation, kind="error-code", code="AccessDenied", status=403, times=1)
        got = drplan.run("apply", "s.yaml", "-auto-approve", *args, code=1)
        forget_faults(aws)
        return got.out

    assert "its phase networking is left as it is" in failed("CreateSubnet") and set(drplan.state()) == {"Vpc"}
    assert "its phase monitoring is left as it is" in failed("CreateTopic") and set(drplan.state()) == {"Vpc", "Net", "Group"}
    drplan.destroy("s.yaml")
    assert "its phase networking was undone" in failed("CreateSubnet", "--on-failure=rollback") and drplan.state() == {}
    assert "its phase security was undone" in failed("CreateSecurityGroup") and set(drplan.state()) == {"Vpc", "Net"}
    assert "rollback undoes it" in failed("CreateSecurityGroup", "--on-failure=keep")
    drplan.apply("s.yaml")
    drplan.clean("s.yaml")
