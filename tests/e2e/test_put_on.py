"""Policies, replication rules and attachments among what others put there: lost answers, drift, owners of one list, and
what is left behind."""
from __future__ import annotations

import json

import matrix
import matrix_lists
import pytest
from conftest import Drplan, Emulator, Json, ref, res, stack
from faultstage import forget_faults
from matrix_iam import allow
from matrix_lists import ROLE, RULES, leftovers, rule, sender


def policy_stack() -> Json:
    return stack(**{"A": res("AWS::SNS::Topic", TopicName="a"), "B": res("AWS::SNS::Topic", TopicName="b"),
                  "P": res("AWS::SNS::TopicPolicy", Topics=[ref("A"), ref("B")], PolicyDocument=sender("s3.amazonaws.com", "sns:Publish"))})


def policies(aws: Emulator) -> dict[str, Json]:
    sns = aws.client("sns")
    return {t["TopicArn"].rsplit(":", 1)[1]: json.loads(sns.get_topic_attributes(TopicArn=t["TopicArn"])["Attributes"]["Policy"]) for t in sns.list_topics()["Topics"]}


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
def test_lost_answers_between_two_topics(kind: str, nth: int, drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", policy_stack())
    aws.fault(kind=kind, service="sns", operation="SetTopicAttributes", nth=list(range(nth, 50)))      # however often it is tried
    drplan.apply("--on-failure=keep", code=1)
    forget_faults(aws)
    drplan.apply()
    drplan.clean()
    assert {name: p["Statement"][0]["Principal"] for name, p in policies(aws).items()} == {n: {"Service": "s3.amazonaws.com"} for n in "ab"}
    drplan.destroy()
    assert not leftovers(aws)


def test_topic_keeps_a_policy(drplan: Drplan, aws: Emulator) -> None:
    """A topic is never without one: what is left is the policy that AWS makes a topic with."""
    drplan.write("stack.yaml", stack(**{"A": res("AWS::SNS::Topic", TopicName="a"), "B": res("AWS::SNS::Topic", TopicName="b")}))
    drplan.apply()
    made = policies(aws)
    drplan.write("stack.yaml", policy_stack())
    drplan.apply()
    aws.client("sns").set_topic_attributes(TopicArn=drplan.ids()["B"], AttributeName="Policy", AttributeValue=json.dumps(sender("ec2.amazonaws.com", "sns:Publish")))
    assert drplan.changes() == {"P": "update"}
    drplan.apply()
    drplan.clean()
    drplan.write("stack.yaml", stack(**{"A": res("AWS::SNS::Topic", TopicName="a"), "B": res("AWS::SNS::Topic", TopicName="b")}))
    drplan.apply()
    left = policies(aws)
    for name in "ab":
        assert (left[name]["Id"], left[name]["Statement"][0]["Resource"]) == (made[name]["Id"], made[name]["Statement"][0]["Resource"])


FOREIGN = {"ID": "foreign", "Status": "Enabled", "Priority": 9, "Filter": {"Prefix": "theirs"}, "DeleteMarkerReplication": {"Status": "Disabled"},
           "Destination": {"Bucket": "arn:aws:s3:::matrix-theirs"}}


def foreign_bucket(aws: Emulator, *rules: Json) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_bucket_versioning(Bucket="theirs", VersioningConfiguration={"Status": "Enabled"})
    if rules:
        s3.put_bucket_replication(Bucket="theirs", ReplicationConfiguration={"Role": ROLE, "Rules": list(rules)})


def rule_ids(aws: Emulator) -> list[str]:
    return [r["ID"] for r in aws.client("s3").get_bucket_replication(Bucket="theirs")["ReplicationConfiguration"]["Rules"]]


def replication(**more: object) -> Json:
    return stack(**{"R": res("DR::S3::BucketReplication", **(RULES | {"Bucket": "theirs", "Role": ROLE} | more))})


def test_rules_of_others_stay(drplan: Drplan, aws: Emulator) -> None:
    foreign_bucket(aws, FOREIGN)
    drplan.write("stack.yaml", replication())
    drplan.apply()
    drplan.clean()
    assert rule_ids(aws) == ["foreign", "one", "two"]
    drplan.write("stack.yaml", replication(Rules=[rule("two", 2)]))
    drplan.apply()
    drplan.clean()
    assert rule_ids(aws) == ["foreign", "two"]
    drplan.write("stack.yaml", replication(Rules=[rule("two", 2)], Role=ROLE + "-2"))
    assert "for the elements of others too" in drplan.apply(code=1).err
    drplan.write("stack.yaml", replication(Rules=[rule("two", 2)]))
    drplan.destroy()
    assert rule_ids(aws) == ["foreign"]
    aws.client("s3").delete_bucket(Bucket="theirs")


def test_a_rule_of_others_is_not_taken_over(drplan: Drplan, aws: Emulator) -> None:
    foreign_bucket(aws, FOREIGN | {"ID": "one"})
    drplan.write("stack.yaml", replication())
    assert "is there already, and not ours" in drplan.apply(code=1).err
    assert rule_ids(aws) == ["one"]
    aws.client("s3").delete_bucket(Bucket="theirs")


def test_two_sets_of_rules_on_one_bucket(drplan: Drplan, aws: Emulator) -> None:
    foreign_bucket(aws)
    both = stack(**{name: res("DR::S3::BucketReplication", Bucket="theirs", Role=ROLE, Rules=[rule(name, n)]) for n, name in enumerate(("Left", "Right"), 1)})
    drplan.write("stack.yaml", both)
    drplan.apply()
    drplan.clean()
    assert sorted(rule_ids(aws)) == ["Left", "Right"]
    drplan.destroy()
    aws.client("s3").delete_bucket(Bucket="theirs")


def test_rules_need_ids(drplan: Drplan) -> None:
    nameless = {k: v for k, v in rule("one", 1).items() if k != "Id"}
    drplan.write("stack.yaml", replication(Rules=[nameless]))
    assert "Id" in drplan.run("validate", code=1).err


def test_a_secret_does_not_leak(drplan: Drplan, aws: Emulator) -> None:
    made = {"SecretStringTemplate": '{"username":"app"}', "GenerateStringKey": "password", "PasswordLength": 30, "ExcludePunctuation": True}
    drplan.write("stack.yaml", stack(**{"Login": res("AWS::SecretsManager::Secret", Name="login", GenerateSecretString=made), "Data": matrix.CONTEXT["DataA"],
                                        "X": res("AWS::SecretsManager::SecretTargetAttachment", SecretId=ref("Login"), TargetId=ref("Data"), TargetType="AWS::RDS::DBCluster")}))
    told = drplan.run("apply", "-auto-approve", "--trace")
    value = json.loads(aws.client("secretsmanager").get_secret_value(SecretId="login")["SecretString"])
    assert value["host"] and len(value["password"]) == 30 and value["username"] == "app"
    assert value["password"] not in told.out + told.err
    assert not [p for p in (drplan.folder / ".drplan").iterdir() if value["password"].encode() in p.read_bytes()]
    drplan.destroy()
    assert not leftovers(aws)


def test_policy_users_are_refused(drplan: Drplan) -> None:
    drplan.write("stack.yaml", stack(**{"P": res("AWS::IAM::Policy", PolicyName="p", Users=["somebody"], PolicyDocument=allow("s3:*"))}))
    assert "not supported" in drplan.run("validate", code=1).err


def test_inline_policies_of_two_owners(drplan: Drplan, aws: Emulator) -> None:
    """A role's own inline policies, and one that is put on it: neither is the other's drift."""
    own = [{"PolicyName": "own", "PolicyDocument": allow("s3:GetObject")}]
    role = matrix.CONTEXT["RoleA"]["Properties"]
    template = stack(**{"Role": res("AWS::IAM::Role", **(role | {"Policies": own})), "Bare": matrix.CONTEXT["RoleB"],
                        "Put": res("AWS::IAM::Policy", PolicyName="put", Roles=[ref("Bare"), ref("Role")], PolicyDocument=allow("sqs:*"))})
    drplan.write("stack.yaml", template)
    drplan.apply()
    drplan.clean()
    template["Resources"]["Role"]["Properties"]["Policies"] = []
    drplan.write("stack.yaml", template)
    assert drplan.changes() == {"Role": "update"}
    drplan.apply()
    drplan.clean()
    iam = matrix_lists.iam(aws)
    assert [iam.list_role_policies(RoleName=n)["PolicyNames"] for n in ("matrix-role-a", "matrix-role-b")] == [["put"], ["put"]]
    drplan.destroy()
    assert not leftovers(aws)
