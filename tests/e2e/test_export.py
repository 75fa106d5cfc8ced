"""Exported runbooks: the state machine says the same as the runbook, by AWS's own names, and runs in an interpreter of state
machines to its success and to its failure; what cannot be said is refused at its step."""
from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from conftest import Drplan, Emulator, Json
from test_verbs import DR, PRIMARY, aurora, capacity, function, group, recoveries, servers, writer

TAGS = {"Tags": {"Project": "shop"}}
#: what Step Functions calls otherwise than AWS's models do
SERVICES = {"elasticloadbalancingv2": "elbv2", "eventbridge": "events", "cloudwatchlogs": "logs", "applicationautoscaling": "application-autoscaling"}


def stack(steps: list[Json], always: list[Json] | None = None, **more: Any) -> Json:
    """One switch, one topic, and a machine that is made of the runbook, with a role for nothing else."""
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    book = {"From": "primary", "To": "dr", "Steps": steps} | ({"Always": always} if always else {})
    return {
        "Stack": "shop", "Targets": {"primary": {"Region": PRIMARY, "Role": "primary"}, "dr": {"Region": DR, "Role": "recovery"}}, "Defaults": {"Target": "dr"},
        "Lookups": more.get("lookups", {}), "Runbooks": {"failover": book} | more.get("runbooks", {}),
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "shop-alerts"}},
            "Switch": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
                "AlarmName": "shop-switch", "Namespace": "DR/shop", "MetricName": "Failover", "Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 1,
                "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "ignore"}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "shop-machine", "AssumeRolePolicyDocument": trust, "Policies": [
                {"PolicyName": "runbook", "PolicyDocument": {"Fn::GetAtt": ["DR::Runbooks", "failover.PolicyDocument"]}}]}},
            "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
                "StateMachineName": "shop-failover", "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "DefinitionString": {"Fn::GetAtt": ["DR::Runbooks", "failover.StateMachine"]}}},
        } | more.get("resources", {})}


def step(name: str, **verb: Any) -> Json:
    return {"Name": name} | verb


def machine(drplan: Drplan, name: str = "failover", kind: str = "--unplanned") -> Json:
    sim = ["--sim"] if drplan.sim else []
    return json.loads(drplan.run("runbook", "export", name, kind, "-format=stepfunctions", "-state", f".drplan/shop{'.sim' * drplan.sim}.db", *sim).out)


# ------------------------------------------------------------------ what a definition must be
def scopes(states: Json) -> Iterator[tuple[str, Json]]:
    yield states["StartAt"], states["States"]
    for state in states["States"].values():
        for inner in state.get("Branches", []):
            yield from scopes(inner)


def leads_to(state: Json) -> list[str]:
    targets = [state.get("Next"), state.get("Default")] + [c["Next"] for c in state.get("Choices", []) + state.get("Catch", [])]
    return [t for t in targets if t]


def check_shape(definition: Json) -> Json:
    """All states by name. Every one is reached, leads somewhere that exists, and some ends."""
    every: Json = {}
    for start, states in scopes(definition):
        reached, todo = {start}, [start]
        while todo:
            for target in leads_to(states[todo.pop()]):
                assert target in states, target
                if target not in reached:
                    reached.add(target)
                    todo.append(target)
        assert reached == set(states), set(states) - reached
        assert any(s["Type"] in ("Succeed", "Fail") for s in states.values())
        for name, state in states.items():
            assert name not in every and len(name) <= 80, name
            assert (state["Type"] in ("Succeed", "Fail")) == (not leads_to(state)), name
            assert all(isinstance(c["Next"], str) and c["ErrorEquals"] == ["States.ALL"] for c in state.get("Catch", []))
        every |= states
    return every


def documented(name: str) -> str:
    """A member as Step Functions names it: the first run of capitals is one word, and begins with a capital."""
    head = re.match(r"[A-Z]+(?![a-z])|[A-Za-z]", name)
    assert head
    return head[0].lower().capitalize() + name[head.end():]


def check_arguments(value: Any, shape: Shape, where: str) -> None:
    if isinstance(value, str) and value.startswith("{%"):
        assert value.endswith("%}"), where
    elif isinstance(shape, StructureShape):
        members = {documented(n): s for n, s in shape.members.items()}
        for key, below in value.items():
            assert key in members, f"{where}: {key}"
            check_arguments(below, members[key], f"{where}.{key}")
    elif isinstance(shape, ListShape):
        for below in value:
            check_arguments(below, shape.member, where)
    elif isinstance(shape, MapShape):
        for below in value.values():
            check_arguments(below, shape.value, where)
    else:
        kinds = {"boolean": bool, "integer": int, "long": int, "float": (int, float), "double": (int, float)}
        assert isinstance(value, kinds.get(shape.type_name, str)), f"{where}: {value!r}"


def check_calls(states: Json) -> set[str]:
    """Operations that the machine calls, each by its documented name and with members that AWS's model has."""
    session, called = botocore.session.get_session(), set()
    for name, state in states.items():
        if state["Type"] != "Task" or ":aws-sdk:" not in state["Resource"]:
            continue
        service, action = re.fullmatch(r"arn:aws:states:::aws-sdk:(\w+):([a-z]\w+)", state["Resource"]).groups()   # type: ignore[union-attr]
        model = session.get_service_model(SERVICES.get(service, service)).operation_model(action[0].upper() + action[1:])
        if model.input_shape:
            check_arguments(state["Arguments"], model.input_shape, name)
            assert {documented(r) for r in model.input_shape.required_members} <= set(state["Arguments"]), name
        called.add(model.name)
    return called


def check_policy(document: Json, called: set[str]) -> None:
    """Each call is allowed and nothing else, but for what DRS does on the caller's behalf."""
    allowed = [a for s in document["Statement"] if "Condition" not in s for a in s["Action"]]
    names = {a.split(":")[1] for a in allowed}
    assert called <= names and names - called <= {"TagResource", "AddTagsToResource", "InvokeFunction"}
    assert all(s["Resource"] for s in document["Statement"])


EVERYTHING = [
    step("announce", Notify={"Topic": "Topic", "Subject": "started ❄"}, OnFailure="continue"),
    step("measure", Measure={"RPO": {"Replication": {"Target": "dr", "Servers": TAGS, "Value": "LagDuration"}}}, OnFailure="continue"),
    step("planned only", Wait={"For": "1m"}, When="planned"),
    step("databases", Recover={"Target": "dr", "Servers": {"Tags": {"Project": "shop", "Tier": "database"}}}),
    step("group", Parallel=[step("others", Recover={"Target": "dr", "Servers": TAGS, "Tiers": ["application", "web"]}), step("pause", Wait={"For": "1s"})]),
    step("promote", PromoteAurora={"Global": "World", "To": "DrCluster"}),
    step("machines", Capacity={"Of": "AppGroup", "Min": 2, "Desired": 2, "Healthy": "Group"}),
    step("kept", KeepSnapshot={"Cluster": "DrCluster", "Prefix": "rds:", "As": "kept"}),
    step("asks", Invoke={"Function": "probe", "Payload": {"n": 1, "text": "{% $danger %}"}, "Expect": {"ok": True, "rows_at_least": 1}, "Target": "dr"}),
    step("calls", Call={"Service": "rds", "Operation": "RebootDBInstance", "Parameters": {"DBInstanceIdentifier": "x", "ForceFailover": True},
                        "Unless": {"Operation": "DescribeDBInstances", "Parameters": {"DBInstanceIdentifier": "x"}, "Path": "DBInstances[0].DBInstanceStatus", "Is": ["rebooting"]}}),
    step("jobs", Call={"Service": "events", "Operation": "EnableRule", "Parameters": {"Name": "nightly"}}),
    step("told on", Call={"Service": "logs", "Operation": "DeleteRetentionPolicy", "Parameters": {"logGroupName": "shop"}}),
    step("scaling", Call={"Service": "application-autoscaling", "Operation": "DescribeScalableTargets", "Parameters": {"ServiceNamespace": "ecs"}}),
    step("works", Check=[
        {"Writer": {"Of": "World", "Is": "DrCluster"}}, {"Member": {"Of": "World", "Cluster": "DrCluster"}}, {"State": {"Of": ["DrCluster"], "Is": "available"}},
        {"Alarm": {"Of": "Switch", "Is": ["OK", "INSUFFICIENT_DATA"]}}, {"Replication": {"Target": "dr", "Servers": TAGS, "LagBelow": "1m", "Is": "CONTINUOUS"}},
        {"Metric": {"Namespace": "AWS/RDS", "MetricName": "Lag", "Dimensions": {"DBClusterIdentifier": "DrCluster"}, "Below": 5000, "Scale": 0.5}},
        {"State": {"Target": "dr", "Servers": TAGS, "Is": "running"}}, {"Credentials": {"Target": "dr"}}, {"Invoke": {"Function": "probe", "Expect": {"ok": True}, "Target": "dr"}}]),
    step("move", Dns={"Switch": "Switch", "To": "dr"}, StopsClock=True),
    step("protect", ReverseReplication={"From": "dr", "To": "primary", "Servers": TAGS}, OnFailure="continue"),
    step("mode", Apply={"Mode": "active", "Only": "mode"}, Export=False),
]
CLEANING = [step("clean", CleanUp={"Target": "dr", "RecoveryInstances": TAGS | {"Drill": True}, "Disconnect": True}), step("told", Notify={"Topic": "Topic", "Subject": "over"})]


def lookup(kind: str, target: str = "dr", **match: str) -> Json:
    return {"Type": kind, "Target": target, "Match": match}


LOOKUPS = {"World": lookup("AWS::RDS::GlobalCluster", Id="world"), "DrCluster": lookup("AWS::RDS::DBCluster", DBClusterIdentifier="dr-cluster"),
           "PrimaryCluster": lookup("AWS::RDS::DBCluster", "primary", DBClusterIdentifier="primary-cluster"), "AppGroup": lookup("AWS::AutoScaling::AutoScalingGroup", AutoScalingGroupName="app")}
TARGETS = {"Group": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {"Name": "shop", "TargetType": "lambda"}}}


def test_names_are_those_that_aws_documents() -> None:
    assert [documented(n) for n in ("DBClusterIdentifier", "TargetDbClusterIdentifier", "sourceServerIDs", "VpcId", "maxResults", "AutoScalingGroupARN")] == [
        "DbClusterIdentifier", "TargetDbClusterIdentifier", "SourceServerIDs", "VpcId", "MaxResults", "AutoScalingGroupARN"]


def test_every_verb_and_check_is_said_by_the_models(drplan: Drplan, aws: Emulator) -> None:
    aurora(aws)
    group(aws, "app", DR)
    drplan.write("stack.yaml", stack(EVERYTHING, CLEANING, lookups=LOOKUPS, resources=TARGETS))
    drplan.apply()
    drplan.clean()
    made = aws.client("stepfunctions").describe_state_machine(stateMachineArn=drplan.ids()["Machine"])["definition"]
    definition = machine(drplan)
    assert json.loads(made) == definition, "the attribute and the command say the same"
    states = check_shape(definition)
    called = check_calls(states)
    assert {"FailoverGlobalCluster", "StartRecovery", "PutMetricData", "ReverseReplication", "TerminateRecoveryInstances", "CopyDBClusterSnapshot", "RebootDBInstance", "EnableRule"} <= called
    assert "planned only" not in states and "mode" not in states and "planned only" in machine(drplan, kind="--unplanned") | {"planned only": 1}
    assert states["asks: look"]["Arguments"]["Payload"] == {"n": 1, "text": '{% "{% $danger %}" %}'}, "a text of the stack is never an expression"
    policy = json.loads(drplan.run("runbook", "export", "failover", "--unplanned", "--iam-policy", "-state", ".drplan/shop.db").out)
    check_policy(policy, called)
    role = aws.client("iam", PRIMARY).get_role_policy(RoleName="shop-machine", PolicyName="runbook")["PolicyDocument"]
    assert role["Statement"] == policy["Statement"]


@pytest.mark.parametrize(("given", "words"), [
    (step("converge", Apply={"Mode": "active", "Only": "mode"}), "only drplan carries out its verb"),
    (step("program", Command={"Argv": ["true"]}), "only drplan carries out its verb"),
    (step("go", Approval={"Ask": "Go?"}), "only drplan carries out its verb"),
    (step("web", Check=[{"Http": {"Url": "https://example.com"}}]), "a state machine cannot ask the check Http"),
    (step("far", Notify={"Topic": "Far", "Subject": "x"}), "calls its own region alone"),
    (step("back", Notify={"Topic": "Topic", "Subject": "x"}, OnFailure="undo"), "OnFailure: undo"),
    (step("then", Recover={"Target": "dr", "Servers": TAGS, "PointInTime": "15m"}), "PointInTime"),
    (step("wrong", Call={"Service": "rds", "Operation": "RebootDBCluster", "Parameters": {"Identifier": "x"}}), "no parameter Identifier"),
    (step("path", Call={"Service": "rds", "Operation": "RebootDBInstance", "Parameters": {"DBInstanceIdentifier": "x"}, "Unless": {
        "Operation": "DescribeDBInstances", "Path": "DBInstances[0] or true", "Is": "x"}}), "no DBInstances in the answer"),
    (step("id", Notify={"Topic": "Topic", "Subject": {"Fn::Sub": "${DR::RunId}"}}), "DR::RunId"),
])
def test_what_cannot_be_said_is_refused_at_its_step(sim: Drplan, given: Json, words: str) -> None:
    far = {"Far": {"Type": "AWS::SNS::Topic", "Target": "primary", "Properties": {"TopicName": "far"}}}
    sim.write("stack.yaml", stack([step("first", Wait={"For": "1s"}), given], resources=far))
    got = sim.run("plan", code=1)
    assert words in got.err and re.search(r"stack\.yaml:\d+:\d+: error", got.err), got.text
    sim.write("stack.yaml", stack([step("first", Wait={"For": "1s"}), given | {"Export": False}], resources=far))
    sim.run("plan")


def test_the_kind_is_said(sim: Drplan) -> None:
    sim.write("stack.yaml", stack([step("first", Wait={"For": "1s"})]))
    sim.apply()
    assert "there is no default" in sim.run("runbook", "export", "failover", "--sim", "-state", ".drplan/shop.sim.db", code=64).err
    assert sim.run("runbook", "export", "failover", "--planned", "-format=png", "--sim", "-state", ".drplan/shop.sim.db", code=64).err
    check_shape(machine(sim, kind="--planned"))


# ------------------------------------------------------------------ carried out
@pytest.fixture
def interpreted(aws: Emulator) -> Iterator[Emulator]:
    """State machines run, and call the emulator like anybody."""
    configure(aws, True)
    yield aws
    configure(aws, False)


def configure(aws: Emulator, on: bool) -> None:
    import urllib.request
    body = json.dumps({"stepfunctions": {"execute_state_machine": on}}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{aws.url}/moto-api/config", body, {"Content-Type": "application/json"}), timeout=10).close()


def carry_out(aws: Emulator, definition: Json, bound: float = 60) -> Json:
    """An execution's end; pauses are one second long."""
    states = aws.client("stepfunctions")
    text = re.sub(r'"Seconds": \d+', '"Seconds": 1', json.dumps(definition))
    arn = states.create_state_machine(name=f"quick-{time.time_ns()}", definition=text, roleArn="arn:aws:iam::123456789012:role/machine")["stateMachineArn"]
    execution, until = states.start_execution(stateMachineArn=arn, input="{}")["executionArn"], time.time() + bound
    while (said := states.describe_execution(executionArn=execution))["status"] == "RUNNING" and time.time() < until:
        time.sleep(0.2)
    return said


def changing(aws: Emulator, since: int) -> list[str]:
    acts = ("StartRecovery", "FailoverGlobalCluster", "SwitchoverGlobalCluster", "UpdateAutoScalingGroup", "PutMetricData", "Publish", "TerminateRecoveryInstances")
    return [e["operation"] for e in aws.log(since) if e["operation"] in acts and e["status"] < 300]


SERVERS = [
    step("announce", Notify={"Topic": "Topic", "Subject": "started"}, OnFailure="continue"),
    step("measure", Measure={"RPO": {"Replication": {"Target": "dr", "Servers": TAGS, "Value": "LagDuration"}}}, Timeout="10s"),
    step("databases", Recover={"Target": "dr", "Servers": {"Tags": {"Project": "shop", "Tier": "database"}}}, Timeout="1m"),
    step("others", Parallel=[step("web", Recover={"Target": "dr", "Servers": TAGS, "Tiers": ["application", "web"]}, Timeout="1m"), step("pause", Wait={"For": "1s"})]),
    step("up", Check=[{"State": {"Target": "dr", "Servers": TAGS, "Is": "running"}}, {"Credentials": {"Target": "dr"}}], Timeout="30s"),
    step("move", Dns={"Switch": "Switch", "To": "dr"}, Timeout="30s", StopsClock=True),
]


def ready(aws: Emulator, drplan: Drplan, steps: list[Json], always: list[Json] | None = None, **more: Any) -> Json:
    drplan.write("stack.yaml", stack(steps, always, **more))
    drplan.apply()
    return machine(drplan)


def project(aws: Emulator, **more: Any) -> None:
    for tier in ("database", "application", "web"):
        aws.control("POST", "drs/source-servers", {"region": DR, "hostname": tier, "lag": "PT1M1.5S", "tags": {"Project": "shop", "Tier": tier}} | more.get(tier, {}))


def test_servers_are_recovered_to_the_end(drplan: Drplan, interpreted: Emulator) -> None:
    servers(interpreted, 1)
    project(interpreted)
    definition = ready(interpreted, drplan, SERVERS, [step("told", Notify={"Topic": "Topic", "Subject": "over"})])
    since = interpreted.mark()
    said = carry_out(interpreted, definition)
    assert said["status"] == "SUCCEEDED", said
    output = json.loads(said["output"])
    assert output["Gaps"] == [] and output["RpoSeconds"] == 61.5 and output["RtoSeconds"] > 1
    assert len([r for r in recoveries(interpreted) if r["ec2InstanceState"] == "RUNNING"]) == 3
    assert interpreted.client("cloudwatch").describe_alarms(AlarmNames=["shop-switch"])["MetricAlarms"][0]["StateValue"] == "ALARM"
    assert changing(interpreted, since) == ["Publish", "StartRecovery", "StartRecovery", "StartRecovery", "PutMetricData", "Publish"]
    again = interpreted.mark()
    assert carry_out(interpreted, definition)["status"] == "SUCCEEDED"
    assert changing(interpreted, again) == ["Publish", "Publish"], "what holds is not done again"


def test_a_step_that_fails_is_named_and_what_runs_always_runs(drplan: Drplan, interpreted: Emulator) -> None:
    servers(interpreted, 1)
    project(interpreted, web={"failLaunch": True})
    definition = ready(interpreted, drplan, SERVERS, [step("told", Notify={"Topic": "Topic", "Subject": "over"})])
    since = interpreted.mark()
    said = carry_out(interpreted, definition)
    assert said["status"] == "FAILED" and said["error"] == "drplan.StepFailed", said
    assert said["cause"].startswith("step 'web': drplan.Failed: servers that did not start: s-"), said["cause"]
    assert changing(interpreted, since)[-1] == "Publish" and "PutMetricData" not in changing(interpreted, since)


def test_a_drill_leaves_production_alone(drplan: Drplan, interpreted: Emulator) -> None:
    servers(interpreted, 1)
    project(interpreted)

    def book(**more: bool) -> Json:
        return {"From": "primary", "To": "dr", "Steps": [step("databases", Recover={"Target": "dr", "Servers": {"Tags": {"Project": "shop", "Tier": "database"}}} | more, Timeout="1m")]}
    real = ready(interpreted, drplan, book()["Steps"], runbooks={"exercise": book(Drill=True)})
    drill = machine(drplan, "exercise")
    check_shape(drill)
    for definition in (drill, real):
        assert carry_out(interpreted, definition)["status"] == "SUCCEEDED"
    since = interpreted.mark()
    said = carry_out(interpreted, drill)
    assert said["status"] == "FAILED" and "a drill would end what runs as a recovery instance: s-" in said["cause"], said
    assert changing(interpreted, since) == []


def test_the_first_measure_counts(drplan: Drplan, interpreted: Emulator) -> None:
    servers(interpreted, 1)
    project(interpreted, web={"lag": "PT5S"})

    def measure(name: str, tier: str) -> Json:
        return step(name, Measure={"RPO": {"Replication": {"Target": "dr", "Servers": {"Tags": {"Tier": tier}}, "Value": "LagDuration"}}}, Timeout="10s")
    steps = [step("beside", Parallel=[measure("one", "database"), step("pause", Wait={"For": "1s"})]), measure("two", "web")]
    said = carry_out(interpreted, ready(interpreted, drplan, steps))
    assert said["status"] == "SUCCEEDED" and json.loads(said["output"])["RpoSeconds"] == 61.5, said


def test_time_and_gaps(drplan: Drplan, interpreted: Emulator) -> None:
    group(interpreted, "app", DR)
    late = [step("sure", Check=[{"Alarm": {"Of": "Switch", "Is": "ALARM"}}], Timeout="2s", OnFailure="continue"),
            step("never", Check=[{"Alarm": {"Of": "Switch", "Is": "ALARM"}}], Timeout="2s")]
    said = carry_out(interpreted, ready(interpreted, drplan, late))
    assert said["status"] == "FAILED" and re.fullmatch(r"step 'never': drplan.TimedOut: not done within 2.0 s: alarms are \w+", said["cause"]), said["cause"]
    said = carry_out(interpreted, ready(interpreted, drplan, late[:1]))
    assert said["status"] == "SUCCEEDED" and json.loads(said["output"])["Gaps"][0].startswith("step 'sure': drplan.TimedOut")


def test_a_database_and_machines(drplan: Drplan, interpreted: Emulator) -> None:
    aurora(interpreted)
    group(interpreted, "app", DR)
    tier = [step("tier", Timeout="1m", Parallel=[step("promote", PromoteAurora={"Global": "World", "To": "DrCluster"}), step("machines", Capacity={"Of": "AppGroup", "Min": 2, "Desired": 2})]),
            step("works", Check=[{"Writer": {"Of": "World", "Is": "DrCluster"}}, {"State": {"Of": "DrCluster", "Is": "available"}}], Timeout="30s")]
    back = {"From": "dr", "To": "primary", "Steps": [
        step("empty", Capacity={"Of": "AppGroup", "Min": 0, "Desired": 0}, Timeout="1m"), step("switch", PromoteAurora={"Global": "World", "To": "PrimaryCluster", "Planned": True}, Timeout="1m"),
        step("works", Check=[{"Writer": {"Of": "World", "Is": "PrimaryCluster"}}], Timeout="1m")]}
    definition = ready(interpreted, drplan, tier, lookups=LOOKUPS, runbooks={"failback": back})
    since = interpreted.mark()
    said = carry_out(interpreted, definition)
    assert said["status"] == "SUCCEEDED", said
    assert writer(interpreted).endswith(":dr-cluster") and capacity(interpreted)[0] == 2
    assert {e["region"] for e in interpreted.log(since) if e["operation"] == "FailoverGlobalCluster"} == {DR}
    said = carry_out(interpreted, machine(drplan, "failback"))
    assert said["status"] == "SUCCEEDED", said
    assert writer(interpreted).endswith(":primary-cluster") and capacity(interpreted)[2] == 0


def test_a_function_is_asked(drplan: Drplan, interpreted: Emulator) -> None:
    function(interpreted)
    asks = [step("asks", Invoke={"Function": "probe", "Payload": {"n": 1}, "Expect": {"ok": True, "rows_at_least": 2}, "Target": "dr"}, Timeout="20s")]
    definition = ready(interpreted, drplan, asks)
    interpreted.functions_answer(DR, {"ok": True, "rows": 3})
    said = carry_out(interpreted, definition)
    assert said["status"] == "SUCCEEDED", said["cause"]
    interpreted.functions_answer(DR, {"ok": True, "rows": 1})
    assert "other than expected" in carry_out(interpreted, definition)["cause"]
