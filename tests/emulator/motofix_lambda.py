"""Corrections to moto (see motofix.py): what Lambda keeps of a function, its policies, addresses and reserved copies;
metric filters and saved queries of CloudWatch Logs."""
from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from moto.awslambda import urls
from moto.awslambda.exceptions import GenericResourcNotFound, LambdaClientError
from moto.awslambda.models import FunctionUrlConfig, LambdaBackend, LambdaFunction
from moto.awslambda.policy import Policy
from moto.awslambda.responses import LambdaResponse
from moto.core.exceptions import JsonRESTError
from moto.logs.metric_filters import MetricFilters
from moto.logs.responses import LogsResponse
from moto.moto_api._internal import mock_random

from motofix import replaces

Json = dict[str, Any]
#: Members of a function that moto forgets.
FORGOTTEN = ("DeadLetterConfig", "FileSystemConfigs", "LoggingConfig", "SnapStart")
UNDER_WAY = {"LastUpdateStatus": "InProgress", "LastUpdateStatusReason": "The function is being updated.", "LastUpdateStatusReasonCode": "Creating"}
urls.url_paths[r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency$"] = LambdaResponse.dispatch


# ------------------------------------------------------------------ functions
@replaces(LambdaFunction, "__init__")
def function_init(original: Any, self: LambdaFunction, account_id: str, spec: Json, region: str, version: Any = 1) -> None:
    self.kept = {k: spec[k] for k in FORGOTTEN if k in spec}
    original(self, account_id, spec, region, version)


@replaces(LambdaFunction, "get_configuration")
def get_configuration(original: Any, self: LambdaFunction, on_create: bool = False) -> Json:
    config = original(self, on_create)
    logging = self.kept.get("LoggingConfig") or {}
    config["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"} | logging
    if logging.get("LogFormat") == "JSON":
        config["LoggingConfig"] = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"} | config["LoggingConfig"]
    if (self.kept.get("SnapStart") or {}).get("ApplyOn") == "PublishedVersions":
        config["SnapStart"] = {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    if (self.kept.get("DeadLetterConfig") or {}).get("TargetArn"):
        config["DeadLetterConfig"] = self.kept["DeadLetterConfig"]
    if self.kept.get("FileSystemConfigs"):
        config["FileSystemConfigs"] = self.kept["FileSystemConfigs"]
    if on_create:
        config |= {"State": "Pending", "StateReason": "The function is being created.", "StateReasonCode": "Creating"}
    return {k: v for k, v in config.items() if v not in (None, "") or k == "Description"}


@replaces(LambdaFunction, "update_configuration")
def update_configuration(original: Any, self: LambdaFunction, updates: Json) -> Json:
    self.kept = self.kept | {k: updates[k] for k in FORGOTTEN if k in updates}
    if "TracingConfig" in updates:
        self.tracing_config = updates["TracingConfig"]
    if "EphemeralStorage" in updates:
        self.ephemeral_storage = updates["EphemeralStorage"]["Size"]
    if "KMSKeyArn" in updates:
        self.kms_key_arn = updates["KMSKeyArn"]
    if not updates.get("Environment", {"Variables": 1}).get("Variables"):
        updates = updates | {"Environment": {"Variables": {}}}
    original(self, updates)
    return self.get_configuration() | UNDER_WAY


@replaces(LambdaFunction, "update_function_code")
def update_function_code(original: Any, self: LambdaFunction, spec: Json) -> Json:
    if spec.get("Architectures"):
        self.architectures = spec["Architectures"]
    return original(self, spec) | UNDER_WAY


@replaces(LambdaFunction, "get_code")
def get_code(original: Any, self: LambdaFunction) -> Json:
    answer = original(self)
    if self.reserved_concurrency == 0:      # a function that is switched off; moto takes it for none
        answer["Concurrency"] = {"ReservedConcurrentExecutions": 0}
    return answer


# ------------------------------------------------------------------ who may call
#: Parameters of AddPermission that become conditions of the statement.
CONDITIONS = {"SourceArn": ("ArnLike", "AWS:SourceArn"), "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
              "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"), "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
              "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"), "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl")}


@replaces(Policy, "add_statement")
def add_statement(original: Any, self: Policy, raw: str, qualifier: str | None = None) -> tuple[Json, str]:
    """A statement as Lambda writes it: one kind of principal, every restriction a condition; a second one of its id is refused."""
    asked = json.loads(raw)
    if not hasattr(self.parent, "function_name"):
        return original(self, raw, qualifier)
    if any(s["Sid"] == asked["StatementId"] for s in self.statements):
        raise LambdaClientError("ResourceConflictException", f"The statement id ({asked['StatementId']}) provided already exists. Please provide a new statement id, or remove the existing statement.")
    principal = asked["Principal"]
    if principal.endswith(".amazonaws.com"):
        principal = {"Service": principal}
    elif principal != "*":
        principal = {"AWS": f"arn:aws:iam::{principal}:root" if re.fullmatch(r"\d{12}", principal) else principal}
    statement = {"Sid": asked["StatementId"], "Effect": "Allow", "Principal": principal, "Action": asked["Action"], "Resource": self.parent.function_arn + (f":{qualifier}" if qualifier else "")}
    for name, (operator, key) in CONDITIONS.items():
        if name in asked:
            value = str(asked[name]).lower() if isinstance(asked[name], bool) else asked[name]
            statement.setdefault("Condition", {}).setdefault(operator, {})[key] = value
    self.statements.append(statement)
    self.revision = str(mock_random.uuid4())
    return statement, self.revision


# ------------------------------------------------------------------ addresses, one for each alias and one for the function
@replaces(FunctionUrlConfig, "to_dict")
def url_to_dict(original: Any, self: FunctionUrlConfig) -> Json:
    answer = original(self)
    answer["InvokeMode"] = self.config.get("InvokeMode") or "BUFFERED"
    answer["FunctionArn"] += f":{self.qualifier}" if getattr(self, "qualifier", None) else ""
    answer["Cors"] = {k: v for k, v in (self.config.get("Cors") or {}).items() if v not in ([], None)}
    return {k: v for k, v in answer.items() if v}


def _urls(self: LambdaResponse) -> tuple[LambdaFunction, Json, str]:
    function = self.backend.get_function(unquote(self.path.split("/")[-2]))
    if not hasattr(function, "addresses"):
        function.addresses = {}
    return function, function.addresses, self.querystring.get("Qualifier", [""])[0]


def _url(self: LambdaResponse) -> FunctionUrlConfig:
    _, addresses, qualifier = _urls(self)
    if qualifier not in addresses:
        raise GenericResourcNotFound()
    return addresses[qualifier]


@replaces(LambdaResponse, "create_function_url_config")
def create_function_url_config(original: Any, self: LambdaResponse) -> Any:
    function, addresses, qualifier = _urls(self)
    if qualifier in addresses:
        raise LambdaClientError("ResourceConflictException", f"FunctionUrlConfig exists for this Lambda function: {function.function_name}")
    addresses[qualifier] = FunctionUrlConfig(function, self.json_body)
    addresses[qualifier].qualifier = qualifier
    return 201, {"status": 201}, json.dumps(addresses[qualifier].to_dict())


@replaces(LambdaResponse, "get_function_url_config")
def get_function_url_config(original: Any, self: LambdaResponse) -> Any:
    return 200, {}, json.dumps(_url(self).to_dict())


@replaces(LambdaResponse, "update_function_url_config")
def update_function_url_config(original: Any, self: LambdaResponse) -> str:
    url = _url(self)
    url.config = url.config | self.json_body
    return json.dumps(url.to_dict())


@replaces(LambdaResponse, "delete_function_url_config")
def delete_function_url_config(original: Any, self: LambdaResponse) -> Any:
    _url(self)
    _, addresses, qualifier = _urls(self)
    del addresses[qualifier]
    return 204, {"status": 204}, "{}"


# ------------------------------------------------------------------ provisioned concurrency
def _provisioned(self: LambdaResponse) -> tuple[Json, str]:
    function = self.backend.get_function(unquote(self.path.split("/")[-2]))
    latest = self.backend.get_function(function.function_name)
    latest.provisioned = getattr(latest, "provisioned", {})
    return latest.provisioned, self.querystring["Qualifier"][0]


@replaces(LambdaResponse, "put_provisioned_concurrency_config")
def put_provisioned_concurrency_config(original: Any, self: LambdaResponse) -> Any:
    configs, qualifier = _provisioned(self)
    n = self.json_body["ProvisionedConcurrentExecutions"]
    configs[qualifier] = {"RequestedProvisionedConcurrentExecutions": n, "AvailableProvisionedConcurrentExecutions": n, "AllocatedProvisionedConcurrentExecutions": n, "Status": "READY"}
    return 202, {"status": 202}, json.dumps(configs[qualifier] | {"Status": "IN_PROGRESS"})


@replaces(LambdaResponse, "get_provisioned_concurrency_config")
def get_provisioned_concurrency_config(original: Any, self: LambdaResponse) -> Any:
    configs, qualifier = _provisioned(self)
    if qualifier not in configs:
        raise LambdaClientError("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function")
    return 200, {}, json.dumps(configs[qualifier])


@replaces(LambdaResponse, "delete_provisioned_concurrency_config")
def delete_provisioned_concurrency_config(original: Any, self: LambdaResponse) -> Any:
    configs, qualifier = _provisioned(self)
    configs.pop(qualifier, None)
    return 204, {"status": 204}, ""


# ------------------------------------------------------------------ event sources: answered before they are ready
@replaces(LambdaResponse, "create_event_source_mapping")
def create_event_source_mapping(original: Any, self: LambdaResponse) -> Any:
    status, headers, body = original(self)
    return 202, {"status": 202}, json.dumps(json.loads(body) | {"State": "Creating"})


@replaces(LambdaBackend, "update_event_source_mapping")
def update_event_source_mapping(original: Any, self: LambdaBackend, uuid: str, spec: Json) -> Any:
    mapping = original(self, uuid, spec)
    for name, member in (("KMSKeyArn", "kms_key"), ("MetricsConfig", "metrics"), ("ScalingConfig", "scaling_config"), ("FunctionResponseTypes", "function_response_types")):
        if mapping and name in spec:
            setattr(mapping, member, spec[name])
    return mapping


# ------------------------------------------------------------------ CloudWatch Logs
@replaces(LogsResponse, "put_metric_filter")
def put_metric_filter(original: Any, self: LogsResponse) -> str:
    """A filter of the same name is replaced; moto keeps both, and only four of its members."""
    name, group = self._get_param("filterName"), self._get_param("logGroupName")
    filters: MetricFilters = self.logs_backend.filters
    self.logs_backend.describe_log_groups(group)
    filters.delete_filter(name, group)
    original(self)
    for key in ("applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFieldDimensions"):
        if self._get_param(key) not in (None, "", []):
            filters.metric_filters[-1][key] = self._get_param(key)
    return ""


def _queries(self: LogsResponse) -> Json:
    self.logs_backend.saved_queries = getattr(self.logs_backend, "saved_queries", {})
    return self.logs_backend.saved_queries


@replaces(LogsResponse, "put_query_definition")
def put_query_definition(original: Any, self: LogsResponse) -> str:
    asked = json.loads(self.body)
    ident = asked.get("queryDefinitionId") or str(mock_random.uuid4())
    if "queryDefinitionId" in asked and ident not in _queries(self):
        raise JsonRESTError("ResourceNotFoundException", "The specified query definition does not exist.")
    kept = {k: v for k, v in asked.items() if k != "clientToken" and v != []}
    _queries(self)[ident] = {"queryLanguage": "CWLI"} | kept | {"queryDefinitionId": ident, "lastModified": 1700000000000}
    return json.dumps({"queryDefinitionId": ident})


@replaces(LogsResponse, "describe_query_definitions")
def describe_query_definitions(original: Any, self: LogsResponse) -> str:
    prefix = self._get_param("queryDefinitionNamePrefix") or ""
    return json.dumps({"queryDefinitions": [q for q in _queries(self).values() if q["name"].startswith(prefix)]})


@replaces(LogsResponse, "delete_query_definition")
def delete_query_definition(original: Any, self: LogsResponse) -> str:
    if _queries(self).pop(self._get_param("queryDefinitionId"), None) is None:
        raise JsonRESTError("ResourceNotFoundException", "The specified query definition does not exist.")
    return json.dumps({"success": True})
