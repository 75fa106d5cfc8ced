"""The matrix of CloudWatch, Route 53 and Elastic Disaster Recovery: cases as in matrix.py, and what boto3 sees of each type."""
from __future__ import annotations

import json
from typing import Any

import matrix
import matrix_dr
from botocore.exceptions import ClientError
from conftest import Emulator, ref
from live import READERS, reader
from matrix import Case, cases

Json = dict[str, Any]
TAGS = matrix.TAGS
TOPIC = "arn:aws:sns:us-west-2:123456789012:matrix-"


def body(title: str) -> str:
    return json.dumps({"widgets": [{"type": "text", "x": 0, "y": 0, "width": 6, "height": 3, "properties": {"markdown": title}}]}, indent=1)


def query(ident: str, metric: str) -> Json:
    return {"Id": ident, "ReturnData": True, "MetricStat": {"Metric": {"Namespace": "Matrix", "MetricName": metric}, "Period": 60, "Stat": "Sum"}}


DIMENSIONS = [{"Name": "Cluster", "Value": "one"}]
ALARM = {"AlarmName": "matrix-alarm", "Namespace": "Matrix", "MetricName": "Lag", "Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 3, "Threshold": 60000,
         "ComparisonOperator": "GreaterThanThreshold", "Tags": TAGS}
COUNTED = {k: v for k, v in ALARM.items() if k not in ("Namespace", "MetricName", "Statistic", "Period")}
DASHBOARD = {"DashboardName": "matrix-dashboard", "DashboardBody": body("one")}
PIT = [{"RuleID": 1, "Units": "MINUTE", "Interval": 10, "RetentionDuration": 60, "Enabled": True},
       {"RuleID": 2, "Units": "HOUR", "Interval": 1, "RetentionDuration": 24, "Enabled": True},
       {"RuleID": 3, "Units": "DAY", "Interval": 1, "RetentionDuration": 7, "Enabled": True}]
REPLICATION = {"StagingAreaSubnetId": ref("SubnetA"), "AssociateDefaultSecurityGroup": False, "ReplicationServersSecurityGroupsIDs": [ref("GroupA")],
               "ReplicationServerInstanceType": "m5.large", "UseDedicatedReplicationServer": False, "DefaultLargeStagingDiskType": "GP3", "EbsEncryption": "DEFAULT",
               "BandwidthThrottling": 0, "DataPlaneRouting": "PUBLIC_IP", "CreatePublicIP": True, "StagingAreaTags": {"Project": "one"}, "PitPolicy": PIT, "Tags": TAGS}

CASES: list[Case] = [
    *cases("AWS::CloudWatch::Alarm", ALARM,
           {"AlarmName": "matrix-other", "AlarmDescription": ("two", {"AlarmDescription": "one"}), "Namespace": "Matrix2", "MetricName": "Lag2", "Statistic": "Minimum", "Period": 300,
            "EvaluationPeriods": 2, "Threshold": 0.5, "ComparisonOperator": "LessThanThreshold", "TreatMissingData": ("breaching", {"TreatMissingData": "ignore"}),
            "DatapointsToAlarm": (2, {"DatapointsToAlarm": 1}), "ActionsEnabled": (False, {"ActionsEnabled": True}), "Unit": ("Seconds", {"Unit": "Count"}),
            "AlarmActions": ([TOPIC + "b"], {"AlarmActions": [TOPIC + "a"]}), "OKActions": ([TOPIC + "b"], {"OKActions": [TOPIC + "a"]}),
            "InsufficientDataActions": ([TOPIC + "b"], {"InsufficientDataActions": [TOPIC + "a"]}),
            "Dimensions": ([{"Name": "Cluster", "Value": "two"}, {"Name": "Zone", "Value": "b"}], {"Dimensions": DIMENSIONS}),
            "Tags": [{"Key": "Name", "Value": "two"}]}),
    *cases("AWS::CloudWatch::Alarm", {k: v for k, v in ALARM.items() if k != "Statistic"},
           {"ExtendedStatistic": ("p90", {"ExtendedStatistic": "p99"}), "EvaluateLowSampleCountPercentile": ("ignore", {"ExtendedStatistic": "p99", "EvaluateLowSampleCountPercentile": "evaluate"})}),
    *cases("AWS::CloudWatch::Alarm", COUNTED, {"Metrics": ([query("a", "Two")], {"Metrics": [query("a", "One")]})}),
    *cases("AWS::CloudWatch::Dashboard", DASHBOARD, {"DashboardName": "matrix-other", "DashboardBody": body("two")}),
]

#: Removed: AWS's default comes back.
REMOVALS: list[Case] = [
    *(Case("AWS::CloudWatch::Alarm", prop, ALARM | {prop: value}, None, "update") for prop, value in
      {"AlarmDescription": "one", "TreatMissingData": "breaching", "DatapointsToAlarm": 2, "ActionsEnabled": False, "AlarmActions": [TOPIC + "a"], "OKActions": [TOPIC + "a"],
       "InsufficientDataActions": [TOPIC + "a"], "Dimensions": DIMENSIONS, "Unit": "Count", "Tags": TAGS}.items()),
]
#: Those that want the service initialised first.
DRS: list[Case] = [
    *cases("AWS::DRS::ReplicationConfigurationTemplate", REPLICATION,
           {"StagingAreaSubnetId": ref("SubnetB"), "AssociateDefaultSecurityGroup": True, "ReplicationServersSecurityGroupsIDs": [ref("GroupB")], "ReplicationServerInstanceType": "m5.xlarge",
            "UseDedicatedReplicationServer": True, "DefaultLargeStagingDiskType": "GP2", "BandwidthThrottling": 100, "DataPlaneRouting": "PRIVATE_IP", "CreatePublicIP": False,
            "StagingAreaTags": {"Project": "two"}, "AutoReplicateNewDisks": (True, {"AutoReplicateNewDisks": False}), "PitPolicy": [*PIT[:2], PIT[2] | {"RetentionDuration": 3}],
            "Tags": [{"Key": "Name", "Value": "two"}]}),
    *cases("AWS::DRS::LaunchConfigurationTemplate", {"LaunchDisposition": "STARTED", "CopyTags": True, "CopyPrivateIp": False, "TargetInstanceTypeRightSizingMethod": "BASIC"},
           {"LaunchDisposition": "STOPPED", "CopyTags": False, "CopyPrivateIp": True, "TargetInstanceTypeRightSizingMethod": "NONE", "PostLaunchEnabled": (True, {"PostLaunchEnabled": False}),
            "LaunchIntoSourceInstance": (True, {"LaunchIntoSourceInstance": False}), "Licensing": ({"OsByol": False}, {"Licensing": {"OsByol": True}})}),
]
HTTPS = {"Type": "HTTPS", "FullyQualifiedDomainName": "a.example.com", "Port": 443, "ResourcePath": "/health", "RequestInterval": 30, "FailureThreshold": 3}
CHECK = {"HealthCheckConfig": HTTPS, "HealthCheckTags": TAGS}
WATCHED = {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Region": "us-west-2", "Name": ref("AlarmA")}, "InsufficientDataHealthStatus": "LastKnownStatus"}
COUNTING = {"Type": "CALCULATED", "ChildHealthChecks": [ref("CheckA"), ref("CheckB")], "HealthThreshold": 2}
matrix.CONTEXT |= {
    "AlarmA": {"Type": "AWS::CloudWatch::Alarm", "Properties": ALARM | {"AlarmName": "matrix-a"}},
    "AlarmB": {"Type": "AWS::CloudWatch::Alarm", "Properties": ALARM | {"AlarmName": "matrix-b"}},
    "CheckA": {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": HTTPS}},
    "CheckB": {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": HTTPS}},
}
RECORD = {"HostedZoneId": "ZONE", "Name": "App.example.com.", "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"]}
SHARED = RECORD | {"SetIdentifier": "one"}
ALIAS = {"DNSName": "one.us-west-2.elb.amazonaws.com", "HostedZoneId": "Z1H1FL5HABSF5", "EvaluateTargetHealth": False}
LINKED = {"HostedZoneId": "ZONE", "Name": "alias.example.com", "Type": "A", "AliasTarget": ALIAS}
ROUTE53 = [
    *(Case("AWS::Route53::HealthCheck", "HealthCheckConfig", CHECK, HTTPS | change, "update") for change in
      ({"Port": 8443}, {"ResourcePath": "/two"}, {"FailureThreshold": 2}, {"FullyQualifiedDomainName": "b.example.com"}, {"Inverted": True})),
    Case("AWS::Route53::HealthCheck", "HealthCheckConfig", CHECK, HTTPS | {"RequestInterval": 10}, "replace"),
    Case("AWS::Route53::HealthCheck", "HealthCheckConfig", {"HealthCheckConfig": WATCHED}, WATCHED | {"InsufficientDataHealthStatus": "Unhealthy"}, "update"),
    Case("AWS::Route53::HealthCheck", "HealthCheckConfig", {"HealthCheckConfig": WATCHED},
         WATCHED | {"AlarmIdentifier": {"Region": "us-west-2", "Name": "matrix-other"}}, "update"),
    Case("AWS::Route53::HealthCheck", "HealthCheckConfig", {"HealthCheckConfig": COUNTING}, COUNTING | {"HealthThreshold": 1}, "update"),
    Case("AWS::Route53::HealthCheck", "HealthCheckConfig", {"HealthCheckConfig": COUNTING}, COUNTING | {"ChildHealthChecks": [ref("CheckA")]}, "update"),
    Case("AWS::Route53::HealthCheck", "HealthCheckTags", CHECK, [{"Key": "Name", "Value": "two"}], "update"),
    *cases("AWS::Route53::RecordSet", RECORD, {"TTL": "30", "ResourceRecords": ["10.0.0.2", "10.0.0.3"]}),
    Case("AWS::Route53::RecordSet", "Name", RECORD, "other.example.com", "replace"),
    Case("AWS::Route53::RecordSet", "Weight", SHARED | {"Weight": 10}, 20, "update"),
    Case("AWS::Route53::RecordSet", "SetIdentifier", SHARED | {"Weight": 10}, "two", "replace"),
    Case("AWS::Route53::RecordSet", "Region", SHARED | {"Region": "us-west-2"}, "us-east-1", "update"),
    Case("AWS::Route53::RecordSet", "Failover", SHARED | {"Failover": "PRIMARY", "HealthCheckId": ref("CheckA")}, "SECONDARY", "update"),
    Case("AWS::Route53::RecordSet", "HealthCheckId", SHARED | {"Failover": "PRIMARY", "HealthCheckId": ref("CheckA")}, ref("CheckB"), "update"),
    Case("AWS::Route53::RecordSet", "AliasTarget", LINKED, ALIAS | {"DNSName": "two.us-west-2.elb.amazonaws.com"}, "update"),
    Case("AWS::Route53::RecordSet", "AliasTarget", LINKED, ALIAS | {"EvaluateTargetHealth": True}, "update"),
]
CASES += DRS + ROUTE53 + matrix_dr.CASES
REMOVALS += [
    Case("AWS::Route53::HealthCheck", "HealthCheckTags", CHECK, None, "update"),
    Case("AWS::Route53::RecordSet", "HealthCheckId", SHARED | {"Weight": 10, "HealthCheckId": ref("CheckA")}, None, "update"),
    *matrix_dr.REMOVALS,
]


def quiet(call: Any, **kw: Any) -> Any:
    """The answer, or None where there is no such thing."""
    try:
        return call(**kw)
    except ClientError as exc:
        if exc.response["Error"]["Code"] in ("ResourceNotFound", "ResourceNotFoundException", "NoSuchHealthCheck", "NoSuchHostedZone", "UninitializedAccountException"):
            return None
        raise


def tags_of(e: Emulator, arn: str) -> list[Json]:
    return e.client("cloudwatch").list_tags_for_resource(ResourceARN=arn)["Tags"]


@reader("AWS::CloudWatch::Alarm")
def alarm(e: Emulator, ident: str, props: Json) -> Json | None:
    got = e.client("cloudwatch").describe_alarms(AlarmNames=[ident], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    if not got:
        return None
    threshold = got[0].get("Threshold")
    for q in got[0].get("Metrics", []):
        q.get("MetricStat", {}).get("Metric", {}).pop("Dimensions", None)
    return got[0] | {"Threshold": int(threshold) if threshold is not None and threshold == int(threshold) else threshold, "Tags": tags_of(e, got[0]["AlarmArn"])}


@reader("AWS::CloudWatch::Dashboard")
def dashboard(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(e.client("cloudwatch").get_dashboard, DashboardName=ident)
    if got and json.loads(got["DashboardBody"]) == json.loads(props["DashboardBody"]):
        got["DashboardBody"] = props["DashboardBody"]
    return got


@reader("AWS::Route53::HealthCheck")
def health_check(e: Emulator, ident: str, props: Json) -> Json | None:
    client = e.client("route53", "us-east-1")
    got = quiet(client.get_health_check, HealthCheckId=ident)
    if not got:
        return None
    config = {k: v for k, v in got["HealthCheck"]["HealthCheckConfig"].items() if k in props["HealthCheckConfig"]}
    return {"HealthCheckConfig": config, "HealthCheckTags": [t for t in client.list_tags_for_resource(ResourceType="healthcheck", ResourceId=ident)["ResourceTagSet"]["Tags"]
                                                             if not t["Key"].startswith("drplan:")]}


@reader("AWS::Route53::RecordSet")
def record_set(e: Emulator, ident: str, props: Json) -> Json | None:
    zone, name, kind, chosen = ident.split("|")
    for r in e.client("route53", "us-east-1").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]:
        if (r["Name"].rstrip(".").lower(), r["Type"], r.get("SetIdentifier", "")) == (name, kind, chosen):
            return r | {"Name": props["Name"], "HostedZoneId": zone, "ResourceRecords": [v["Value"] for v in r.get("ResourceRecords", [])]}
    return None


def capital(item: Json) -> Json:
    return {k[0].upper() + k[1:]: v for k, v in item.items()}


def template_of(e: Emulator, ident: str, method: str, ids: str) -> Json | None:
    got = quiet(getattr(e.client("drs"), method), **{ids: [ident]})
    if not got or not got["items"]:
        return None
    item = capital(got["items"][0])
    item["PitPolicy"] = [{{"ruleID": "RuleID"}.get(k, k[0].upper() + k[1:]): v for k, v in rule.items()} for rule in item.get("PitPolicy", [])]
    return item | {"Tags": [{"Key": k, "Value": v} for k, v in item.get("Tags", {}).items()], "Licensing": capital(item.get("Licensing", {}))}


@reader("DR::DRS::Service")
def service(e: Emulator, ident: str, props: Json) -> Json | None:
    return quiet(e.client("drs").describe_replication_configuration_templates)


@reader("AWS::DRS::ReplicationConfigurationTemplate")
def replication_template(e: Emulator, ident: str, props: Json) -> Json | None:
    return template_of(e, ident, "describe_replication_configuration_templates", "replicationConfigurationTemplateIDs")


@reader("AWS::DRS::LaunchConfigurationTemplate")
def launch_template(e: Emulator, ident: str, props: Json) -> Json | None:
    return template_of(e, ident, "describe_launch_configuration_templates", "launchConfigurationTemplateIDs")


#: Of these types alone: other matrices ask of every type that has a reader that all its properties are in them.
OWN = {kind: READERS.pop(kind) for kind in ({c.kind for c in CASES} | {"DR::DRS::Service"}) - matrix_dr.OWN.keys()} | matrix_dr.OWN


def leftovers(e: Emulator) -> Json:
    """What boto3 still finds of these services."""
    drs = [quiet(getattr(e.client("drs"), f"describe_{kind}_configuration_templates")) or {"items": []} for kind in ("replication", "launch")]
    found = {"alarms": [a["AlarmName"] for a in e.client("cloudwatch").describe_alarms()["MetricAlarms"]],
             "dashboards": [d["DashboardName"] for d in e.client("cloudwatch").list_dashboards()["DashboardEntries"]],
             "health checks": [c["Id"] for c in e.client("route53", "us-east-1").list_health_checks()["HealthChecks"]],
             "records": [r["Name"] for z in e.client("route53", "us-east-1").list_hosted_zones()["HostedZones"]
                         for r in e.client("route53", "us-east-1").list_resource_record_sets(HostedZoneId=z["Id"])["ResourceRecordSets"] if r["Type"] not in ("NS", "SOA")],
             "templates": [i["arn"] for answer in drs for i in answer["items"]]}
    return {k: v for k, v in (found | matrix_dr.leftovers(e)).items() if v}
