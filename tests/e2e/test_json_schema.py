"""The JSON Schema for editors against what the loader takes: every example, and drplan's own extensions of CloudFormation, each
valid for both; and what the schema is there to catch."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import TOP, Drplan, Json, att, ref, res, stack

SEEDS = {"servers.yaml"}  # what the simulator's world begins with: not stacks

ROLE = "arn:aws:iam::123456789012:role/r"
CODE = {"Runtime": "python3.12", "Handler": "index.handler", "Role": ROLE}
TARGETS = {"primary": {"Region": "us-east-1", "Role": "primary"}, "dr": {"Region": "us-west-2", "Role": "recovery", "Profile": "dr", "Priority": 1}}


class Short(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def long_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    value = loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node, True) \
        if isinstance(node, yaml.SequenceNode) else loader.construct_mapping(node, True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Short.add_multi_constructor("!", long_form)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> jsonschema.Draft7Validator:
    schema = json.loads(Drplan(tmp_path_factory.mktemp("judge"), None).run("schema", "--json-schema").out)
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def said(judge: jsonschema.Draft7Validator, tree: Any) -> list[str]:
    tree = json.loads(json.dumps(tree, default=str))
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in judge.iter_errors(tree)]


@pytest.mark.parametrize("path", sorted(p for p in TOP.glob("examples/*/*.yaml") if p.name not in SEEDS), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_examples(path: Path, judge: jsonschema.Draft7Validator) -> None:
    assert not said(judge, yaml.load(path.read_text(), Short))


MACHINE = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
EXTENSIONS: dict[str, Json] = {
    "a local path as code": stack(F=res("AWS::Lambda::Function", Code="f", **CODE)),
    "source as code": stack(F=res("AWS::Lambda::Function", Code={"ZipFile": "def handler(e, c): pass\n"}, **CODE)),
    "a state machine's local file": stack(M=res("AWS::StepFunctions::StateMachine", RoleArn=ROLE, DefinitionS3Location="machine.json")),
    "a state machine's tree": stack(M=res("AWS::StepFunctions::StateMachine", RoleArn=ROLE, Definition=MACHINE)),
    "a local file": stack(F=res("DR::Local::File", Path="out/run.sh", Content="x", Mode="0755")),
    "targets": stack(V=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16") | {"Target": "dr", "Phase": "networking", "Ignore": ["Tags"]})
    | {"Stack": "app", "Targets": TARGETS, "Defaults": {"Target": "primary", "Tags": {"A": "b"}, "OwnTags": False}, "Objectives": {"RTO": "15m", "RPO": "1m"}},
    "phases": stack(V=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")) | {"Phases": ["networking", {"Name": "compute", "OnFailure": "pause", "Gate": [{"Tcp": {"Host": "a", "Port": 80}}]}]},
    "lookups": stack(S=res("AWS::EC2::Subnet", VpcId=att("Net", "VpcId"), CidrBlock="10.0.0.0/24")) | {"Lookups": {"Net": {"Type": "AWS::EC2::VPC", "Match": {"Tags": {"Name": "x"}}}}},
    "a module": stack(M=res("AWS::CloudFormation::Stack", TemplateURL="module.yaml", Parameters={"A": "b"}) | {"Phase": "compute"}),
    "texts for numbers": stack(V=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16", EnableDnsSupport="true"), Q=res("AWS::SQS::Queue", DelaySeconds="5")),
    "a loop": {"Transform": "AWS::LanguageExtensions", "Resources": {"Fn::ForEach::Nets": ["N", ["A", "B"], {"Vpc${N}": res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")}]}},
    "parameters": {"Parameters": {"A": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a", "NoEcho": True}}} | stack(Q=res("AWS::SQS::Queue", QueueName=ref("A"))),
    "a schema's address": {"$schema": "drplan.schema.json"} | stack(Q=res("AWS::SQS::Queue")),
}


@pytest.mark.parametrize("name", EXTENSIONS)
def test_extensions(name: str, judge: jsonschema.Draft7Validator, sim: Drplan) -> None:
    sim.write("f/index.py", "def handler(e, c): pass\n")
    sim.write("machine.json", json.dumps(MACHINE))
    sim.write("module.yaml", {"Parameters": {"A": {"Type": "String"}}} | stack(Q=res("AWS::SQS::Queue")))
    sim.write("stack.yaml", EXTENSIONS[name])
    sim.run("validate")
    assert not said(judge, EXTENSIONS[name])


@pytest.mark.parametrize("tree", [
    stack(V=res("AWS::EC2::VPC", CidrBlok="10.0.0.0/16")),
    stack(V=res("AWS::EC2::Vpc", CidrBlock="10.0.0.0/16")),
    stack(F=res("AWS::Lambda::Function", Code={"Zip": "x"}, **CODE)),
    stack(V=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16") | {"Phse": "x"}),
    {"Resource": {}},
], ids=["property", "type", "member", "resource key", "section"])
def test_mistakes(tree: Json, judge: jsonschema.Draft7Validator, sim: Drplan) -> None:
    sim.write("stack.yaml", tree)
    sim.run("validate", code=1)
    assert said(judge, tree)
