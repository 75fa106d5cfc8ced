"""Corrections to moto (see motofix.py): what Auto Scaling groups tell of themselves, which moto lacks."""
from __future__ import annotations

from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from motofix import replaces

EVENTS = {f"autoscaling:{e}" for e in ("EC2_INSTANCE_LAUNCH", "EC2_INSTANCE_LAUNCH_ERROR", "EC2_INSTANCE_TERMINATE", "EC2_INSTANCE_TERMINATE_ERROR", "TEST_NOTIFICATION")}


def group_of(self: AutoScalingResponse) -> Any:
    group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
    if not group:
        raise AutoscalingClientError("ValidationError", "AutoScalingGroup name not found - null")
    return group


@replaces(AutoScalingResponse, "enable_metrics_collection")
def enable_metrics_collection(original: Any, self: AutoScalingResponse) -> ActionResult:
    """Beside what is on already; all there are where none is named."""
    group = group_of(self)
    if self._get_param("Granularity") != "1Minute":
        raise AutoscalingClientError("ValidationError", "Metric granularity must be 1Minute")
    group.metrics = sorted({*group.metrics, *(self._get_param("Metrics") or ["GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity", "GroupInServiceInstances", "GroupTotalInstances"])})
    return EmptyResult()


@replaces(AutoScalingResponse, "disable_metrics_collection")
def disable_metrics_collection(original: Any, self: AutoScalingResponse) -> ActionResult:
    group, metrics = group_of(self), self._get_param("Metrics")
    group.metrics = [m for m in group.metrics if metrics and m not in metrics]
    return EmptyResult()


@replaces(AutoScalingResponse, "put_notification_configuration")
def put_notification_configuration(original: Any, self: AutoScalingResponse) -> ActionResult:
    group, events = group_of(self), self._get_param("NotificationTypes")
    if not events or set(events) - EVENTS:
        raise AutoscalingClientError("ValidationError", f"{events} is not a valid list of notification types")
    group.__dict__.setdefault("told", {})[self._get_param("TopicARN")] = events
    return EmptyResult()


@replaces(AutoScalingResponse, "delete_notification_configuration")
def delete_notification_configuration(original: Any, self: AutoScalingResponse) -> ActionResult:
    if group_of(self).__dict__.get("told", {}).pop(self._get_param("TopicARN"), None) is None:
        raise AutoscalingClientError("ValidationError", "Notification configuration not found")
    return EmptyResult()


@replaces(AutoScalingResponse, "describe_notification_configurations")
def describe_notification_configurations(original: Any, self: AutoScalingResponse) -> ActionResult:
    names = self._get_param("AutoScalingGroupNames") or list(self.autoscaling_backend.autoscaling_groups)
    found = [{"AutoScalingGroupName": name, "TopicARN": topic, "NotificationType": event} for name in names
             if (group := self.autoscaling_backend.autoscaling_groups.get(name))
             for topic, events in group.__dict__.get("told", {}).items() for event in events]
    return ActionResult({"NotificationConfigurations": found})
