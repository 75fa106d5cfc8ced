"""What the day of a failover needs of AWS and moto does not have: Aurora switching over and failing over, alarms that
follow the data put into their metric, health checks that follow their alarm, EC2's quotas. Registered with motofix's
``replaces``; AWS's documentation is the source of each behaviour.
"""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBClusterSnapshot, GlobalCluster, rds_backends
from moto.rds.responses import RDSResponse
from moto.route53.responses import Route53 as Route53Response
from moto.servicequotas.models import ServiceQuotasBackend

from motofix import _global, _member, replaces

Json = dict[str, Any]


# ------------------------------------------------------------------ Aurora: switchover and failover
def _failover_state(self: GlobalCluster) -> Json | None:
    move = self.__dict__.get("_move")
    return {"Status": move["status"], "FromDbClusterArn": move["from"].db_cluster_arn, "ToDbClusterArn": move["to"].db_cluster_arn, "IsDataLossAllowed": move["loss"]} if move else None


GlobalCluster.failover_state = property(_failover_state)
_members = GlobalCluster.global_cluster_members.fget


def _with_synchronization(self: GlobalCluster) -> list[Json]:
    lost = self.__dict__.get("_rejoining", {})
    return [{**m, **({} if m["IsWriter"] else {"SynchronizationStatus": "pending-resync" if lost.get(m["DBClusterArn"], 0) > 0 else "connected"})} for m in _members(self)]


GlobalCluster.global_cluster_members = property(_with_synchronization)


def _begin(self: RDSResponse, status: str, loss: bool) -> ActionResult:
    group = _global(self)
    if group.__dict__.get("_move") or group.status != "available":
        raise RDSClientError("InvalidGlobalClusterStateFault", f"Global cluster {group.global_cluster_identifier} is in the state {group.status}.")
    ident = self.params["TargetDbClusterIdentifier"]
    if not ident.startswith("arn:"):
        raise RDSClientError("InvalidParameterValue", "TargetDbClusterIdentifier must be the ARN of a secondary cluster.")
    target = _member(group, ident)
    writer = next(m for m in group.members if m.is_writer)
    if target is writer:
        raise RDSClientError("InvalidParameterValue", f"{ident} is the primary cluster already.")
    called_in = target if loss else writer
    if self.region != called_in.region:
        raise RDSClientError("DBClusterNotFoundFault", f"DBCluster {called_in.db_cluster_identifier} not found in {self.region}: call {'the target' if loss else 'the primary'} cluster's region.")
    if not target.db_cluster_members:
        raise RDSClientError("InvalidDBClusterStateFault", f"{ident} has no DB instance.")
    if target.engine_version.rsplit(".", 1)[0] != writer.engine_version.rsplit(".", 1)[0]:
        raise RDSClientError("InvalidDBClusterStateFault", "The target cluster's engine version differs from the primary's.")
    group.status = status
    group._move = {"status": status, "from": writer, "to": target, "loss": loss, "polls": 1}
    return ActionResult({"GlobalCluster": group})


def _finish(group: Any) -> None:
    move, group._move, group.status = group._move, None, "available"
    for m in group.members:
        m.is_writer = m is move["to"]
        m.replication_source_identifier = None if m.is_writer else move["to"].db_cluster_arn
    if move["loss"]:        # the old primary rejoins by itself; what it wrote alone is kept in a snapshot beside it
        old = move["from"]
        backend = rds_backends[old.backend.account_id][old.region]
        ident = f"rds:unplanned-global-failover-{old.db_cluster_identifier}-{utcnow():%Y-%m-%d-%H-%M}"
        backend.cluster_snapshots[ident] = DBClusterSnapshot(backend, old, ident, snapshot_type="automated")
        group.__dict__.setdefault("_rejoining", {})[old.db_cluster_arn] = 1


@replaces(RDSResponse, "switchover_global_cluster")
def switchover_global_cluster(original: Any, self: RDSResponse) -> ActionResult:
    return _begin(self, "switching-over", False)


@replaces(RDSResponse, "failover_global_cluster")
def failover_global_cluster(original: Any, self: RDSResponse) -> ActionResult:
    loss, switch = self.params.get("AllowDataLoss"), self.params.get("Switchover")
    if bool(loss) == bool(switch):
        raise RDSClientError("InvalidParameterCombination", "Specify either AllowDataLoss or Switchover.")
    return _begin(self, "failing-over" if loss else "switching-over", bool(loss))


@replaces(RDSResponse, "describe_global_clusters")
def describe_global_clusters(original: Any, self: RDSResponse) -> ActionResult:
    if not self.params.get("GlobalClusterIdentifier"):
        return original(self)
    group = _global(self)
    move, lost = group.__dict__.get("_move"), group.__dict__.get("_rejoining", {})
    if move and move["polls"] <= 0:
        _finish(group)
    elif move:
        move["polls"] -= 1
    elif lost:
        group._rejoining = {arn: n - 1 for arn, n in lost.items() if n > 0}
    return ActionResult({"GlobalClusters": [group]})


# ------------------------------------------------------------------ CloudWatch: alarms follow their data
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda x, t: x >= t, "GreaterThanThreshold": lambda x, t: x > t,
    "LessThanOrEqualToThreshold": lambda x, t: x <= t, "LessThanThreshold": lambda x, t: x < t}
_REDUCE: dict[str, Callable[[list[float]], float]] = {"Maximum": max, "Minimum": min, "Sum": sum, "Average": lambda v: sum(v) / len(v), "SampleCount": len}


def _at(datum: Any) -> datetime:
    return datum.timestamp if datum.timestamp.tzinfo else datum.timestamp.replace(tzinfo=timezone.utc)


def evaluate(backend: CloudWatchBackend, alarm: Alarm) -> None:
    """A single-metric alarm with data of its own is judged by its last periods; others are left as they are."""
    if not alarm.metric_name or alarm.comparison_operator not in _COMPARE or alarm.statistic not in _REDUCE:
        return
    wanted = {(d.name, d.value) for d in alarm.dimensions}
    data = [d for d in backend.metric_data if d.namespace == alarm.namespace and d.name == alarm.metric_name and {(x.name, x.value) for x in d.dimensions} == wanted and hasattr(d, "value")]
    if not data:
        return
    now, period, verdicts = datetime.now(timezone.utc), timedelta(seconds=int(alarm.period)), []
    for i in range(int(alarm.evaluation_periods)):
        values = [d.value for d in data if now - (i + 1) * period < _at(d) <= now - i * period + timedelta(seconds=1)]
        newest = [values[-1]] if values and period <= timedelta(seconds=60) else values      # a new minute for each value: no test waits for one
        verdicts.append(_COMPARE[alarm.comparison_operator](_REDUCE[alarm.statistic](newest), float(alarm.threshold)) if values else None)
    missing = {"breaching": True, "notBreaching": False}.get(alarm.treat_missing_data or "missing")
    verdicts = [v if v is not None else missing for v in verdicts]
    if all(v is None for v in verdicts):
        state = alarm.state_value if alarm.treat_missing_data == "ignore" else "INSUFFICIENT_DATA"
    else:
        state = "ALARM" if all(v for v in verdicts if v is not None) else "OK"
    if state != alarm.state_value:
        alarm.update_state(f"Threshold Crossed: {alarm.metric_name}", "{}", state)


def _judged(original: Any, self: CloudWatchBackend, *args: Any, **kw: Any) -> Any:
    for alarm in self.alarms.values():
        evaluate(self, alarm)
    return original(self, *args, **kw)


for _name in ("describe_alarms", "get_alarms_by_alarm_names", "get_alarms_by_state_value", "get_alarms_by_alarm_name_prefix"):
    replaces(CloudWatchBackend, _name)(_judged)


# ------------------------------------------------------------------ Route 53: health checks follow their alarm
@replaces(Route53Response, "get_health_check_status")
def get_health_check_status(original: Any, self: Route53Response) -> ActionResult:
    check = self.backend.get_health_check(self._get_param("HealthCheckId"))
    identifier = check.health_check_config.get("AlarmIdentifier") if hasattr(check, "health_check_config") else None
    if not identifier:
        return original(self)
    backend = cloudwatch_backends[self.current_account][identifier["Region"]]
    alarm = backend.alarms.get(identifier["Name"])
    if alarm:
        evaluate(backend, alarm)
    failed = alarm is None or alarm.state_value == "ALARM"
    status = f"{'Failure' if failed else 'Success'}: the alarm {identifier['Name']} is in the state {alarm.state_value if alarm else 'deleted'}"
    return ActionResult({"HealthCheckObservations": [{"Region": r, "IPAddress": "127.0.13.37", "StatusReport": {"Status": status, "CheckedTime": utcnow()}} for r in ("us-west-2", "eu-west-1", "ap-southeast-1")]})


# ------------------------------------------------------------------ quotas
_EC2_QUOTAS = {"L-0263D0A3": ("EC2-VPC Elastic IPs", 5.0), "L-1216C47A": ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 256.0), "L-DB2E81BA": ("Running On-Demand G and VT instances", 0.0), "L-417A185B": ("Running On-Demand P instances", 0.0)}
_VPC_QUOTAS = {"L-F678F1CE": ("VPCs per Region", 5.0), "L-A4707A72": ("Internet gateways per Region", 5.0)}

_RDS_QUOTAS = {"L-7B6409FD": ("DB instances", 40.0), "L-952B80B8": ("DB clusters", 40.0)}
_ELB_QUOTAS = {"L-53DA6B97": ("Application Load Balancers per Region", 50.0)}


@replaces(ServiceQuotasBackend, "get_service_quota")
def get_service_quota(original: Any, self: ServiceQuotasBackend, service_code: str, quota_code: str) -> Json:
    known = {"ec2": ("Amazon Elastic Compute Cloud (Amazon EC2)", _EC2_QUOTAS), "vpc": ("Amazon Virtual Private Cloud (Amazon VPC)", _VPC_QUOTAS),
             "rds": ("Amazon Relational Database Service (Amazon RDS)", _RDS_QUOTAS), "elasticloadbalancing": ("Elastic Load Balancing (ELB)", _ELB_QUOTAS)}
    service, quotas = known.get(service_code, ("", {}))
    if quota_code not in quotas:
        return original(self, service_code, quota_code)
    name, value = quotas[quota_code]
    return {"ServiceCode": service_code, "ServiceName": service, "QuotaCode": quota_code, "QuotaName": name, "Value": value, "Unit": "None", "Adjustable": True, "GlobalQuota": False,
            "QuotaArn": f"arn:aws:servicequotas:{self.region_name}:{self.account_id}:{service_code}/{quota_code}"}


# ------------------------------------------------------------------ EC2: tags and versions of launch templates
LaunchTemplate.tags = property(lambda self: self.get_tags(), lambda self, value: None)


@replaces(LaunchTemplate, "create_version")
def create_version(original: Any, self: LaunchTemplate, data: Json, description: str) -> LaunchTemplateVersion:
    """Numbers are not given twice, whatever was deleted."""
    version = original(self, data, description)
    version.number = self.__dict__["_numbers"] = self.__dict__.get("_numbers", 0) + 1
    return version


@replaces(LaunchTemplate, "get_version")
def get_version(original: Any, self: LaunchTemplate, num: Any) -> LaunchTemplateVersion:
    number = {"$latest": self.versions[-1].number, "$default": self.default_version_number}.get(str(num).lower(), num)
    for version in self.versions:
        if str(version.number) == str(number):
            return version
    raise InvalidLaunchTemplateVersionNotFound(template_id=self.id, version=num)


@replaces(LaunchTemplate, "default_version")
def default_version(original: Any, self: LaunchTemplate) -> LaunchTemplateVersion:
    return self.get_version(self.default_version_number)


@replaces(LaunchTemplates, "delete_launch_template_versions")
def delete_launch_template_versions(original: Any, self: LaunchTemplates) -> ActionResult:
    template = self.ec2_backend.get_launch_template(self._get_param("LaunchTemplateId"))
    done, kept = [], []
    for number in self._get_param("Versions", []):
        version = next((v for v in template.versions if str(v.number) == str(number)), None)
        told = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "VersionNumber": int(number)}
        if version is None or template.is_default(version):
            code = "launchTemplateVersionDoesNotExist" if version is None else "unexpectedError"
            kept.append({**told, "ResponseError": {"Code": code, "Message": "The version does not exist, or is the default."}})
        else:
            template.versions.remove(version)
            done.append(told)
    return ActionResult({"SuccessfullyDeletedLaunchTemplateVersions": done, "UnsuccessfullyDeletedLaunchTemplateVersions": kept})
