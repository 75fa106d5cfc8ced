"""What boto3 sees of a resource, in CloudFormation's property names: the independent half of "what is written is there".

live(emulator, type, id, props) reads one resource. id is the physical id that drplan recorded; where it is composed of
others, the resolved properties say which ones are meant. None: it does not exist. matches(want, got) compares what is
written with what was read: only written properties, tags as a subset, lists of rules and ids without regard to order.
"""
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from conftest import Emulator

Json = dict[str, Any]
READERS: dict[str, Callable[[Emulator, str, Json], Json | None]] = {}


def reader(kind: str) -> Callable[[Any], Any]:
    def register(fn: Any) -> Any:
        READERS[kind] = fn
        return fn
    return register


def first(items: list[Json]) -> Json | None:
    return items[0] if items else None


def ask(emulator: Emulator, method: str, key: str, service: str = "ec2", **kw: Any) -> list[Json]:
    try:
        return getattr(emulator.client(service), method)(**kw).get(key, [])
    except ClientError as exc:
        code = exc.response["Error"]["Code"]
        if "NotFound" in code or "Malformed" in code or code.endswith("Unknown"):
            return []
        raise


def filtered(name: str, *values: str) -> list[Json]:
    return [{"Name": name, "Values": list(values)}]


@reader("AWS::EC2::VPC")
def vpc(e: Emulator, ident: str, props: Json) -> Json | None:
    got = first(ask(e, "describe_vpcs", "Vpcs", VpcIds=[ident]))
    if got:
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            got[name] = e.client("ec2").describe_vpc_attribute(VpcId=ident, Attribute=name[0].lower() + name[1:])[name]["Value"]
    return got


@reader("AWS::EC2::Subnet")
def subnet(e: Emulator, ident: str, props: Json) -> Json | None:
    got = first(ask(e, "describe_subnets", "Subnets", SubnetIds=[ident]))
    if got:
        got["Ipv6CidrBlock"] = next((a["Ipv6CidrBlock"] for a in got.get("Ipv6CidrBlockAssociationSet", [])), None)
    return got


@reader("AWS::EC2::InternetGateway")
def internet_gateway(e: Emulator, ident: str, props: Json) -> Json | None:
    return first(ask(e, "describe_internet_gateways", "InternetGateways", InternetGatewayIds=[ident]))


@reader("AWS::EC2::VPCGatewayAttachment")
def attachment(e: Emulator, ident: str, props: Json) -> Json | None:
    gateway = first(ask(e, "describe_internet_gateways", "InternetGateways", Filters=filtered("attachment.vpc-id", props["VpcId"])))
    return gateway and {"VpcId": props["VpcId"], "InternetGatewayId": gateway["InternetGatewayId"]}


@reader("AWS::EC2::EIP")
def address(e: Emulator, ident: str, props: Json) -> Json | None:
    return first(ask(e, "describe_addresses", "Addresses", AllocationIds=[ident]))


@reader("AWS::EC2::NatGateway")
def nat_gateway(e: Emulator, ident: str, props: Json) -> Json | None:
    got = first(ask(e, "describe_nat_gateways", "NatGateways", NatGatewayIds=[ident]))
    if not got or got["State"] == "deleted":
        return None
    primary = (got.get("NatGatewayAddresses") or [{}])[0]
    return got | {"AllocationId": primary.get("AllocationId"), "PrivateIpAddress": primary.get("PrivateIp")}


@reader("AWS::EC2::RouteTable")
def route_table(e: Emulator, ident: str, props: Json) -> Json | None:
    return first(ask(e, "describe_route_tables", "RouteTables", RouteTableIds=[ident]))


@reader("AWS::EC2::Route")
def route(e: Emulator, ident: str, props: Json) -> Json | None:
    table = route_table(e, props["RouteTableId"], {})
    for r in (table or {}).get("Routes", []):
        if any(key in props and r.get(key) == props[key] for key in ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")):
            return r | {"RouteTableId": props["RouteTableId"]} | ({"VpcEndpointId": r["GatewayId"]} if r.get("GatewayId", "").startswith("vpce-") else {})
    return None


@reader("AWS::EC2::SubnetRouteTableAssociation")
def table_association(e: Emulator, ident: str, props: Json) -> Json | None:
    for table in ask(e, "describe_route_tables", "RouteTables", Filters=filtered("association.subnet-id", props["SubnetId"])):
        return next((a for a in table["Associations"] if a.get("SubnetId") == props["SubnetId"]), None)
    return None


@reader("AWS::EC2::DHCPOptions")
def dhcp_options(e: Emulator, ident: str, props: Json) -> Json | None:
    got = first(ask(e, "describe_dhcp_options", "DhcpOptions", DhcpOptionsIds=[ident]))
    if not got:
        return None
    values = {c["Key"]: [v["Value"] for v in c["Values"]] for c in got["DhcpConfigurations"]}
    one = {"DomainName": "domain-name", "NetbiosNodeType": "netbios-node-type", "Ipv6AddressPreferredLeaseTime": "ipv6-address-preferred-lease-time"}
    many = {"DomainNameServers": "domain-name-servers", "NtpServers": "ntp-servers", "NetbiosNameServers": "netbios-name-servers"}
    return got | {k: values.get(v, [None])[0] for k, v in one.items()} | {k: values.get(v) for k, v in many.items()}


@reader("AWS::EC2::VPCDHCPOptionsAssociation")
def dhcp_association(e: Emulator, ident: str, props: Json) -> Json | None:
    got = vpc(e, props["VpcId"], {})
    return {"VpcId": props["VpcId"], "DhcpOptionsId": got["DhcpOptionsId"]} if got and got["DhcpOptionsId"] != "default" else None


@reader("AWS::EC2::VPCPeeringConnection")
def peering(e: Emulator, ident: str, props: Json) -> Json | None:
    got = first(ask(e, "describe_vpc_peering_connections", "VpcPeeringConnections", VpcPeeringConnectionIds=[ident]))
    if not got or got["Status"]["Code"] in ("deleted", "rejected", "failed"):
        return None
    accepter = got["AccepterVpcInfo"]
    return got | {"VpcId": got["RequesterVpcInfo"]["VpcId"], "PeerVpcId": accepter["VpcId"], "PeerOwnerId": accepter["OwnerId"], "PeerRegion": accepter.get("Region")}


@reader("AWS::EC2::VPCEndpoint")
def endpoint(e: Emulator, ident: str, props: Json) -> Json | None:
    got = first(ask(e, "describe_vpc_endpoints", "VpcEndpoints", VpcEndpointIds=[ident]))
    if not got or got["State"].lower() in ("deleted", "deleting"):
        return None
    return got | {"SecurityGroupIds": [g["GroupId"] for g in got.get("Groups", [])], "PolicyDocument": json.loads(got["PolicyDocument"]) if got.get("PolicyDocument") else None}


def permissions(items: list[Json], source: str) -> list[Json]:
    """IpPermissions as CloudFormation's rules: one for each range, group or list."""
    rules = []
    for p in items:
        base = {k: p[k] for k in ("IpProtocol", "FromPort", "ToPort") if k in p}
        for kind, key, name in (("IpRanges", "CidrIp", "CidrIp"), ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"), ("PrefixListIds", "PrefixListId", f"{source}PrefixListId"),
                                ("UserIdGroupPairs", "GroupId", f"{source}SecurityGroupId")):
            rules += [base | {name: x[key]} | ({"Description": x["Description"]} if x.get("Description") else {}) for x in p.get(kind, [])]
    return rules


@reader("AWS::EC2::SecurityGroup")
def security_group(e: Emulator, ident: str, props: Json) -> Json | None:
    got = first(ask(e, "describe_security_groups", "SecurityGroups", GroupIds=[ident]))
    return got and got | {"GroupDescription": got["Description"], "SecurityGroupIngress": permissions(got["IpPermissions"], "Source"),
                          "SecurityGroupEgress": permissions(got["IpPermissionsEgress"], "Destination")}


def group_rule(e: Emulator, ident: str, side: str) -> Json | None:
    got = first(ask(e, "describe_security_group_rules", "SecurityGroupRules", SecurityGroupRuleIds=[ident]))
    return got and got | {"CidrIp": got.get("CidrIpv4"), f"{side}PrefixListId": got.get("PrefixListId"),
                          f"{side}SecurityGroupId": got.get("ReferencedGroupInfo", {}).get("GroupId")}


@reader("AWS::EC2::SecurityGroupIngress")
def ingress(e: Emulator, ident: str, props: Json) -> Json | None:
    return group_rule(e, ident, "Source")


@reader("AWS::EC2::SecurityGroupEgress")
def egress(e: Emulator, ident: str, props: Json) -> Json | None:
    return group_rule(e, ident, "Destination")


@reader("AWS::EC2::NetworkAcl")
def network_acl(e: Emulator, ident: str, props: Json) -> Json | None:
    return first(ask(e, "describe_network_acls", "NetworkAcls", NetworkAclIds=[ident]))


@reader("AWS::EC2::NetworkAclEntry")
def acl_entry(e: Emulator, ident: str, props: Json) -> Json | None:
    acl = network_acl(e, props["NetworkAclId"], {})
    for entry in (acl or {}).get("Entries", []):
        if entry["RuleNumber"] == int(props["RuleNumber"]) and entry["Egress"] == bool(props.get("Egress", False)):
            return entry | {"NetworkAclId": props["NetworkAclId"], "Icmp": entry.get("IcmpTypeCode")}
    return None


@reader("AWS::EC2::SubnetNetworkAclAssociation")
def acl_association(e: Emulator, ident: str, props: Json) -> Json | None:
    for acl in ask(e, "describe_network_acls", "NetworkAcls", Filters=filtered("association.subnet-id", props["SubnetId"])):
        return None if acl["IsDefault"] else {"SubnetId": props["SubnetId"], "NetworkAclId": acl["NetworkAclId"]}
    return None


@reader("AWS::Logs::LogGroup")
def log_group(e: Emulator, ident: str, props: Json) -> Json | None:
    for g in ask(e, "describe_log_groups", "logGroups", "logs", logGroupNamePrefix=ident):
        if g["logGroupName"] == ident:
            tags = e.client("logs").list_tags_for_resource(resourceArn=g["arn"].removesuffix(":*")).get("tags", {})
            return {"LogGroupName": g["logGroupName"], "RetentionInDays": g.get("retentionInDays"), "KmsKeyId": g.get("kmsKeyId"),
                    "LogGroupClass": g.get("logGroupClass"), "DeletionProtectionEnabled": g.get("deletionProtectionEnabled"),
                    "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
    return None


@reader("AWS::EC2::FlowLog")
def flow_log(e: Emulator, ident: str, props: Json) -> Json | None:
    got = first(ask(e, "describe_flow_logs", "FlowLogs", FlowLogIds=[ident]))
    kinds = {"vpc-": "VPC", "subnet-": "Subnet", "eni-": "NetworkInterface"}
    return got and got | {"ResourceType": next(v for k, v in kinds.items() if got["ResourceId"].startswith(k))}


def live(emulator: Emulator, kind: str, ident: str, props: Json) -> Json | None:
    return READERS[kind](emulator, ident, props)


def canonical(value: Any) -> Any:
    """Numbers and booleans as text, lists sorted, so that "80" is 80 and the order of rules is none."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, str)):
        return str(value)
    if isinstance(value, list):
        return sorted((canonical(v) for v in value), key=json.dumps)
    if isinstance(value, dict):
        return {k: canonical(v) for k, v in sorted(value.items())}
    return value


def matches(want: Json, got: Json | None) -> list[str]:
    """What differs, in words; empty when everything written is there."""
    if got is None:
        return ["it does not exist"]
    found = []
    for name, value in want.items():
        if name == "Tags":
            have = {t["Key"]: t["Value"] for t in got.get("Tags", [])}
            found += [f"tag {t['Key']}: written {t['Value']!r}, live {have.get(t['Key'])!r}" for t in value if have.get(t["Key"]) != str(t["Value"])]
        elif canonical(value) != canonical(got.get(name)):
            found.append(f"{name}: written {value!r}, live {got.get(name)!r}")
    return found


def resolve(value: Any, rows: dict[str, Json]) -> Any:
    """A template's value with the references put in from the state's rows."""
    if isinstance(value, list):
        return [resolve(v, rows) for v in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        row = rows[value["Ref"]]
        return row["attributes"].get("Ref", row["id"])
    if set(value) == {"Fn::GetAtt"}:
        address, attribute = value["Fn::GetAtt"]
        return rows[address]["attributes"][attribute]
    return {k: resolve(v, rows) for k, v in value.items()}


def check_stack(emulator: Emulator, template: Json, rows: dict[str, Json]) -> None:
    """Every resource of the template is there, property by property."""
    found = []
    for address, resource in template["Resources"].items():
        props = resolve(resource.get("Properties", {}), rows)
        got = live(emulator, resource["Type"], rows[address]["id"], props)
        found += [f"{address} ({resource['Type']}): {text}" for text in matches(props, got)]
    assert not found, "\n".join(found)
