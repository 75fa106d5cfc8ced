"""Verbs and probes of runbooks against the emulator, through tests/drive; boto3 makes the world and reads it back."""
from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from conftest import KEY, SECRET, TOP, Emulator, program

Json = dict[str, Any]
PRIMARY, DR = "us-east-1", "us-west-2"
TARGETS = {"primary": PRIMARY, "dr": DR}
LIBS = next(line.partition("=")[2].split() for line in (TOP / "Makefile").read_text().splitlines() if line.startswith("LIBS "))


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drive") / "drive"
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-I", str(TOP), "-o", str(path), str(TOP / "tests/drive/drive.c"), str(program().parent / "libdrplan.a"), *LIBS], check=True)
    return path


class Aws:
    """The provider, asked for verbs and probes one at a time."""

    def __init__(self, driver: Path, emulator: Emulator) -> None:
        self.driver, self.emulator = driver, emulator
        self.env = {"AWS_ENDPOINT_URL": emulator.url, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": DR, "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"}

    def start(self, kind: str, name: str, target: str = "dr", timeout: int = 20000, **args: Any) -> subprocess.Popen[str]:
        work = {"kind": kind, "name": name, "address": "step", "targets": TARGETS, "target": target, "timeout": timeout}
        work |= {k[1:]: args.pop(k) for k in list(args) if k.startswith("_")}
        process = subprocess.Popen([str(self.driver)], env=self.env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdin
        process.stdin.write(json.dumps(work | {"desired": args}) + "\n")
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, kind: str, name: str, target: str = "dr", timeout: int = 20000, **args: Any) -> Json:
        out, err = self.start(kind, name, target, timeout, **args).communicate(timeout=60)
        assert out, err
        return json.loads(out)

    def probe(self, name: str, target: str = "dr", **args: Any) -> Json:
        answer = self.run("probe", name, target, **args)
        assert answer["ok"], json.dumps(answer)
        return answer["result"]

    def verb(self, name: str, target: str = "dr", timeout: int = 20000, **args: Any) -> Json:
        answer = self.run("verb", name, target, timeout, **args)
        assert answer["ok"], json.dumps(answer)
        return answer["result"]

    def refused(self, name: str, target: str = "dr", timeout: int = 20000, **args: Any) -> str:
        answer = self.run("verb", name, target, timeout, **args)
        assert not answer["ok"], answer
        return answer["error"]


@pytest.fixture
def aws(driver: Path, emulator: Emulator) -> Iterator[Aws]:
    emulator.reset()
    yield Aws(driver, emulator)
    assert emulator.violations() == []


def resource(ident: str, target: str = "dr", address: str | None = None, **attrs: Any) -> Json:
    return {"Address": address or ident, "Id": ident, "Target": target, "Attrs": attrs, "Props": {}}


# --------------------------------------------------------------------------- probes
def test_names_and_arguments_are_checked(aws: Aws) -> None:
    assert aws.refused("Teleport") == "Teleport is not supported yet"
    assert "there is no argument 'Topik'" in aws.refused("Notify", Topic="t", Subject="s", Topik="x")
    assert "Topic must be given" in aws.refused("Notify", Subject="s")
    assert "Min must be a whole number" in aws.refused("Capacity", Of="g", Min="many")
    assert aws.emulator.log() == []


def test_credentials(aws: Aws) -> None:
    since = aws.emulator.mark()
    seen = aws.probe("Credentials", "primary", Target="dr", Account="123456789012")
    assert seen["Holds"] and seen["Value"]["Account"] == "123456789012"
    assert [e["region"] for e in aws.emulator.log(since)] == [DR]
    other = aws.probe("Credentials", Target="dr", Account="210987654321")
    assert not other["Holds"] and other["Never"] and "not 210987654321" in other["Detail"]


def put(e: Emulator, value: float, ago: int = 60, **dims: str) -> None:
    e.client("cloudwatch", DR).put_metric_data(Namespace="AWS/RDS", MetricData=[{"MetricName": "Lag", "Value": value, "Dimensions": [{"Name": k, "Value": v} for k, v in dims.items()], "Timestamp": datetime.now(timezone.utc) - timedelta(seconds=ago)}])


def test_metric(aws: Aws) -> None:
    about: Json = {"Namespace": "AWS/RDS", "MetricName": "Lag", "Dimensions": {"Cluster": "dr"}, "Stat": "Maximum", "Period": "1m"}
    empty = aws.probe("Metric", Below="5000", **about)
    assert not empty["Holds"] and not empty["Never"] and "no data" in empty["Detail"] and "Value" not in empty
    put(aws.emulator, 9000, 240, Cluster="dr")
    put(aws.emulator, 4000, 60, Cluster="dr")
    put(aws.emulator, 99000, 30, Cluster="other")
    seen = aws.probe("Metric", Below="5000", **about)
    assert seen["Holds"] and seen["Value"] == 4000
    assert aws.probe("Metric", Scale="0.001", AtMost="4", **about)["Value"] == 4
    assert not aws.probe("Metric", Above="4000", **about)["Holds"]
    assert not aws.probe("Metric", AtLeast="1", Below="4000", **about)["Holds"]
    assert aws.probe("Metric", **about)["Holds"]


def test_alarm(aws: Aws) -> None:
    cw = aws.emulator.client("cloudwatch", DR)
    for name in ("lag", "errors"):
        cw.put_metric_alarm(AlarmName=name, Namespace="n", MetricName=name, Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold")
    cw.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="r")
    assert aws.probe("Alarm", Of=resource("lag"), Is="OK")["Holds"]
    both = aws.probe("Alarm", Of=[resource("lag"), resource("errors", address="Errors")], Is="OK")
    assert not both["Holds"] and "Errors is ALARM" in both["Detail"]
    assert aws.probe("Alarm", Of=[resource("lag"), resource("errors")], Is=["OK", "ALARM"])["Holds"]
    gone = aws.probe("Alarm", Of=resource("none"), Is="OK")
    assert not gone["Holds"] and gone["Never"]


def switch(e: Emulator, name: str = "switch") -> str:
    e.client("cloudwatch", DR).put_metric_alarm(AlarmName=name, Namespace="DR/app", MetricName="FailedOver", Statistic="Maximum", Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="ignore")
    return e.client("route53", PRIMARY).create_health_check(CallerReference=name, HealthCheckConfig={"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Region": DR, "Name": name}, "InsufficientDataHealthStatus": "LastKnownStatus"})["HealthCheck"]["Id"]


def test_health_check(aws: Aws) -> None:
    r53, cw = aws.emulator.client("route53", PRIMARY), aws.emulator.client("cloudwatch", DR)
    thrown = switch(aws.emulator)
    endpoint = r53.create_health_check(CallerReference="e", HealthCheckConfig={"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com", "Port": 80, "ResourcePath": "/"})["HealthCheck"]["Id"]
    upside = r53.create_health_check(CallerReference="i", HealthCheckConfig={"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com", "Port": 80, "ResourcePath": "/", "Inverted": True})["HealthCheck"]["Id"]
    both = r53.create_health_check(CallerReference="b", HealthCheckConfig={"Type": "CALCULATED", "ChildHealthChecks": [thrown, endpoint], "HealthThreshold": 2})["HealthCheck"]["Id"]
    healthy = {n: aws.probe("HealthCheck", Of=resource(n), Is="healthy")["Holds"] for n in (thrown, endpoint, upside, both)}
    assert list(healthy.values()) == [True, True, False, True]
    cw.put_metric_data(Namespace="DR/app", MetricData=[{"MetricName": "FailedOver", "Value": 1}])
    assert aws.probe("HealthCheck", Of=[resource(thrown), resource(both)], Is="unhealthy")["Holds"]


# --------------------------------------------------------------------------- Aurora
def aurora(e: Emulator, headless: bool = False, version: str = "8.0.mysql_aurora.3.04.0") -> dict[str, Json]:
    """A global database with its writer in the primary region."""
    arns = {}
    e.client("rds", PRIMARY).create_global_cluster(GlobalClusterIdentifier="world", Engine="aurora-mysql", EngineVersion="8.0.mysql_aurora.3.04.0")
    for name, region in TARGETS.items():
        rds = e.client("rds", region)
        more: Json = {"MasterUsername": "admin", "MasterUserPassword": "not-a-secret1"} if name == "primary" else {}
        arns[name] = rds.create_db_cluster(DBClusterIdentifier=f"{name}-cluster", Engine="aurora-mysql", EngineVersion="8.0.mysql_aurora.3.04.0" if more else version, GlobalClusterIdentifier="world", **more)["DBCluster"]["DBClusterArn"]
        if more or not headless:
            rds.create_db_instance(DBInstanceIdentifier=f"{name}-1", DBClusterIdentifier=f"{name}-cluster", Engine="aurora-mysql", DBInstanceClass="db.r6g.large")
    return {"Global": resource("world"), **{n: resource(f"{n}-cluster", n, DBClusterArn=a) for n, a in arns.items()}}


def writer(e: Emulator, region: str = DR) -> str:
    members = e.client("rds", region).describe_global_clusters(GlobalClusterIdentifier="world")["GlobalClusters"][0]["GlobalClusterMembers"]
    return next(m["DBClusterArn"] for m in members if m["IsWriter"])


def test_aurora_probes(aws: Aws) -> None:
    a = aurora(aws.emulator)
    assert aws.probe("Writer", Of=a["Global"], Is=a["primary"])["Holds"]
    assert not aws.probe("Writer", Of=a["Global"], Is=a["dr"])["Holds"]
    assert not aws.probe("PromoteAurora", Global=a["Global"], To=a["dr"])["Holds"]
    assert aws.probe("Writer", Of=a["Global"], Is=resource("primary-cluster", "primary"))["Holds"]        # without its ARN
    assert aws.probe("Writer", Of=a["Global"], Is=resource("stranger"))["Never"]
    assert aws.probe("Member", Of=a["Global"], Cluster=a["dr"], Is="available")["Holds"]
    match = aws.probe("EngineMatch", Of=a["Global"])
    assert match["Holds"] and "primary-cluster in us-east-1 has 8.0.mysql_aurora.3.04.0" in match["Detail"]


def test_engine_match_sees_another_release(aws: Aws) -> None:
    a = aurora(aws.emulator, version="8.0.mysql_aurora.3.05.2")
    assert not aws.probe("EngineMatch", Of=a["Global"])["Holds"]
    since = aws.emulator.mark()
    assert not aws.probe("EngineMatch", Of=a["Global"], _unplanned=True)["Holds"]
    assert {x["region"] for x in aws.emulator.log(since)} == {DR}


# --------------------------------------------------------------------------- servers
def servers(e: Emulator, n: int = 2, tier: str = "web", region: str = DR, **more: Any) -> list[str]:
    e.client("drs", region).initialize_service()
    return [e.control("POST", "drs/source-servers", {"region": region, "hostname": f"{tier}-{i}", "tags": {"Project": "app", "Tier": tier}, **more})["sourceServerID"] for i in range(n)]


def test_replication(aws: Aws) -> None:
    choice = {"Tags": {"Project": "app"}}
    assert "have these tags" in (servers(aws.emulator, 0) or aws.probe("Replication", Servers=choice, Is="CONTINUOUS"))["Detail"]
    servers(aws.emulator, 2, lag="PT12.5S")
    servers(aws.emulator, 1, "db", lag="PT1M30S", state="BACKLOG")
    seen = aws.probe("Replication", Servers=choice, Is="CONTINUOUS", LagBelow="60s", AtLeast="1")
    assert not seen["Holds"] and "2 of 3 servers; db-0 is BACKLOG, lag PT1M30S" == seen["Detail"]
    assert aws.probe("Replication", Servers={"Tags": {"Tier": "web"}}, Is="CONTINUOUS", LagBelow="60s")["Holds"]
    assert not aws.probe("Replication", Servers={"Tags": {"Tier": "web"}}, LagBelow="12s")["Holds"]
    assert not aws.probe("Replication", Servers=choice, AtLeast="4")["Holds"]
    assert aws.probe("Replication", Servers=choice, Value="LagDuration")["Value"] == 90


def function(e: Emulator) -> str:
    role = e.client("iam", PRIMARY).create_role(RoleName="probe", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
    return e.client("lambda", DR).create_function(FunctionName="probe", Runtime="python3.12", Role=role, Handler="index.handler", Code={"ZipFile": b"PK\x05\x06" + bytes(18)})["FunctionArn"]


def test_invoke_probe(aws: Aws) -> None:
    arn = function(aws.emulator)
    said = {"status": 200, "writable": True, "rows": 7}        # the emulator's functions answer what they were asked
    good = aws.probe("Invoke", "primary", Function=arn, Payload=said, Expect={"status": 200, "writable": True, "rows_at_least": 1})
    assert good["Holds"] and good["Value"] == said
    bad = aws.probe("Invoke", Function=resource("probe"), Payload=said, Expect={"rows_below": 7})
    assert not bad["Holds"] and "rows_below" in bad["Detail"]
    assert aws.verb("Invoke", Function=arn, Payload=said, Expect={"status": "200"})["Value"]["rows"] == 7
    assert "other than expected" in aws.refused("Invoke", Function=arn, Payload=said, Expect={"status": 500})


def test_tcp_asks_a_function_inside(aws: Aws) -> None:
    e = aws.emulator
    arn = function(e)
    choice: Json = {"Tags": {"Tier": "db"}}
    servers(e, 2, "db")
    servers(e, 1, "web")

    def seen(**args: Any) -> Json:
        args = {"Servers": choice, "Port": "5432", "From": resource(arn), **args}
        return aws.probe("Tcp", "primary", **{k: v for k, v in args.items() if v})
    since = e.mark()
    assert seen()["Detail"] == "db-0 is not launched"
    aws.verb("Recover", Target="dr", Servers=choice, Drill=True)
    assert seen()["Detail"] == "db-0 is not launched"          # a drill is nobody's database
    assert e.calls(since)["Invoke"] == 0
    aws.verb("Recover", Target="dr", Servers=choice)
    ids = [r["ec2InstanceID"] for r in recoveries(e) if not r["isDrill"]]
    hosts = [i["PrivateIpAddress"] for r in e.client("ec2", DR).describe_instances(InstanceIds=ids)["Reservations"] for i in r["Instances"]]
    asked = seen()["Detail"]                                    # the emulator's functions answer what they were asked
    said = json.loads(asked.removeprefix("the function answered "))
    assert said == {"Action": "tcp", "Hosts": said["Hosts"], "Port": 5432} and sorted(said["Hosts"]) == sorted(hosts) and len(hosts) == 2
    e.functions_answer(DR, {"ok": False, "answers": {hosts[0]: "refused"}}, {"ok": True}, {"ok": True})
    refused = seen()
    assert not refused["Holds"] and "refused" in refused["Detail"]
    assert seen()["Holds"] and seen(Servers=None, Host="10.0.0.9")["Holds"]
    e.client("ec2", DR).stop_instances(InstanceIds=ids[:1])
    assert seen()["Detail"] == "1 of 2 servers run"
    assert "Port must be" in seen(Port="65536")["Detail"] and "either" in seen(Host="10.0.0.9")["Detail"]
    assert "no server" in seen(Servers={"Tags": {"Tier": "mail"}})["Detail"]


# --------------------------------------------------------------------------- steps
def test_notify(aws: Aws) -> None:
    e = aws.emulator
    topic = e.client("sns", DR).create_topic(Name="alerts")["TopicArn"]
    queue = e.client("sqs", DR).create_queue(QueueName="seen")["QueueUrl"]
    e.client("sns", DR).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{DR}:123456789012:seen")
    aws.verb("Notify", "primary", Topic=topic, Subject="It’s on\nnow " + "x" * 200, _op="00000000-0000-4000-8000-000000000007")
    body = json.loads(e.client("sqs", DR).receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert body["MessageAttributes"]["drplan-op"]["Value"] == "00000000-0000-4000-8000-000000000007"
    assert len(body["Subject"]) == 99 and "now x" in body["Subject"]


def group(e: Emulator, name: str = "app", region: str = DR, size: int = 0, targets: bool = False) -> Json:
    ec2, scaling = e.client("ec2", region), e.client("autoscaling", region)
    subnet = ec2.describe_subnets()["Subnets"][0]
    ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"ImageId": ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "name", "Values": ["amzn2*"]}])["Images"][0]["ImageId"], "InstanceType": "t3.medium"})
    arns = [e.client("elbv2", region).create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=subnet["VpcId"])["TargetGroups"][0]["TargetGroupArn"]] if targets else []
    scaling.create_auto_scaling_group(AutoScalingGroupName=name, MinSize=size, MaxSize=6, DesiredCapacity=size, VPCZoneIdentifier=subnet["SubnetId"], LaunchTemplate={"LaunchTemplateName": name}, TargetGroupARNs=arns)
    return {"Of": resource(name, next(k for k, v in TARGETS.items() if v == region), "AppGroup")} | ({"Healthy": resource(arns[0])} if arns else {})


def capacity(e: Emulator, name: str = "app", region: str = DR) -> tuple[int, int, int]:
    g = e.client("autoscaling", region).describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    return g["MinSize"], g["MaxSize"], g["DesiredCapacity"]


def test_capacity(aws: Aws) -> None:
    about = group(aws.emulator, targets=True)
    found = aws.probe("Capacity", "primary", **about, Min=3, Desired=3)
    assert not found["Holds"] and found["Value"] == {"Min": 0, "Max": 6, "Desired": 0}
    aws.verb("Capacity", "primary", **about, Min="3", Desired="3")
    assert capacity(aws.emulator) == (3, 6, 3)
    since = aws.emulator.mark()
    assert "3 healthy targets" in aws.verb("Capacity", **about, Min="3", Desired="3", _again=True)["Detail"]
    assert "UpdateAutoScalingGroup" not in aws.emulator.calls(since)
    aws.verb("Capacity", Of=about["Of"], **found["Value"])
    assert capacity(aws.emulator) == (0, 6, 0)
    assert "there is no Auto Scaling group none in dr" in aws.refused("Capacity", Of="none", Min=1)


def test_capacity_waits_for_healthy_targets(aws: Aws) -> None:
    about = group(aws.emulator, targets=True)
    empty = empty_targets(aws.emulator)
    begun = time.monotonic()
    late = aws.refused("Capacity", Of=about["Of"], Healthy=empty, Min=2, Desired=2, timeout=3000)
    assert late.startswith("timed out after") and "0 of 2 targets are healthy" in late
    assert 2 < time.monotonic() - begun < 4
    assert capacity(aws.emulator) == (2, 6, 2)


def empty_targets(e: Emulator) -> Json:
    vpc = e.client("ec2", DR).describe_vpcs()["Vpcs"][0]["VpcId"]
    return resource(e.client("elbv2", DR).create_target_group(Name="empty", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"])


def test_an_interrupt_ends_the_wait(aws: Aws) -> None:
    about, none = group(aws.emulator), empty_targets(aws.emulator)
    process = aws.start("verb", "Capacity", timeout=60000, Of=about["Of"], Healthy=none, Desired=2, Max=2)
    deadline = time.monotonic() + 20
    while "UpdateAutoScalingGroup" not in aws.emulator.calls() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.terminate()
    begun = time.monotonic()
    answer = json.loads(process.communicate(timeout=20)[0])
    assert answer["code"] == "Interrupted" and time.monotonic() - begun < 5, answer
    assert capacity(aws.emulator) == (0, 2, 2)


def test_a_dead_region_costs_its_timeout_and_no_more(aws: Aws) -> None:
    about = group(aws.emulator, region=PRIMARY, size=2)
    aws.emulator.fault(kind="drop-before", region=PRIMARY)
    begun = time.monotonic()
    answer = aws.run("verb", "Capacity", timeout=3000, **about, Min=0, Desired=0, Wait=False)
    assert not answer["ok"] and time.monotonic() - begun < 5, (answer, aws.emulator.log())


# --------------------------------------------------------------------------- Aurora's verb
def where(e: Emulator, since: int, *operations: str) -> list[tuple[str, str]]:
    return [(x["operation"], x["region"]) for x in e.log(since) if x["operation"] in operations]


MOVES = ("SwitchoverGlobalCluster", "FailoverGlobalCluster")


def test_switchover_is_called_where_the_writer_is(aws: Aws) -> None:
    a, since = aurora(aws.emulator), aws.emulator.mark()
    done = aws.verb("PromoteAurora", Global=a["Global"], To=a["dr"])
    assert done["Value"]["Writer"] == a["dr"]["Attrs"]["DBClusterArn"] == writer(aws.emulator)
    assert where(aws.emulator, since, *MOVES) == [("SwitchoverGlobalCluster", PRIMARY)]
    aws.verb("PromoteAurora", Global=a["Global"], To=a["dr"], _again=True)
    assert len(where(aws.emulator, since, *MOVES)) == 1
    aws.verb("PromoteAurora", "primary", Global=a["Global"], To=a["primary"], Planned=True, _unplanned=True)
    assert where(aws.emulator, since, *MOVES)[1:] == [("SwitchoverGlobalCluster", DR)]
    assert writer(aws.emulator) == a["primary"]["Attrs"]["DBClusterArn"]


def test_failover_needs_nothing_of_the_dead_region(aws: Aws) -> None:
    a = aurora(aws.emulator)
    aws.emulator.fault(kind="drop-before", region=PRIMARY)
    since = aws.emulator.mark()
    aws.verb("PromoteAurora", Global=a["Global"], To=a["dr"], _unplanned=True)
    assert where(aws.emulator, since, *MOVES) == [("FailoverGlobalCluster", DR)]
    assert {x["region"] for x in aws.emulator.log(since)} == {DR}
    assert writer(aws.emulator) == a["dr"]["Attrs"]["DBClusterArn"]


def test_promotion_whose_answer_was_lost_happens_once(aws: Aws) -> None:
    a, since = aurora(aws.emulator), aws.emulator.mark()
    aws.emulator.fault(kind="drop-after", operation="SwitchoverGlobalCluster", times=1)
    aws.verb("PromoteAurora", Global=a["Global"], To=a["dr"])
    assert len(where(aws.emulator, since, *MOVES)) == 1 and writer(aws.emulator) == a["dr"]["Attrs"]["DBClusterArn"]


@pytest.mark.parametrize("more, words", [({"headless": True}, "has no instance that could write"), ({"version": "8.0.mysql_aurora.3.05.2"}, "detach and promote")])
def test_promotion_that_must_fail_is_refused_before_it_starts(aws: Aws, more: Json, words: str) -> None:
    a, since = aurora(aws.emulator, **more), aws.emulator.mark()
    assert words in aws.refused("PromoteAurora", Global=a["Global"], To=a["dr"])
    assert where(aws.emulator, since, *MOVES) == []


# --------------------------------------------------------------------------- servers: recovery and the way back
APP: Json = {"Tags": {"Project": "app"}}


def recoveries(e: Emulator, region: str = DR) -> list[Json]:
    return e.client("drs", region).describe_recovery_instances()["items"]


def test_recover_by_tiers_in_order(aws: Aws) -> None:
    order = {i: t for t in ("database", "web") for i in servers(aws.emulator, 2, t)}
    servers(aws.emulator, 1, "batch")
    since = aws.emulator.mark()
    done = aws.verb("Recover", "primary", Target="dr", Servers=APP, Tiers=["database", "web"], PointInTime="latest", timeout=60000)
    assert done["Detail"] == "5 servers run" and done["Excepts"] == ["batch-0 was not recovered: no tier is called 'batch'"]
    assert {r["sourceServerID"] for r in recoveries(aws.emulator)} == set(order) and not any(r["isDrill"] for r in recoveries(aws.emulator))
    jobs = sorted(aws.emulator.client("drs", DR).describe_jobs()["items"], key=lambda j: j["creationDateTime"])
    assert [{order[s["sourceServerID"]] for s in j["participatingServers"]} for j in jobs] == [{"database"}, {"web"}]
    assert all("drplan:op" in j["tags"] for j in jobs)
    aws.verb("Recover", Target="dr", Servers=APP, Tiers=["database", "web"], _again=True)
    assert aws.emulator.calls(since)["StartRecovery"] == 2


def test_recover_of_many_takes_200_a_call(aws: Aws) -> None:
    servers(aws.emulator, 201)
    since = aws.emulator.mark()
    assert aws.verb("Recover", Target="dr", Servers=APP, timeout=60000)["Detail"] == "201 servers run"
    assert aws.emulator.calls(since)["StartRecovery"] == 2


def test_recover_names_the_servers_that_failed(aws: Aws) -> None:
    servers(aws.emulator, 2)
    bad = servers(aws.emulator, 1, "db", failLaunch=True)
    assert "1 of 3 servers did not start: db-0" == aws.refused("Recover", Target="dr", Servers=APP, _op="11111111-0000-4000-8000-000000000000")
    aws.emulator.control("POST", "drs/source-servers", {"region": DR, "id": bad[0], "hostname": "db-0"})
    since = aws.emulator.mark()
    aws.verb("Recover", Target="dr", Servers=APP, _op="11111111-0000-4000-8000-000000000000", _again=True)
    assert aws.emulator.calls(since)["StartRecovery"] == 1 and len(recoveries(aws.emulator)) == 3


def test_recover_whose_answer_was_lost_launches_once(aws: Aws) -> None:
    servers(aws.emulator, 1)
    aws.emulator.fault(kind="drop-after", operation="StartRecovery", times=1)
    aws.verb("Recover", Target="dr", Servers=APP)
    assert len(aws.emulator.client("drs", DR).describe_jobs()["items"]) == 1


def test_recover_from_a_point_in_time(aws: Aws) -> None:
    servers(aws.emulator, 1)
    aws.verb("Recover", Target="dr", Servers=APP, PointInTime="25m")
    assert "has no snapshot as old as 7d" in aws.refused("Recover", Target="dr", Servers=APP, PointInTime="7d")
    assert "PointInTime must be" in aws.refused("Recover", Target="dr", Servers=APP, PointInTime="noon")


def test_drill_leaves_production_alone(aws: Aws) -> None:
    servers(aws.emulator, 2)
    servers(aws.emulator, 1, "db")
    aws.verb("Recover", Target="dr", Servers={"Tags": {"Tier": "db"}})
    real = recoveries(aws.emulator)
    since = aws.emulator.mark()
    assert "a drill would end it" in aws.refused("Recover", Target="dr", Servers={"Tags": {"Tier": "db"}}, Drill=True)
    assert "StartRecovery" not in aws.emulator.calls(since)
    aws.verb("Recover", Target="dr", Servers={"Tags": {"Tier": "web"}}, Drill=True)
    assert aws.probe("State", Servers={"Tags": {"Tier": "web"}}, Drill=True, Is="running")["Holds"]
    assert not aws.probe("State", Servers={"Tags": {"Tier": "web"}}, Is="running")["Holds"]
    done = aws.verb("CleanUp", Target="dr", RecoveryInstances={"Drill": True, "Tags": {"Project": "app"}})
    assert done["Detail"] == "2 recovery instances were removed"
    assert [r["recoveryInstanceID"] for r in recoveries(aws.emulator)] == [r["recoveryInstanceID"] for r in real]
    aws.verb("CleanUp", Target="dr", RecoveryInstances={"Drill": True, "Tags": {"Project": "app"}})


def test_clean_up_waits_for_a_launch_that_is_under_way(aws: Aws) -> None:
    ids = servers(aws.emulator, 1)
    aws.emulator.client("drs", DR).start_recovery(sourceServers=[{"sourceServerID": ids[0]}], isDrill=True)
    aws.verb("CleanUp", Target="dr", RecoveryInstances={"Drill": True, "Tags": {"Project": "app"}})
    assert recoveries(aws.emulator) == []


def test_failback_of_servers(aws: Aws) -> None:
    e = aws.emulator
    e.client("drs", PRIMARY).initialize_service()
    ami = e.client("ec2", PRIMARY).describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    old = [i["InstanceId"] for i in e.client("ec2", PRIMARY).run_instances(ImageId=ami, MinCount=2, MaxCount=2)["Instances"]]
    for ident in old:
        servers(e, 1, origin=PRIMARY, instance=ident)
    assert aws.verb("Fence", "primary", Target="primary", Servers=APP)["Detail"] == "2 servers are stopped"
    assert {i["State"]["Name"] for r in e.client("ec2", PRIMARY).describe_instances(InstanceIds=old)["Reservations"] for i in r["Instances"]} == {"stopped"}
    aws.verb("Recover", Target="dr", Servers=APP)
    since = e.mark()
    way: Json = {"From": "dr", "To": "primary", "Servers": APP}
    assert aws.verb("ReverseReplication", **way)["Detail"] == "2 servers replicate to primary"
    aws.verb("ReverseReplication", **way)
    assert e.calls(since)["ReverseReplication"] == 2
    assert aws.probe("Replication", "primary", Target="primary", Servers=APP, Is="CONTINUOUS", AtLeast=2)["Holds"]
    aws.verb("Fence", Target="dr", Servers=APP)
    assert {r["ec2InstanceState"] for r in recoveries(e)} == {"STOPPED"}
    aws.verb("Recover", "primary", Target="primary", Servers=APP)
    assert len(recoveries(e, PRIMARY)) == 2
    assert aws.verb("ReverseReplication", From="primary", To="dr", Servers=APP)["Detail"] == "2 servers replicate to dr"
    aws.verb("CleanUp", Target="dr", RecoveryInstances=APP, Disconnect=True)
    assert recoveries(e) == [] and len(recoveries(e, PRIMARY)) == 2
    assert aws.probe("Replication", Target="dr", Servers=APP, Is="CONTINUOUS", AtLeast=2)["Holds"]


def test_fence_of_many_asks_200_at_once(aws: Aws) -> None:
    e = aws.emulator
    ec2 = e.client("ec2", PRIMARY)
    ami = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    idents = [i["InstanceId"] for i in ec2.run_instances(ImageId=ami, MinCount=201, MaxCount=201)["Instances"]]
    for ident in idents:
        servers(e, 1, origin=PRIMARY, instance=ident)
    since = e.mark()
    assert aws.verb("Fence", "primary", Target="primary", Servers=APP, timeout=60000)["Detail"] == "201 servers are stopped"
    assert e.calls(since)["StopInstances"] == 1 and e.calls(since)["DescribeInstances"] == 4
    assert {s["InstanceState"]["Name"] for s in ec2.describe_instance_status(InstanceIds=idents, IncludeAllInstances=True)["InstanceStatuses"]} == {"stopped"}


# --------------------------------------------------------------------------- traffic
def alarm_state(e: Emulator) -> str:
    return e.client("cloudwatch", DR).describe_alarms(AlarmNames=["switch"])["MetricAlarms"][0]["StateValue"]


def test_dns_switch(aws: Aws) -> None:
    e = aws.emulator
    switch(e)
    about: Json = {"Switch": resource("switch")}
    assert aws.probe("Dns", "primary", **about, To="primary")["Holds"] and not aws.probe("Dns", **about, To="dr")["Holds"]
    since = e.mark()
    assert "thrown" in aws.verb("Dns", "primary", **about, To="dr")["Detail"]
    assert alarm_state(e) == "ALARM" and where(e, since, "PutMetricData") == [("PutMetricData", DR)]
    aws.verb("Dns", **about, To="dr", _again=True)
    assert e.calls(since)["PutMetricData"] == 1 and e.calls(since)["GetHealthCheckStatus"] >= 2
    assert aws.probe("Dns", **about, To="dr")["Holds"]
    aws.verb("Dns", **about, To="primary")
    assert alarm_state(e) == "OK" and aws.probe("Dns", **about, To="primary")["Holds"]


def test_dns_switch_without_route_53(aws: Aws) -> None:
    e = aws.emulator
    switch(e)
    e.fault(kind="drop-before", region=PRIMARY)
    since = e.mark()
    aws.verb("Dns", Switch=resource("switch"), To="dr", _unplanned=True)
    assert alarm_state(e) == "ALARM" and {x["region"] for x in e.log(since)} == {DR}


def test_dns_switch_that_nothing_follows(aws: Aws) -> None:
    switch(aws.emulator)
    e = aws.emulator
    e.client("cloudwatch", DR).put_metric_alarm(AlarmName="lonely", Namespace="DR/app", MetricName="X", Statistic="Maximum", Period=60, EvaluationPeriods=1, Threshold=0, ComparisonOperator="LessThanThreshold", TreatMissingData="ignore")
    assert aws.verb("Dns", Switch=resource("lonely"), To="dr")["Excepts"] == ["no health check follows alarm lonely"]
    assert "no metric alarm none" in aws.refused("Dns", Switch=resource("none"), To="dr")
    assert "either a Switch or a Record" in aws.refused("Dns", To="dr")


def test_dns_records(aws: Aws) -> None:
    r53 = aws.emulator.client("route53", PRIMARY)
    zone = r53.create_hosted_zone(Name="example.com", CallerReference="z")["HostedZone"]["Id"].rsplit("/")[-1]
    for name, weight in (("primary", 100), ("dr", 0)):
        r53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": {"Name": "app.example.com", "Type": "CNAME", "SetIdentifier": name, "Weight": weight, "TTL": 60, "ResourceRecords": [{"Value": f"{name}.example.com"}]}}]})
    about: Json = {"Record": resource("app") | {"Props": {"HostedZoneId": zone, "Name": "app.example.com.", "Type": "CNAME"}}, "To": "dr"}
    assert "control plane" in aws.refused("Dns", **about)
    assert not aws.probe("Dns", **about)["Holds"]
    since = aws.emulator.mark()
    aws.verb("Dns", **about, _control_plane=True)
    aws.verb("Dns", **about, _control_plane=True)
    weights = {s["SetIdentifier"]: s["Weight"] for s in r53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"] if s["Type"] == "CNAME"}
    assert weights == {"primary": 0, "dr": 100} and aws.emulator.calls(since)["ChangeResourceRecordSets"] == 1
    assert aws.probe("Dns", **about)["Holds"]
    assert "not supported yet" in aws.refused("Dns", Record=about["Record"] | {"Props": {**about["Record"]["Props"], "Name": "other.example.com"}}, To="dr", _control_plane=True)


# --------------------------------------------------------------------------- data
def test_keep_snapshot(aws: Aws) -> None:
    a, e = aurora(aws.emulator), aws.emulator
    about: Json = {"Cluster": a["primary"], "Prefix": "rds:unplanned-global-failover-", "As": "app-lost-writes"}
    assert aws.verb("KeepSnapshot", "primary", **about)["Detail"] == "there is nothing to keep"
    aws.verb("PromoteAurora", Global=a["Global"], To=a["dr"], _unplanned=True)
    since = e.mark()
    assert aws.verb("KeepSnapshot", "primary", **about, _unplanned=True)["Value"]["Snapshot"] == "app-lost-writes"
    aws.verb("KeepSnapshot", "primary", **about)
    assert e.calls(since)["CopyDBClusterSnapshot"] == 1
    kept = e.client("rds", PRIMARY).describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="app-lost-writes")["DBClusterSnapshots"]
    assert [s["SnapshotType"] for s in kept] == ["manual"]


def test_replicate_backlog(aws: Aws) -> None:
    s3 = aws.emulator.client("s3", DR)
    for name in ("dr-data", "primary-data"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": DR})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    role = "arn:aws:iam::123456789012:role/replication"
    s3.put_bucket_replication(Bucket="dr-data", ReplicationConfiguration={"Role": role, "Rules": [{"ID": "back", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": "docs/"}, "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::primary-data"}}]})
    about: Json = {"Bucket": resource("dr-data"), "Role": resource("replication", Arn=role), "Rule": "back", "_op": "22222222-0000-4000-8000-000000000000"}
    assert aws.verb("ReplicateBacklog", **about | {"_op": "33333333-0000-4000-8000-000000000000"})["Detail"] == "no object was left behind"
    for key in ("docs/a", "docs/b", "other"):
        s3.put_object(Bucket="dr-data", Key=key, Body=b"x")
    aws.emulator.fault(kind="drop-after", operation="CreateJob", times=1)
    assert aws.verb("ReplicateBacklog", **about)["Detail"] == "2 objects were replicated"
    assert aws.verb("ReplicateBacklog", **about, _again=True)["Detail"] == "2 objects were replicated"
    assert "no replication rule forth" in aws.refused("ReplicateBacklog", **about | {"Rule": "forth"})


# --------------------------------------------------------------------------- room, and any other call
def test_quota(aws: Aws) -> None:
    about = group(aws.emulator, size=2)
    fits = aws.probe("Quota", Target="dr", For=about["Of"], Instances=6)
    assert fits["Holds"] and fits["Value"]["Needed"] == 4 * 2 and fits["Value"]["Limit"] == 256
    assert not aws.probe("Quota", Target="dr", For=about["Of"], Instances=200)["Holds"]
    assert aws.probe("Quota", Target="dr", For=resource("none"))["Never"]
    servers(aws.emulator, 3)
    assert aws.probe("Quota", Target="dr", For="Servers")["Value"]["Needed"] == 3 * 2        # m5.large


def test_call(aws: Aws) -> None:
    e = aws.emulator
    group(e)
    sizes: Json = {"Service": "autoscaling", "Operation": "SetDesiredCapacity", "Parameters": {"AutoScalingGroupName": "app", "DesiredCapacity": "2"}}
    unless: Json = {"Operation": "DescribeAutoScalingGroups", "Parameters": {"AutoScalingGroupNames": ["app"]}, "Path": "AutoScalingGroups[0].DesiredCapacity", "Is": 2}
    since = e.mark()
    assert "was called" in aws.verb("Call", **sizes)["Detail"] and capacity(e)[2] == 2
    aws.verb("Call", **sizes, Unless=unless)
    assert e.calls(since)["SetDesiredCapacity"] == 1
    assert "nobody knows" in aws.refused("Call", **sizes, _again=True)
    sizes["Parameters"]["DesiredCapacity"] = unless["Is"] = 3
    e.fault(kind="drop-after", operation="SetDesiredCapacity", times=1)
    aws.verb("Call", **sizes, Unless=unless, _again=True)
    assert capacity(e)[2] == 3 and e.calls(since)["SetDesiredCapacity"] == 3      # what can be repeated was sent again


@pytest.mark.parametrize("change, words", [
    ({"Operation": "SetDesire"}, "autoscaling has no operation 'SetDesire'"),
    ({"Parameters": {"AutoScalingGroup": "app"}}, "there is no parameter AutoScalingGroup"),
    ({"Parameters": {"DesiredCapacity": "two"}}, "parameter DesiredCapacity has the wrong kind of value"),
    ({"Parameters": {"AutoScalingGroupName": ["app"]}}, "parameter AutoScalingGroupName has the wrong kind of value"),
    ({"Unless": {"Operation": "SetDesiredCapacity"}}, "Unless has an Operation that reads"),
])
def test_call_is_checked_against_the_model(aws: Aws, change: Json, words: str) -> None:
    good: Json = {"Service": "autoscaling", "Operation": "SetDesiredCapacity", "Parameters": {"AutoScalingGroupName": "app", "DesiredCapacity": 2}}
    assert words in aws.refused("Call", **good | change)
    assert aws.emulator.log() == []


def templates(e: Emulator) -> list[tuple[int, int, list[str]]]:
    """Of each launch template: default version, last version that is left, keys of its tags."""
    return [(t["DefaultVersionNumber"], t["LatestVersionNumber"], [x["Key"] for x in t.get("Tags", [])]) for t in e.client("ec2", DR).describe_launch_templates()["LaunchTemplates"]]


def subnets_of_recoveries(e: Emulator) -> set[str]:
    return {i["SubnetId"] for r in e.client("ec2", DR).describe_instances(InstanceIds=[x["ec2InstanceID"] for x in recoveries(e)])["Reservations"] for i in r["Instances"]}


def test_drill_in_a_subnet_of_its_own(aws: Aws) -> None:
    e, drill = aws.emulator, {"Drill": True, "Tags": {"Project": "app"}}
    servers(e, 2)
    vpc = e.client("ec2", DR).create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = e.client("ec2", DR).create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    assert "Subnet is for drills" in aws.refused("Recover", Servers=APP, Subnet=resource(subnet))
    aws.verb("Recover", Servers=APP, Drill=True, Subnet=resource(subnet))
    assert subnets_of_recoveries(e) == {subnet} and templates(e) == [(1, 1, [])] * 2
    aws.verb("CleanUp", RecoveryInstances=drill)
    aws.verb("Recover", Servers=APP)
    assert len(subnets_of_recoveries(e)) == 1 and subnet not in subnets_of_recoveries(e)


@pytest.mark.parametrize("operation", ["CreateLaunchTemplateVersion", "ModifyLaunchTemplate", "StartRecovery", "DescribeJobs"])
@pytest.mark.parametrize("after", ["CleanUp", "Recover"])
def test_a_drill_that_was_killed_leaves_no_template_changed(aws: Aws, operation: str, after: str) -> None:
    e, drill = aws.emulator, {"Drill": True, "Tags": {"Project": "app"}}
    servers(e, 2)
    vpc = e.client("ec2", DR).create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = e.client("ec2", DR).create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    e.fault(kind="hold-after", operation=operation, times=1)
    process = aws.start("verb", "Recover", Servers=APP, Drill=True, Subnet=resource(subnet))
    deadline = time.monotonic() + 20
    while not e.control("GET", "stats")["holding"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.communicate()
    e.control("DELETE", "faults")
    if after == "CleanUp":
        aws.verb("CleanUp", RecoveryInstances=drill)
        assert recoveries(e) == []
    else:
        aws.verb("Recover", Servers=APP)
        assert subnet not in subnets_of_recoveries(e) or operation in ("StartRecovery", "DescribeJobs")
    assert all(t == (1, 1, []) for t in templates(e)), templates(e)
