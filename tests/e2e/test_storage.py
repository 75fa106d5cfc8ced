"""Buckets, topics, queues and event rules: applied, changed, stripped of what is optional, and read back by boto3 each time."""
from __future__ import annotations

from typing import Any

import pytest
from conftest import Drplan, Emulator, Json, att, ref, res, stack

RULE = {"Id": "old", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 90}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
COPY = {"Id": "back", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Enabled"},
        "SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}, "SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {"Bucket": att("To", "Arn"), "EncryptionConfiguration": {"ReplicaKmsKeyID": "arn:aws:kms:us-west-2:123456789012:key/a"},
                        "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}}, "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}}}
ON = {"Status": "Enabled"}
TAGS = [{"Key": "Name", "Value": "one"}]


def bucket(**props: Any) -> Json:
    return stack(To=res("AWS::S3::Bucket", BucketName="storage-to", VersioningConfiguration=ON), From=res("AWS::S3::Bucket", BucketName="storage-from", **props))


FULL = bucket(
    VersioningConfiguration=ON, Tags=TAGS, LifecycleConfiguration={"Rules": [RULE, {"Id": "logs", "Prefix": "logs/", "Status": "Enabled", "ExpirationInDays": 30}]},
    BucketEncryption={"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]},
    OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": True},
    CorsConfiguration={"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 300}]},
    ReplicationConfiguration={"Role": "arn:aws:iam::123456789012:role/copy", "Rules": [COPY]})

OLD = {"Id": "old", "Status": "Enabled", "NoncurrentVersionExpirationInDays": 30, "Transition": {"StorageClass": "GLACIER", "TransitionInDays": 60},
       "NoncurrentVersionTransition": {"StorageClass": "GLACIER", "TransitionInDays": 10}}
TOPIC = "arn:aws:sns:us-west-2:123456789012:x"


def locked(**retention: Any) -> Json:
    rule = {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}} if retention else {}
    return bucket(ObjectLockEnabled=True, VersioningConfiguration=ON, **rule)


def group(**props: Any) -> Json:
    template = res("AWS::EC2::LaunchTemplate", LaunchTemplateName="storage", LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "t3.micro"})
    return stack(L=template, G=res("AWS::AutoScaling::AutoScalingGroup", AutoScalingGroupName="storage", MinSize="0", MaxSize="1", AvailabilityZones=["us-west-2a"],
                                   LaunchTemplate={"LaunchTemplateId": ref("L"), "Version": att("L", "LatestVersionNumber")}, **props))


STAGES = {
    "bucket": [FULL, bucket(VersioningConfiguration=ON, Tags=[{"Key": "Name", "Value": "two"}], LifecycleConfiguration={"Rules": [RULE]}), bucket()],
    "bucket of old": [bucket(AccessControl="LogDeliveryWrite", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}, VersioningConfiguration=ON, LifecycleConfiguration={"Rules": [OLD]}),
                      bucket(AccessControl="BucketOwnerRead", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}, VersioningConfiguration=ON,
                             LifecycleConfiguration={"Rules": [OLD | {"NoncurrentVersionExpirationInDays": 40, "Transition": {"StorageClass": "GLACIER", "TransitionInDays": 50}}]}),
                      bucket(VersioningConfiguration=ON, LifecycleConfiguration={"Rules": [RULE]})],
    "locked bucket": [locked(Mode="GOVERNANCE", Days=1), locked(Mode="COMPLIANCE", Years=1), locked()],
    "group": [group(MetricsCollection=[{"Granularity": "1Minute"}], NotificationConfigurations=[{"TopicARN": TOPIC, "NotificationTypes": ["autoscaling:EC2_INSTANCE_LAUNCH"]}]),
              group(MetricsCollection=[{"Granularity": "1Minute", "Metrics": ["GroupMinSize", "GroupMaxSize"]}],
                    NotificationConfigurations=[{"TopicARN": TOPIC, "NotificationTypes": ["autoscaling:EC2_INSTANCE_TERMINATE"]}]),
              group()],
    "topic": [stack(T=res("AWS::SNS::Topic", TopicName="t", DisplayName="a", Subscription=[{"Protocol": "email", "Endpoint": "a@example.com"}], Tags=TAGS)),
              stack(T=res("AWS::SNS::Topic", TopicName="t", DisplayName="b", Subscription=[{"Protocol": "email", "Endpoint": "b@example.com"}])),
              stack(T=res("AWS::SNS::Topic", TopicName="t"))],
    "queue": [stack(D=res("AWS::SQS::Queue"), Q=res("AWS::SQS::Queue", DelaySeconds=5, RedrivePolicy={"deadLetterTargetArn": att("D", "Arn"), "maxReceiveCount": 5})),
              stack(D=res("AWS::SQS::Queue"), Q=res("AWS::SQS::Queue", DelaySeconds=6, KmsMasterKeyId="alias/aws/sqs", Tags=TAGS)),
              stack(D=res("AWS::SQS::Queue"), Q=res("AWS::SQS::Queue"))],
    "rule": [stack(R=res("AWS::Events::Rule", ScheduleExpression="rate(1 day)", Description="a", Targets=[{"Id": "a", "Arn": "arn:aws:sns:us-west-2:123456789012:x", "Input": "1"}])),
             stack(R=res("AWS::Events::Rule", ScheduleExpression="rate(2 days)", State="DISABLED", Targets=[{"Id": "a", "Arn": "arn:aws:sns:us-west-2:123456789012:x", "Input": "2"}])),
             stack(R=res("AWS::Events::Rule", ScheduleExpression="rate(2 days)", Tags=TAGS))],
}


@pytest.mark.parametrize("family", STAGES)
def test_each_stage_settles(world: Drplan, family: str) -> None:
    for stage in STAGES[family]:
        world.write("s.yaml", stage)
        world.apply("s.yaml")
        world.clean("s.yaml")
    world.destroy("s.yaml")
    assert not world.state()


def test_buckets_of_old_as_boto3_sees_them(drplan: Drplan, aws: Emulator) -> None:
    s3 = aws.client("s3")
    for stage, writes in zip(STAGES["bucket of old"], (True, False, False)):
        drplan.write("s.yaml", stage)
        drplan.apply("s.yaml")
        assert any(g["Permission"] == "READ_ACP" and "LogDelivery" in g["Grantee"].get("URI", "") for g in s3.get_bucket_acl(Bucket="storage-from")["Grants"]) == writes
        rule = s3.get_bucket_lifecycle_configuration(Bucket="storage-from")["Rules"][0]
        if writes:
            assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30} and rule["Transitions"] == [{"Days": 60, "StorageClass": "GLACIER"}]
            assert rule["NoncurrentVersionTransitions"] == [{"NoncurrentDays": 10, "StorageClass": "GLACIER"}]
    drplan.destroy("s.yaml")


def test_a_locked_bucket_as_boto3_sees_it(drplan: Drplan, aws: Emulator) -> None:
    found = []
    for stage in STAGES["locked bucket"]:
        drplan.write("s.yaml", stage)
        drplan.apply("s.yaml")
        rule = aws.client("s3").get_object_lock_configuration(Bucket="storage-from")["ObjectLockConfiguration"].get("Rule", {})
        found.append({k: v for k, v in rule.get("DefaultRetention", {}).items() if v})
    assert found[0] == {"Mode": "GOVERNANCE", "Days": 1} and found[1] == {"Mode": "COMPLIANCE", "Years": 1} and not found[2]


def test_a_group_as_boto3_sees_it(drplan: Drplan, aws: Emulator) -> None:
    scaling, found = aws.client("autoscaling"), []
    for stage in STAGES["group"]:
        drplan.write("s.yaml", stage)
        drplan.apply("s.yaml")
        metrics = {m["Metric"] for m in scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0].get("EnabledMetrics", [])}
        told = [n["NotificationType"] for n in scaling.describe_notification_configurations()["NotificationConfigurations"]]
        found.append((len(metrics), told))
    assert found[0][0] > 2 and found[0][1] == ["autoscaling:EC2_INSTANCE_LAUNCH"]
    assert found[1:] == [(2, ["autoscaling:EC2_INSTANCE_TERMINATE"]), (0, [])]


def test_bucket_as_boto3_sees_it(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("s.yaml", FULL)
    drplan.apply("s.yaml")
    s3 = aws.client("s3")
    copy = s3.get_bucket_replication(Bucket="storage-from")["ReplicationConfiguration"]["Rules"][0]
    assert copy["Destination"]["ReplicationTime"] == {"Status": "Enabled", "Time": {"Minutes": 15}} and copy["DeleteMarkerReplication"] == ON
    rules = s3.get_bucket_lifecycle_configuration(Bucket="storage-from")["Rules"]
    assert [r["Filter"] for r in rules] == [{"Prefix": ""}, {"Prefix": "logs/"}] and rules[1]["Expiration"] == {"Days": 30}
    assert s3.get_bucket_encryption(Bucket="storage-from")["ServerSideEncryptionConfiguration"]["Rules"][0]["BucketKeyEnabled"]
    s3.put_bucket_versioning(Bucket="storage-from", VersioningConfiguration={"Status": "Suspended"})
    assert drplan.changes("s.yaml") == {"From": "update"}
    s3.put_object(Bucket="storage-to", Key="a", Body=b"a")
    assert "not empty" in drplan.destroy("s.yaml", code=1).err
