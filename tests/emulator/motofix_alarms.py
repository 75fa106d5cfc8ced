"""Corrections to moto (see motofix.py): CloudWatch's composite alarms and anomaly detectors, which it lacks."""
from __future__ import annotations

import re
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, ResourceNotFoundException, ValidationError
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.moto_api._internal import mock_random

from motofix import replaces

Json = dict[str, Any]


def composites(self: CloudWatchResponse) -> dict[str, Json]:
    return self.cloudwatch_backend.__dict__.setdefault("composites", {})


def detectors(self: CloudWatchResponse) -> dict[str, Json]:
    return self.cloudwatch_backend.__dict__.setdefault("detectors", {})


def own(self: CloudWatchResponse, *names: str) -> Json:
    return {n: v for n in names if (v := self._get_param(n)) is not None}


@replaces(CloudWatchResponse, "put_composite_alarm")
def put_composite_alarm(original: Any, self: CloudWatchResponse) -> ActionResult:
    """The whole alarm is replaced, but for its tags, which only a new one takes; its children have to be there."""
    p = own(self, "AlarmName", "AlarmRule", "AlarmDescription", "AlarmActions", "OKActions", "InsufficientDataActions", "ActionsSuppressor", "ActionsSuppressorWaitPeriod",
            "ActionsSuppressorExtensionPeriod", "ActionConfiguration")
    backend, name = self.cloudwatch_backend, p["AlarmName"]
    for quoted, bare in re.findall(r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*(?:[\"']([^\"']+)[\"']|([^\s\"')]+))\s*\)", p["AlarmRule"]):
        child = (quoted or bare).rpartition(":alarm:")[2]
        if child not in backend.alarms and child not in composites(self):
            raise ValidationError(f"AlarmRule must not contain dependencies on alarms that do not exist: {child} could not be found")
    if name in backend.alarms:
        raise ValidationError("A metric alarm of this name exists")
    if "ActionsSuppressor" in p and not {"ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"} <= p.keys():
        raise ValidationError("ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required with ActionsSuppressor")
    arn = f"arn:aws:cloudwatch:{self.region}:{self.current_account}:alarm:{name}"
    if name not in composites(self):
        backend.tagger.tag_resource(arn, self._get_param("Tags") or [])
    enabled = self._get_param("ActionsEnabled")
    composites(self)[name] = p | {"AlarmArn": arn, "ActionsEnabled": True if enabled is None else enabled, "StateValue": "INSUFFICIENT_DATA", "StateReason": "Unchecked"}
    return EmptyResult()


@replaces(CloudWatchBackend, "tag_resource")
def tag_resource(original: Any, self: CloudWatchBackend, arn: str, tags: dict[str, str]) -> None:
    if any(a["AlarmArn"] == arn for a in self.__dict__.get("composites", {}).values()):
        self.tagger.tag_resource(arn, self.tagger.convert_dict_to_tags_input(tags))
    else:
        original(self, arn, tags)


@replaces(CloudWatchResponse, "describe_alarms")
def describe_alarms(original: Any, self: CloudWatchResponse) -> ActionResult:
    """By type: metric alarms alone, unless others are asked for."""
    kinds, names = self._get_param("AlarmTypes") or ["MetricAlarm"], self._get_param("AlarmNames")
    prefix = self._get_param("AlarmNamePrefix") or ""
    metric = original(self)._result["MetricAlarms"] if "MetricAlarm" in kinds else []
    return ActionResult({"MetricAlarms": metric, "CompositeAlarms": [a for n, a in composites(self).items() if "CompositeAlarm" in kinds and (not names or n in names) and n.startswith(prefix)]})


@replaces(CloudWatchResponse, "delete_alarms")
def delete_alarms(original: Any, self: CloudWatchResponse) -> ActionResult:
    names = self._get_param("AlarmNames", [])
    for a in composites(self).values():
        used = [n for n in names if re.search(rf"[(\"':]{re.escape(n)}[\"')]", a["AlarmRule"]) or a.get("ActionsSuppressor", "").rpartition(":alarm:")[2] == n]
        if used and a["AlarmName"] not in names:
            raise ValidationError(f"{used[0]} cannot be deleted as it is used by the composite alarm {a['AlarmName']}")
    for n in names:
        if (gone := composites(self).pop(n, None)) is not None:
            self.cloudwatch_backend.tagger.delete_all_tags_for_resource(gone["AlarmArn"])
    return original(self)


def metric_of(p: Json) -> Json:
    """What a detector is about: one metric, in either spelling, or a formula."""
    if "MetricMathAnomalyDetector" in p:
        return {"math": p["MetricMathAnomalyDetector"]}
    single = p.get("SingleMetricAnomalyDetector", p)
    return {k: single.get(k) for k in ("AccountId", "Namespace", "MetricName", "Stat")} | {"Dimensions": sorted((d["Name"], d["Value"]) for d in single.get("Dimensions") or [])}


@replaces(CloudWatchResponse, "put_anomaly_detector")
def put_anomaly_detector(original: Any, self: CloudWatchResponse) -> ActionResult:
    """Again for the same metric: the same detector, its configuration replaced."""
    p = own(self, "Namespace", "MetricName", "Dimensions", "Stat", "Configuration", "MetricCharacteristics", "SingleMetricAnomalyDetector", "MetricMathAnomalyDetector")
    if sum(k in p for k in ("MetricName", "SingleMetricAnomalyDetector", "MetricMathAnomalyDetector")) != 1:
        raise InvalidParameterCombination("one of a single metric and metric math is wanted")
    known = next((i for i, d in detectors(self).items() if metric_of(d) == metric_of(p)), None)
    ident = known or str(mock_random.uuid4())
    if "MetricMathAnomalyDetector" not in p:
        single = p.get("SingleMetricAnomalyDetector") or {k: p[k] for k in ("Namespace", "MetricName", "Dimensions", "Stat") if k in p}
        p = {k: v for k, v in single.items() if k != "AccountId"} | {k: p[k] for k in ("Configuration", "MetricCharacteristics") if k in p} | {"SingleMetricAnomalyDetector": single}
    detectors(self)[ident] = {"AnomalyDetectorId": ident, "StateValue": "PENDING_TRAINING"} | p
    return ActionResult({"AnomalyDetectorId": ident})


@replaces(CloudWatchResponse, "describe_anomaly_detectors")
def describe_anomaly_detectors(original: Any, self: CloudWatchResponse) -> ActionResult:
    ids, kinds = self._get_param("AnomalyDetectorIds"), self._get_param("AnomalyDetectorTypes")
    if ids and (kinds or self._get_param("Namespace") or self._get_param("MetricName")):
        raise InvalidParameterCombination("AnomalyDetectorIds cannot be combined with other filters")
    def wanted(d: Json) -> bool:
        return d["AnomalyDetectorId"] in ids if ids else ("METRIC_MATH" if "MetricMathAnomalyDetector" in d else "SINGLE_METRIC") in (kinds or ["SINGLE_METRIC"])
    return ActionResult({"AnomalyDetectors": [d for d in detectors(self).values() if wanted(d)]})


@replaces(CloudWatchResponse, "delete_anomaly_detector")
def delete_anomaly_detector(original: Any, self: CloudWatchResponse) -> ActionResult:
    p = own(self, "AnomalyDetectorId", "Namespace", "MetricName", "Dimensions", "Stat", "SingleMetricAnomalyDetector", "MetricMathAnomalyDetector")
    ident = p.get("AnomalyDetectorId") or next((i for i, d in detectors(self).items() if metric_of(d) == metric_of(p)), "")
    if detectors(self).pop(ident, None) is None:
        raise ResourceNotFoundException()
    return EmptyResult()
