"""The matrix of zones, composite alarms, anomaly detectors, backups, source networks and recovery plans: cases as in matrix.py,
and what boto3 sees of each type. matrix_ops.py takes them up."""
from __future__ import annotations

import json
from typing import Any

import matrix
import matrix_iam
from botocore.exceptions import ClientError
from conftest import Emulator, ref, res
from live import READERS, reader
from matrix import Case, cases

Json = dict[str, Any]
TAGS = matrix.TAGS
GONE = ("ResourceNotFound", "ResourceNotFoundException", "NoSuchHostedZone", "UninitializedAccountException")


def quiet(call: Any, **kw: Any) -> Any:
    """The answer, or None where there is no such thing."""
    try:
        return call(**kw)
    except ClientError as exc:
        if exc.response["Error"]["Code"] in GONE:
            return None
        raise


def own(tags: list[Json]) -> list[Json]:
    return [t for t in tags if not t["Key"].startswith("drplan:")]


def plain(tags: Json) -> Json:
    return {k: v for k, v in tags.items() if not k.startswith("drplan:")}


def as_written(written: Any, live: Any) -> Any:
    """What is live of what is written: AWS fills in more."""
    if isinstance(written, dict) and isinstance(live, dict):
        return {k: as_written(v, live.get(k)) for k, v in written.items()}
    if isinstance(written, list) and isinstance(live, list) and len(written) == len(live):
        return [as_written(w, x) for w, x in zip(written, live)]
    return live


def trust(service: str) -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}


def deny(action: str) -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"}]}


def alarm(name: str) -> Json:
    return res("AWS::CloudWatch::Alarm", AlarmName=name, Namespace="Matrix", MetricName="Lag", Statistic="Maximum", Period=60, EvaluationPeriods=3, Threshold=1,
               ComparisonOperator="GreaterThanThreshold")


matrix.CONTEXT |= {
    "ChildA": alarm("child-a"), "ChildB": alarm("child-b"),
    "NoticeA": res("AWS::SNS::Topic", TopicName="matrix-notice-a"), "NoticeB": res("AWS::SNS::Topic", TopicName="matrix-notice-b"),
    "BackupRole": res("AWS::IAM::Role", RoleName="matrix-backup", AssumeRolePolicyDocument=trust("backup.amazonaws.com")),
    "VaultA": res("AWS::Backup::BackupVault", BackupVaultName="vault-a"), "VaultB": res("AWS::Backup::BackupVault", BackupVaultName="vault-b"),
    "PlanA": res("AWS::Backup::BackupPlan", BackupPlan={"BackupPlanName": "plan-a", "BackupPlanRule": [{"RuleName": "daily", "TargetBackupVault": ref("VaultA")}]}),
}
ZONE = {"Name": "Matrix.example.org", "HostedZoneTags": TAGS}
PRIVATE = ZONE | {"VPCs": [{"VPCId": ref("VpcA"), "VPCRegion": "us-west-2"}]}
COMPOSITE = {"AlarmName": "matrix-composite", "AlarmRule": "TRUE", "Tags": TAGS}
SUPPRESSED = {"ActionsSuppressor": ref("ChildB"), "ActionsSuppressorWaitPeriod": 10, "ActionsSuppressorExtensionPeriod": 20}
METRIC = {"Namespace": "Matrix", "MetricName": "Lag", "Stat": "Average"}
SPAN = {"StartTime": "2026-01-01T00:00:00", "EndTime": "2026-01-02T00:00:00"}
VAULT = {"BackupVaultName": "matrix-vault", "BackupVaultTags": {"Name": "one"}}
EVENTS = {"SNSTopicArn": ref("NoticeA"), "BackupVaultEvents": ["BACKUP_JOB_FAILED", "COPY_JOB_FAILED"]}
LOCK = {"MinRetentionDays": 7, "MaxRetentionDays": 70}
COPY = {"DestinationBackupVaultArn": "arn:aws:backup:us-east-1:123456789012:backup-vault:far", "Lifecycle": {"DeleteAfterDays": 30}}
RULE = {"RuleName": "daily", "TargetBackupVault": ref("VaultA"), "ScheduleExpression": "cron(0 1 ? * * *)"}
PLAN = {"BackupPlanName": "matrix-plan", "BackupPlanRule": [RULE]}
SELECTION = {"SelectionName": "matrix", "IamRoleArn": {"Fn::GetAtt": ["BackupRole", "Arn"]}, "Resources": ["arn:aws:ec2:*:*:volume/*"]}
NETWORK = {"VpcID": "vpc-0123456789abcdef0", "OriginAccountID": "123456789012", "OriginRegion": "us-east-1", "Tags": TAGS}


def plans(**change: Any) -> Case:
    return Case("AWS::Backup::BackupPlan", "BackupPlan", {"BackupPlan": PLAN}, PLAN | {"BackupPlanRule": [RULE | change]}, "update")


CASES: list[Case] = [
    *cases("AWS::Route53::HostedZone", ZONE,
           {"Name": "other.example.org", "HostedZoneConfig": ({"Comment": "two"}, {"HostedZoneConfig": {"Comment": "one"}}), "HostedZoneTags": [{"Key": "Name", "Value": "two"}],
            "HostedZoneFeatures": {"EnableAcceleratedRecovery": True}}),
    Case("AWS::Route53::HostedZone", "VPCs", PRIVATE, [{"VPCId": ref("VpcB"), "VPCRegion": "us-west-2"}, {"VPCId": ref("VpcC"), "VPCRegion": "us-west-2"}], "update"),
    *cases("AWS::CloudWatch::CompositeAlarm", COMPOSITE,
           {"AlarmName": "matrix-other", "AlarmRule": "NOT FALSE", "AlarmDescription": ("two", {"AlarmDescription": "one"}), "ActionsEnabled": (False, {"ActionsEnabled": True}),
            "AlarmActions": ([ref("NoticeB")], {"AlarmActions": [ref("NoticeA")]}), "OKActions": ([ref("NoticeB")], {"OKActions": [ref("NoticeA")]}),
            "InsufficientDataActions": ([ref("NoticeB")], {"InsufficientDataActions": [ref("NoticeA")]}), "ActionsSuppressor": (ref("ChildA"), SUPPRESSED),
            "ActionsSuppressorWaitPeriod": (30, SUPPRESSED), "ActionsSuppressorExtensionPeriod": (30, SUPPRESSED), "Tags": [{"Key": "Name", "Value": "two"}]}),
    *cases("AWS::CloudWatch::AnomalyDetector", METRIC,
           {"MetricName": "Other", "Stat": "p99", "Dimensions": [{"Name": "Cluster", "Value": "one"}], "MetricCharacteristics": {"PeriodicSpikes": True},
            "Configuration": ({"MetricTimeZone": "Europe/Berlin"}, {"Configuration": {"MetricTimeZone": "UTC", "ExcludedTimeRanges": [SPAN]}})}),
    *cases("AWS::CloudWatch::AnomalyDetector", {"SingleMetricAnomalyDetector": METRIC}, {"SingleMetricAnomalyDetector": METRIC | {"Stat": "Sum"}}),
    *cases("AWS::Backup::BackupVault", VAULT,
           {"BackupVaultName": "matrix-other", "BackupVaultTags": {"Name": "two", "Stage": "test"}, "AccessPolicy": (deny("backup:*"), {"AccessPolicy": deny("backup:DeleteRecoveryPoint")}),
            "Notifications": (EVENTS | {"SNSTopicArn": ref("NoticeB")}, {"Notifications": EVENTS}), "LockConfiguration": ({"MinRetentionDays": 8}, {"LockConfiguration": LOCK})}),
    plans(ScheduleExpression="cron(0 2 ? * * *)"), plans(StartWindowMinutes=60), plans(CopyActions=[COPY]), plans(Lifecycle={"MoveToColdStorageAfterDays": 10, "DeleteAfterDays": 200}),
    plans(TargetBackupVault=ref("VaultB")), plans(RecoveryPointTags={"Name": "two"}), plans(EnableContinuousBackup=True),
    Case("AWS::Backup::BackupPlan", "BackupPlanTags", {"BackupPlan": PLAN, "BackupPlanTags": {"Name": "one"}}, {"Name": "two"}, "update"),
    Case("AWS::Backup::BackupSelection", "BackupSelection", {"BackupPlanId": ref("PlanA"), "BackupSelection": SELECTION},
         SELECTION | {"ListOfTags": [{"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "daily"}]}, "replace"),
    *cases("AWS::DRS::SourceNetwork", NETWORK, {"VpcID": "vpc-0123456789abcdef1", "OriginRegion": "us-east-2", "Tags": [{"Key": "Name", "Value": "two"}]}),
    *cases("AWS::DRS::RecoveryPlan", {"Name": "matrix-plan", "Tags": TAGS}, {"Name": "matrix-other", "Description": ("two", {"Description": "one"}), "Tags": [{"Key": "Name", "Value": "two"}]}),
]
#: Removed: AWS's default comes back, or the property's own call takes it away.
REMOVALS: list[Case] = [
    Case("AWS::Route53::HostedZone", "HostedZoneConfig", ZONE | {"HostedZoneConfig": {"Comment": "one"}}, None, "update"),
    Case("AWS::Route53::HostedZone", "HostedZoneFeatures", ZONE | {"HostedZoneFeatures": {"EnableAcceleratedRecovery": True}}, None, "update"),
    Case("AWS::Route53::HostedZone", "HostedZoneTags", ZONE, None, "update"),
    *(Case("AWS::CloudWatch::CompositeAlarm", prop, COMPOSITE | {prop: value}, None, "update") for prop, value in
      {"AlarmDescription": "one", "ActionsEnabled": False, "AlarmActions": [ref("NoticeA")], "OKActions": [ref("NoticeA")], "InsufficientDataActions": [ref("NoticeA")], "Tags": TAGS}.items()),
    Case("AWS::CloudWatch::AnomalyDetector", "Configuration", METRIC | {"Configuration": {"MetricTimeZone": "UTC"}}, None, "update"),
    *(Case("AWS::Backup::BackupVault", prop, VAULT | {prop: value}, None, "update") for prop, value in
      {"BackupVaultTags": {"Name": "one"}, "AccessPolicy": deny("backup:*"), "Notifications": EVENTS, "LockConfiguration": LOCK}.items()),
    Case("AWS::Backup::BackupPlan", "BackupPlanTags", {"BackupPlan": PLAN, "BackupPlanTags": {"Name": "one"}}, None, "update"),
    Case("AWS::DRS::RecoveryPlan", "Description", {"Name": "matrix-plan", "Description": "one"}, None, "update"),
]


@reader("AWS::Route53::HostedZone")
def zone(e: Emulator, ident: str, props: Json) -> Json | None:
    client = e.client("route53", "us-east-1")
    got = quiet(client.get_hosted_zone, Id=ident)
    if not got:
        return None
    on = got["HostedZone"].get("Features", {}).get("AcceleratedRecoveryStatus") == "ENABLED"
    same = got["HostedZone"]["Name"].lower() == props["Name"].lower() + "."
    return {"Name": props["Name"] if same else got["HostedZone"]["Name"], "HostedZoneConfig": as_written(props.get("HostedZoneConfig"), got["HostedZone"]["Config"]), "HostedZoneFeatures": {"EnableAcceleratedRecovery": on},
            "VPCs": got.get("VPCs", []), "HostedZoneTags": own(client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=ident)["ResourceTagSet"]["Tags"])}


@reader("AWS::SNS::Topic")
def notice(e: Emulator, ident: str, props: Json) -> Json | None:
    return {"TopicName": ident.rpartition(":")[2]} if any(t["TopicArn"] == ident for t in e.client("sns").list_topics()["Topics"]) else None


@reader("AWS::CloudWatch::CompositeAlarm")
def composite(e: Emulator, ident: str, props: Json) -> Json | None:
    got = e.client("cloudwatch").describe_alarms(AlarmNames=[ident], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    return got[0] | {"Tags": e.client("cloudwatch").list_tags_for_resource(ResourceARN=got[0]["AlarmArn"])["Tags"]} if got else None


@reader("AWS::CloudWatch::AnomalyDetector")
def detector(e: Emulator, ident: str, props: Json) -> Json | None:
    got = e.client("cloudwatch").describe_anomaly_detectors(AnomalyDetectorIds=[ident])["AnomalyDetectors"]
    if not got:
        return None
    config = got[0].get("Configuration", {})
    return got[0] | {"Configuration": as_written(props.get("Configuration"), {"MetricTimeZone": config.get("MetricTimezone"),
                                       "ExcludedTimeRanges": [{k: v.strftime("%Y-%m-%dT%H:%M:%S") for k, v in span.items()} for span in config.get("ExcludedTimeRanges", [])]})}


@reader("AWS::Backup::BackupVault")
def vault(e: Emulator, ident: str, props: Json) -> Json | None:
    client = e.client("backup")
    got = next((v for v in client.list_backup_vaults()["BackupVaultList"] if v["BackupVaultName"] == ident), None)
    if not got:
        return None
    policy, notes = quiet(client.get_backup_vault_access_policy, BackupVaultName=ident), quiet(client.get_backup_vault_notifications, BackupVaultName=ident)
    return got | {"LockConfiguration": as_written(props.get("LockConfiguration"), got), "Notifications": as_written(props.get("Notifications"), notes), "AccessPolicy": json.loads(policy["Policy"]) if policy else None,
                  "BackupVaultTags": plain(client.list_tags(ResourceArn=got["BackupVaultArn"])["Tags"])}


@reader("AWS::Backup::BackupPlan")
def plan(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(e.client("backup").get_backup_plan, BackupPlanId=ident)
    if not got:
        return None
    rules = [r | {"TargetBackupVault": r["TargetBackupVaultName"]} for r in got["BackupPlan"]["Rules"]]
    return {"BackupPlan": as_written(props["BackupPlan"], got["BackupPlan"] | {"BackupPlanRule": rules}),
            "BackupPlanTags": plain(e.client("backup").list_tags(ResourceArn=got["BackupPlanArn"])["Tags"])}


@reader("AWS::Backup::BackupSelection")
def selection(e: Emulator, ident: str, props: Json) -> Json | None:
    return quiet(e.client("backup").get_backup_selection, BackupPlanId=ident.split("|")[0], SelectionId=ident.split("|")[1])


def listed(tags: Json) -> list[Json]:
    return [{"Key": k, "Value": v} for k, v in tags.items()]


@reader("AWS::DRS::SourceNetwork")
def network(e: Emulator, ident: str, props: Json) -> Json | None:
    got = (quiet(e.client("drs").describe_source_networks, filters={"sourceNetworkIDs": [ident]}) or {"items": []})["items"]
    return {"VpcID": got[0]["sourceVpcID"], "OriginAccountID": got[0]["sourceAccountID"], "OriginRegion": got[0]["sourceRegion"], "Tags": listed(got[0]["tags"])} if got else None


@reader("AWS::DRS::RecoveryPlan")
def recovery_plan(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(e.client("drs").get_recovery_plan, recoveryPlanArn=ident)
    return {"Name": got["recoveryPlan"]["name"], "Description": got["recoveryPlan"].get("description"), "Tags": listed(got["recoveryPlan"]["tags"])} if got else None


OWN = {kind: READERS.pop(kind) for kind in {c.kind for c in CASES} | {"AWS::SNS::Topic"}} | {"AWS::IAM::Role": matrix_iam.OWN["AWS::IAM::Role"]}


def leftovers(e: Emulator) -> Json:
    """What boto3 still finds; a zone that a test made for records is its own."""
    watch, backup, drs = e.client("cloudwatch"), e.client("backup"), e.client("drs")
    return {"zones": [z["Name"] for z in e.client("route53", "us-east-1").list_hosted_zones()["HostedZones"] if z["CallerReference"] != "matrix"],
            "composite alarms": [a["AlarmName"] for a in watch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]],
            "detectors": [d["AnomalyDetectorId"] for d in watch.describe_anomaly_detectors()["AnomalyDetectors"]],
            "vaults": [v["BackupVaultName"] for v in backup.list_backup_vaults()["BackupVaultList"]],
            "plans": [p["BackupPlanId"] for p in backup.list_backup_plans()["BackupPlansList"]],
            "networks": [n["sourceNetworkID"] for n in (quiet(drs.describe_source_networks) or {"items": []})["items"]],
            "recovery plans": [p["name"] for p in (quiet(drs.list_recovery_plans) or {"recoveryPlans": []})["recoveryPlans"]]}
