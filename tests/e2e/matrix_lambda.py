"""The matrix of Lambda, Step Functions, and of filters and queries over logs: cases as in matrix.py, and what boto3 sees of
each type. packed() makes an archive with Python's zipfile, byte by byte as drplan must."""
from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from conftest import Emulator, att, ref, res
from matrix import TAGS, Case, cases

Json = dict[str, Any]
SOURCE = "def handler(event, context):\n    return {}\n"
PYTHON = {"Runtime": "python3.12", "Handler": "index.handler", "Role": att("RoleA", "Arn")}
FUNCTION = PYTHON | {"FunctionName": "matrix-function", "Code": {"ZipFile": SOURCE.format(1)}, "Tags": TAGS}
NET = {"SubnetIds": [ref("SubnetA")], "SecurityGroupIds": [ref("GroupA")]}
QUEUE, OTHER_QUEUE = (f"arn:aws:sqs:us-west-2:123456789012:matrix-{x}" for x in "ab")
KEY, OTHER_KEY = att("KeyA", "Arn"), att("KeyB", "Arn")


def trust(*services: str) -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}]}


CONTEXT: Json = {
    "RoleA": res("AWS::IAM::Role", AssumeRolePolicyDocument=trust("lambda.amazonaws.com", "states.amazonaws.com")),
    "RoleB": res("AWS::IAM::Role", AssumeRolePolicyDocument=trust("lambda.amazonaws.com", "states.amazonaws.com")),
    "FnA": res("AWS::Lambda::Function", **PYTHON, Code={"ZipFile": SOURCE.format("a")}),
    "FnB": res("AWS::Lambda::Function", **PYTHON, Code={"ZipFile": SOURCE.format("b")}),
    "VersionA": res("AWS::Lambda::Version", FunctionName=ref("FnA")),
    **{name: res("AWS::KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*",
                                                                                     "Resource": "*"}]}) for name in ("KeyA", "KeyB")},
    "QueueA": res("AWS::SQS::Queue"),
    "QueueB": res("AWS::SQS::Queue"),
    "LogsA": res("AWS::Logs::LogGroup", LogGroupName="/matrix/a"),
    "LogsB": res("AWS::Logs::LogGroup", LogGroupName="/matrix/b"),
    "VpcA": res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"),
    "SubnetA": res("AWS::EC2::Subnet", VpcId=ref("VpcA"), CidrBlock="10.0.1.0/24"),
    "SubnetB": res("AWS::EC2::Subnet", VpcId=ref("VpcA"), CidrBlock="10.0.2.0/24"),
    "GroupA": res("AWS::EC2::SecurityGroup", GroupDescription="a", VpcId=ref("VpcA")),
}
PERMISSION = {"FunctionName": ref("FnA"), "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": "arn:aws:events:us-west-2:123456789012:rule/a",
              "SourceAccount": "123456789012"}
PUBLIC = {"FunctionName": ref("FnA"), "Action": "lambda:InvokeFunctionUrl", "Principal": "*"}
ALIAS = {"FunctionName": ref("FnA"), "Name": "live", "FunctionVersion": "$LATEST"}
URL = {"TargetFunctionArn": ref("FnA"), "AuthType": "AWS_IAM"}
MAPPING = {"FunctionName": ref("FnA"), "EventSourceArn": att("QueueA", "Arn"), "Tags": TAGS}


def machine(seconds: int) -> str:
    return json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": seconds, "End": True}}}, indent=1)


MACHINE = {"StateMachineName": "matrix-machine", "RoleArn": att("RoleA", "Arn"), "DefinitionString": machine(1), "Tags": TAGS}
METRIC = {"MetricName": "errors", "MetricNamespace": "Matrix", "MetricValue": "1"}
FILTER = {"LogGroupName": ref("LogsA"), "FilterName": "matrix-filter", "FilterPattern": "ERROR", "MetricTransformations": [METRIC]}
QUERY = {"Name": "matrix/query", "QueryString": "fields @message"}
LOGGING = {"Level": "ALL", "IncludeExecutionData": True, "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": "arn:aws:logs:us-west-2:123456789012:log-group:/matrix/a:*"}}]}
#: Properties that are changed, and removed: AWS's default comes back.
BOTH: Json = {
    "AWS::Lambda::Function": (FUNCTION, {
        "Description": ("one", "two"), "Timeout": (10, 20), "MemorySize": (256, 512), "Environment": ({"Variables": {"STAGE": "one"}}, {"Variables": {"STAGE": "two", "MORE": "x"}}),
        "TracingConfig": ({"Mode": "Active"}, {"Mode": "PassThrough"}), "EphemeralStorage": ({"Size": 1024}, {"Size": 2048}), "Architectures": (["arm64"], ["x86_64"]),
        "DeadLetterConfig": ({"TargetArn": QUEUE}, {"TargetArn": OTHER_QUEUE}), "KmsKeyArn": (KEY, OTHER_KEY), "ReservedConcurrentExecutions": (5, 0),
        "LoggingConfig": ({"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "SystemLogLevel": "WARN"}, {"LogFormat": "JSON", "ApplicationLogLevel": "ERROR", "SystemLogLevel": "WARN"}),
        "SnapStart": ({"ApplyOn": "PublishedVersions"}, {"ApplyOn": "None"}), "VpcConfig": (NET, NET | {"SubnetIds": [ref("SubnetB")]}), "Tags": (TAGS, [{"Key": "Name", "Value": "two"}])}),
    "AWS::Lambda::Alias": (ALIAS, {
        "Description": ("one", "two"), "RoutingConfig": ({"AdditionalVersionWeights": [{"FunctionVersion": att("VersionA", "Version"), "FunctionWeight": 0.25}]},
                                                         {"AdditionalVersionWeights": [{"FunctionVersion": att("VersionA", "Version"), "FunctionWeight": 0.5}]}),
        "ProvisionedConcurrencyConfig": ({"ProvisionedConcurrentExecutions": 2}, {"ProvisionedConcurrentExecutions": 3})}),
    "AWS::Lambda::Url": (URL, {"InvokeMode": ("RESPONSE_STREAM", "BUFFERED"), "Cors": ({"AllowOrigins": ["*"], "MaxAge": 5}, {"AllowOrigins": ["https://a.example.com"], "AllowMethods": ["GET"]})}),
    "AWS::Lambda::EventSourceMapping": (MAPPING, {
        "Enabled": (False, True), "FilterCriteria": ({"Filters": [{"Pattern": '{"a": [1]}'}]}, {"Filters": [{"Pattern": '{"a": [2]}'}]}), "MaximumBatchingWindowInSeconds": (5, 6),
        "FunctionResponseTypes": (["ReportBatchItemFailures"], []), "ScalingConfig": ({"MaximumConcurrency": 5}, {"MaximumConcurrency": 6}), "KmsKeyArn": (KEY, OTHER_KEY),
        "MetricsConfig": ({"Metrics": ["EventCount"]}, {"Metrics": []}), "Tags": (TAGS, [{"Key": "Name", "Value": "two"}])}),
    "AWS::StepFunctions::StateMachine": (MACHINE, {
        "TracingConfiguration": ({"Enabled": True}, {"Enabled": False}), "LoggingConfiguration": (LOGGING, LOGGING | {"Level": "ERROR", "IncludeExecutionData": False}),
        "EncryptionConfiguration": ({"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": KEY}, {"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": OTHER_KEY}),
        "Tags": (TAGS, [{"Key": "Name", "Value": "two"}])}),
    "AWS::Logs::MetricFilter": (FILTER, {"ApplyOnTransformedLogs": (True, False), "FieldSelectionCriteria": ('@aws.region = "a"', '@aws.region = "b"')}),
    "AWS::Logs::QueryDefinition": (QUERY, {"LogGroupNames": ([ref("LogsA")], [ref("LogsA"), ref("LogsB")]),
                                           "Parameters": ([{"Name": "who", "DefaultValue": "a"}], [{"Name": "who", "DefaultValue": "b"}])}),
}
CASES: list[Case] = [
    *(Case(kind, prop, base | {prop: one}, two) for kind, (base, both) in BOTH.items() for prop, (one, two) in both.items()),
    *cases("AWS::Lambda::Function", FUNCTION, {"FunctionName": "matrix-other", "Runtime": "python3.13", "Handler": "index.other", "Role": att("RoleB", "Arn"),
                                               "Code": {"ZipFile": SOURCE.format(2)}}),
    *cases("AWS::Lambda::Permission", PERMISSION, {"FunctionName": ref("FnB"), "Action": "lambda:*", "Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:events:us-west-2:123456789012:rule/b",
                                                   "SourceAccount": "210987654321"}),
    *cases("AWS::Lambda::Permission", PUBLIC, {"FunctionUrlAuthType": ("NONE", {"FunctionUrlAuthType": "AWS_IAM"}), "PrincipalOrgID": ("o-bbbbbbbbbb", {"PrincipalOrgID": "o-aaaaaaaaaa"}),
                                               "EventSourceToken": ("b", {"EventSourceToken": "a"}), "InvokedViaFunctionUrl": (False, {"InvokedViaFunctionUrl": True})}),
    *cases("AWS::Lambda::Alias", ALIAS, {"FunctionName": ref("FnB"), "Name": "other", "FunctionVersion": att("VersionA", "Version")}),
    *cases("AWS::Lambda::Url", URL, {"TargetFunctionArn": ref("FnB"), "AuthType": "NONE"}),
    *cases("AWS::Lambda::EventSourceMapping", MAPPING, {"FunctionName": ref("FnB"), "EventSourceArn": att("QueueB", "Arn"), "BatchSize": (20, {"BatchSize": 5, "MaximumBatchingWindowInSeconds": 1})}),
    *cases("AWS::StepFunctions::StateMachine", MACHINE, {"StateMachineName": "matrix-other", "RoleArn": att("RoleB", "Arn"), "DefinitionString": machine(2),
                                                         "StateMachineType": ("EXPRESS", {"StateMachineType": "STANDARD"})}),
    *cases("AWS::Logs::MetricFilter", FILTER, {"LogGroupName": ref("LogsB"), "FilterName": "matrix-other", "FilterPattern": "WARN"}),
    Case("AWS::Logs::MetricFilter", "MetricTransformations", FILTER, [METRIC | {"MetricValue": "$.n", "DefaultValue": 0, "Unit": "Count"}]),
    Case("AWS::Logs::MetricFilter", "MetricTransformations", FILTER | {"MetricTransformations": [METRIC | {"Dimensions": [{"Key": "Level", "Value": "$.level"}]}]},
         [METRIC | {"Dimensions": [{"Key": "Level", "Value": "$.severity"}, {"Key": "Host", "Value": "$.host"}]}]),
    *cases("AWS::Logs::QueryDefinition", QUERY, {"Name": "matrix/other", "QueryString": "fields @timestamp", "QueryLanguage": ("SQL", {"QueryLanguage": "CWLI"})}),
]
#: What AWS gives no default for is left as it is.
LEFT = ("FieldSelectionCriteria", "LogGroupNames", "Parameters")
REMOVALS: list[Case] = [Case(kind, prop, base | {prop: one}, None, "none" if prop in LEFT else "update") for kind, (base, both) in BOTH.items() for prop, (one, two) in both.items()]
OWN: dict[str, Callable[[Emulator, str, Json], Json | None]] = {}


def reader(kind: str) -> Callable[[Any], Any]:
    def register(fn: Any) -> Any:
        OWN[kind] = fn
        return fn
    return register


def quiet(call: Any, **kw: Any) -> Any:
    """The answer, or None where there is no such thing."""
    try:
        return call(**kw)
    except ClientError as exc:
        if "NotFound" in exc.response["Error"]["Code"] or "DoesNotExist" in exc.response["Error"]["Code"]:
            return None
        raise


def packed(files: dict[str, str], programs: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files, key=str.encode):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.create_version, info.extract_version = 3, 63, 10
            info.external_attr = (0o100755 if name in programs else 0o100644) << 16
            archive.writestr(info, files[name])
    return out.getvalue()


def fingerprint(archive: bytes) -> str:
    return base64.b64encode(hashlib.sha256(archive).digest()).decode()


def tags(found: Json) -> list[Json]:
    return [{"Key": k, "Value": v} for k, v in found.items()]


def capital(item: Any) -> Any:
    if isinstance(item, list):
        return [capital(v) for v in item]
    return {k[0].upper() + k[1:]: capital(v) for k, v in item.items()} if isinstance(item, dict) else item


@reader("AWS::Lambda::Function")
def function(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(e.client("lambda").get_function, FunctionName=ident)
    if not got:
        return None
    found = got["Configuration"]
    code = props.get("Code", {})
    if "ZipFile" in code and found["CodeSha256"] == fingerprint(packed({"index.py": code["ZipFile"]})):
        found["Code"] = code
    for name in ("LoggingConfig", "SnapStart", "VpcConfig"):
        found[name] = {k: v for k, v in found.get(name, {}).items() if k in props.get(name, {})}
    return found | {"KmsKeyArn": found.get("KMSKeyArn"), "Tags": tags(got.get("Tags", {})), "ReservedConcurrentExecutions": got.get("Concurrency", {}).get("ReservedConcurrentExecutions")}


@reader("AWS::Lambda::Permission")
def permission(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(e.client("lambda").get_policy, FunctionName=props["FunctionName"])
    statement = next((s for s in json.loads(got["Policy"])["Statement"] if s["Sid"] == ident.rpartition("|")[2]), None) if got else None
    if not statement:
        return None
    who = statement["Principal"]
    said = {key.rpartition(":")[2]: value for operator in statement.get("Condition", {}).values() for key, value in operator.items()}
    return said | {"FunctionName": props["FunctionName"], "Action": statement["Action"], "Principal": who if isinstance(who, str) else next(iter(who.values()))}


@reader("AWS::Lambda::Version")
def version(e: Emulator, ident: str, props: Json) -> Json | None:
    return quiet(e.client("lambda").get_function_configuration, FunctionName=ident)


@reader("AWS::Lambda::Alias")
def alias(e: Emulator, ident: str, props: Json) -> Json | None:
    client, (name, alias_name) = e.client("lambda"), ident.split("|")
    got = quiet(client.get_alias, FunctionName=name, Name=alias_name)
    if not got:
        return None
    ready = quiet(client.get_provisioned_concurrency_config, FunctionName=name, Qualifier=alias_name)
    weights = got.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return got | {"FunctionName": name, "RoutingConfig": {"AdditionalVersionWeights": [{"FunctionVersion": k, "FunctionWeight": v} for k, v in weights.items()]},
                  "ProvisionedConcurrencyConfig": ready and {"ProvisionedConcurrentExecutions": ready["RequestedProvisionedConcurrentExecutions"]}}


@reader("AWS::Lambda::Url")
def url(e: Emulator, ident: str, props: Json) -> Json | None:
    name, _, qualifier = ident.partition("|")
    got = quiet(e.client("lambda").get_function_url_config, FunctionName=name, **({"Qualifier": qualifier} if qualifier else {}))
    return got and got | {"TargetFunctionArn": name}


@reader("AWS::Lambda::EventSourceMapping")
def event_source_mapping(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(e.client("lambda").get_event_source_mapping, UUID=ident)
    return got and got | {"FunctionName": got["FunctionArn"].rpartition(":")[2], "Enabled": got["State"] == "Enabled", "KmsKeyArn": got.get("KMSKeyArn"),
                          "Tags": tags(e.client("lambda").list_tags(Resource=got["EventSourceMappingArn"])["Tags"])}


@reader("AWS::StepFunctions::StateMachine")
def state_machine(e: Emulator, ident: str, props: Json) -> Json | None:
    client = e.client("stepfunctions")
    got = quiet(client.describe_state_machine, stateMachineArn=ident)
    if not got:
        return None
    found = capital({k: v for k, v in got.items() if k != "ResponseMetadata"})
    same = "DefinitionString" in props and json.loads(got["definition"]) == json.loads(props["DefinitionString"])
    return found | {"StateMachineName": got["name"], "StateMachineType": got["type"], "DefinitionString": props["DefinitionString"] if same else got["definition"],
                    "Tags": capital(client.list_tags_for_resource(resourceArn=ident)["tags"])}


@reader("AWS::Logs::MetricFilter")
def metric_filter(e: Emulator, ident: str, props: Json) -> Json | None:
    group, name = ident.split("|")
    got = [f for f in e.client("logs").describe_metric_filters(logGroupName=group)["metricFilters"] if f["filterName"] == name]
    assert len(got) < 2, "one filter of a name"
    found = capital(got[0]) if got else None
    for t in found["MetricTransformations"] if found else []:
        if "Dimensions" in t:
            t["Dimensions"] = [{"Key": k, "Value": v} for k, v in t["Dimensions"].items()]
    return found


@reader("AWS::Logs::QueryDefinition")
def query_definition(e: Emulator, ident: str, props: Json) -> Json | None:
    return next((capital(q) for q in e.client("logs").describe_query_definitions()["queryDefinitions"] if q["queryDefinitionId"] == ident), None)


def leftovers(e: Emulator) -> Json:
    """What boto3 still finds of these services."""
    client, logs = e.client("lambda"), e.client("logs")
    found = {"functions": [f["FunctionName"] for f in client.list_functions()["Functions"]], "mappings": [m["UUID"] for m in client.list_event_source_mappings()["EventSourceMappings"]],
             "machines": [m["name"] for m in e.client("stepfunctions").list_state_machines()["stateMachines"]], "filters": logs.describe_metric_filters()["metricFilters"],
             "queries": logs.describe_query_definitions()["queryDefinitions"]}
    return {k: v for k, v in found.items() if v}
