"""What carries no tags, and was perhaps made by an interrupted run: taken only if a look told that nothing stood there."""
from __future__ import annotations

import json

from conftest import Drplan, Emulator, ref, res, stack
from faultstage import forget_faults, killed_at_hold

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def test_killed_before_it_was_looked_for(drplan: Drplan, aws: Emulator) -> None:
    """Somebody else's inline policy, the same word for word, is neither taken nor deleted."""
    iam = aws.client("iam", "us-east-1")
    iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=json.dumps(TRUST))
    drplan.write("s.yaml", stack(Inline=res("AWS::IAM::RolePolicy", RoleName="theirs", PolicyName="p", PolicyDocument=ALLOW)))
    aws.fault(operation="GetRolePolicy", kind="hold-before", times=1)
    assert killed_at_hold(drplan, aws, "apply", "s.yaml", "-auto-approve")
    iam.put_role_policy(RoleName="theirs", PolicyName="p", PolicyDocument=json.dumps(ALLOW))
    got = drplan.run("apply", "s.yaml", "-auto-approve", code=None)
    assert "may have been there before" in got.err and "drplan state adopt Inline ID" in got.err and drplan.state() == {}, got.text
    drplan.run("state", "forget", "Inline")
    got = drplan.run("apply", "s.yaml", "-auto-approve", code=1)
    assert "exists already" in got.err and "import it" in got.err
    assert iam.get_role_policy(RoleName="theirs", PolicyName="p")["PolicyDocument"] == ALLOW
    iam.delete_role_policy(RoleName="theirs", PolicyName="p")
    drplan.apply("s.yaml")
    drplan.clean("s.yaml")
    drplan.destroy("s.yaml")
    assert iam.list_role_policies(RoleName="theirs")["PolicyNames"] == []


def test_killed_after_it_was_looked_for(drplan: Drplan, aws: Emulator) -> None:
    iam = aws.client("iam", "us-east-1")
    drplan.write("s.yaml", stack(Role=res("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST),
                                 Inline=res("AWS::IAM::RolePolicy", RoleName=ref("Role"), PolicyName="p", PolicyDocument=ALLOW),
                                 Bucket=res("AWS::S3::Bucket"), Topic=res("AWS::SNS::Topic"),
                                 Sub=res("AWS::SNS::Subscription", TopicArn=ref("Topic"), Protocol="sqs", Endpoint="arn:aws:sqs:us-west-2:123456789012:q")))
    for operation in ("PutRolePolicy", "Subscribe"):
        for kind in ("hold-before", "hold-after"):
            aws.fault(operation=operation, kind=kind, times=1)
            assert killed_at_hold(drplan, aws, "apply", "s.yaml", "-auto-approve")
            forget_faults(aws)
            drplan.apply("s.yaml")
            drplan.clean("s.yaml")
            assert len(drplan.state()) == 5
            drplan.destroy("s.yaml")
            assert iam.list_roles()["Roles"] == [] and aws.client("sns").list_subscriptions()["Subscriptions"] == []
