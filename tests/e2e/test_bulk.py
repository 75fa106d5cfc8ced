"""Refresh is by bulk reads: a plan without changes costs pages, not resources."""
from __future__ import annotations

import pytest
from conftest import Drplan, Emulator, Json, ref, res, stack

COUNT = 1000


def groups(n: int) -> Json:
    template = stack(Vpc=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"))
    for i in range(n):
        template["Resources"][f"Group{i}"] = res("AWS::EC2::SecurityGroup", GroupName=f"group-{i}", GroupDescription=f"group {i}", VpcId=ref("Vpc"))
        template["Resources"][f"Rule{i}"] = res("AWS::EC2::SecurityGroupIngress", GroupId=ref(f"Group{i}"), IpProtocol="tcp", FromPort=1000 + i, ToPort=1000 + i, CidrIp="10.0.0.0/8")
    return template


@pytest.mark.parametrize("n", [COUNT])
def test_calls_are_counted_in_pages(n: int, drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", groups(n))
    mark = aws.mark()
    drplan.run("apply", "-auto-approve", timeout=600)
    made = aws.calls(mark)
    assert made["CreateSecurityGroup"] == n and made["AuthorizeSecurityGroupIngress"] == n
    mutating = sum(count for name, count in made.items() if not name.startswith(("Describe", "Get", "List")))
    assert mutating <= 2 * n + 10
    mark = aws.mark()
    drplan.run("plan", "-detailed-exitcode", timeout=600)
    calls = aws.calls(mark)
    assert calls.total() <= 24, calls


def test_parts_of_one_parent_are_asked_for_with_others(drplan: Drplan, aws: Emulator) -> None:
    """One read asks for associations of several tables, one of which has more than are asked for."""
    template = stack(Vpc=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"))
    r = template["Resources"]
    for i in range(3):
        r[f"Subnet{i}"] = res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock=f"10.0.{i}.0/24")
    for i in range(2):
        r[f"Table{i}"] = res("AWS::EC2::RouteTable", VpcId=ref("Vpc"))
        r[f"Association{i}"] = res("AWS::EC2::SubnetRouteTableAssociation", SubnetId=ref(f"Subnet{i}"), RouteTableId=ref(f"Table{i}"))
    drplan.write("stack.yaml", template)
    drplan.apply()
    ids = drplan.ids()
    aws.client("ec2").associate_route_table(SubnetId=ids["Subnet2"], RouteTableId=ids["Table0"])
    mark = aws.mark()
    drplan.clean()
    assert aws.calls(mark)["DescribeRouteTables"] == 2, "the tables, and their associations"
