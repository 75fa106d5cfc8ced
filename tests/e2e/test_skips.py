"""Which cases of the matrix the emulator cannot carry: asked with boto3 alone, so that no fault of drplan's can hide there.

Each probe writes a property and answers what is read back; the emulator lacks it when that is not what was written, or when
the operation is not implemented. `SKIPS_UPDATE=1` writes the reasons into matrix-skips.json; without it they are compared.
"""
from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import Emulator

SKIPS = Path(__file__).parent / "matrix-skips.json"
Probe = Callable[[Any, Any], tuple[Any, Any]]


def subnet(ec2: Any) -> tuple[str, str]:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return vpc, ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]


def private_address(ec2: Any, logs: Any) -> tuple[Any, Any]:
    made = ec2.create_nat_gateway(SubnetId=subnet(ec2)[1], ConnectivityType="private", PrivateIpAddress="10.0.1.66")["NatGateway"]["NatGatewayId"]
    return "10.0.1.66", ec2.describe_nat_gateways(NatGatewayIds=[made])["NatGateways"][0]["NatGatewayAddresses"][0].get("PrivateIp")


def endpoint(ec2: Any, **kw: Any) -> tuple[str, Any]:
    vpc, net = subnet(ec2)
    made = ec2.create_vpc_endpoint(VpcId=vpc, VpcEndpointType="Interface", ServiceName="com.amazonaws.us-west-2.sqs", SubnetIds=[net], **kw)["VpcEndpoint"]["VpcEndpointId"]
    return made, lambda: ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"][0]


def private_dns(ec2: Any, logs: Any) -> tuple[Any, Any]:
    made, read = endpoint(ec2, PrivateDnsEnabled=False)
    ec2.modify_vpc_endpoint(VpcEndpointId=made, PrivateDnsEnabled=True)
    return True, read().get("PrivateDnsEnabled")


def address_type(ec2: Any, logs: Any) -> tuple[Any, Any]:
    return "ipv4", endpoint(ec2, IpAddressType="ipv4")[1]().get("IpAddressType")


def dns64(ec2: Any, logs: Any) -> tuple[Any, Any]:
    net = subnet(ec2)[1]
    ec2.modify_subnet_attribute(SubnetId=net, EnableDns64={"Value": True})
    return True, ec2.describe_subnets(SubnetIds=[net])["Subnets"][0].get("EnableDns64")


def address(ec2: Any, key: str, **kw: str) -> tuple[Any, Any]:
    made = ec2.allocate_address(Domain="vpc", **kw)["AllocationId"]
    return kw[key], ec2.describe_addresses(AllocationIds=[made])["Addresses"][0].get(key)


def lease_time(ec2: Any, logs: Any) -> tuple[Any, Any]:
    made = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "ipv6-address-preferred-lease-time", "Values": ["140"]}])["DhcpOptions"]["DhcpOptionsId"]
    got = ec2.describe_dhcp_options(DhcpOptionsIds=[made])["DhcpOptions"][0]["DhcpConfigurations"]
    return ["140"], [v["Value"] for c in got for v in c["Values"]]


def group_class(ec2: Any, logs: Any) -> tuple[Any, Any]:
    logs.create_log_group(logGroupName="/probe/class", logGroupClass="STANDARD")
    return "STANDARD", logs.describe_log_groups(logGroupNamePrefix="/probe/class")["logGroups"][0].get("logGroupClass")


def group_key(ec2: Any, logs: Any) -> tuple[Any, Any]:
    logs.create_log_group(logGroupName="/probe/key")
    key = "arn:aws:kms:us-west-2:123456789012:key/22222222-2222-2222-2222-222222222222"
    logs.associate_kms_key(logGroupName="/probe/key", kmsKeyId=key)
    return key, logs.describe_log_groups(logGroupNamePrefix="/probe/key")["logGroups"][0].get("kmsKeyId")


def protection(ec2: Any, logs: Any) -> tuple[Any, Any]:
    logs.create_log_group(logGroupName="/probe/kept", deletionProtectionEnabled=True)
    return True, logs.describe_log_groups(logGroupNamePrefix="/probe/kept")["logGroups"][0].get("deletionProtectionEnabled")


PROBES: dict[str, Probe] = {
    "EC2::NatGateway-PrivateIpAddress-changed": private_address,
    "EC2::VPCEndpoint-PrivateDnsEnabled-changed": private_dns,
    "EC2::VPCEndpoint-IpAddressType-changed": address_type,
    "EC2::Subnet-EnableDns64-changed": dns64,
    "EC2::EIP-NetworkBorderGroup-changed": lambda ec2, logs: address(ec2, "NetworkBorderGroup", NetworkBorderGroup="us-west-2"),
    "EC2::EIP-PublicIpv4Pool-changed": lambda ec2, logs: address(ec2, "PublicIpv4Pool", PublicIpv4Pool="ipv4pool-ec2-0123456789abcdef0"),
    "EC2::DHCPOptions-Ipv6AddressPreferredLeaseTime-changed": lease_time,
    "Logs::LogGroup-LogGroupClass-changed": group_class,
    "Logs::LogGroup-KmsKeyId-changed": group_key,
    "Logs::LogGroup-DeletionProtectionEnabled-changed": protection,
}


@pytest.mark.parametrize("name", PROBES)
def test_the_emulator_lacks_it(name: str, aws: Emulator) -> None:
    try:
        wrote, read = PROBES[name](aws.client("ec2"), aws.client("logs"))
        reason = "" if wrote == read else f"the emulator does not keep {json.dumps(wrote)}"
    except ClientError as exc:
        reason = f"the emulator lacks it: {exc.response['Error']['Message']}"
    skips = json.loads(SKIPS.read_text())
    if os.environ.get("SKIPS_UPDATE"):
        skips.pop(name, None)
        SKIPS.write_text(json.dumps(dict(sorted((skips | ({name: reason} if reason else {})).items())), indent=1) + "\n")
    else:
        assert skips.get(name, "") == reason
