"""What networks are made of, where resources of a state meet each other, others', or their own replacements."""
from __future__ import annotations

from typing import Any

from conftest import Drplan, Emulator, Json, att, ref, res, stack

VPC = res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")
ALL = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


def group(**props: Any) -> Json:
    return res("AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"), **props)


def egress(aws: Emulator, drplan: Drplan) -> list[Json]:
    found = aws.client("ec2").describe_security_groups(GroupIds=[drplan.ids()["Group"]])["SecurityGroups"][0]
    return found["IpPermissionsEgress"]


def test_a_rule_of_all_protocols_inline_and_standing_alone(world: Drplan) -> None:
    """AWS tells the ports of one as -1 and leaves those of the other out; they are the same rule all the same."""
    world.write("stack.yaml", stack(Vpc=VPC, Group=group(SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}]),
                                    Own=res("AWS::EC2::SecurityGroupIngress", GroupId=ref("Group"), IpProtocol="-1", SourceSecurityGroupId=ref("Group")),
                                    Out=res("AWS::EC2::SecurityGroupEgress", GroupId=ref("Group"), IpProtocol="-1", DestinationSecurityGroupId=ref("Group"))))
    world.apply()
    world.clean()
    world.destroy()


def test_egress_beside_a_group_that_does_not_write_it(drplan: Drplan, aws: Emulator) -> None:
    """The group keeps AWS's rule that lets everything out, and gets it back; rules of others stay, and are told apart."""
    template = stack(Vpc=VPC, Group=group(),
                     Out=res("AWS::EC2::SecurityGroupEgress", GroupId=ref("Group"), IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="10.0.0.0/8"))
    drplan.write("stack.yaml", template)
    drplan.apply()
    drplan.clean()
    assert len(egress(aws, drplan)) == 2
    ec2, ident = aws.client("ec2"), drplan.ids()["Group"]
    ec2.authorize_security_group_egress(GroupId=ident, IpPermissions=[{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}])
    assert "not ours" in drplan.run("plan").out
    drplan.clean()
    ec2.revoke_security_group_egress(GroupId=ident, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    assert drplan.changes() == {"Group": "update"}
    drplan.apply()
    drplan.clean()
    assert len(egress(aws, drplan)) == 3


def test_a_group_in_a_network_of_both_families(drplan: Drplan, aws: Emulator) -> None:
    """AWS lets IPv6 out, too; where egress is written, neither stays."""
    template = stack(Vpc=VPC, Six=res("AWS::EC2::VPCCidrBlock", VpcId=ref("Vpc"), AmazonProvidedIpv6CidrBlock=True), Group=group() | {"DependsOn": "Six"},
                     Closed=group(SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}]) | {"DependsOn": "Six"})
    drplan.write("stack.yaml", template)
    drplan.apply()
    drplan.clean()
    closed = aws.client("ec2").describe_security_groups(GroupIds=[drplan.ids()["Closed"]])["SecurityGroups"][0]["IpPermissionsEgress"]
    assert [p["IpRanges"] for p in closed] == [[{"CidrIp": "127.0.0.1/32"}]]


def test_foreign_ingress_is_told_from_what_is_no_longer_written(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", stack(Vpc=VPC, Group=group()))
    drplan.apply()
    aws.client("ec2").authorize_security_group_ingress(GroupId=drplan.ids()["Group"], IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
    told = drplan.run("plan").out
    assert "not ours" in told and "no longer written" not in told


def test_associations_follow_a_subnet_that_is_replaced(drplan: Drplan, aws: Emulator) -> None:
    def net(zone: str, block: str) -> Json:
        return stack(Vpc=VPC, Net=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock=block, AvailabilityZone=zone), Table=res("AWS::EC2::RouteTable", VpcId=ref("Vpc")),
                     Acl=res("AWS::EC2::NetworkAcl", VpcId=ref("Vpc")), Routed=res("AWS::EC2::SubnetRouteTableAssociation", SubnetId=ref("Net"), RouteTableId=ref("Table")),
                     Guarded=res("AWS::EC2::SubnetNetworkAclAssociation", SubnetId=ref("Net"), NetworkAclId=ref("Acl")))
    drplan.write("stack.yaml", net("us-west-2a", "10.0.1.0/24"))
    drplan.apply()
    drplan.write("stack.yaml", net("us-west-2b", "10.0.2.0/24"))
    told = drplan.run("plan").out
    assert told.count("+/-") == 3 and "-/+" not in told, told
    drplan.apply()
    drplan.clean()
    drplan.write("stack.yaml", net("us-west-2a", "10.0.2.0/24"))
    told = drplan.run("plan").out
    assert told.count("-/+") == 3, "the block stays, and two subnets cannot have it"
    drplan.apply()
    drplan.clean()


def test_the_delete_of_a_failed_replacement_counts(drplan: Drplan, aws: Emulator) -> None:
    def net(zone: str) -> Json:
        return stack(Vpc=VPC, Net=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.1.0/24", AvailabilityZone=zone))
    drplan.write("stack.yaml", net("us-west-2a"))
    drplan.apply()
    aws.fault(operation="CreateSubnet", kind="error-code", code="UnauthorizedOperation", status=403, times=1)
    drplan.write("stack.yaml", net("us-west-2b"))
    assert "0 added, 0 changed, 1 destroyed, 1 failed" in drplan.apply("--on-failure=keep", code=1).out


def test_two_gateways_of_a_network(sim: Drplan) -> None:
    sim.write("stack.yaml", stack(Vpc=VPC, Igw=res("AWS::EC2::InternetGateway"), Attached=res("AWS::EC2::VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Igw")),
                                  Vpn=res("AWS::EC2::VPCGatewayAttachment", VpcId=ref("Vpc"), VpnGatewayId="vgw-0123456789abcdef0")))
    sim.apply()
    sim.clean()
    sim.destroy()


def test_one_tag_is_ignored(drplan: Drplan, aws: Emulator) -> None:
    def vpc(name: str, stage: str) -> Json:
        tags = [{"Key": "Name", "Value": name}, {"Key": "Stage", "Value": stage}]
        return stack(Vpc=VPC | {"Properties": VPC["Properties"] | {"Tags": tags}, "Ignore": ["Tags.Stage", "Tags.cost:center", "Tags['a.b']"]})
    drplan.write("stack.yaml", vpc("one", "test"))
    drplan.apply()
    ident = drplan.ids()["Vpc"]
    aws.client("ec2").create_tags(Resources=[ident], Tags=[{"Key": "Stage", "Value": "live"}, {"Key": "cost:center", "Value": "7"}, {"Key": "a.b", "Value": "8"}])
    drplan.clean()
    drplan.write("stack.yaml", vpc("two", "test"))
    drplan.apply()
    drplan.clean()
    tags = {t["Key"]: t["Value"] for t in aws.client("ec2").describe_vpcs(VpcIds=[ident])["Vpcs"][0]["Tags"]}
    assert (tags["Name"], tags["Stage"], tags["cost:center"], tags["a.b"]) == ("two", "live", "7", "8")
