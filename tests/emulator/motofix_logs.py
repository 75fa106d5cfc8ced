"""Corrections to moto (see motofix.py): the policies of a log group, for data protection and for its indexes."""
from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.logs.responses import LogsResponse

from motofix import replaces

Json = dict[str, Any]


def _kept(self: LogsResponse, kind: str, named: str) -> Json:
    """The group's policies, by kind; a name or an ARN tells which group."""
    name = named.partition(":log-group:")[2].removesuffix(":*") or named
    if name not in self.logs_backend.groups:
        raise JsonRESTError("ResourceNotFoundException", "The specified log group does not exist.")
    group = self.logs_backend.groups[name]
    group.policies = getattr(group, "policies", {"protection": {}, "index": {}})
    return group.policies[kind]


def _put(self: LogsResponse, kind: str) -> Json:
    named = self._get_param("logGroupIdentifier")
    kept = _kept(self, kind, named)
    kept.update(logGroupIdentifier=named, policyDocument=self._get_param("policyDocument"), lastUpdatedTime=1700000000000)
    return kept


def _delete(self: LogsResponse, kind: str) -> str:
    kept = _kept(self, kind, self._get_param("logGroupIdentifier"))
    if not kept:
        raise JsonRESTError("ResourceNotFoundException", "The specified policy does not exist.")
    kept.clear()
    return "{}"


@replaces(LogsResponse, "put_data_protection_policy")
def put_data_protection_policy(original: Any, self: LogsResponse) -> str:
    return json.dumps(_put(self, "protection"))


@replaces(LogsResponse, "get_data_protection_policy")
def get_data_protection_policy(original: Any, self: LogsResponse) -> str:
    named = self._get_param("logGroupIdentifier")
    return json.dumps(_kept(self, "protection", named) or {"logGroupIdentifier": named})


@replaces(LogsResponse, "delete_data_protection_policy")
def delete_data_protection_policy(original: Any, self: LogsResponse) -> str:
    return _delete(self, "protection")


@replaces(LogsResponse, "put_index_policy")
def put_index_policy(original: Any, self: LogsResponse) -> str:
    return json.dumps({"indexPolicy": _put(self, "index") | {"source": "LOG_GROUP"}})


@replaces(LogsResponse, "describe_index_policies")
def describe_index_policies(original: Any, self: LogsResponse) -> str:
    kept = [_kept(self, "index", named) for named in self._get_param("logGroupIdentifiers")]
    return json.dumps({"indexPolicies": [k | {"source": "LOG_GROUP"} for k in kept if k]})


@replaces(LogsResponse, "delete_index_policy")
def delete_index_policy(original: Any, self: LogsResponse) -> str:
    return _delete(self, "index")
