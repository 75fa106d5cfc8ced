"""The matrix of resources that are put on others: policies on topics, queues and roles, replication rules on a bucket,
where a secret is used; and subscriptions. Cases as in matrix.py, and what boto3 sees of each type."""
from __future__ import annotations

import json
from typing import Any

import matrix
from botocore.exceptions import ClientError
from conftest import Emulator, att, ref, res
from live import READERS, reader
from matrix import Case, cases
from matrix_iam import allow, iam

Json = dict[str, Any]


def sender(service: str, action: str) -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": "*"}]}


def rule(name: str, priority: int, **more: Any) -> Json:
    return {"Id": name, "Status": "Enabled", "Priority": priority, "Filter": {"Prefix": name}, "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": "arn:aws:s3:::matrix-copies"}} | more


matrix.CONTEXT |= {
    "TopicA": res("AWS::SNS::Topic", TopicName="matrix-topic-a"),
    "TopicB": res("AWS::SNS::Topic", TopicName="matrix-topic-b"),
    "QueueA": res("AWS::SQS::Queue", QueueName="matrix-queue-a"),
    "QueueB": res("AWS::SQS::Queue", QueueName="matrix-queue-b"),
    "SourceA": res("AWS::S3::Bucket", BucketName="matrix-source-a", VersioningConfiguration={"Status": "Enabled"}),
    "SourceB": res("AWS::S3::Bucket", BucketName="matrix-source-b", VersioningConfiguration={"Status": "Enabled"}),
    "LoginA": res("AWS::SecretsManager::Secret", Name="matrix/login-a", SecretString='{"username":"app","password":"one two three"}'),
    "LoginB": res("AWS::SecretsManager::Secret", Name="matrix/login-b", SecretString='{"username":"app","password":"one two three"}'),
    "DataA": res("AWS::RDS::DBCluster", DBClusterIdentifier="matrix-data-a", Engine="aurora-mysql", MasterUsername="app", MasterUserPassword="one-two-three", DatabaseName="shop")
    | {"DeletionPolicy": "Delete"},
    "DataB": res("AWS::RDS::DBCluster", DBClusterIdentifier="matrix-data-b", Engine="aurora-mysql", MasterUsername="app", MasterUserPassword="one-two-three") | {"DeletionPolicy": "Delete"},
}
ROLE = "arn:aws:iam::123456789012:role/matrix-replication"
TOPIC = {"Topics": [ref("TopicA")], "PolicyDocument": sender("s3.amazonaws.com", "sns:Publish")}
QUEUE = {"Queues": [ref("QueueA")], "PolicyDocument": sender("sns.amazonaws.com", "sqs:SendMessage")}
POLICY = {"PolicyName": "matrix-inline", "Roles": [ref("RoleA")], "PolicyDocument": allow("s3:GetObject")}
SUBSCRIPTION = {"TopicArn": ref("TopicA"), "Protocol": "sqs", "Endpoint": att("QueueA", "Arn")}
RULES = {"Bucket": ref("SourceA"), "Role": att("RoleA", "Arn"), "Rules": [rule("one", 1), rule("two", 2)]}
ATTACHMENT = {"SecretId": ref("LoginA"), "TargetId": ref("DataA"), "TargetType": "AWS::RDS::DBCluster"}
RETRIES = {"healthyRetryPolicy": {"numRetries": 5, "minDelayTarget": 1, "maxDelayTarget": 2}}

CASES: list[Case] = [
    *cases("AWS::SNS::TopicPolicy", TOPIC, {"Topics": [ref("TopicB"), ref("TopicA")], "PolicyDocument": sender("events.amazonaws.com", "sns:Publish")}),
    Case("AWS::SNS::TopicPolicy", "Topics", TOPIC, [ref("TopicB")], also={"PolicyDocument": sender("events.amazonaws.com", "sns:Publish")}),
    *cases("AWS::SQS::QueuePolicy", QUEUE, {"Queues": [ref("QueueB")], "PolicyDocument": sender("sns.amazonaws.com", "sqs:*")}),
    *cases("AWS::IAM::Policy", POLICY, {"PolicyName": "matrix-other", "Roles": [ref("RoleA"), ref("RoleB")], "PolicyDocument": allow("s3:PutObject")}),
    Case("AWS::IAM::Policy", "PolicyName", POLICY, "matrix-other", also={"Roles": [ref("RoleB")]}),
    *cases("AWS::SNS::Subscription", SUBSCRIPTION,
           {"TopicArn": ref("TopicB"), "Endpoint": att("QueueB", "Arn"), "FilterPolicy": ({"a": ["two"]}, {"FilterPolicy": {"a": ["one"]}}),
            "RawMessageDelivery": (True, {"RawMessageDelivery": False}), "DeliveryPolicy": (RETRIES, {"DeliveryPolicy": {"healthyRetryPolicy": {"numRetries": 3}}}),
            "RedrivePolicy": ({"deadLetterTargetArn": att("QueueB", "Arn")}, {"RedrivePolicy": {"deadLetterTargetArn": att("QueueA", "Arn")}})}),
    Case("AWS::SNS::Subscription", "FilterPolicyScope", SUBSCRIPTION | {"FilterPolicy": {"a": ["one"]}}, "MessageBody", also={"FilterPolicy": {"a": {"b": ["one"]}}}),
    Case("AWS::SNS::Subscription", "Protocol", {"TopicArn": ref("TopicA"), "Protocol": "email", "Endpoint": "ops@example.com"}, "email-json"),
    *cases("DR::S3::BucketReplication", RULES,
           {"Bucket": ref("SourceB"), "Role": att("RoleB", "Arn"), "Rules": [rule("two", 2, Status="Disabled"), rule("three", 3, Filter={"TagFilter": {"Key": "a", "Value": "b"}})]}),
    *cases("AWS::SecretsManager::SecretTargetAttachment", ATTACHMENT, {"SecretId": ref("LoginB"), "TargetId": ref("DataB")}),
]
REMOVALS: list[Case] = [
    Case("AWS::IAM::Policy", "Roles", POLICY | {"Roles": [ref("RoleA"), ref("RoleB")]}, [ref("RoleB")], "update"),
    Case("AWS::SNS::Subscription", "FilterPolicy", SUBSCRIPTION | {"FilterPolicy": {"a": ["one"]}}, None, "update"),
    Case("AWS::SNS::Subscription", "FilterPolicyScope", SUBSCRIPTION | {"FilterPolicy": {"a": {"b": ["one"]}}, "FilterPolicyScope": "MessageBody"}, None, "update", also={"FilterPolicy": {"a": ["one"]}}),
    Case("AWS::SNS::Subscription", "RawMessageDelivery", SUBSCRIPTION | {"RawMessageDelivery": True}, None, "update"),
    Case("AWS::SNS::Subscription", "DeliveryPolicy", SUBSCRIPTION | {"DeliveryPolicy": RETRIES}, None, "update"),
    Case("AWS::SNS::Subscription", "RedrivePolicy", SUBSCRIPTION | {"RedrivePolicy": {"deadLetterTargetArn": att("QueueB", "Arn")}}, None, "update"),
]


def quiet(call: Any, **kw: Any) -> Any:
    try:
        return call(**kw)
    except ClientError:
        return None


def agreed(found: dict[str, Json | None]) -> Json | None:
    """The document that all of them carry; the lists of those is told beside it."""
    documents = [d for d in found.values() if d]
    assert all(d == documents[0] for d in documents)
    return documents[0] if documents else None


@reader("AWS::SNS::TopicPolicy")
def topic_policy(e: Emulator, ident: str, props: Json) -> Json | None:
    sns = e.client("sns")
    found = {t["TopicArn"]: json.loads(sns.get_topic_attributes(TopicArn=t["TopicArn"])["Attributes"]["Policy"]) for t in sns.list_topics()["Topics"]}
    own = {arn: p for arn, p in found.items() if p.get("Id") != "__default_policy_ID"}
    return {"Topics": list(own), "PolicyDocument": agreed(own)}


@reader("AWS::SQS::QueuePolicy")
def queue_policy(e: Emulator, ident: str, props: Json) -> Json | None:
    sqs = e.client("sqs")
    found = {u: sqs.get_queue_attributes(QueueUrl=u, AttributeNames=["Policy"]).get("Attributes", {}).get("Policy") for u in sqs.list_queues().get("QueueUrls", [])}
    return {"Queues": [u for u, p in found.items() if p], "PolicyDocument": agreed({u: p and json.loads(p) for u, p in found.items()})}


@reader("AWS::IAM::Policy")
def inline_policy(e: Emulator, ident: str, props: Json) -> Json | None:
    found = {}
    for role in [r["RoleName"] for r in iam(e).list_roles()["Roles"]]:
        names = iam(e).list_role_policies(RoleName=role)["PolicyNames"]
        assert names in ([], [props["PolicyName"]])
        found |= {role: iam(e).get_role_policy(RoleName=role, PolicyName=n)["PolicyDocument"] for n in names}
    return {"PolicyName": props["PolicyName"], "Roles": list(found), "PolicyDocument": agreed(found)}


@reader("AWS::SNS::Subscription")
def subscription(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(e.client("sns").get_subscription_attributes, SubscriptionArn=ident)
    if not got:
        return None
    attributes = got["Attributes"]
    return attributes | {k: json.loads(attributes[k]) for k in ("FilterPolicy", "DeliveryPolicy", "RedrivePolicy") if attributes.get(k)}


@reader("DR::S3::BucketReplication")
def bucket_rules(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(e.client("s3").get_bucket_replication, Bucket=ident)
    if not got:
        return None
    rules = [{("Id" if k == "ID" else k): v for k, v in r.items()} for r in got["ReplicationConfiguration"]["Rules"]]
    for r in rules:
        r["Filter"] = {("TagFilter" if k == "Tag" else k): v for k, v in r["Filter"].items()}
    return {"Bucket": ident, "Role": got["ReplicationConfiguration"]["Role"], "Rules": rules}


@reader("AWS::SecretsManager::SecretTargetAttachment")
def attachment(e: Emulator, ident: str, props: Json) -> Json | None:
    value = json.loads(e.client("secretsmanager").get_secret_value(SecretId=ident)["SecretString"])
    if "dbClusterIdentifier" not in value:
        return None
    cluster = e.client("rds").describe_db_clusters(DBClusterIdentifier=value["dbClusterIdentifier"])["DBClusters"][0]
    assert (value["host"], value["port"], value["engine"]) == (cluster["Endpoint"], cluster["Port"], cluster["Engine"])
    assert (value["username"], value["password"]) == ("app", "one two three") and "dbInstanceIdentifier" not in value
    return {"SecretId": ident, "TargetId": value["dbClusterIdentifier"], "TargetType": "AWS::RDS::DBCluster"}


#: The types of this family: matrix.py's own test of completeness does not know them.
KINDS = {c.kind for c in CASES}
OWN = {kind: READERS.pop(kind) for kind in KINDS}


def leftovers(e: Emulator) -> list[str]:
    sns, sqs, s3 = e.client("sns"), e.client("sqs"), e.client("s3")
    found = [t["TopicArn"] for t in sns.list_topics()["Topics"]] + [s["SubscriptionArn"] for s in sns.list_subscriptions()["Subscriptions"]]
    found += sqs.list_queues().get("QueueUrls", []) + [b["Name"] for b in s3.list_buckets()["Buckets"]]
    found += [r["RoleName"] for r in iam(e).list_roles()["Roles"]] + [c["DBClusterIdentifier"] for c in e.client("rds").describe_db_clusters()["DBClusters"]]
    return found + [s["ARN"] for s in e.client("secretsmanager").list_secrets()["SecretList"]]
