"""Failover and failback by commands alone, against the emulator: boto3 makes the primary side and reads back who writes
and how many machines there are. Planned, unplanned with a dead region, and killed at every changing call."""
from __future__ import annotations

import sqlite3

import pytest

from conftest import Drplan, Emulator, Json
from faultstage import forget_faults, killed, sample
from test_verbs import DR, PRIMARY, aurora, capacity, group, writer

PHASES = ("hold-before", "hold-after")


def stack() -> Json:
    def lookup(kind: str, target: str, **match: str) -> Json:
        return {"Type": kind, "Target": target, "Match": match}

    groups, clusters = "AWS::AutoScaling::AutoScalingGroup", "AWS::RDS::DBCluster"
    return {
        "Stack": "web", "Targets": {"primary": {"Region": PRIMARY, "Role": "primary"}, "dr": {"Region": DR, "Role": "recovery"}},
        "Defaults": {"Target": "dr"}, "Objectives": {"RTO": "15m", "RPO": "1m"},
        "Conditions": {"Active": {"Fn::Equals": [{"Ref": "DR::Mode"}, "active"]}},
        "Lookups": {
            "World": lookup("AWS::RDS::GlobalCluster", "dr", Id="world"),
            "PrimaryCluster": lookup(clusters, "primary", DBClusterIdentifier="primary-cluster"),
            "DrCluster": lookup(clusters, "dr", DBClusterIdentifier="dr-cluster"),
            "PrimaryGroup": lookup(groups, "primary", AutoScalingGroupName="web"),
            "AppGroup": lookup(groups, "dr", AutoScalingGroupName="app"),
        },
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.7.0.0/16", "EnableDnsHostnames": {"Fn::If": ["Active", True, False]}}},
            "Far": {"Type": "AWS::EC2::VPC", "Target": "primary", "Properties": {"CidrBlock": "10.8.0.0/16", "EnableDnsHostnames": {"Fn::If": ["Active", True, False]}}},
        },
        "Runbooks": {"failover": failover(), "failback": failback()},
    }


def failover() -> Json:
    fence = {"Of": "PrimaryGroup", "Min": 0, "Desired": 0}
    return {"From": "primary", "To": "dr", "Preflight": [{"Credentials": {"Target": "dr"}}, {"EngineMatch": {"Of": "World"}}], "Steps": [
        {"Name": "fence", "Capacity": fence, "When": "planned"},
        {"Name": "try-to-fence", "Capacity": fence | {"Wait": False}, "When": "unplanned", "Timeout": "3s", "OnFailure": "continue"},
        {"Name": "tier-1", "Timeout": "1m", "Parallel": [
            {"Name": "promote", "PromoteAurora": {"Global": "World", "To": "DrCluster"}},
            {"Name": "machines", "Capacity": {"Of": "AppGroup", "Min": 3, "Desired": 3}}]},
        {"Name": "works", "Check": [{"Writer": {"Of": "World", "Is": "DrCluster"}}], "Timeout": "1m", "StopsClock": True},
        {"Name": "converge", "Apply": {"Mode": "active", "Only": "mode", "Unreachable": "defer"}}]}


def failback() -> Json:
    return {"From": "dr", "To": "primary", "Steps": [
        {"Name": "machines", "Restore": {"Runbook": "failover", "Step": ["fence", "try-to-fence"]}},
        {"Name": "fence-dr", "Capacity": {"Of": "AppGroup", "Min": 0, "Desired": 0}},
        {"Name": "switch", "PromoteAurora": {"Global": "World", "To": "PrimaryCluster", "Planned": True}},
        {"Name": "works", "Check": [{"Writer": {"Of": "World", "Is": "PrimaryCluster"}}], "StopsClock": True},
        {"Name": "standby", "Apply": {"Mode": "standby", "Only": "mode"}}]}


@pytest.fixture
def world(drplan: Drplan, aws: Emulator) -> Drplan:
    aurora(aws)
    group(aws, "app", DR)
    group(aws, "web", PRIMARY, size=2)
    drplan.write("stack.yaml", stack())
    drplan.apply()
    return drplan


def steps(drplan: Drplan) -> dict[str, str]:
    with sqlite3.connect(drplan.folder / ".drplan" / "web.db") as db:
        return dict(db.execute("SELECT name, state FROM runbook_step WHERE run = (SELECT max(id) FROM runbook_run)"))


def names_live(aws: Emulator, drplan: Drplan, address: str, region: str) -> bool:
    return aws.client("ec2", region).describe_vpc_attribute(VpcId=drplan.ids()[address], Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]


def active(aws: Emulator, drplan: Drplan) -> None:
    assert writer(aws).endswith("dr-cluster") and capacity(aws) == (3, 6, 3)
    assert names_live(aws, drplan, "Vpc", DR)


def test_there_and_back(world: Drplan, aws: Emulator) -> None:
    (world.folder / "stack.yaml").rename(world.folder / "away.yaml")
    got = world.run("failover", "-auto-approve", code=64)
    assert "there is no default" in got.err
    got = world.run("failover", "--planned", "-auto-approve")
    assert "(within 15m)" in got.out
    active(aws, world)
    assert capacity(aws, "web", PRIMARY) == (0, 6, 0) and names_live(aws, world, "Far", PRIMARY)
    (world.folder / "away.yaml").rename(world.folder / "stack.yaml")
    world.clean()
    assert "refused: the stack is in mode active" in world.destroy(code=1).err
    world.run("failback", "-auto-approve")
    assert writer(aws).endswith("primary-cluster") and capacity(aws) == (0, 6, 0)
    assert capacity(aws, "web", PRIMARY) == (2, 6, 2) and not names_live(aws, world, "Vpc", DR)
    world.clean()


def test_dead_region(world: Drplan, aws: Emulator) -> None:
    aws.fault(region=PRIMARY, kind="drop-before")
    since = aws.mark()
    world.run("failover", "--unplanned", "-auto-approve")
    assert aws.calls(since)["FailoverGlobalCluster"] == 1
    assert steps(world)["try-to-fence"] == "gap"
    # A plan by somebody who cannot reach it either: nothing of the failover is undone, what waits there is named.
    got = world.run("plan", "--unreachable", "primary")
    assert "deferred: ~ Far" in got.out and "Vpc" not in got.out
    forget_faults(aws)
    active(aws, world)
    assert world.changes() == {"Far": "update"}
    world.apply()
    world.clean()
    world.run("failback", "-auto-approve")
    assert writer(aws).endswith("primary-cluster") and capacity(aws, "web", PRIMARY) == (2, 6, 2)
    world.clean()


def test_the_mode_and_the_world_disagree(world: Drplan, aws: Emulator) -> None:
    aws.client("rds", PRIMARY).switchover_global_cluster(GlobalClusterIdentifier="world", TargetDbClusterIdentifier=aws.client("rds", DR).describe_db_clusters(DBClusterIdentifier="dr-cluster")["DBClusters"][0]["DBClusterArn"])
    while not writer(aws).endswith("dr-cluster"):
        pass
    got = world.run("plan", code=1)
    assert "the state says mode standby" in got.err and "dr-cluster" in got.err


@pytest.mark.parametrize(("nth", "phase"), sample([(n, p) for n in range(1, 6) for p in PHASES], 4))
def test_killed(world: Drplan, aws: Emulator, nth: int, phase: str) -> None:
    since = aws.mark()
    if not killed(world, aws, phase, nth, "failover", "--planned", "-auto-approve"):
        pytest.skip("there are fewer changing calls")
    if "run 1 of the runbook failover is not over" not in world.run("apply", "-auto-approve", code=None).err:
        raise AssertionError("an apply in the middle of a failover")
    world.run("failover", "--resume", "-auto-approve")
    active(aws, world)
    assert capacity(aws, "web", PRIMARY) == (0, 6, 0)
    carried_out = [e for e in aws.log(since) if e["operation"] == "SwitchoverGlobalCluster" and e.get("fault") != "hold-before"]
    assert len(carried_out) == 1
    world.clean()
    world.run("failback", "-auto-approve")
    assert capacity(aws, "web", PRIMARY) == (2, 6, 2)
