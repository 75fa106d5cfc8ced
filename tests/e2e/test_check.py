"""drplan check on the simulator: a stack that recovery could not live with, and the same put right."""
from __future__ import annotations

import copy
import json

from conftest import Drplan, Json
from test_verbs import DR, PRIMARY

MASTER = {"MasterUsername": "admin", "ManageMasterUserPassword": True}


def bucket(name: str, to: str | None = None, **more: object) -> Json:
    rule = {"Id": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": f"arn:aws:s3:::{to}"}}
    rules = {"ReplicationConfiguration": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Rules": [rule]}} if to else {}
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, "VersioningConfiguration": {"Status": "Enabled"}} | rules} | more


def alarm(namespace: str, **more: object) -> Json:
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Namespace": namespace, "MetricName": "x", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}} | more


def bad() -> Json:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    return {
        "Stack": "web", "Targets": {"primary": {"Region": PRIMARY, "Role": "primary"}, "dr": {"Region": DR, "Role": "recovery"}},
        "Defaults": {"Target": "dr"}, "Conditions": {"Active": {"Fn::Equals": [{"Ref": "DR::Mode"}, "active"]}},
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, "Description": {"Fn::If": ["Active", "active", "standby"]}}},
            "Here": bucket("here", "there", DependsOn="There"),
            "There": bucket("there", Target="primary"),
            "Cluster": {"Type": "AWS::RDS::DBCluster", "DeletionPolicy": "Delete", "Properties": {"Engine": "aurora-mysql", "BackupRetentionPeriod": 1} | MASTER},
            "Dns": alarm("AWS/Route53"),
            "Switch": alarm("DR/web"),
            "SwitchCheck": {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Region": DR, "Name": {"Ref": "Switch"}}}}},
            "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
            "FarSwitch": alarm("DR/far", Target="primary"),
        },
        "Runbooks": {"failover": {"From": "primary", "To": "dr", "Steps": [{"Name": "move", "Dns": {"Switch": "FarSwitch", "To": "dr"}}]}},
    }


def good() -> Json:
    stack = copy.deepcopy(bad())
    rows = stack["Resources"]
    rows["Role"]["Properties"]["Description"] = "replication"
    rows["There"] = bucket("there", "here", Target="primary")
    rows["Here"] = bucket("here", "there")
    rows["Cluster"]["Properties"] |= {"BackupRetentionPeriod": 7, "DeletionProtection": True}
    rows["Writer"] = {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "aurora-mysql", "DBInstanceClass": "db.r6g.large", "DBClusterIdentifier": {"Ref": "Cluster"}}}
    rows["Dns"]["Target"] = "primary"
    rows["SwitchCheck"]["Properties"]["HealthCheckConfig"]["InsufficientDataHealthStatus"] = "LastKnownStatus"
    rows["Logs"]["Properties"]["RetentionInDays"] = 30
    stack["Objectives"] = {"RTO": "15m", "RPO": "1m"}
    measure = {"RPO": {"Metric": {"Namespace": "AWS/RDS", "MetricName": "AuroraGlobalDBRPOLag"}}}
    stack["Runbooks"] = {
        "failover": {"From": "primary", "To": "dr", "Preflight": [{"Credentials": {"Target": "dr"}}], "Steps": [
            {"Name": "measure", "Measure": measure}, {"Name": "works", "Check": [{"Alarm": {"Of": "Dns", "Is": "OK"}}], "OnFailure": "continue"},
            {"Name": "move", "Dns": {"Switch": "Switch", "To": "dr"}, "StopsClock": True}]},
        "failback": {"From": "dr", "To": "primary", "Steps": [{"Name": "move", "Dns": {"Switch": "Switch", "To": "primary"}}]},
        "drill": {"To": "dr", "Schedule": "rate(90 days)", "Steps": [{"Name": "look", "Check": [{"Alarm": {"Of": "Switch", "Is": "OK"}}]}]}}
    return stack


def check(sim: Drplan, code: int) -> dict[str, Json]:
    report = json.loads(sim.run("check", "--sim", "-json", code=code).out)
    assert report["took_ms"] < 1000
    return {f"{line['name']}: {line['value']}": line for line in report["lines"] if line["level"] != "ok"}


def test_bad_and_good(sim: Drplan) -> None:
    sim.write("stack.yaml", bad())
    sim.apply()
    found = check(sim, 1)
    expected = {
        "Role: depends on the mode": "red", "Here: is replicated to There": "warn", "Cluster: is headless": "red", "Cluster: can be deleted": "warn",
        "Cluster: keeps backups for 1 days": "warn", "Dns: watches Route 53 from us-west-2": "red", "SwitchCheck: changes its mind": "warn", "Logs: keeps its logs": "note",
        "RTO: is not promised": "warn", "RPO: is not promised": "warn", "failback: there is no such runbook": "warn", "drill: there is no such runbook": "warn",
        "failover: move: is about something in primary": "red", "failover: no step stops the clock": "warn", "failover: begins without asking": "warn",
        "failover: moves users without a check": "warn", "failover: measures no RPO": "note", "last failover: never": "note"}
    for begins, level in expected.items():
        lines = [line for name, line in found.items() if name.startswith(begins)]
        assert len(lines) == 1 and lines[0]["level"] == level and (lines[0]["remedy"] or level == "note"), (begins, found)
    assert len(found) == len(expected), sorted(found)


def test_good(sim: Drplan) -> None:
    sim.write("stack.yaml", good())
    sim.apply()
    found = check(sim, 1)
    assert [n for n, line in found.items() if line["level"] in ("red", "warn")] == ["last drill: never; to be carried out at rate(90 days)"]
    sim.run("drill", "--sim", "-auto-approve")
    assert not [n for n, line in check(sim, 0).items() if line["level"] in ("red", "warn")]
