"""drplan doctor against the emulator: what is planted is found, with its remedy; and the policy that it prints names what the
program was seen to call."""
from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from conftest import Drplan, Emulator, Json
from test_failover import failback, failover
from test_verbs import DR, PRIMARY, aurora, group


def stack() -> Json:
    def lookup(kind: str, target: str, **match: str) -> Json:
        return {"Type": kind, "Target": target, "Match": match}

    groups, clusters = "AWS::AutoScaling::AutoScalingGroup", "AWS::RDS::DBCluster"
    return {
        "Stack": "web", "Targets": {"primary": {"Region": PRIMARY, "Role": "primary"}, "dr": {"Region": DR, "Role": "recovery", "Account": "123456789012"}},
        "Defaults": {"Target": "dr"}, "Objectives": {"RTO": "15m", "RPO": "1m"},
        "Parameters": {"Block": {"Type": "String", "Default": "10.7.0.0/16"}, "Image": {"Type": "String"}, "Kind": {"Type": "String", "Default": "t3.micro"}, "Key": {"Type": "String"}, "Lock": {"Type": "String"}},
        "Lookups": {
            "World": lookup("AWS::RDS::GlobalCluster", "dr", Id="world"),
            "PrimaryCluster": lookup(clusters, "primary", DBClusterIdentifier="primary-cluster"),
            "DrCluster": lookup(clusters, "dr", DBClusterIdentifier="dr-cluster"),
            "DrWriter": lookup("AWS::RDS::DBInstance", "dr", DBInstanceIdentifier="dr-1"),
            "PrimaryGroup": lookup(groups, "primary", AutoScalingGroupName="web"),
            "AppGroup": lookup(groups, "dr", AutoScalingGroupName="app"),
        },
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Ref": "Block"}}},
            "Far": {"Type": "AWS::EC2::VPC", "Target": "primary", "Properties": {"CidrBlock": "10.8.0.0/16"}},
            "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}},
            "Template": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"ImageId": {"Ref": "Image"}, "InstanceType": {"Ref": "Kind"}}}},
            "Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "data", "VersioningConfiguration": {"Status": "Enabled"},
                                                              "BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Ref": "Key"}}}]}}},
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": {"Ref": "Lock"}}},
        },
        "Runbooks": {"failover": failover(), "failback": failback()},
    }


def keys(aws: Emulator, region: str) -> str:
    return aws.client("kms", region).create_key()["KeyMetadata"]["Arn"]


def operator(aws: Emulator, drplan: Drplan) -> None:
    """A role with a policy that allows everything; drplan comes as that role."""
    iam = aws.client("iam", PRIMARY)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    role = iam.create_role(RoleName="operator", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}))
    iam.put_role_policy(RoleName="operator", PolicyName="all", PolicyDocument=json.dumps(policy))
    got = aws.client("sts", DR).assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="mara")["Credentials"]
    drplan.env |= {"AWS_ACCESS_KEY_ID": got["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": got["SecretAccessKey"], "AWS_SESSION_TOKEN": got["SessionToken"]}


def built(drplan: Drplan, aws: Emulator) -> Drplan:
    aurora(aws)
    group(aws, "app", DR)
    group(aws, "web", PRIMARY, size=2)
    operator(aws, drplan)
    drplan.write("stack.yaml", stack())
    drplan.env |= {"DRPLAN_VAR_Image": aws.client("ec2", DR).describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
                   "DRPLAN_VAR_Key": keys(aws, DR), "DRPLAN_VAR_Lock": keys(aws, DR)}
    drplan.apply()
    return drplan


@pytest.fixture
def world(drplan: Drplan, aws: Emulator) -> Drplan:
    return built(drplan, aws)


def doctor(drplan: Drplan, code: int | None = None) -> Json:
    return json.loads(drplan.run("doctor", "-json", code=code).out)


def calm(drplan: Drplan) -> Json:
    """Asked again where a loaded machine took longer than a question may take."""
    for _ in range(4):
        report = doctor(drplan)
        if not any("does not answer" in line["value"] for line in report["lines"]):
            break
    return report


def red(report: Json) -> dict[str, Json]:
    return {line["name"]: line for line in report["lines"] if line["level"] == "red"}


def test_healthy_and_policy(world: Drplan, aws: Emulator) -> None:
    since = aws.mark()
    report = calm(world)
    assert not red(report)
    assert not [e["operation"] for e in aws.log(since) if e.get("mutating")]
    names = {line["name"]: line["level"] for line in report["lines"]}
    assert names["clock"] == names["region"] == names["Vpc addresses"] == names["instance type t3.micro"] == "ok", report
    assert names["Elastic IP addresses"] == names["credentials"] == "ok"
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


# --- planted faults: one world, looked at five times ---

SKEWED = {"Date": format_datetime(datetime.now(timezone.utc) + timedelta(minutes=10), usegmt=True)}


def plant(drplan: Drplan, aws: Emulator) -> None:
    ec2 = aws.client("ec2", DR)
    offered = {o["InstanceType"] for page in ec2.get_paginator("describe_instance_type_offerings").paginate() for o in page["InstanceTypeOfferings"]}
    drplan.env |= {"DRPLAN_VAR_Block": "10.8.128.0/17", "DRPLAN_VAR_Image": "ami-0123456789abcdef0", "DRPLAN_VAR_Key": keys(aws, PRIMARY),
                   "DRPLAN_VAR_Kind": next(k for k in ("u-24tb1.112xlarge", "p4de.24xlarge", "hpc6id.32xlarge", "cc2.8xlarge", "cr1.8xlarge", "m1.small") if k not in offered)}
    drplan.apply()
    aws.client("kms", DR).disable_key(KeyId=drplan.env["DRPLAN_VAR_Lock"].rsplit("/", 1)[1])
    for _ in range(5 - len(ec2.describe_addresses()["Addresses"])):
        ec2.allocate_address(Domain="vpc")
    for n in range(5 - len(ec2.describe_vpcs()["Vpcs"])):
        ec2.create_vpc(CidrBlock=f"10.{100 + n}.0.0/16")
    aws.client("rds", DR).modify_db_cluster(DBClusterIdentifier="dr-cluster", EngineVersion="8.0.mysql_aurora.3.05.2", ApplyImmediately=True)
    aws.client("iam", PRIMARY).put_role_policy(RoleName="operator", PolicyName="less", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "rds:SwitchoverGlobal*", "Resource": "*"}]}))
    region = f"<DescribeRegionsResponse><requestId>r</requestId><regionInfo><item><regionName>{DR}</regionName><optInStatus>not-opted-in</optInStatus></item></regionInfo></DescribeRegionsResponse>"
    for operation, body in (("DescribeRegions", region), ("DescribeDBEngineVersions", rds_answer("DescribeDBEngineVersions", "DBEngineVersions")),
                            ("DescribeOrderableDBInstanceOptions", rds_answer("DescribeOrderableDBInstanceOptions", "OrderableDBInstanceOptions"))):
        aws.fault(operation=operation, region=DR, kind="answer", body=body, headers=SKEWED)
    aws.fault(kind="answer", headers=SKEWED)


def rds_answer(operation: str, empty: str) -> str:
    return f"<{operation}Response><{operation}Result><{empty}/></{operation}Result></{operation}Response>"


def stranger(drplan: Drplan, aws: Emulator) -> None:
    who = "<UserId>1</UserId><Account>999999999999</Account><Arn>arn:aws:iam::999999999999:root</Arn>"
    aws.fault(operation="GetCallerIdentity", region=DR, kind="answer", body=f"<GetCallerIdentityResponse><GetCallerIdentityResult>{who}</GetCallerIdentityResult></GetCallerIdentityResponse>")


def invalid(drplan: Drplan, aws: Emulator) -> None:
    """What a region answers that is not turned on: another one knows that."""
    aws.fault(region=DR, kind="error-code", code="AuthFailure", message="AWS was not able to validate the provided access credentials", status=401)


def soon_over(drplan: Drplan, aws: Emulator) -> None:
    """Credentials of a program that end soon; and nobody may simulate."""
    ends = (datetime.now(timezone.utc) + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    got = {"Version": 1, "AccessKeyId": drplan.env.pop("AWS_ACCESS_KEY_ID"), "SecretAccessKey": drplan.env.pop("AWS_SECRET_ACCESS_KEY"), "SessionToken": drplan.env.pop("AWS_SESSION_TOKEN"), "Expiration": ends}
    path = drplan.write("keys.json", json.dumps(got))
    drplan.write("home/.aws/config", f"[default]\ncredential_process = cat {path}\nsts_regional_endpoints = legacy\n")
    aws.fault(operation="SimulatePrincipalPolicy", kind="error-code", code="AccessDenied", message="not you", status=403)


def signed_in(drplan: Drplan, aws: Emulator) -> None:
    """The recovery profile is a role on top of one that signs in where production runs."""
    drplan.write("home/.aws/config", f"""[default]
role_arn = arn:aws:iam::123456789012:role/operator
source_profile = people
[profile people]
sso_session = home
sso_account_id = 123456789012
sso_role_name = admin
[sso-session home]
sso_start_url = https://home.awsapps.com/start
sso_region = {PRIMARY}
""")


@pytest.fixture(scope="module")
def reports(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    emulator.reset()
    drplan = built(Drplan(tmp_path_factory.mktemp("doctor"), emulator.url), emulator)
    found = {"healthy": calm(drplan)}
    for faults in (plant, stranger, invalid, soon_over, signed_in):
        faults(drplan, emulator)
        found[faults.__name__] = calm(drplan)
        emulator.control("DELETE", "faults")
        if faults is plant:              # what is left of it would be told of again
            emulator.client("iam", PRIMARY).delete_role_policy(RoleName="operator", PolicyName="less")
    assert not emulator.violations()
    return found


@pytest.mark.parametrize("report, level, name, value, remedy", [
    ("plant", "red", "Vpc addresses", "10.8.0.0/16 of Far in primary", "another CidrBlock"),
    ("plant", "red", "image ami-0123456789abcdef0", "is not there", "copy the image"),
    ("plant", "red", "instance type ", "is not offered in us-west-2", "name a type that this region has"),
    ("plant", "red", "Elastic IP addresses", "5 are in use, 5 are allowed", "Service Quotas"),
    ("plant", "red", "VPCs", "5 are in use, 5 are allowed", "Service Quotas"),
    ("plant", "red", "region", "us-west-2 is not enabled", "turn the region on"),
    ("plant", "red", "clock", "behind AWS's", "NTP"),
    ("plant", "red", "DrCluster engine", "is not offered in us-west-2", "upgrade both sides"),
    ("plant", "red", "DrWriter class", "db.r6g.large is not offered", "name a class"),
    ("plant", "red", "Data key", "a key of us-east-1", "AWS::KMS::ReplicaKey"),
    ("plant", "red", "Topic key", "is Disabled", "enable-key"),
    ("plant", "red", "permissions", "not rds:SwitchoverGlobalCluster", "drplan doctor --iam-policy"),
    ("plant", "red", "failover: EngineMatch World", "3.05.2", "would stop a failover"),
    ("stranger", "red", "answers", "answers as account 999999999999", "Profile and Role"),
    ("stranger", "warn", "identity", "root user", "use a role"),
    ("invalid", "red", "answers", "validate the provided access credentials", "has the region turned on"),
    ("invalid", "ok", "region", "us-west-2 is enabled", ""),
    ("soon_over", "warn", "credentials", "end in ", "get new ones"),
    ("soon_over", "warn", "credentials' source", "legacy", "AWS_STS_REGIONAL_ENDPOINTS"),
    ("soon_over", "note", "credentials' source", "a program", "leaves"),
    ("soon_over", "note", "permissions", "could not be asked: AccessDenied", "--iam-policy"),
    ("signed_in", "red", "credentials' source", "IAM Identity Center in us-east-1", "could not sign in"),
])
def test_planted(reports: dict[str, Json], report: str, level: str, name: str, value: str, remedy: str) -> None:
    """Each is found in the recovery region, with what to do about it; the healthy stack says nothing of the kind."""
    def lines(of: str) -> list[Json]:
        return [line for line in reports[of]["lines"] if line["target"] == "dr" and line["name"].startswith(name)]

    assert [line for line in lines(report) if line["level"] == level and value in line["value"] and remedy in line["remedy"]], "\n".join(map(str, reports[report]["lines"]))
    assert not [line for line in lines("healthy") if line["level"] not in ("ok",)], lines("healthy")


def test_quiet(reports: dict[str, Json]) -> None:
    healthy = reports["healthy"]
    assert [line for line in healthy["lines"] if line["level"] in ("red", "warn")] == []
    said = {line["name"]: line["value"] for line in healthy["lines"] if line["target"] == "dr"}
    assert said["permissions"].endswith("actions are allowed") and said["credentials' source"] == "keys, which need no region"
    assert said["DrCluster engine"].endswith("is offered") and said["DrWriter class"] == "db.r6g.large is offered"
    assert said["Data key"].endswith("is Enabled") and said["clock"]
    # What was planted, and what comes of it, and nothing else.
    levels = {line["name"] for line in reports["plant"]["lines"] if line["level"] in ("red", "warn") and line["target"] == "primary"}
    assert levels <= {"clock", "permissions", "Far addresses"}, levels


def test_dead_region(world: Drplan, aws: Emulator) -> None:
    aws.fault(region=PRIMARY, kind="drop-before")
    report = doctor(world, 1)
    aws.control("DELETE", "faults")
    print(f"a dead region: {report['took_ms']} ms")
    assert report["took_ms"] < 6000
    assert red(report)["answers"]["target"] == "primary"
    assert any(line["name"] == "region" and line["target"] == "dr" and line["level"] == "ok" for line in report["lines"])
