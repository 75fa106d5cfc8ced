"""Corrections to moto (see motofix.py): Route 53's zones, and the batches in which its records change."""
from __future__ import annotations

import copy
import re
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.route53 import urls
from moto.route53.exceptions import Route53ClientError
from moto.route53.models import FakeZone, RecordSet, Route53Backend
from moto.route53.responses import Route53 as Route53Response
from moto.route53.utils import validate_domain_name

from motofix import replaces

Json = dict[str, Any]
VALUES = ("ttl", "records", "weight", "region", "health_check_id", "alias_target", "failover", "geo_location", "multi_value_answer")
urls.url_paths[r"{0}/(?P<api_version>[\d_-]+)/hostedzone/(?P<zone_id>[^/]+)/features$"] = Route53Response.dispatch


def escaped(name: str) -> str:
    """As Route 53 answers a name: lower case, what is no letter, digit, hyphen, underscore or dot in octal."""
    return re.sub(r"[^a-z0-9_.\\-]", lambda m: f"\\{ord(m[0]):03o}", name.lower())


def plain(name: str) -> str:
    """A name in lower case with its final dot, octal escapes resolved."""
    text = re.sub(r"\\([0-3][0-7]{2})", lambda m: chr(int(m[1], 8)), name.lower())
    return text if text.endswith(".") else text + "."


def record_of(s: Json) -> RecordSet:
    kept = copy.deepcopy(s) | {"Name": plain(s["Name"])}
    if "ResourceRecords" in kept:
        kept["ResourceRecords"] = [r["Value"] for r in kept["ResourceRecords"]]
    return RecordSet(kept)


def identity(r: RecordSet) -> tuple[str, str, str]:
    return plain(r.name), str(r.type), r.set_identifier or ""


def values(r: RecordSet) -> Json:
    alias = dict(r.alias_target or {})
    if alias:
        alias["DNSName"] = plain(alias["DNSName"])
    return {k: v for k in VALUES if (v := alias if k == "alias_target" else str(getattr(r, k)) if k in ("ttl", "weight") else getattr(r, k)) not in (None, "None", [], {}, False)}


def conflict(r: RecordSet, others: list[RecordSet]) -> str:
    """Why the record cannot stand beside the others, or nothing."""
    name, kind, ident = identity(r)
    here = [o for o in others if identity(o)[0] == name and identity(o) != identity(r)]
    if any("CNAME" in (kind, o.type) and o.type != kind for o in here):
        return f"RRSet of type {kind} with DNS name {name} is not permitted as it conflicts with other records with the same DNS name in zone"
    same = [o for o in here if o.type == kind]
    if any(bool(o.set_identifier) != bool(ident) for o in same):
        return f"RRSet with DNS name {name}, type {kind}, SetIdentifier {ident or None} cannot be created as a non-multi answer rrset exists with the same name and type"
    for what in ("failover", "region", "geo_location"):
        if getattr(r, what) and any(getattr(o, what) == getattr(r, what) for o in same):
            return f"{what.title()} is {getattr(r, what)} in another resource record set with the same name and type"
    return ""


@replaces(Route53Backend, "change_resource_record_sets")
def change_resource_record_sets(original: Any, self: Route53Backend, zoneid: str, change_list: list[Json]) -> None:
    """All of a batch or nothing, in its order; every refusal is told."""
    zone, wrong = self.get_hosted_zone(zoneid), []
    now = list(zone.rrsets)
    for change in change_list:
        validate_domain_name(change["ResourceRecordSet"]["Name"], code="InvalidChangeBatch")
        r, action = record_of(change["ResourceRecordSet"]), change["Action"]
        what = f"resource record set [name='{r.name}', type='{r.type}'" + (f", set-identifier='{r.set_identifier}']" if r.set_identifier else "]")
        at = next((i for i, o in enumerate(now) if identity(o) == identity(r)), None)
        if not ("." + r.name).endswith("." + plain(zone.name)):
            wrong.append(f"RRSet with DNS name {r.name} is not permitted in zone {zone.name}")
        elif action == "CREATE" and at is not None:
            wrong.append(f"Tried to create {what} but it already exists")
        elif action == "DELETE" and at is None:
            wrong.append(f"Tried to delete {what} but it was not found")
        elif action == "DELETE" and values(now[at]) != values(r):
            wrong.append(f"Tried to delete {what} but the values provided do not match the current values")
        elif action == "DELETE":
            del now[at]
        elif conflict(r, now):
            wrong.append(conflict(r, now))
        elif at is None:
            now.append(r)
        else:
            now[at] = r
    if wrong:
        raise Route53ClientError("InvalidChangeBatch", "[" + ", ".join(wrong) + "]")
    zone.rrsets = now


@replaces(FakeZone, "get_record_sets")
def get_record_sets(original: Any, self: FakeZone, start_type: str, start_name: str) -> list[RecordSet]:
    found = []
    for r in original(self, start_type, start_name):
        found.append(copy.copy(r))
        found[-1].name = escaped(r.name)
    return found


@replaces(Route53Response, "create_hosted_zone")
def create_hosted_zone(original: Any, self: Route53Response) -> ActionResult:
    """A zone with a VPC is private, whatever its configuration says."""
    private = bool(self._get_param("VPC.VPCId"))
    asked = self._get_bool_param
    self._get_bool_param = lambda name, default=None: private if name == "HostedZoneConfig.PrivateZone" else asked(name, default)  # type: ignore[method-assign]
    return original(self)


@replaces(Route53Backend, "associate_vpc_with_hosted_zone")
def associate_vpc(original: Any, self: Route53Backend, zone_id: str, vpcid: str, vpcregion: str) -> Any:
    if any(v["vpc_id"] == vpcid for v in self.get_hosted_zone(zone_id).vpcs):
        raise Route53ClientError("ConflictingDomainExists", f"The VPC {vpcid} in region {vpcregion} has already been associated with the hosted zone {zone_id} with the same domain name.")
    return original(self, zone_id, vpcid, vpcregion)


@replaces(Route53Backend, "disassociate_vpc_from_hosted_zone")
def disassociate_vpc(original: Any, self: Route53Backend, zone_id: str, vpcid: str) -> Any:
    if all(v["vpc_id"] != vpcid for v in self.get_hosted_zone(zone_id).vpcs):
        raise Route53ClientError("VPCAssociationNotFound", f"The VPC {vpcid} is not associated with hosted zone {zone_id}.")
    return original(self, zone_id, vpcid)


@replaces(Route53Response, "list_query_logging_configs")
def list_query_logging_configs(original: Any, self: Route53Response) -> ActionResult:
    zone = self._get_param("HostedZoneId")
    if zone:
        self.backend.get_hosted_zone(zone)
    return ActionResult({"QueryLoggingConfigs": [c for c in self.backend.query_logging_configs.values() if zone in (None, c.hosted_zone_id)]})


@replaces(Route53Response, "update_hosted_zone_features")
def update_hosted_zone_features(original: Any, self: Route53Response) -> ActionResult:
    zone = self.backend.get_hosted_zone(self._get_param("HostedZoneId"))
    if zone.private_zone:
        raise Route53ClientError("InvalidInput", "Accelerated recovery is for public hosted zones.")
    on = self._get_bool_param("EnableAcceleratedRecovery")
    zone.features = {"AcceleratedRecoveryStatus": "ENABLED" if on else "DISABLED"}
    return EmptyResult()
