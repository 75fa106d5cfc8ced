"""The main job on both examples: apply, what boto3 sees is what is written, no changes, destroy to zero. And the same on
the simulator, and on hand-written stacks."""
from __future__ import annotations

import json
from typing import Any

import examples
import live
import matrix
import matrix_ec2
import matrix_lambda
import matrix_lists
import matrix_ops
import pytest
import yaml
from conftest import REGION, TOP, Drplan, Emulator, Json, att, ref, res, stack

REGION_OF = {"primary": "us-east-1", "dns": "us-east-1", "dr": "us-west-2"}      # of the examples' targets
READERS = live.READERS | matrix_ops.OWN | matrix_lists.OWN | matrix_ec2.OWN | matrix_lambda.OWN | examples.READERS


class Tolerant(yaml.SafeLoader):
    """CloudFormation's short functions are of no interest here."""


Tolerant.add_multi_constructor("!", lambda loader, suffix, node: None)


def network(**vpc: Any) -> Json:
    """One of nearly everything, in the usual places."""
    return stack(
        Vpc=res("AWS::EC2::VPC", CidrBlock="10.20.0.0/16", EnableDnsSupport=True, EnableDnsHostnames=True, Tags=matrix.TAGS, **vpc),
        Gateway=res("AWS::EC2::InternetGateway", Tags=matrix.TAGS),
        Attachment=res("AWS::EC2::VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Gateway")),
        SubnetA=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.20.0.0/24", AvailabilityZone=f"{REGION}a", MapPublicIpOnLaunch=True, Tags=matrix.TAGS),
        SubnetB=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.20.1.0/24", AvailabilityZone=f"{REGION}b"),
        Table=res("AWS::EC2::RouteTable", VpcId=ref("Vpc"), Tags=matrix.TAGS),
        Route=res("AWS::EC2::Route", RouteTableId=ref("Table"), DestinationCidrBlock="0.0.0.0/0", GatewayId=ref("Gateway")) | {"DependsOn": "Attachment"},
        TableOfA=res("AWS::EC2::SubnetRouteTableAssociation", SubnetId=ref("SubnetA"), RouteTableId=ref("Table")),
        Address=res("AWS::EC2::EIP", Domain="vpc", Tags=matrix.TAGS) | {"DependsOn": "Attachment"},
        Nat=res("AWS::EC2::NatGateway", SubnetId=ref("SubnetA"), AllocationId=att("Address", "AllocationId"), Tags=matrix.TAGS) | {"DependsOn": "Attachment"},
        Acl=res("AWS::EC2::NetworkAcl", VpcId=ref("Vpc"), Tags=matrix.TAGS),
        AclIn=res("AWS::EC2::NetworkAclEntry", NetworkAclId=ref("Acl"), RuleNumber=100, Protocol=6, RuleAction="allow", CidrBlock="0.0.0.0/0", PortRange={"From": 443, "To": 443}),
        AclOut=res("AWS::EC2::NetworkAclEntry", NetworkAclId=ref("Acl"), RuleNumber=100, Protocol=-1, RuleAction="allow", CidrBlock="0.0.0.0/0", Egress=True),
        AclOfB=res("AWS::EC2::SubnetNetworkAclAssociation", SubnetId=ref("SubnetB"), NetworkAclId=ref("Acl")),
        Web=res("AWS::EC2::SecurityGroup", GroupDescription="web", VpcId=ref("Vpc"), Tags=matrix.TAGS,
                SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0", "Description": "https"},
                                      {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}],
                SecurityGroupEgress=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.20.0.0/16"}]),
        Db=res("AWS::EC2::SecurityGroup", GroupDescription="database", VpcId=ref("Vpc")),
        DbIn=res("AWS::EC2::SecurityGroupIngress", GroupId=ref("Db"), IpProtocol="tcp", FromPort=5432, ToPort=5432, SourceSecurityGroupId=ref("Web"), Description="from web"),
        DbOut=res("AWS::EC2::SecurityGroupEgress", GroupId=ref("Db"), IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="10.20.0.0/16"),
        Names=res("AWS::EC2::DHCPOptions", DomainName="dr.example.com", DomainNameServers=["10.20.0.2"], NtpServers=["10.20.0.3", "10.20.0.4"], Tags=matrix.TAGS),
        NamesOfVpc=res("AWS::EC2::VPCDHCPOptionsAssociation", VpcId=ref("Vpc"), DhcpOptionsId=ref("Names")),
        S3=res("AWS::EC2::VPCEndpoint", VpcId=ref("Vpc"), ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway", RouteTableIds=[ref("Table")]),
        Logs=res("AWS::Logs::LogGroup", LogGroupName="/dr/flow", RetentionInDays=14, Tags=matrix.TAGS),
        Flow=res("AWS::EC2::FlowLog", ResourceType="VPC", ResourceId=ref("Vpc"), TrafficType="REJECT", LogGroupName=ref("Logs"), DeliverLogsPermissionArn=matrix.ROLE,
                 Tags=matrix.TAGS),
    ) | {"Outputs": {"VpcId": {"Value": ref("Vpc")}, "NatAddress": {"Value": ref("Address")}}}


def test_everything_once(drplan: Drplan, aws: Emulator) -> None:
    template = network()
    drplan.write("stack.yaml", template)
    assert set(drplan.changes().values()) == {"create"}
    drplan.apply()
    live.check_stack(aws, template, drplan.state())
    mark = aws.mark()
    drplan.clean()
    assert not {o for o in aws.calls(mark) if not o.startswith(("Describe", "List", "Get"))}, "a plan only reads"
    outputs = json.loads(drplan.run("output", "-json").out)
    assert outputs["VpcId"]["value"] == drplan.ids()["Vpc"]
    assert drplan.run("output", "-raw", "VpcId").out == drplan.ids()["Vpc"]
    drplan.destroy()
    assert aws.leftovers()["total"] == 0
    assert drplan.state() == {}
    drplan.destroy()


def test_on_both(world: Drplan) -> None:
    """The same story on the emulator and on the simulator: create, nothing to do, change, replace, remove, destroy."""
    template = network()
    world.write("stack.yaml", template)
    planned = world.changes()
    assert set(planned) == set(template["Resources"])
    world.apply()
    assert set(world.state()) == set(template["Resources"])
    world.clean()
    before = world.ids()
    template["Resources"]["Vpc"]["Properties"]["Tags"] = [{"Key": "Name", "Value": "two"}]
    template["Resources"]["SubnetB"]["Properties"]["CidrBlock"] = "10.20.2.0/24"
    del template["Resources"]["DbOut"]
    world.write("stack.yaml", template)
    changes = world.changes()
    assert changes.pop("AclOfB") in ("replace", "update")
    assert changes == {"Vpc": "update", "SubnetB": "replace", "DbOut": "delete"}
    world.apply()
    world.clean()
    after = world.ids()
    assert after["Vpc"] == before["Vpc"] and after["SubnetB"] != before["SubnetB"] and "DbOut" not in after
    world.destroy()
    assert world.state() == {}


@pytest.mark.parametrize("name", examples.NAMES)
def test_example(name: str, drplan: Drplan, aws: Emulator) -> None:
    example = examples.Example(drplan, name, aws)
    mark = aws.mark()
    drplan.run("validate", name, *example.args)
    assert aws.calls(mark) == {}
    example.apply()
    rows = drplan.state()
    missing = [a for a, row in rows.items() if known(row) and seen(aws, row) is None]
    assert not missing
    differing = [f"{a}: {text}" for a, row in rows.items() if known(row) for text in live.matches(row["properties"], seen(aws, row))]
    assert not differing, "\n".join(differing)
    example.clean()
    example.destroy()


def known(row: Json) -> bool:
    """Whether the inventory reads this type."""
    return row["type"] in READERS


def seen(aws: Emulator, row: Json) -> Json | None:
    return READERS[row["type"]](aws_in(aws, row), row["id"], row["properties"])


class aws_in:  # noqa: N801 - the emulator, seen from a row's region
    def __init__(self, emulator: Emulator, row: Json) -> None:
        self.emulator, self.region = emulator, REGION_OF.get(row["target"], REGION)

    def client(self, service: str, region: str = "") -> Any:
        return self.emulator.client(service, region or self.region)


@pytest.mark.parametrize("name", examples.NAMES)
def test_example_on_the_simulator(name: str, sim: Drplan) -> None:
    example = examples.Example(sim, name, None)
    example.apply()
    example.clean()
    example.destroy()


@pytest.mark.parametrize("name", examples.NAMES)
def test_example_phase_by_phase(name: str, sim: Drplan) -> None:
    example = examples.Example(sim, name, None)
    phases = [p["Name"] for p in yaml.load((TOP / "examples" / name / "stack.yaml").read_text(), Tolerant)["Phases"]]      # noqa: S506
    assert len(phases) == 5
    for phase in phases:
        example.apply(f"--phase={phase}")
    example.clean()
    example.destroy()


def test_phase_by_phase(world: Drplan) -> None:
    world.write("stack.yaml", network())
    world.apply("--phase=networking")
    first = set(world.state())
    assert "Vpc" in first and "Web" not in first
    assert not set(world.changes("--phase=networking"))
    world.apply("--phase=security")
    assert {"Web", "DbIn"} <= set(world.state())
    world.apply()
    world.clean()
    world.destroy()


def test_target_and_exclude(world: Drplan) -> None:
    world.write("stack.yaml", network())
    assert set(world.changes("-target=SubnetA")) == {"SubnetA", "Vpc"}
    left = set(world.changes("-exclude=Vpc"))
    assert "Vpc" not in left and "SubnetA" not in left and "Gateway" in left
    world.apply("-target=SubnetA")
    assert set(world.state()) == {"SubnetA", "Vpc"}
    world.apply()
    world.clean()


@pytest.mark.parametrize("address", sorted(set(network()["Resources"]) - {"Gateway", "Attachment"}))    # AWS refuses that below a NAT gateway
def test_replace_on_request(address: str, world: Drplan) -> None:
    """Each kind once, with all that stands on it: the old one never collides with the new one."""
    world.write("stack.yaml", network())
    world.apply()
    old = world.ids()[address]
    assert world.changes(f"-replace={address}")[address] == "replace"
    world.apply(f"-replace={address}")
    if "|" not in old and not old.startswith("/"):
        assert world.ids()[address] != old
    world.clean()
    world.destroy()


def test_no_refresh_asks_nothing(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", stack(G=res("AWS::EC2::InternetGateway")))
    drplan.apply()
    mark = aws.mark()
    drplan.clean("-refresh=false")
    assert not {o for o in aws.calls(mark) if o.startswith("Describe") and o != "DescribeAvailabilityZones"}


def test_names_and_tags_of_our_own(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", {"Stack": "named", "Defaults": {"Tags": {"Team": "sre"}}} | stack(Vpc=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"), Group=res(
        "AWS::EC2::SecurityGroup", GroupDescription="x", VpcId=ref("Vpc"))))
    drplan.apply()
    ids = drplan.ids()
    vpc = live.vpc(aws, ids["Vpc"], {})
    tags = {t["Key"]: t["Value"] for t in (vpc or {})["Tags"]}
    assert tags["Team"] == "sre" and tags["drplan:stack"] == "named" and tags["drplan:address"] == "Vpc" and tags["drplan:op"]
    group = live.security_group(aws, ids["Group"], {})
    assert group and group["GroupName"].startswith("named-Group-")
    drplan.clean()


def test_dump_is_yaml(drplan: Drplan) -> None:
    """The stacks above are written by a YAML library; this one says that its output is what we think."""
    assert yaml.safe_load(drplan.write("x.yaml", network()).read_text()) == network()


def test_two_regions(drplan: Drplan, aws: Emulator) -> None:
    """One stack over two regions: a peering from one to the other, routes on both sides."""
    east = {"Target": "primary"}
    template = stack(
        Here=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"),
        There=res("AWS::EC2::VPC", CidrBlock="10.1.0.0/16") | east,
        Peering=res("AWS::EC2::VPCPeeringConnection", VpcId=ref("Here"), PeerVpcId=ref("There"), PeerRegion="us-east-1"),
        TableHere=res("AWS::EC2::RouteTable", VpcId=ref("Here")),
        TableThere=res("AWS::EC2::RouteTable", VpcId=ref("There")) | east,
        RouteHere=res("AWS::EC2::Route", RouteTableId=ref("TableHere"), DestinationCidrBlock="10.1.0.0/16", VpcPeeringConnectionId=ref("Peering")),
        RouteThere=res("AWS::EC2::Route", RouteTableId=ref("TableThere"), DestinationCidrBlock="10.0.0.0/16", VpcPeeringConnectionId=ref("Peering")) | east,
    ) | {"Targets": {"primary": {"Region": "us-east-1"}, "dr": {"Region": "us-west-2"}}, "Defaults": {"Target": "dr"}}
    drplan.write("stack.yaml", template)
    drplan.apply()
    ids = drplan.ids()
    assert aws.client("ec2", "us-east-1").describe_vpcs(VpcIds=[ids["There"]])["Vpcs"][0]["CidrBlock"] == "10.1.0.0/16"
    assert aws.client("ec2", "us-west-2").describe_vpcs(VpcIds=[ids["Here"]])["Vpcs"][0]["CidrBlock"] == "10.0.0.0/16"
    peering = aws.client("ec2", "us-west-2").describe_vpc_peering_connections()["VpcPeeringConnections"][0]
    assert peering["Status"]["Code"] == "active" and peering["AccepterVpcInfo"]["Region"] == "us-east-1"
    drplan.clean()
    drplan.destroy()
    assert aws.leftovers(examples.REGIONS)["total"] == 0


def test_written_defaults_are_no_drift(world: Drplan) -> None:
    """What AWS would choose anyway, written out: the own account as owner, the usual tenancy, numbers as text, hosts in a range."""
    account = {"Ref": "AWS::AccountId"}
    world.write("stack.yaml", stack(
        Vpc=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16", InstanceTenancy="default", EnableDnsSupport="true", EnableDnsHostnames="no"),
        Other=res("AWS::EC2::VPC", CidrBlock="10.1.0.0/16"),
        Peering=res("AWS::EC2::VPCPeeringConnection", VpcId=ref("Vpc"), PeerVpcId=ref("Other"), PeerOwnerId=account, PeerRegion={"Ref": "AWS::Region"}),
        Subnet=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.0.0/24", MapPublicIpOnLaunch=False, AssignIpv6AddressOnCreation=False),
        A=res("AWS::EC2::SecurityGroup", GroupDescription="a", VpcId=ref("Vpc"), SecurityGroupEgress=[{"IpProtocol": -1, "CidrIp": "0.0.0.0/0"}],
              SecurityGroupIngress=[{"IpProtocol": "6", "FromPort": "22", "ToPort": "22", "CidrIp": "10.0.0.0/8"}]),
        In=res("AWS::EC2::SecurityGroupIngress", GroupId=att("A", "GroupId"), IpProtocol="-1", SourceSecurityGroupId=ref("A"), SourceSecurityGroupOwnerId=account),
        Endpoint=res("AWS::EC2::VPCEndpoint", VpcId=ref("Vpc"), ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"}),
        Acl=res("AWS::EC2::NetworkAcl", VpcId=ref("Vpc")),
        Entry=res("AWS::EC2::NetworkAclEntry", NetworkAclId=ref("Acl"), RuleNumber="100", Protocol="6", RuleAction="allow", CidrBlock="10.0.0.0/8", PortRange={"From": "1", "To": "2"}),
        Logs=res("AWS::Logs::LogGroup", LogGroupName="/x", LogGroupClass="STANDARD", RetentionInDays="30"),
        Flow=res("AWS::EC2::FlowLog", ResourceType="VPC", ResourceId=ref("Vpc"), TrafficType="ALL", LogDestinationType="cloud-watch-logs", LogGroupName=ref("Logs"),
                 DeliverLogsPermissionArn=matrix.ROLE, MaxAggregationInterval=600),
    ))
    world.apply()
    world.clean()
    world.destroy()
