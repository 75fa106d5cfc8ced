"""What AWS would hand over without a word: creates that name what somebody else made. They fail before anything is sent,
the thing stays as it is, and the stack's destroy leaves it alone."""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Drplan, Emulator, Json, res, stack
from faultstage import killed

EAST = "us-east-1"           # where CreateBucket takes one's own bucket for a new one
TOPIC = "arn:aws:sns:us-east-1:123456789012:claimed"
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def allow(action: str, resource: str, **more: Any) -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource} | more]}


BUCKET = allow("s3:GetObject", "arn:aws:s3:::claimed/*", Principal={"AWS": "arn:aws:iam::123456789012:root"})
SECRET = allow("secretsmanager:GetSecretValue", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"})
RULE = {"Name": "claimed", "ScheduleExpression": "rate(1 day)"}
ALARM = {"AlarmName": "claimed", "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0,
         "ComparisonOperator": "GreaterThanThreshold"}
BOARD = json.dumps({"widgets": []})
GROUP = {"AutoScalingGroupName": "claimed"}
SCALING = GROUP | {"PolicyName": "claimed", "PolicyType": "SimpleScaling", "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1}
HOOK = GROUP | {"LifecycleHookName": "claimed", "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"}
NIGHT = GROUP | {"ScheduledActionName": "claimed", "MinSize": 0, "MaxSize": 1, "Recurrence": "0 22 * * *"}
METRIC = [{"MetricNamespace": "n", "MetricName": "errors", "MetricValue": "1"}]
ROLE = "arn:aws:iam::123456789012:role/claimed"
MACHINE = json.dumps({"StartAt": "Go", "States": {"Go": {"Type": "Pass", "End": True}}})
QUEUE, QUEUE_ARN = f"https://sqs.{EAST}.amazonaws.com/123456789012/parent", f"arn:aws:sqs:{EAST}:123456789012:parent"
OTHER_TOPIC = f"arn:aws:sns:{EAST}:123456789012:parent"
TO_QUEUE = allow("sqs:SendMessage", QUEUE_ARN, Principal={"AWS": "arn:aws:iam::123456789012:root"})
TO_TOPIC = allow("sns:Publish", OTHER_TOPIC, Principal={"AWS": "arn:aws:iam::123456789012:root"})


def parents(aws: Emulator) -> None:
    ec2, scaling = aws.client("ec2", EAST), aws.client("autoscaling", EAST)
    ec2.create_launch_template(LaunchTemplateName="claimed", LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "t3.micro"})
    scaling.create_auto_scaling_group(AutoScalingGroupName="claimed", MinSize=0, MaxSize=1, AvailabilityZones=[EAST + "a"],
                                      LaunchTemplate={"LaunchTemplateName": "claimed", "Version": "$Latest"})
    aws.client("s3", EAST).create_bucket(Bucket="claimed")
    aws.client("iam", EAST).create_role(RoleName="claimed", AssumeRolePolicyDocument=json.dumps(TRUST))
    aws.client("logs", EAST).create_log_group(logGroupName="claimed")
    aws.client("sqs", EAST).create_queue(QueueName="parent")
    aws.client("sns", EAST).create_topic(Name="parent")
    aws.client("secretsmanager", EAST).create_secret(Name="claimed", SecretString="x")


# Each: the resource, how somebody else makes it, how it is read, how it is taken away.
Client = Callable[[str], Any]
CASES: dict[str, tuple[Json, Callable[[Client], Any], Callable[[Client], Any], Callable[[Client], Any]]] = {
    "Topic": (res("AWS::SNS::Topic", TopicName="claimed"),
              lambda c: c("sns").create_topic(Name="claimed"),
              lambda c: c("sns").get_topic_attributes(TopicArn=TOPIC)["Attributes"],
              lambda c: c("sns").delete_topic(TopicArn=TOPIC)),
    "Queue": (res("AWS::SQS::Queue", QueueName="claimed"),
              lambda c: c("sqs").create_queue(QueueName="claimed"),
              lambda c: c("sqs").get_queue_attributes(QueueUrl=c("sqs").get_queue_url(QueueName="claimed")["QueueUrl"], AttributeNames=["All"])["Attributes"],
              lambda c: c("sqs").delete_queue(QueueUrl=c("sqs").get_queue_url(QueueName="claimed")["QueueUrl"])),
    "Rule": (res("AWS::Events::Rule", **RULE),
             lambda c: c("events").put_rule(**RULE),
             lambda c: c("events").describe_rule(Name="claimed")["ScheduleExpression"],
             lambda c: c("events").delete_rule(Name="claimed")),
    "Alarm": (res("AWS::CloudWatch::Alarm", **ALARM),
              lambda c: c("cloudwatch").put_metric_alarm(**ALARM),
              lambda c: c("cloudwatch").describe_alarms(AlarmNames=["claimed"])["MetricAlarms"][0],
              lambda c: c("cloudwatch").delete_alarms(AlarmNames=["claimed"])),
    "Board": (res("AWS::CloudWatch::Dashboard", DashboardName="claimed", DashboardBody=BOARD),
              lambda c: c("cloudwatch").put_dashboard(DashboardName="claimed", DashboardBody=BOARD),
              lambda c: c("cloudwatch").get_dashboard(DashboardName="claimed")["DashboardBody"],
              lambda c: c("cloudwatch").delete_dashboards(DashboardNames=["claimed"])),
    "BucketPolicy": (res("AWS::S3::BucketPolicy", Bucket="claimed", PolicyDocument=BUCKET),
                     lambda c: c("s3").put_bucket_policy(Bucket="claimed", Policy=json.dumps(BUCKET)),
                     lambda c: c("s3").get_bucket_policy(Bucket="claimed")["Policy"],
                     lambda c: c("s3").delete_bucket_policy(Bucket="claimed")),
    "Bucket": (res("AWS::S3::Bucket", BucketName="claimed-too"),
               lambda c: c("s3").create_bucket(Bucket="claimed-too"),
               lambda c: [b["CreationDate"] for b in c("s3").list_buckets()["Buckets"] if b["Name"] == "claimed-too"][0],
               lambda c: c("s3").delete_bucket(Bucket="claimed-too")),
    "RolePolicy": (res("AWS::IAM::RolePolicy", RoleName="claimed", PolicyName="claimed", PolicyDocument=allow("s3:Get*", "*")),
                   lambda c: c("iam").put_role_policy(RoleName="claimed", PolicyName="claimed", PolicyDocument=json.dumps(allow("s3:Get*", "*"))),
                   lambda c: c("iam").get_role_policy(RoleName="claimed", PolicyName="claimed")["PolicyDocument"],
                   lambda c: c("iam").delete_role_policy(RoleName="claimed", PolicyName="claimed")),
    "SecretPolicy": (res("AWS::SecretsManager::ResourcePolicy", SecretId="claimed", ResourcePolicy=SECRET),
                     lambda c: c("secretsmanager").put_resource_policy(SecretId="claimed", ResourcePolicy=json.dumps(SECRET)),
                     lambda c: c("secretsmanager").get_resource_policy(SecretId="claimed")["ResourcePolicy"],
                     lambda c: c("secretsmanager").delete_resource_policy(SecretId="claimed")),
    "Scaling": (res("AWS::AutoScaling::ScalingPolicy", **{k: v for k, v in SCALING.items() if k != "PolicyName"}),
                lambda c: c("autoscaling").put_scaling_policy(**SCALING),
                lambda c: c("autoscaling").describe_policies(PolicyNames=["claimed"])["ScalingPolicies"][0],
                lambda c: c("autoscaling").delete_policy(**GROUP, PolicyName="claimed")),
    "Hook": (res("AWS::AutoScaling::LifecycleHook", **HOOK),
             lambda c: c("autoscaling").put_lifecycle_hook(**HOOK),
             lambda c: c("autoscaling").describe_lifecycle_hooks(**GROUP)["LifecycleHooks"][0],
             lambda c: c("autoscaling").delete_lifecycle_hook(**GROUP, LifecycleHookName="claimed")),
    "Targets": (res("AWS::ElasticLoadBalancingV2::TargetGroup", Name="claimed", TargetType="lambda"),
                lambda c: c("elbv2").create_target_group(Name="claimed", TargetType="lambda"),
                lambda c: c("elbv2").describe_target_groups(Names=["claimed"])["TargetGroups"],
                lambda c: c("elbv2").delete_target_group(TargetGroupArn=c("elbv2").describe_target_groups(Names=["claimed"])["TargetGroups"][0]["TargetGroupArn"])),
    "Filter": (res("AWS::Logs::MetricFilter", LogGroupName="claimed", FilterName="claimed", FilterPattern="error", MetricTransformations=METRIC),
               lambda c: c("logs").put_metric_filter(logGroupName="claimed", filterName="claimed", filterPattern="error",
                                                     metricTransformations=[{k[0].lower() + k[1:]: v for k, v in METRIC[0].items()}]),
               lambda c: c("logs").describe_metric_filters(logGroupName="claimed")["metricFilters"][0],
               lambda c: c("logs").delete_metric_filter(logGroupName="claimed", filterName="claimed")),
    "Machine": (res("AWS::StepFunctions::StateMachine", StateMachineName="claimed", RoleArn=ROLE, DefinitionString=MACHINE),
                lambda c: c("stepfunctions").create_state_machine(name="claimed", definition=MACHINE, roleArn=ROLE),
                lambda c: c("stepfunctions").describe_state_machine(stateMachineArn=f"arn:aws:states:{EAST}:123456789012:stateMachine:claimed")["creationDate"],
                lambda c: c("stepfunctions").delete_state_machine(stateMachineArn=f"arn:aws:states:{EAST}:123456789012:stateMachine:claimed")),
    "QueuePolicy": (res("AWS::SQS::QueuePolicy", Queues=[QUEUE], PolicyDocument=TO_QUEUE),
                    lambda c: c("sqs").set_queue_attributes(QueueUrl=QUEUE, Attributes={"Policy": json.dumps(TO_QUEUE)}),
                    lambda c: c("sqs").get_queue_attributes(QueueUrl=QUEUE, AttributeNames=["Policy"])["Attributes"],
                    lambda c: c("sqs").set_queue_attributes(QueueUrl=QUEUE, Attributes={"Policy": ""})),
    "TopicPolicy": (res("AWS::SNS::TopicPolicy", Topics=[OTHER_TOPIC], PolicyDocument=TO_TOPIC),
                    lambda c: c("sns").set_topic_attributes(TopicArn=OTHER_TOPIC, AttributeName="Policy", AttributeValue=json.dumps(TO_TOPIC)),
                    lambda c: c("sns").get_topic_attributes(TopicArn=OTHER_TOPIC)["Attributes"]["Policy"],
                    lambda c: None),
    "Subscription": (res("AWS::SNS::Subscription", TopicArn=OTHER_TOPIC, Protocol="sqs", Endpoint=QUEUE_ARN),
                     lambda c: c("sns").subscribe(TopicArn=OTHER_TOPIC, Protocol="sqs", Endpoint=QUEUE_ARN),
                     lambda c: c("sns").list_subscriptions_by_topic(TopicArn=OTHER_TOPIC)["Subscriptions"],
                     lambda c: None),
    "Policy": (res("AWS::IAM::Policy", PolicyName="other", Roles=["claimed"], PolicyDocument=allow("s3:Get*", "*")),
               lambda c: c("iam").put_role_policy(RoleName="claimed", PolicyName="other", PolicyDocument=json.dumps(allow("s3:Get*", "*"))),
               lambda c: c("iam").get_role_policy(RoleName="claimed", PolicyName="other")["PolicyDocument"],
               lambda c: None),
    "Night": (res("AWS::AutoScaling::ScheduledAction", **{k: v for k, v in NIGHT.items() if k != "ScheduledActionName"}),
              lambda c: c("autoscaling").put_scheduled_update_group_action(**NIGHT),
              lambda c: c("autoscaling").describe_scheduled_actions(ScheduledActionNames=["claimed"])["ScheduledUpdateGroupActions"][0],
              lambda c: c("autoscaling").delete_scheduled_action(**GROUP, ScheduledActionName="claimed")),
}
# Made up anew for each stack: nobody else has their names, and others of the same parent do not count.
NAMED_BY_US = {"Scaling", "Night"}
READS = ("Get", "Describe", "List", "Head")


def east(drplan: Drplan) -> Drplan:
    drplan.env["AWS_REGION"] = EAST
    return drplan


@pytest.fixture
def client(aws: Emulator) -> Client:
    parents(aws)
    return lambda service: aws.client(service, EAST)


def test_what_exists_is_not_taken_over(tmp_path: Path, aws: Emulator, client: Client) -> None:
    for _, make, _, _ in CASES.values():
        make(client)
    before = {name: read(client) for name, (_, _, read, _) in CASES.items()}
    runs = {name: east(Drplan(tmp_path / name, aws.url)) for name in CASES if name not in NAMED_BY_US}
    mark = aws.mark()
    started = {}
    for name, run in runs.items():
        run.write("s.yaml", stack(**{name: CASES[name][0]}))
        started[name] = run.start("apply", "-auto-approve", "s.yaml")
    for name, process in started.items():
        _, err = process.communicate(timeout=60)
        assert process.returncode == 1, err
        assert f"{CASES[name][0]['Type']} '" in err and "exists already, and this creation did not make it (AlreadyExists)" in err, err
        assert f"help: import it: `drplan import {name} '" in err, err
    assert not [e for e in aws.log(mark) if not e["operation"].startswith(READS)], aws.calls(mark)
    for run in runs.values():
        assert not run.state()
        run.destroy("s.yaml")
    assert {name: read(client) for name, (_, _, read, _) in CASES.items()} == before


def test_load_balancers(drplan: Drplan, client: Client) -> None:
    """A balancer is told by its name, a listener by its port among those of the balancer."""
    east(drplan)
    ec2, elb = client("ec2"), client("elbv2")
    subnets = [s["SubnetId"] for s in ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]][:2]
    arn = elb.create_load_balancer(Name="claimed", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    reply = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[reply])
    for resource in (res("AWS::ElasticLoadBalancingV2::LoadBalancer", Name="claimed", Subnets=subnets),
                     res("AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[reply])):
        drplan.write("s.yaml", stack(It=resource))
        assert "(AlreadyExists)" in drplan.apply("s.yaml", code=1).err
    resource["Properties"]["Port"] = 81
    drplan.write("s.yaml", stack(It=resource))
    drplan.apply("s.yaml")
    drplan.clean("s.yaml")
    drplan.destroy("s.yaml")
    assert [item["Port"] for item in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]] == [80]


def test_what_is_free_is_made(drplan: Drplan, client: Client) -> None:
    """The same stack after a refusal and once the name is free; others of the same parents are no obstacle."""
    east(drplan)
    drplan.write("s.yaml", stack(**{name: case[0] for name, case in CASES.items()}))
    CASES["Topic"][1](client)
    for name in NAMED_BY_US:
        CASES[name][1](client)
    drplan.apply("s.yaml", code=1)
    CASES["Topic"][3](client)
    client("autoscaling").put_lifecycle_hook(**HOOK | {"LifecycleHookName": "other"})
    drplan.apply("s.yaml")
    drplan.clean("s.yaml")
    assert len(drplan.state()) == len(CASES)
    drplan.destroy("s.yaml")
    assert not drplan.state()
    for name in NAMED_BY_US:
        assert CASES[name][2](client), "somebody else's is still there"


@pytest.mark.parametrize("name", ["Topic", "Queue", "RolePolicy", "Hook"])
def test_an_interrupted_create_is_no_obstacle(name: str, drplan: Drplan, aws: Emulator, client: Client) -> None:
    """Found by its name and tags, by a read for its name, as part of its parent: with and without tags of our own."""
    east(drplan)
    resource, _, read, _ = CASES[name]
    drplan.write("s.yaml", stack(**{name: resource}))
    assert killed(drplan, aws, "hold-after", 1, "apply", "s.yaml", "-auto-approve")
    assert read(client), "it was made, and the answer was lost"
    mark = aws.mark()
    drplan.apply("s.yaml")
    assert not [e for e in aws.log(mark) if not e["operation"].startswith(READS)], "it is taken over as it is"
    drplan.clean("s.yaml")
    assert set(drplan.state()) == {name}
    drplan.destroy("s.yaml")


def test_names_of_one_parent_are_told_apart(drplan: Drplan, client: Client) -> None:
    east(drplan)
    hooks = {f"Hook{i}": res("AWS::AutoScaling::LifecycleHook", **HOOK | {"LifecycleHookName": f"h{i}", "HeartbeatTimeout": 100 + i}) for i in range(3)}
    nights = {f"Night{i}": res("AWS::AutoScaling::ScheduledAction", **{k: v for k, v in NIGHT.items() if k != "ScheduledActionName"} | {"MaxSize": 1 + i})
              for i in range(3)}
    drplan.write("s.yaml", stack(**hooks, **nights))
    drplan.apply("s.yaml")
    drplan.clean("s.yaml")
    scaling = client("autoscaling")
    assert {h["LifecycleHookName"]: h["HeartbeatTimeout"] for h in scaling.describe_lifecycle_hooks(**GROUP)["LifecycleHooks"]} == {f"h{i}": 100 + i for i in range(3)}
    assert {a["MaxSize"] for a in scaling.describe_scheduled_actions(**GROUP)["ScheduledUpdateGroupActions"]} == {1, 2, 3}
    for some in (hooks, nights):
        some[min(some)]["Properties"] |= {"HeartbeatTimeout": 200} if some is hooks else {"MaxSize": 9}
    drplan.write("s.yaml", stack(**hooks, **nights))
    assert drplan.changes("s.yaml") == {"Hook0": "update", "Night0": "update"}
    drplan.apply("s.yaml")
    drplan.clean("s.yaml")
    drplan.write("s.yaml", stack(Hook1=hooks["Hook1"], Night1=nights["Night1"]))
    drplan.apply("s.yaml")
    assert [h["LifecycleHookName"] for h in scaling.describe_lifecycle_hooks(**GROUP)["LifecycleHooks"]] == ["h1"]
    assert [a["MaxSize"] for a in scaling.describe_scheduled_actions(**GROUP)["ScheduledUpdateGroupActions"]] == [2]
    drplan.destroy("s.yaml")


def test_one_name_at_two_addresses(drplan: Drplan, aws: Emulator) -> None:
    """What the stack itself made under another address is not made, and later deleted, a second time."""
    east(drplan)
    topic = res("AWS::SNS::Topic", TopicName="claimed")
    drplan.write("s.yaml", stack(Old=topic))
    drplan.apply("s.yaml")
    drplan.write("s.yaml", stack(Old=topic, New=topic))
    got = drplan.apply("s.yaml", code=1)
    assert set(drplan.state()) == {"Old"}, got.text
    assert aws.client("sns", EAST).list_topics()["Topics"], "it is still there"
    drplan.destroy("s.yaml")
    assert not aws.client("sns", EAST).list_topics()["Topics"]
