"""drplan doctor against the emulator: what is planted is found, with its remedy; and the policy that it prints names what the
program was seen to call."""
from __future__ import annotations

import json

import pytest

from conftest import Drplan, Emulator, Json
from test_failover import failback, failover
from test_verbs import DR, PRIMARY, aurora, group


def stack() -> Json:
    def lookup(kind: str, target: str, **match: str) -> Json:
        return {"Type": kind, "Target": target, "Match": match}

    groups, clusters = "AWS::AutoScaling::AutoScalingGroup", "AWS::RDS::DBCluster"
    return {
        "Stack": "web", "Targets": {"primary": {"Region": PRIMARY, "Role": "primary"}, "dr": {"Region": DR, "Role": "recovery"}},
        "Defaults": {"Target": "dr"}, "Objectives": {"RTO": "15m", "RPO": "1m"},
        "Parameters": {"Block": {"Type": "String", "Default": "10.7.0.0/16"}, "Image": {"Type": "String"}, "Kind": {"Type": "String", "Default": "t3.micro"}},
        "Lookups": {
            "World": lookup("AWS::RDS::GlobalCluster", "dr", Id="world"),
            "PrimaryCluster": lookup(clusters, "primary", DBClusterIdentifier="primary-cluster"),
            "DrCluster": lookup(clusters, "dr", DBClusterIdentifier="dr-cluster"),
            "PrimaryGroup": lookup(groups, "primary", AutoScalingGroupName="web"),
            "AppGroup": lookup(groups, "dr", AutoScalingGroupName="app"),
        },
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Ref": "Block"}}},
            "Far": {"Type": "AWS::EC2::VPC", "Target": "primary", "Properties": {"CidrBlock": "10.8.0.0/16"}},
            "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}},
            "Template": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"ImageId": {"Ref": "Image"}, "InstanceType": {"Ref": "Kind"}}}},
            "Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "data", "VersioningConfiguration": {"Status": "Enabled"}}},
        },
        "Runbooks": {"failover": failover(), "failback": failback()},
    }


@pytest.fixture
def world(drplan: Drplan, aws: Emulator) -> Drplan:
    aurora(aws)
    group(aws, "app", DR)
    group(aws, "web", PRIMARY, size=2)
    image = aws.client("ec2", DR).describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    drplan.write("stack.yaml", stack())
    drplan.env["DRPLAN_VAR_Image"] = image
    drplan.apply()
    return drplan


def doctor(drplan: Drplan, code: int | None = None) -> Json:
    return json.loads(drplan.run("doctor", "-json", code=code).out)


def red(report: Json) -> dict[str, Json]:
    return {line["name"]: line for line in report["lines"] if line["level"] == "red"}


def test_healthy_and_policy(world: Drplan, aws: Emulator) -> None:
    doctor(world)                    # the emulator's own first answers take long
    since = aws.mark()
    report = doctor(world, 0)
    assert not [e["operation"] for e in aws.log(since) if e.get("mutating")]
    names = {line["name"]: line["level"] for line in report["lines"]}
    assert names["clock"] == names["region"] == names["Vpc addresses"] == names["instance type t3.micro"] == "ok", report
    assert names["Elastic IP addresses"] in ("ok", "note") and names["credentials"] == "ok"
    since = aws.mark()
    policy = json.loads(world.run("doctor", "--iam-policy").out)
    assert aws.mark() == since, "a policy is printed without asking anybody"
    regional, everywhere = policy["Statement"]
    assert regional["Condition"] == {"StringEquals": {"aws:RequestedRegion": [PRIMARY, DR]}}
    actions = regional["Action"] + everywhere["Action"]
    assert actions == sorted(regional["Action"]) + sorted(everywhere["Action"]) and len(set(actions)) == len(actions)
    assert {"ec2:CreateVpc", "ec2:DeleteVpc", "ec2:AllocateAddress", "s3:CreateBucket", "s3:GetEncryptionConfiguration", "rds:SwitchoverGlobalCluster", "autoscaling:UpdateAutoScalingGroup"} <= set(actions)
    assert "sts:GetCallerIdentity" in everywhere["Action"] and "dynamodb:CreateTable" not in actions
    # Nothing that a plan, status and doctor ask is missing.
    since = aws.mark()
    for command in ("plan", "status", "doctor"):
        world.run(command, code=None)
    called = {f"{e['service']}:{e['operation']}" for e in aws.log(since) if e["service"] in ("ec2", "rds", "autoscaling")}
    assert {"ec2:DescribeVpcs", "rds:DescribeGlobalClusters"} <= called and not called - set(actions)


def addresses(aws: Emulator) -> None:
    for _ in range(4):
        aws.client("ec2", DR).allocate_address(Domain="vpc")


def test_overlap(world: Drplan, aws: Emulator) -> None:
    world.env["DRPLAN_VAR_Block"] = "10.8.128.0/17"
    world.apply()
    found = red(doctor(world, 1))
    assert "Vpc addresses" in found and "10.8.0.0/16 of Far in primary" in found["Vpc addresses"]["value"]
    assert "another CidrBlock" in found["Vpc addresses"]["remedy"]


def test_images_and_machines(world: Drplan, aws: Emulator) -> None:
    world.env["DRPLAN_VAR_Image"] = "ami-0123456789abcdef0"
    ec2 = aws.client("ec2", DR)
    offered = {o["InstanceType"] for page in ec2.get_paginator("describe_instance_type_offerings").paginate() for o in page["InstanceTypeOfferings"]}
    kind = next(k for k in ("u-24tb1.112xlarge", "p4de.24xlarge", "hpc6id.32xlarge", "cc2.8xlarge", "cr1.8xlarge", "m1.small") if k not in offered)
    world.env["DRPLAN_VAR_Kind"] = kind
    world.apply()
    found = red(doctor(world, 1))
    assert "image ami-0123456789abcdef0" in found and "copy the image" in found["image ami-0123456789abcdef0"]["remedy"]
    assert f"instance type {kind}" in found


def test_region_is_off_and_quota_is_used_up(world: Drplan, aws: Emulator) -> None:
    addresses(aws)
    aws.fault(operation="DescribeRegions", kind="error-code", code="UnauthorizedOperation", status=403)
    report = doctor(world)
    lines = {line["name"]: line for line in report["lines"] if line["target"] == "dr"}
    assert lines["region"]["level"] == "note" and "--iam-policy" in lines["region"]["remedy"]
    assert lines["Elastic IP addresses"]["level"] == "red" and "Service Quotas" in lines["Elastic IP addresses"]["remedy"], lines


def test_account_and_engine(world: Drplan, aws: Emulator) -> None:
    changed = stack()
    changed["Targets"]["dr"]["Account"] = "123456789012"
    world.write("stack.yaml", changed)
    world.apply()
    assert not red(doctor(world, 0))
    aws.fault(operation="GetCallerIdentity", kind="error-code", code="InvalidClientTokenId", message="The security token is invalid", status=403)
    found = red(doctor(world, 1))
    assert "answers" in found and "credentials" in found["answers"]["remedy"]


def test_dead_region(world: Drplan, aws: Emulator) -> None:
    aws.fault(region=PRIMARY, kind="drop-before")
    report = doctor(world, 1)
    aws.control("DELETE", "faults")
    assert report["took_ms"] < 6000
    assert red(report)["answers"]["target"] == "primary"
    assert any(line["name"] == "region" and line["target"] == "dr" and line["level"] == "ok" for line in report["lines"])
