"""drplan status against the emulator: quiet on a healthy stack, one red line with a remedy for each planted fault, and never
longer than six seconds, whatever does not answer."""
from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from conftest import TOP, Drplan, Emulator, Json, program
from test_failover import failback, failover
from test_verbs import DR, PRIMARY, aurora, group


def lookup(kind: str, target: str, **match: str) -> Json:
    return {"Type": kind, "Target": target, "Match": match}


def stack() -> Json:
    groups, clusters = "AWS::AutoScaling::AutoScalingGroup", "AWS::RDS::DBCluster"
    rule = {"Id": "to-primary", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::far-data"}}
    return {
        "Stack": "web", "Targets": {"primary": {"Region": PRIMARY, "Role": "primary"}, "dr": {"Region": DR, "Role": "recovery"}},
        "Defaults": {"Target": "dr"}, "Objectives": {"RTO": "15m", "RPO": "1m"},
        "Phases": [{"Name": "monitoring", "Gate": [{"Alarm": {"Of": "Lag", "Is": ["OK", "INSUFFICIENT_DATA"]}}]}],
        "Lookups": {
            "World": lookup("AWS::RDS::GlobalCluster", "dr", Id="world"),
            "PrimaryCluster": lookup(clusters, "primary", DBClusterIdentifier="primary-cluster"),
            "DrCluster": lookup(clusters, "dr", DBClusterIdentifier="dr-cluster"),
            "DrWriter": lookup("AWS::RDS::DBInstance", "dr", DBInstanceIdentifier="dr-1"),
            "PrimaryGroup": lookup(groups, "primary", AutoScalingGroupName="web"),
            "AppGroup": lookup(groups, "dr", AutoScalingGroupName="app"),
        },
        "Resources": {
            "Key": {"Type": "AWS::KMS::Key", "DeletionPolicy": "Delete", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}]}}},
            "Lag": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Namespace": "n", "MetricName": "lag", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}},
            "Endpoint": {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": {"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com", "Port": 80, "ResourcePath": "/"}}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}},
            "Data": {"Type": "AWS::S3::Bucket", "DependsOn": "Far", "Properties": {"BucketName": "dr-data", "VersioningConfiguration": {"Status": "Enabled"}, "ReplicationConfiguration": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Rules": [rule]}}},
            "Far": {"Type": "AWS::S3::Bucket", "Target": "primary", "Properties": {"BucketName": "far-data", "VersioningConfiguration": {"Status": "Enabled"}}},
            "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "app", "GenerateSecretString": {}}},
        },
        "Runbooks": {"failover": failover(), "failback": failback()},
    }


def built(drplan: Drplan, aws: Emulator) -> Drplan:
    aurora(aws)
    group(aws, "app", DR)
    group(aws, "web", PRIMARY, size=2)
    ec2 = aws.client("ec2", DR)
    network = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    way_out = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    balanced = aws.client("elbv2", DR).create_target_group(Name="app", Protocol="HTTP", Port=80, VpcId=network)["TargetGroups"][0]["TargetGroupArn"]
    content = stack()
    content["Lookups"] |= {"WayOut": lookup("AWS::EC2::NatGateway", "dr", NatGatewayId=way_out), "Balanced": lookup("AWS::ElasticLoadBalancingV2::TargetGroup", "dr", Id=balanced)}
    drplan.write("stack.yaml", content)
    drplan.apply()
    return drplan


@pytest.fixture
def world(drplan: Drplan, aws: Emulator) -> Drplan:
    return built(drplan, aws)


def status(drplan: Drplan, code: int | None = None, *args: str) -> Json:
    return json.loads(drplan.run("status", "-json", *args, code=code).out)


def red(report: Json) -> dict[str, Json]:
    return {line["name"]: line for line in report["lines"] if line["level"] == "red"}


def test_healthy(world: Drplan, aws: Emulator) -> None:
    since = aws.mark()
    report = status(world, 0)
    assert report["mode"] == "standby" and report["production"] == "primary"
    assert not red(report) and report["counts"]["red"] == report["counts"]["warn"] == 0, report["lines"]
    names = {line["name"] for line in report["lines"]}
    assert {"World writer", "DrCluster", "DrWriter", "AppGroup capacity", "Key", "Data replication to-primary", "Endpoint", "WayOut", "Balanced targets", "failover: EngineMatch World", "mode: promote"} <= names
    assert [t["answers"] for t in report["targets"]] == [True, True]
    assert not [e["operation"] for e in aws.log(since) if e.get("mutating")]
    text = world.run("status").out
    assert text.startswith("web  status  mode standby, production in primary") and "0 red" in text


def test_active(world: Drplan, aws: Emulator) -> None:
    world.run("failover", "--planned", "-auto-approve")
    report = status(world)
    assert report["mode"] == "active" and report["production"] == "dr"
    assert "mode: promote" not in red(report) and "last failover" not in red(report)
    # The old primary was fenced: no instances are right there, and would be wrong in dr.
    assert "PrimaryGroup capacity" not in red(report)


def recently() -> datetime:
    return datetime.now(timezone.utc) - timedelta(seconds=60)


def lag(aws: Emulator) -> None:
    aws.client("cloudwatch", DR).put_metric_data(Namespace="AWS/RDS", MetricData=[{"MetricName": "AuroraGlobalDBRPOLag", "Value": 90000, "Timestamp": recently(), "Dimensions": [{"Name": "DBClusterIdentifier", "Value": "dr-cluster"}]}])


def replication(aws: Emulator) -> None:
    dims = [{"Name": n, "Value": v} for n, v in {"SourceBucket": "dr-data", "DestinationBucket": "far-data", "RuleId": "to-primary"}.items()]
    aws.client("cloudwatch", DR).put_metric_data(Namespace="AWS/S3", MetricData=[{"MetricName": "ReplicationLatency", "Value": 3600, "Timestamp": recently(), "Dimensions": dims}, {"MetricName": "BytesPendingReplication", "Value": 5e9, "Timestamp": recently(), "Dimensions": dims}])


def switched(aws: Emulator) -> None:
    arn = aws.client("rds", DR).describe_db_clusters(DBClusterIdentifier="dr-cluster")["DBClusters"][0]["DBClusterArn"]
    aws.client("rds", PRIMARY).switchover_global_cluster(GlobalClusterIdentifier="world", TargetDbClusterIdentifier=arn)
    for _ in range(20):
        aws.client("rds", DR).describe_global_clusters(GlobalClusterIdentifier="world")


def key_deleted(aws: Emulator) -> None:
    kms = aws.client("kms", DR)
    for key in kms.list_keys()["Keys"]:
        kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)


def rule_off(aws: Emulator) -> None:
    s3 = aws.client("s3", DR)
    config = s3.get_bucket_replication(Bucket="dr-data")["ReplicationConfiguration"]
    config["Rules"][0]["Status"] = "Disabled"
    s3.put_bucket_replication(Bucket="dr-data", ReplicationConfiguration=config)


def headless(aws: Emulator) -> None:
    aws.client("rds", DR).delete_db_instance(DBInstanceIdentifier="dr-1", SkipFinalSnapshot=True)
    for _ in range(5):
        aws.client("rds", DR).describe_db_clusters()


def alarm_gone(aws: Emulator) -> None:
    cw = aws.client("cloudwatch", DR)
    cw.delete_alarms(AlarmNames=[a["AlarmName"] for a in cw.describe_alarms()["MetricAlarms"]])


def alarm_rings(aws: Emulator) -> None:
    cw = aws.client("cloudwatch", DR)
    for a in cw.describe_alarms()["MetricAlarms"]:
        cw.set_alarm_state(AlarmName=a["AlarmName"], StateValue="ALARM", StateReason="it is too much")


def check_gone(aws: Emulator) -> None:
    r53 = aws.client("route53", PRIMARY)
    for c in r53.list_health_checks()["HealthChecks"]:
        r53.delete_health_check(HealthCheckId=c["Id"])


def way_out_gone(aws: Emulator) -> None:
    ec2 = aws.client("ec2", DR)
    for gateway in ec2.describe_nat_gateways()["NatGateways"]:
        ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])


def unhealthy(aws: Emulator) -> None:
    target = "<Target><Id>i-1</Id><Port>80</Port></Target><TargetHealth><State>unhealthy</State><Reason>Target.Timeout</Reason></TargetHealth>"
    aws.fault(operation="DescribeTargetHealth", kind="answer", body="<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions><member>"
              f"{target}</member></TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>")


def checkers_complain(aws: Emulator) -> None:
    seen = "<HealthCheckObservation><Region>us-east-1</Region><IPAddress>192.0.2.1</IPAddress><StatusReport><Status>Failure: Connection timed out.</Status></StatusReport></HealthCheckObservation>"
    aws.fault(operation="GetHealthCheckStatus", kind="answer", body=f"<GetHealthCheckStatusResponse><HealthCheckObservations>{seen}</HealthCheckObservations></GetHealthCheckStatusResponse>")


Fault = tuple[str, Callable[[Emulator], object], str]
#: Those of a list are planted at once, since they do not hide each other.
ONE: list[Fault] = [
    ("DrCluster lag", lag, "describe-global-clusters"),
    ("Data replication to-primary", replication, "get-bucket-replication"),
    ("mode: promote", switched, "the state's mode and the world disagree"),
    ("Key", key_deleted, "cancel-key-deletion"),
    ("Lag", alarm_rings, "what the alarm watches"),
    ("Endpoint", check_gone, "drplan apply"),
    ("WayOut", way_out_gone, "drplan plan"),
    ("Balanced targets", unhealthy, "health path"),
    ("PrimaryGroup capacity", lambda aws: aws.client("autoscaling", PRIMARY).update_auto_scaling_group(AutoScalingGroupName="web", MinSize=0, DesiredCapacity=0), "raise DesiredCapacity"),
]
TWO: list[Fault] = [
    ("Data replication", rule_off, "drplan plan"),
    ("DrCluster instances", headless, "a headless cluster is not promoted"),
    ("DrWriter", lambda aws: None, "drplan apply"),                  # the instance that is missing above
    ("Lag", alarm_gone, "drplan apply"),
    ("Endpoint", checkers_complain, "get-health-check-status"),
    ("Data versioning", lambda aws: aws.client("s3", DR).put_bucket_versioning(Bucket="dr-data", VersioningConfiguration={"Status": "Suspended"}), "drplan apply"),
    ("AppGroup processes", lambda aws: aws.client("autoscaling", DR).suspend_processes(AutoScalingGroupName="app", ScalingProcesses=["Launch"]), "resume-processes"),
    ("Secret", lambda aws: aws.client("secretsmanager", DR).delete_secret(SecretId="app", RecoveryWindowInDays=7), "restore-secret"),
]


@pytest.fixture(scope="module")
def reports(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Json]]:
    """The red lines of each list."""
    found = []
    for faults in (ONE, TWO):
        emulator.reset()
        drplan = built(Drplan(tmp_path_factory.mktemp("status"), emulator.url), emulator)
        for _, plant, _ in faults:
            plant(emulator)
        found.append(red(status(drplan, 1)))
        emulator.control("DELETE", "faults")
        assert not emulator.violations()
    return found


@pytest.mark.parametrize("which, name, remedy", [(i, name, remedy) for i, faults in enumerate((ONE, TWO)) for name, _, remedy in faults])
def test_planted(reports: list[dict[str, Json]], which: int, name: str, remedy: str) -> None:
    assert name in reports[which] and remedy in reports[which][name]["remedy"], reports[which]


def test_nothing_else_is_red(reports: list[dict[str, Json]]) -> None:
    for found, faults in zip(reports, (ONE, TWO)):
        assert set(found) == {name for name, _, _ in faults}


@pytest.mark.parametrize("kind", ["drop-before", "hold-before"])
def test_dead_region(world: Drplan, aws: Emulator, kind: str) -> None:
    """It refuses, or says nothing at all."""
    aws.fault(region=PRIMARY, kind=kind)
    since = time.monotonic()
    report = status(world, 1)
    took = time.monotonic() - since
    aws.control("DELETE", "faults")
    print(f"a dead region: {took:.1f} s")
    assert took < 6, took
    assert [t["answers"] for t in report["targets"]] == [False, True]
    found = red(report)["answers"]
    assert found["target"] == "primary" and "drplan failover --unplanned" in found["remedy"]
    assert any(line["name"] == "DrCluster" and line["level"] == "ok" for line in report["lines"])


def test_unfinished_and_open(world: Drplan, aws: Emulator) -> None:
    """What is left of a run that failed is told without asking anybody."""
    broken = stack()
    broken["Resources"]["Second"] = {"Type": "AWS::SQS::Queue"}
    world.write("stack.yaml", broken)
    aws.fault(operation="CreateQueue", kind="error-code", code="AccessDenied", status=403)
    world.apply(code=1)
    found = red(status(world, 1))
    assert "drplan rollback" in found["last apply"]["remedy"]


def test_there_is_no_state(drplan: Drplan) -> None:
    assert "there is no state" in drplan.run("status", code=1).err


def test_members_are_those_of_the_page(sim: Drplan) -> None:
    sim.write("stack.yaml", {"Stack": "web", "Targets": {"dr": {"Region": DR}}, "Defaults": {"Target": "dr"}, "Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}})
    sim.apply()
    page = (TOP / "docs" / "readiness.md").read_text()
    for command in ("status", "doctor", "check"):
        report = json.loads(sim.run(command, "--sim", "-json", code=None).out)
        assert set(report) == {"stack", "mode", "production", "at", "took_ms", "counts", "targets", "lines"}
        assert set(report["counts"]) == {"red", "warn", "note", "ok"} and all(set(line) == {"level", "target", "name", "value", "remedy"} for line in report["lines"])
        assert set(report["targets"][0]) == {"name", "region"} | (set() if command == "check" else {"answers", "answered_ms"})
        for member in (*report, *(f"counts.{k}" for k in ("red",)), *(f"lines[].{k}" for k in report["lines"][0]), "targets[].answers", "targets[].answered_ms"):
            assert f"`{member}`" in page or member in ("counts", "targets", "lines"), member


def test_watch(sim: Drplan) -> None:
    """On a terminal the screen is cleared and holds the worst; elsewhere looks follow each other. Both end with a signal."""
    sim.write("stack.yaml", {"Stack": "web", "Targets": {"dr": {"Region": DR}}, "Defaults": {"Target": "dr"},
                             "Resources": {f"Alarm{i}": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}} for i in range(20)},
                             "Runbooks": {"drill": {"To": "dr", "Schedule": "rate(30 days)", "Steps": [{"Name": "look", "Wait": {"For": "1s"}}]}}})
    sim.apply()
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 60, 0, 0))
    process = subprocess.Popen([str(program()), "status", "--sim", "--watch"], cwd=sim.folder, env=sim.env | {"TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    while b"without --watch" not in seen:
        seen += os.read(ours, 65536)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    os.close(ours)
    screen = seen.decode()
    assert screen.startswith("\x1b[H\x1b[2J") and "\x1b[31m1 red" in screen
    lines = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", screen).splitlines()
    assert sum((len(line) + 59) // 60 or 1 for line in lines) <= 12 and lines[3].startswith("RED") and "last drill" in lines[3], lines
    assert lines[4].strip() == "-> `drplan drill`" and re.match(r"\.\.\. and \d+ more: ", lines[-1])
    follows = sim.start("status", "--sim", "--watch")
    assert follows.stdout and follows.stdout.readline().startswith("web  status")
    follows.send_signal(signal.SIGTERM)
    out = follows.stdout.read()
    assert follows.wait(10) == 143 and "\x1b" not in out and "Alarm19" in out
