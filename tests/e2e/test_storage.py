"""Buckets, topics, queues and event rules: applied, changed, stripped of what is optional, and read back by boto3 each time."""
from __future__ import annotations

from typing import Any

import pytest
from conftest import Drplan, Emulator, Json, att, res, stack

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

STAGES = {
    "bucket": [FULL, bucket(VersioningConfiguration=ON, Tags=[{"Key": "Name", "Value": "two"}], LifecycleConfiguration={"Rules": [RULE]}), bucket()],
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
