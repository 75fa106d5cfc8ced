"""The schema checker against an independent judge: for every supported type, properties that are right and properties that
are wrong in one way each, judged by drplan and by cfn-lint. Both must accept, or both must refuse.

The samples are made here, from the published schema: none is taken from anybody's template. A whole type is one template,
one resource a sample, so that the judge starts once. STRICTER lists where drplan means to differ, with the reason.
"""
from __future__ import annotations

import copy
import itertools
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from conftest import program

Json = dict[str, Any]
JUDGE_REGION = "us-east-1"

#: What the judge says that is no matter of a resource's own properties, by rule.
NOT_SCHEMA = {
    "E3019": "samples of one type share their identifiers",
    "E3060": "samples of one type share their address blocks",
    "E3022": "samples of one type share their subnets",
    "E1150": "the form of an id is left to the service, which also knows ids of other forms",
    "E1151": "as E1150", "E1152": "as E1150", "E1154": "as E1150", "E1156": "as E1150",
}

#: Properties that drplan refuses and says so: "not supported yet". Samples that have them are left out.
UNSUPPORTED = {
    "AWS::Lambda::Version": ["FunctionScalingConfig", "RuntimePolicy"],
    "AWS::EC2::EIP": ["TransferAddress"],
    "AWS::EC2::NatGateway": ["MaxDrainDurationSeconds"],
    "AWS::EC2::VPCPeeringConnection": ["AssumeRoleRegion", "PeerRoleArn"],
}

#: Where drplan is stricter than the published schema: what it says then, and why.
STRICTER = {
    "AWS::EC2::Route": (r"exclude each other|needs exactly one of", "the documentation: one destination and one target"),
    "AWS::EC2::VPCGatewayAttachment": (r"exclude each other|needs exactly one of", "the documentation: one gateway, not both"),
    "AWS::EC2::FlowLog": (r"'MaxAggregationInterval' .* cannot be", "the documentation: 60 or 600"),
}

VPC, SUBNET, GROUP = "vpc-0123456789abcdef0", "subnet-0123456789abcdef0", "sg-0123456789abcdef0"
TABLE, ACL, GATEWAY = "rtb-0123456789abcdef0", "acl-0123456789abcdef0", "igw-0123456789abcdef0"
ROLE = "arn:aws:iam::123456789012:role/flow"

#: The types that are judged, with the least that a resource of each needs.
BASES: dict[str, Json] = {
    "AWS::EC2::VPC": {"CidrBlock": "10.0.0.0/16"},
    "AWS::EC2::Subnet": {"VpcId": VPC, "CidrBlock": "10.0.1.0/24"},
    "AWS::EC2::InternetGateway": {},
    "AWS::EC2::VPCGatewayAttachment": {"VpcId": VPC, "InternetGatewayId": GATEWAY},
    "AWS::EC2::EIP": {},
    "AWS::EC2::NatGateway": {"SubnetId": SUBNET, "AllocationId": "eipalloc-0123456789abcdef0"},
    "AWS::EC2::RouteTable": {"VpcId": VPC},
    "AWS::EC2::Route": {"RouteTableId": TABLE, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": GATEWAY},
    "AWS::EC2::SubnetRouteTableAssociation": {"SubnetId": SUBNET, "RouteTableId": TABLE},
    "AWS::EC2::VPCEndpoint": {"VpcId": VPC, "ServiceName": "com.amazonaws.us-east-1.s3"},
    "AWS::EC2::SecurityGroup": {"GroupDescription": "a group", "VpcId": VPC},
    "AWS::EC2::SecurityGroupIngress": {"GroupId": GROUP, "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"},
    "AWS::EC2::SecurityGroupEgress": {"GroupId": GROUP, "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"},
    "AWS::EC2::NetworkAcl": {"VpcId": VPC},
    "AWS::EC2::NetworkAclEntry": {"NetworkAclId": ACL, "RuleNumber": 100, "Protocol": -1, "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"},
    "AWS::EC2::SubnetNetworkAclAssociation": {"SubnetId": SUBNET, "NetworkAclId": ACL},
    "AWS::EC2::VPCPeeringConnection": {"VpcId": VPC, "PeerVpcId": "vpc-0123456789abcdef1"},
    "AWS::EC2::DHCPOptions": {"DomainName": "example.com"},
    "AWS::EC2::VPCDHCPOptionsAssociation": {"VpcId": VPC, "DhcpOptionsId": "dopt-0123456789abcdef0"},
    "AWS::EC2::FlowLog": {"ResourceId": VPC, "ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": "/flow", "DeliverLogsPermissionArn": ROLE},
    "AWS::Logs::LogGroup": {"LogGroupName": "/app/log"},
    "AWS::Logs::MetricFilter": {"LogGroupName": "/app/log", "FilterPattern": "x", "MetricTransformations": [{"MetricName": "a", "MetricNamespace": "b", "MetricValue": "1"}]},
    "AWS::Logs::QueryDefinition": {"Name": "a", "QueryString": "fields @message"},
    "AWS::Lambda::Permission": {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"},
    "AWS::Lambda::Version": {"FunctionName": "f"},
    "AWS::Lambda::Alias": {"FunctionName": "f", "FunctionVersion": "1", "Name": "live"},
    "AWS::Lambda::Url": {"TargetFunctionArn": "f", "AuthType": "NONE"},
}


def supported() -> list[str]:
    answer = subprocess.run([program(), "schema", "-json"], capture_output=True, check=True, timeout=30)
    return [kind for kind in sorted(json.loads(answer.stdout)["types"]) if kind in BASES]


def schema_of(kind: str) -> Json:
    return PROVIDER_SCHEMA_MANAGER.get_resource_schema(JUDGE_REGION, kind).schema


def resolved(root: Json, node: Json) -> Json:
    while "$ref" in node:
        target: Any = root
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def kinds(node: Json) -> list[str]:
    kind = node.get("type", "object" if "properties" in node else [])
    return [kind] if isinstance(kind, str) else list(kind)


def sample(root: Json, node: Json, depth: int = 0) -> Any:
    """A value that fits, or None where the schema alone does not tell one."""
    node = resolved(root, node)
    if "enum" in node:
        return node["enum"][0]
    if {"object", "string"} <= set(kinds(node)):
        return {"Statement": []}            # a JSON document
    for kind in kinds(node):
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            return node.get("minimum", 1)
        if kind == "string" and "pattern" not in node:
            return formatted(node)
        if kind == "array" and depth < 3:
            item = sample(root, node.get("items", {}), depth + 1)
            return None if item is None else [item]
        if kind == "object" and depth < 3 and "properties" in node:
            made = {name: sample(root, node["properties"][name], depth + 1) for name in node.get("required", [])}
            return None if None in made.values() else made
    return None


def formatted(node: Json) -> str:
    known = {"ipv4-network": "10.9.0.0/24", "ipv6-network": "2001:db8::/56", "AWS::EC2::VPC.Id": VPC, "AWS::EC2::Subnet.Id": SUBNET,
             "AWS::EC2::SecurityGroup.Id": GROUP, "AWS::IAM::Role.Arn": ROLE}
    return known.get(node.get("format", ""), "x" * max(1, node.get("minLength", 1)))


def wrong_values(root: Json, node: Json) -> Iterator[tuple[str, Any]]:
    """Values that do not fit, each with what is wrong about it."""
    node = resolved(root, node)
    types = kinds(node)
    if "enum" in node:
        yield "not-in-enum", "no-such-word" if "string" in types or not types else 987654
    if types and "object" not in types:
        yield "map", {"Nested": "x"}
    if types and "array" not in types and "object" not in types:
        yield "list", ["x"]
    if types and set(types) <= {"integer", "number"}:
        yield "word", "many"
        if "minimum" in node:
            yield "below", node["minimum"] - 1
        if "maximum" in node:
            yield "above", node["maximum"] + 1
    if types == ["boolean"]:
        yield "word", "perhaps"
    if types == ["array"] or types == ["object"]:
        yield "text", "x"
    if types == ["string"]:
        if node.get("maxLength", 10**6) < 10**5:
            yield "long", "x" * (node["maxLength"] + 1)
        if node.get("minLength"):
            yield "short", "x" * (node["minLength"] - 1)
        if "pattern" in node and "enum" not in node:
            yield "pattern", "\u00e9 ^~"


def node_cases(root: Json, props: Json, path: str, node: Json, put: Any, depth: int = 0) -> Iterator[tuple[str, Json]]:
    """Samples below one object node; put(value) gives the resource's properties with the object replaced."""
    for name, child in sorted(node.get("properties", {}).items()):
        where = f"{path}{name}"
        if f"/properties/{where.replace('.', '/')}" in root.get("readOnlyProperties", []):
            yield f"{where}:read-only", put({**props, name: sample(root, child) or "x"})
            continue
        for what, value in wrong_values(root, child):
            yield f"{where}:{what}", put({**props, name: value})
        good = sample(root, child)
        if good is not None:
            yield f"{where}:good", put({**props, name: good})
        inner, is_list = resolved(root, child), False
        if "array" in kinds(inner):
            inner, is_list = resolved(root, inner.get("items", {})), True
        value = sample(root, inner)
        if depth < 2 and isinstance(value, dict) and inner.get("properties"):
            yield from node_cases(root, value, f"{where}.", inner,
                                  lambda v, name=name, is_list=is_list: put({**props, name: [v] if is_list else v}), depth + 1)
    for name in node.get("required", []):
        if name in props:
            yield f"{path}{name}:missing", put({k: v for k, v in props.items() if k != name})
    if node.get("additionalProperties") is False:
        yield f"{path}:unknown", put({**props, "NoSuchProperty": "x"})


def pair_cases(root: Json, base: Json) -> Iterator[tuple[str, Json]]:
    """Every two properties together, and every one of the base taken away: what excludes or needs each other."""
    samples = {name: sample(root, node) for name, node in sorted(root["properties"].items())
               if f"/properties/{name}" not in root.get("readOnlyProperties", [])}
    usable = {name: value for name, value in samples.items() if value is not None}
    for one, other in itertools.combinations(usable, 2):
        yield f"{one}+{other}", {**base, one: base.get(one, usable[one]), other: base.get(other, usable[other])}
    for name in base:
        yield f"{name}:taken", {k: v for k, v in base.items() if k != name}
    for name, (one, value) in itertools.product(base, usable.items()):
        if one not in base:
            yield f"{one}-instead-of-{name}", {**{k: v for k, v in base.items() if k != name}, one: value}


def base_of(kind: str) -> Json:
    root = schema_of(kind)
    if kind in BASES:
        return BASES[kind]
    made = {name: sample(root, root["properties"][name]) for name in root.get("required", [])}
    assert None not in made.values(), f"{kind} needs a base of its own: {made}"
    return made


def cases(kind: str) -> dict[str, Json]:
    root, base = schema_of(kind), base_of(kind)
    made = {"base": base}
    made.update(node_cases(root, base, "", root, lambda v: v))
    made.update(pair_cases(root, base))
    refused = UNSUPPORTED.get(kind, [])
    return {name: copy.deepcopy(props) for name, props in made.items() if not any(p in props for p in refused)}


def stricter(kind: str, errors: list[str]) -> bool:
    """All that drplan says is what it means to know better."""
    return kind in STRICTER and all(re.search(STRICTER[kind][0], error) for error in errors)


def judged(template: Json) -> dict[str, list[str]]:
    """The judge's errors per resource."""
    found: dict[str, list[str]] = {}
    for match in lint(json.dumps(template), config=ManualArgs(regions=[JUDGE_REGION], ignore_checks=[*NOT_SCHEMA, "W", "I"])):
        path = getattr(match, "path", None) or []
        if match.rule.severity == "error" and len(path) > 1:
            found.setdefault(path[1], []).append(f"{match.rule.id} {match.message}")
    return found


def checked(template: Json, folder: Path) -> dict[str, list[str]]:
    path = folder / "stack.json"
    path.write_text(json.dumps(template))
    answer = subprocess.run([program(), "validate", "-json", str(path)], capture_output=True, timeout=60, cwd=folder,
                            env={**os.environ, "AWS_REGION": JUDGE_REGION})
    assert answer.returncode in (0, 1), answer.stderr.decode()
    found: dict[str, list[str]] = {}
    for item in json.loads(answer.stdout)["diagnostics"]:
        if item["severity"] == "error":
            assert item.get("address"), item
            found.setdefault(item["address"], []).append(item["summary"])
    return found


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in UNSUPPORTED.items() for name in names])
def test_unsupported_properties_are_refused(kind: str, name: str, tmp_path: Path) -> None:
    value = sample(schema_of(kind), schema_of(kind)["properties"][name])
    template = {"Resources": {"S0": {"Type": kind, "Properties": {**base_of(kind), name: value}}}}
    assert checked(template, tmp_path) == {"S0": [f"the property '{name}' of {kind} is not supported yet"]}


@pytest.mark.parametrize("kind", supported())
def test_verdicts_agree(kind: str, tmp_path: Path) -> None:
    made = cases(kind)
    names = {f"S{i}": name for i, name in enumerate(made)}
    template = {"Resources": {key: {"Type": kind, "Properties": made[name]} for key, name in names.items()}}
    theirs, ours = judged(template), checked(template, tmp_path)
    wrong = []
    for key, name in names.items():
        expected = bool(theirs.get(key)) or name.endswith(":read-only")    # AWS refuses these; the judge lets them pass
        differs = expected != bool(ours.get(key))
        if differs and not (ours.get(key) and stricter(kind, ours[key])):
            wrong.append(f"{name}: {json.dumps(made[name])}\n    judge: {theirs.get(key, 'accepts')}\n    drplan: {ours.get(key, 'accepts')}")
    assert not theirs.get("S0") and not ours.get("S0"), "the base itself is refused"
    assert not wrong, f"{len(wrong)} of {len(made)} verdicts differ\n" + "\n".join(wrong)
