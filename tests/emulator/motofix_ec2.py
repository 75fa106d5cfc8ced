"""Corrections to moto (see motofix.py): machines keep what RunInstances and the Modify calls say, and change some of it
only while they are stopped; ICMP of network ACL entries; ports of rules for all protocols."""
from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_block_store import VolumeAttachment
from moto.ec2.models.instances import Instance, MetadataOptions
from moto.ec2.models.network_acls import NetworkAcl
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.network_acls import NetworkACLs
from moto.ec2.responses.security_groups import SecurityGroups

from motofix import replaces

Json = dict[str, Any]
#: Of RunInstances, by the attribute of moto's Instance that answers it.
KEPT = {"CpuOptions": "cpu_options", "EnclaveOptions": "enclave_options", "PrivateDnsNameOptions": "private_dns_name_options", "LicenseSpecifications": "licenses",
        "KernelId": "kernel_id", "RamdiskId": "ramdisk_id"}
PLACEMENT = {"Tenancy": "tenancy", "GroupName": "group_name", "Affinity": "affinity", "HostId": "host_id", "HostResourceGroupArn": "host_resource_group_arn"}
BURSTABLE = ("t2.", "t3.", "t3a.", "t4g.")


def _instance(self: InstanceResponse) -> Instance:
    return self.ec2_backend.get_instance(self._get_param("InstanceId"))


def _stopped(instance: Instance, what: str) -> None:
    if instance.state != "stopped":
        raise EC2ClientError("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state: {what} cannot be modified.")


@replaces(InstanceResponse, "run_instances")
def run_instances(original: Any, self: InstanceResponse) -> ActionResult:
    answer = original(self)
    for instance in answer._result.instances if hasattr(answer, "_result") else answer.result.instances:
        for name, attribute in KEPT.items():
            if self._get_param(name) is not None:
                setattr(instance, attribute, self._get_param(name))
        for name, attribute in PLACEMENT.items():
            if self._get_param(f"Placement.{name}") is not None:
                setattr(instance.placement, attribute, self._get_param(f"Placement.{name}"))
        instance.disable_api_termination = bool(self._get_param("DisableApiTermination"))
        instance.cpu_credits = self._get_param("CreditSpecification.CpuCredits")
    return answer


@replaces(InstanceResponse, "modify_instance_attribute")
def modify_instance_attribute(original: Any, self: InstanceResponse) -> Any:
    instance = _instance(self)
    attribute = self._get_param("Attribute")
    for name in ("InstanceType", "Kernel", "Ramdisk", "UserData", "EbsOptimized"):
        if self._get_param(name) is not None or (attribute or "").lower() == name.lower():
            _stopped(instance, name)
    if attribute == "userData":
        instance.user_data = self._get_param("Value") or None
    elif self._get_param("InstanceInitiatedShutdownBehavior.Value"):
        instance.instance_initiated_shutdown_behavior = self._get_param("InstanceInitiatedShutdownBehavior.Value")
    elif self._get_param("Kernel.Value") or self._get_param("Ramdisk.Value"):
        instance.kernel_id = self._get_param("Kernel.Value") or instance.kernel_id
        instance.ramdisk_id = self._get_param("Ramdisk.Value") or getattr(instance, "ramdisk_id", None)
    else:
        return original(self)
    return EmptyResult()


@replaces(InstanceResponse, "modify_instance_metadata_options")
def modify_instance_metadata_options(original: Any, self: InstanceResponse) -> ActionResult:
    """What the request leaves out stays as it is."""
    instance = _instance(self)
    old = instance.metadata_options
    names = {"HttpTokens": old.http_tokens, "HttpPutResponseHopLimit": old.http_put_response_hop_limit, "HttpEndpoint": old.http_endpoint,
             "HttpProtocolIpv6": old.http_protocol_ipv6, "InstanceMetadataTags": old.instance_metadata_tags}
    instance.metadata_options = MetadataOptions({k: self._get_param(k) if self._get_param(k) is not None else v for k, v in names.items()})
    return ActionResult({"InstanceId": instance.id, "InstanceMetadataOptions": instance.metadata_options})


@replaces(InstanceResponse, "modify_instance_placement")
def modify_instance_placement(original: Any, self: InstanceResponse) -> ActionResult:
    instance = _instance(self)
    _stopped(instance, "its placement")
    if "default" in (self._get_param("Tenancy"), instance.placement.tenancy) and self._get_param("Tenancy") not in (None, instance.placement.tenancy):
        raise EC2ClientError("InvalidParameterCombination", "The tenancy changes between dedicated and host only.")
    for name, attribute in PLACEMENT.items():
        if self._get_param(name) is not None:
            setattr(instance.placement, attribute, self._get_param(name))
    return ActionResult({"Return": True})


@replaces(InstanceResponse, "modify_private_dns_name_options")
def modify_private_dns_name_options(original: Any, self: InstanceResponse) -> ActionResult:
    instance = _instance(self)
    _stopped(instance, "the kind of its host name")
    options = dict(getattr(instance, "private_dns_name_options", {}))
    for name, member in (("PrivateDnsHostnameType", "HostnameType"), ("EnableResourceNameDnsARecord", "EnableResourceNameDnsARecord"),
                         ("EnableResourceNameDnsAAAARecord", "EnableResourceNameDnsAAAARecord")):
        if self._get_param(name) is not None:
            options[member] = self._get_param(name)
    instance.private_dns_name_options = options
    return ActionResult({"Return": True})


def _monitoring(state: str) -> Any:
    def change(original: Any, self: InstanceResponse) -> ActionResult:
        found = self.ec2_backend.get_multi_instances_by_id(self._get_param("InstanceIds", []))
        for instance in found:
            instance.monitoring_state = state
        return ActionResult({"InstanceMonitorings": [{"InstanceId": i.id, "Monitoring": {"State": state}} for i in found]})
    return change


replaces(InstanceResponse, "monitor_instances")(_monitoring("enabled"))
replaces(InstanceResponse, "unmonitor_instances")(_monitoring("disabled"))


@replaces(InstanceResponse, "modify_instance_credit_specification")
def modify_instance_credit_specification(original: Any, self: InstanceResponse) -> ActionResult:
    done = self._get_param("InstanceCreditSpecifications", [])
    for spec in done:
        self.ec2_backend.get_instance(spec["InstanceId"]).cpu_credits = spec["CpuCredits"]
    return ActionResult({"SuccessfulInstanceCreditSpecifications": [{"InstanceId": s["InstanceId"]} for s in done], "UnsuccessfulInstanceCreditSpecifications": []})


@replaces(InstanceResponse, "describe_instance_credit_specifications")
def describe_instance_credit_specifications(original: Any, self: InstanceResponse) -> ActionResult:
    found = self.ec2_backend.get_multi_instances_by_id(self._get_param("InstanceIds", []))
    for instance in found:
        if not instance.instance_type.startswith(BURSTABLE):
            raise EC2ClientError("UnsupportedOperation", f"{instance.id} is not a burstable instance.")
    default = {True: "standard", False: "unlimited"}
    return ActionResult({"InstanceCreditSpecifications": [
        {"InstanceId": i.id, "CpuCredits": getattr(i, "cpu_credits", None) or default[i.instance_type.startswith("t2.")]} for i in found]})


@replaces(EC2Backend, "replace_iam_instance_profile_association")
def replace_profile(original: Any, self: EC2Backend, *args: Any, **kw: Any) -> Any:
    """moto changes the association and forgets the machine."""
    association = original(self, *args, **kw)
    association.instance.iam_instance_profile = association.iam_instance_profile
    return association


def _deletes_with(self: VolumeAttachment) -> bool:
    for device in self.instance.block_device_mapping.values():
        if device.volume_id == self.volume.id:
            return bool(device.delete_on_termination)
    return False


VolumeAttachment.delete_on_termination = property(_deletes_with)


# ------------------------------------------------------------------ networks
def _keep_icmp(original: Any, self: NetworkACLs) -> Any:
    """moto looks for the type and code of ICMP under another name than the request has."""
    answer = original(self)
    acl: NetworkAcl = self.ec2_backend.get_network_acl(self._get_param("NetworkAclId"))
    for entry in acl.network_acl_entries:
        if (int(entry.rule_number), bool(entry.egress)) == (int(self._get_param("RuleNumber")), bool(self._get_param("Egress"))):
            entry.icmp_code, entry.icmp_type = self._get_param("IcmpTypeCode.Code"), self._get_param("IcmpTypeCode.Type")
    return answer


for _method in ("create_network_acl_entry", "replace_network_acl_entry"):
    replaces(NetworkACLs, _method)(_keep_icmp)


class _Told:
    """A rule as DescribeSecurityGroupRules tells it: for all protocols the ports are -1, which DescribeSecurityGroups omits."""

    def __init__(self, rule: SecurityGroupRule) -> None:
        self.__dict__["rule"] = rule

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.rule, name)
        return -1 if name in ("from_port", "to_port") and self.rule.ip_protocol == "-1" else value


@replaces(SecurityGroups, "describe_security_group_rules")
def describe_security_group_rules(original: Any, self: SecurityGroups) -> ActionResult:
    rules = self.ec2_backend.describe_security_group_rules(self._get_param("SecurityGroupRuleIds", []), self._filters_from_querystring())
    return ActionResult({"SecurityGroupRules": [_Told(rule) for rule in rules]})


@replaces(EC2Backend, "modify_vpc_tenancy")
def modify_vpc_tenancy(original: Any, self: EC2Backend, vpc_id: str, tenancy: str) -> None:
    if tenancy != "default":
        raise EC2ClientError("InvalidParameterValue", f"The tenancy of a VPC changes to default only, not to {tenancy}.")
    original(self, vpc_id, tenancy)
