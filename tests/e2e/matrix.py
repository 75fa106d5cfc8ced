"""The matrix: for every type a resource, and for each of its scalar properties another value. test_matrix.py changes each
one alone. A property that the emulator does not keep is not left out here: it is listed in matrix-skips.json, which
test_skips.py makes with boto3 alone, and its case must go on failing.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conftest import att, ref, res

Json = dict[str, Any]

#: What the resources under test refer to; only what a case reaches is made.
CONTEXT: Json = {
    "VpcA": res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"),
    "VpcB": res("AWS::EC2::VPC", CidrBlock="10.1.0.0/16"),
    "VpcC": res("AWS::EC2::VPC", CidrBlock="10.2.0.0/16"),
    "SubnetA": res("AWS::EC2::Subnet", VpcId=ref("VpcA"), CidrBlock="10.0.1.0/24"),
    "SubnetB": res("AWS::EC2::Subnet", VpcId=ref("VpcA"), CidrBlock="10.0.2.0/24"),
    "GatewayA": res("AWS::EC2::InternetGateway"),
    "GatewayB": res("AWS::EC2::InternetGateway"),
    "AttachmentA": res("AWS::EC2::VPCGatewayAttachment", VpcId=ref("VpcA"), InternetGatewayId=ref("GatewayA")),
    "AddressA": res("AWS::EC2::EIP", Domain="vpc"),
    "AddressB": res("AWS::EC2::EIP", Domain="vpc"),
    "NatA": res("AWS::EC2::NatGateway", SubnetId=ref("SubnetA"), AllocationId=att("AddressA", "AllocationId")) | {"DependsOn": "AttachmentA"},
    "NatB": res("AWS::EC2::NatGateway", SubnetId=ref("SubnetA"), AllocationId=att("AddressB", "AllocationId")) | {"DependsOn": "AttachmentA"},
    "TableA": res("AWS::EC2::RouteTable", VpcId=ref("VpcA")),
    "TableB": res("AWS::EC2::RouteTable", VpcId=ref("VpcA")),
    "PeeringA": res("AWS::EC2::VPCPeeringConnection", VpcId=ref("VpcA"), PeerVpcId=ref("VpcB")),
    "GroupA": res("AWS::EC2::SecurityGroup", GroupDescription="a", VpcId=ref("VpcA")),
    "GroupB": res("AWS::EC2::SecurityGroup", GroupDescription="b", VpcId=ref("VpcA")),
    "AclA": res("AWS::EC2::NetworkAcl", VpcId=ref("VpcA")),
    "AclB": res("AWS::EC2::NetworkAcl", VpcId=ref("VpcA")),
    "OptionsA": res("AWS::EC2::DHCPOptions", DomainName="a.example.com", DomainNameServers=["10.0.0.2"]),
    "OptionsB": res("AWS::EC2::DHCPOptions", DomainName="b.example.com", DomainNameServers=["10.0.0.2"]),
    "LogsA": res("AWS::Logs::LogGroup", LogGroupName="/matrix/a"),
    "LogsB": res("AWS::Logs::LogGroup", LogGroupName="/matrix/b"),
}
TAGS = [{"Key": "Name", "Value": "one"}, {"Key": "Stage", "Value": "test"}]
ROLE = "arn:aws:iam::123456789012:role/flow-logs"


@dataclass(frozen=True)
class Case:
    kind: str
    prop: str
    props: Any
    value: Any                      # the other value; None: the property is removed
    action: str = ""                # where the schema does not tell: "update", "replace" or "none"
    also: Any = field(default_factory=dict)     # what has to change with it; None: removed

    @property
    def name(self) -> str:
        return f"{self.kind.split('::', 1)[1]}-{self.prop}-{'removed' if self.value is None else 'changed'}"


def cases(kind: str, base: Json, changes: Json) -> list[Case]:
    """One case per property: value, or (value, further base properties)."""
    made = []
    for prop, value in changes.items():
        extra: Json = {}
        if isinstance(value, tuple):
            value, extra = value
        made.append(Case(kind, prop, base | extra, value))
    return made


CASES: list[Case] = [
    *cases("AWS::EC2::VPC", {"CidrBlock": "10.9.0.0/16", "Tags": TAGS},
           {"CidrBlock": "10.8.0.0/16", "EnableDnsSupport": (False, {"EnableDnsSupport": True}), "EnableDnsHostnames": (True, {"EnableDnsSupport": True}),
            "InstanceTenancy": ("dedicated", {"InstanceTenancy": "default"})}),
    *cases("AWS::EC2::Subnet", {"VpcId": ref("VpcA"), "CidrBlock": "10.0.9.0/24", "AvailabilityZone": "us-west-2a", "Tags": TAGS},
           {"CidrBlock": "10.0.8.0/24", "AvailabilityZone": "us-west-2b", "MapPublicIpOnLaunch": True}),
    *cases("AWS::EC2::VPCGatewayAttachment", {"VpcId": ref("VpcA"), "InternetGatewayId": ref("GatewayA")},
           {"VpcId": ref("VpcB"), "InternetGatewayId": ref("GatewayB")}),
    *cases("AWS::EC2::NatGateway", {"SubnetId": ref("SubnetA"), "AllocationId": att("AddressA", "AllocationId"), "Tags": TAGS},
           {"SubnetId": ref("SubnetB"), "AllocationId": att("AddressB", "AllocationId")}),
    *cases("AWS::EC2::NatGateway", {"SubnetId": ref("SubnetA"), "ConnectivityType": "private"}, {"PrivateIpAddress": ("10.0.1.77", {"PrivateIpAddress": "10.0.1.66"})}),
    *cases("AWS::EC2::RouteTable", {"VpcId": ref("VpcA"), "Tags": TAGS}, {"VpcId": ref("VpcB")}),
    *cases("AWS::EC2::Route", {"RouteTableId": ref("TableA"), "DestinationCidrBlock": "192.168.0.0/16", "NatGatewayId": ref("NatA")},
           {"RouteTableId": ref("TableB"), "DestinationCidrBlock": "192.169.0.0/16", "NatGatewayId": ref("NatB")}),
    *cases("AWS::EC2::SubnetRouteTableAssociation", {"SubnetId": ref("SubnetA"), "RouteTableId": ref("TableA")},
           {"SubnetId": ref("SubnetB"), "RouteTableId": ref("TableB")}),
    *cases("AWS::EC2::VPCEndpoint", {"VpcId": ref("VpcA"), "ServiceName": "com.amazonaws.us-west-2.s3", "VpcEndpointType": "Gateway", "RouteTableIds": [ref("TableA")], "Tags": TAGS},
           {"ServiceName": "com.amazonaws.us-west-2.dynamodb"}),
    *cases("AWS::EC2::VPCEndpoint", {"VpcId": ref("VpcA"), "ServiceName": "com.amazonaws.us-west-2.sqs", "VpcEndpointType": "Interface", "SubnetIds": [ref("SubnetA")],
                                     "SecurityGroupIds": [ref("GroupA")]},
           {"PrivateDnsEnabled": (True, {"PrivateDnsEnabled": False})}),
    *cases("AWS::EC2::SecurityGroup", {"GroupName": "matrix-group", "GroupDescription": "one", "VpcId": ref("VpcA"), "Tags": TAGS},
           {"GroupName": "matrix-other", "GroupDescription": "two", "VpcId": ref("VpcB")}),
    *cases("AWS::EC2::SecurityGroupIngress", {"GroupId": ref("GroupA"), "IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "CidrIp": "10.0.0.0/8", "Description": "one"},
           {"GroupId": ref("GroupB"), "IpProtocol": "udp", "FromPort": 79, "ToPort": 82, "CidrIp": "11.0.0.0/8", "Description": "two"}),
    *cases("AWS::EC2::SecurityGroupIngress", {"GroupId": ref("GroupA"), "IpProtocol": "tcp", "FromPort": 80, "ToPort": 81},
           {"CidrIpv6": ("2001:db9::/32", {"CidrIpv6": "2001:db8::/32"}), "SourceSecurityGroupId": (ref("GroupB"), {"SourceSecurityGroupId": ref("GroupA")})}),
    *cases("AWS::EC2::SecurityGroupEgress", {"GroupId": ref("GroupA"), "IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "CidrIp": "10.0.0.0/8", "Description": "one"},
           {"GroupId": ref("GroupB"), "IpProtocol": "udp", "FromPort": 79, "ToPort": 82, "CidrIp": "11.0.0.0/8", "Description": "two"}),
    *cases("AWS::EC2::SecurityGroupEgress", {"GroupId": ref("GroupA"), "IpProtocol": "tcp", "FromPort": 80, "ToPort": 81},
           {"CidrIpv6": ("2001:db9::/32", {"CidrIpv6": "2001:db8::/32"}), "DestinationSecurityGroupId": (ref("GroupB"), {"DestinationSecurityGroupId": ref("GroupA")})}),
    *cases("AWS::EC2::NetworkAcl", {"VpcId": ref("VpcA"), "Tags": TAGS}, {"VpcId": ref("VpcB")}),
    *cases("AWS::EC2::NetworkAclEntry", {"NetworkAclId": ref("AclA"), "RuleNumber": 100, "Protocol": 6, "RuleAction": "allow", "Egress": False, "CidrBlock": "10.0.0.0/8",
                                         "PortRange": {"From": 80, "To": 81}},
           {"NetworkAclId": ref("AclB"), "RuleNumber": 110, "Protocol": 17, "RuleAction": "deny", "Egress": True, "CidrBlock": "11.0.0.0/8"}),
    *cases("AWS::EC2::NetworkAclEntry", {"NetworkAclId": ref("AclA"), "RuleNumber": 100, "Protocol": -1, "RuleAction": "allow"},
           {"Ipv6CidrBlock": ("2001:db9::/32", {"Ipv6CidrBlock": "2001:db8::/32"})}),
    *cases("AWS::EC2::SubnetNetworkAclAssociation", {"SubnetId": ref("SubnetA"), "NetworkAclId": ref("AclA")},
           {"SubnetId": ref("SubnetB"), "NetworkAclId": ref("AclB")}),
    *cases("AWS::EC2::VPCPeeringConnection", {"VpcId": ref("VpcA"), "PeerVpcId": ref("VpcB"), "Tags": TAGS}, {"VpcId": ref("VpcC"), "PeerVpcId": ref("VpcC")}),
    *cases("AWS::EC2::DHCPOptions", {"DomainName": "one.example.com", "DomainNameServers": ["10.0.0.2"], "NtpServers": ["10.0.0.3"], "Tags": TAGS},
           {"DomainName": "two.example.com", "NetbiosNodeType": (8, {"NetbiosNodeType": 2, "NetbiosNameServers": ["10.0.0.4"]})}),
    *cases("AWS::EC2::VPCDHCPOptionsAssociation", {"VpcId": ref("VpcA"), "DhcpOptionsId": ref("OptionsA")}, {"VpcId": ref("VpcB"), "DhcpOptionsId": ref("OptionsB")}),
    *cases("AWS::Logs::LogGroup", {"LogGroupName": "/matrix/x", "RetentionInDays": 7, "Tags": TAGS},
           {"LogGroupName": "/matrix/y", "RetentionInDays": 14, "LogGroupClass": ("INFREQUENT_ACCESS", {"LogGroupClass": "STANDARD"}),
            "KmsKeyId": ("arn:aws:kms:us-west-2:123456789012:key/22222222-2222-2222-2222-222222222222", {"KmsKeyId": "arn:aws:kms:us-west-2:123456789012:key/11111111-1111-1111-1111-111111111111"})}),
    *cases("AWS::EC2::FlowLog", {"ResourceType": "VPC", "ResourceId": ref("VpcA"), "TrafficType": "ALL", "LogGroupName": "/matrix/a", "DeliverLogsPermissionArn": ROLE,
                                 "MaxAggregationInterval": 600, "Tags": TAGS},
           {"ResourceId": ref("VpcB"), "TrafficType": "REJECT", "LogGroupName": "/matrix/b", "DeliverLogsPermissionArn": ROLE + "-2", "MaxAggregationInterval": 60}),
]
NAT = {"SubnetId": ref("SubnetA"), "AllocationId": att("AddressA", "AllocationId")}
ENDPOINT = {"VpcId": ref("VpcA"), "ServiceName": "com.amazonaws.us-west-2.sqs", "VpcEndpointType": "Interface", "SubnetIds": [ref("SubnetA")], "SecurityGroupIds": [ref("GroupA")]}
FLOW = {"ResourceType": "VPC", "ResourceId": ref("VpcA"), "TrafficType": "ALL", "LogGroupName": "/matrix/a", "DeliverLogsPermissionArn": ROLE}
TO_S3 = {"ResourceType": "VPC", "ResourceId": ref("VpcA"), "TrafficType": "ALL", "LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::matrix-a"}
ROUTE = {"RouteTableId": ref("TableA"), "DestinationCidrBlock": "192.168.0.0/16", "NatGatewayId": ref("NatA")}
#: Properties that cannot change alone.
CASES += [
    Case("AWS::EC2::Subnet", "VpcId", {"VpcId": ref("VpcA"), "CidrBlock": "10.0.9.0/24"}, ref("VpcC"), also={"CidrBlock": "10.2.9.0/24"}),
    Case("AWS::EC2::Subnet", "AvailabilityZoneId", {"VpcId": ref("VpcA"), "CidrBlock": "10.0.9.0/24", "AvailabilityZoneId": "usw2-az1"}, "usw2-az2"),
    Case("AWS::EC2::Subnet", "AssignIpv6AddressOnCreation", {"VpcId": ref("VpcA"), "CidrBlock": "10.0.9.0/24", "AssignIpv6AddressOnCreation": False}, True),
    Case("AWS::EC2::Subnet", "EnableDns64", {"VpcId": ref("VpcA"), "CidrBlock": "10.0.9.0/24", "EnableDns64": False}, True),
    Case("AWS::EC2::EIP", "NetworkBorderGroup", {"Domain": "vpc", "NetworkBorderGroup": "us-west-2"}, "us-west-2-lax-1"),
    Case("AWS::EC2::EIP", "PublicIpv4Pool", {"Domain": "vpc", "PublicIpv4Pool": "ipv4pool-ec2-0123456789abcdef0"}, "ipv4pool-ec2-0fedcba9876543210"),
    Case("AWS::EC2::NatGateway", "ConnectivityType", NAT | {"ConnectivityType": "public"}, "private", also={"AllocationId": None}),
    Case("AWS::EC2::Route", "VpcPeeringConnectionId", ROUTE, ref("PeeringA"), also={"NatGatewayId": None}),
    Case("AWS::EC2::Route", "GatewayId", ROUTE, ref("GatewayA"), also={"NatGatewayId": None}),
    Case("AWS::EC2::Route", "DestinationIpv6CidrBlock", {"RouteTableId": ref("TableA"), "DestinationIpv6CidrBlock": "2001:db8::/32", "GatewayId": ref("GatewayA")}, "2001:db9::/32"),
    Case("AWS::EC2::VPCEndpoint", "VpcId", {"VpcId": ref("VpcA"), "ServiceName": "com.amazonaws.us-west-2.s3", "VpcEndpointType": "Gateway"}, ref("VpcB")),
    Case("AWS::EC2::VPCEndpoint", "VpcEndpointType", ENDPOINT, "Gateway",
         also={"ServiceName": "com.amazonaws.us-west-2.s3", "SubnetIds": None, "SecurityGroupIds": None, "RouteTableIds": [ref("TableA")]}),
    Case("AWS::EC2::VPCEndpoint", "IpAddressType", ENDPOINT | {"IpAddressType": "ipv4"}, "dualstack"),
    Case("AWS::EC2::FlowLog", "ResourceType", FLOW, "Subnet", also={"ResourceId": ref("SubnetA")}),
    Case("AWS::EC2::FlowLog", "LogDestination", TO_S3, "arn:aws:s3:::matrix-b"),
    Case("AWS::EC2::FlowLog", "LogDestinationType", TO_S3, "cloud-watch-logs", also={"LogDestination": None, "LogGroupName": "/matrix/a", "DeliverLogsPermissionArn": ROLE}),
    Case("AWS::EC2::FlowLog", "LogFormat", TO_S3 | {"LogFormat": "${srcaddr} ${dstaddr}"}, "${dstaddr} ${srcaddr}"),
    Case("AWS::EC2::DHCPOptions", "Ipv6AddressPreferredLeaseTime", {"DomainName": "a.example.com", "Ipv6AddressPreferredLeaseTime": 140}, 200),
    Case("AWS::Logs::LogGroup", "DeletionProtectionEnabled", {"LogGroupName": "/matrix/x", "DeletionProtectionEnabled": True}, False),
]

#: Removed: what AWS's default is, the plan says; what has none is left as it is.
REMOVALS: list[Case] = [
    Case("AWS::EC2::VPC", "EnableDnsSupport", {"CidrBlock": "10.9.0.0/16", "EnableDnsSupport": False}, None, "update"),
    Case("AWS::EC2::VPC", "EnableDnsHostnames", {"CidrBlock": "10.9.0.0/16", "EnableDnsHostnames": True}, None, "update"),
    Case("AWS::EC2::VPC", "Tags", {"CidrBlock": "10.9.0.0/16", "Tags": TAGS}, None, "update"),
    Case("AWS::EC2::VPC", "InstanceTenancy", {"CidrBlock": "10.9.0.0/16", "InstanceTenancy": "dedicated"}, None, "update"),
    Case("AWS::EC2::DHCPOptions", "DomainName", {"DomainName": "one.example.com", "DomainNameServers": ["10.0.0.2"]}, None, "replace"),
    Case("AWS::EC2::SecurityGroupIngress", "Description",
         {"GroupId": ref("GroupA"), "IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "CidrIp": "10.0.0.0/8", "Description": "one"}, None, "update"),
    Case("AWS::EC2::SecurityGroupEgress", "Description",
         {"GroupId": ref("GroupA"), "IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "CidrIp": "10.0.0.0/8", "Description": "one"}, None, "update"),
    Case("AWS::EC2::Subnet", "MapPublicIpOnLaunch", {"VpcId": ref("VpcA"), "CidrBlock": "10.0.9.0/24", "MapPublicIpOnLaunch": True}, None, "update"),
    Case("AWS::EC2::Subnet", "AvailabilityZone", {"VpcId": ref("VpcA"), "CidrBlock": "10.0.9.0/24", "AvailabilityZone": "us-west-2b"}, None, "none"),
    Case("AWS::EC2::SecurityGroup", "SecurityGroupIngress",
         {"GroupDescription": "one", "VpcId": ref("VpcA"), "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}]}, None, "update"),
    Case("AWS::EC2::SecurityGroup", "SecurityGroupEgress",
         {"GroupDescription": "one", "VpcId": ref("VpcA"), "SecurityGroupEgress": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}]}, None, "update"),
    Case("AWS::Logs::LogGroup", "RetentionInDays", {"LogGroupName": "/matrix/x", "RetentionInDays": 7}, None, "update"),
    Case("AWS::Logs::LogGroup", "Tags", {"LogGroupName": "/matrix/x", "Tags": TAGS}, None, "update"),
    Case("AWS::EC2::InternetGateway", "Tags", {"Tags": TAGS}, None, "update"),
    Case("AWS::EC2::RouteTable", "Tags", {"VpcId": ref("VpcA"), "Tags": TAGS}, None, "update"),
]


def references(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(references, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    if set(value) == {"Ref"}:
        return {value["Ref"]}
    if set(value) == {"Fn::GetAtt"}:
        return {value["Fn::GetAtt"][0]}
    return set().union(*map(references, value.values())) if value else set()


def template(case: Case, changed: bool) -> Json:
    """The resource under test is X; both forms have the same context, so that only X changes."""
    props = dict(case.props)
    needed = references(props) | references(case.value) | references(case.also)
    if case.kind == "AWS::EC2::FlowLog":
        needed |= {"LogsA", "LogsB"}
    if "NatA" in needed or case.kind == "AWS::EC2::NatGateway":
        needed |= {"AttachmentA", "AddressA", "AddressB"}
    if "GatewayA" in needed and case.kind == "AWS::EC2::Route":
        needed.add("AttachmentA")
    todo = list(needed)
    while todo:
        more = references(CONTEXT[todo.pop()]) - needed
        needed |= more
        todo += more
    if changed:
        props = {k: v for k, v in (props | case.also | {case.prop: case.value}).items() if v is not None}
    subject: Json = {"Type": case.kind, "Properties": props}
    if "AttachmentA" in needed and case.kind != "AWS::EC2::VPCGatewayAttachment":
        subject["DependsOn"] = "AttachmentA"
    return {"Resources": {name: CONTEXT[name] for name in sorted(needed)} | {"X": subject}}
