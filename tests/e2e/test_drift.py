"""What is changed behind drplan's back is seen by plan and repaired by apply."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import live
import pytest
from conftest import Drplan, Emulator, Json
from test_lifecycle import network


def rule(port: int) -> list[Json]:
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}]


Change = Callable[[Any, dict[str, str]], Any]
#: name -> (what boto3 does, resource that the plan must name, action)
DRIFTS: dict[str, tuple[Change, str, str]] = {
    "property changed": (lambda c, i: c.modify_vpc_attribute(VpcId=i["Vpc"], EnableDnsHostnames={"Value": False}), "Vpc", "update"),
    "subnet attribute changed": (lambda c, i: c.modify_subnet_attribute(SubnetId=i["SubnetA"], MapPublicIpOnLaunch={"Value": False}), "SubnetA", "update"),
    "tag removed": (lambda c, i: c.delete_tags(Resources=[i["Vpc"]], Tags=[{"Key": "Stage"}]), "Vpc", "update"),
    "tag changed": (lambda c, i: c.create_tags(Resources=[i["Table"]], Tags=[{"Key": "Name", "Value": "other"}]), "Table", "update"),
    "inline rule removed": (lambda c, i: c.revoke_security_group_ingress(GroupId=i["Web"], IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]), "Web", "update"),
    "rule added to written ones": (lambda c, i: c.authorize_security_group_ingress(GroupId=i["Web"], IpPermissions=rule(22)), "Web", "update"),
    "standalone rule removed": (lambda c, i: c.revoke_security_group_ingress(GroupId=i["Db"], SecurityGroupRuleIds=[i["DbIn"]]), "DbIn", "create"),
    "egress opened": (lambda c, i: c.authorize_security_group_egress(GroupId=i["Web"], IpPermissions=[
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]), "Web", "update"),
    "association removed": (lambda c, i: c.disassociate_route_table(AssociationId=i["TableOfA"]), "TableOfA", "create"),
    "network acl entry removed": (lambda c, i: c.delete_network_acl_entry(NetworkAclId=i["Acl"], RuleNumber=100, Egress=False), "AclIn", "create"),
    "flow log deleted": (lambda c, i: c.delete_flow_logs(FlowLogIds=[i["Flow"]]), "Flow", "create"),
    "endpoint deleted": (lambda c, i: c.delete_vpc_endpoints(VpcEndpointIds=[i["S3"]]), "S3", "create"),
    "route deleted": (lambda c, i: c.delete_route(RouteTableId=i["Table"], DestinationCidrBlock="0.0.0.0/0"), "Route", "create"),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_drift(name: str, drplan: Drplan, aws: Emulator) -> None:
    change, address, action = DRIFTS[name]
    template = network()
    drplan.write("stack.yaml", template)
    drplan.apply()
    change(aws.client("ec2"), drplan.ids())
    assert drplan.changes() == {address: action}
    seen = drplan.run("plan", "-refresh-only").out
    assert address in seen
    drplan.apply()
    live.check_stack(aws, template, drplan.state())
    drplan.clean()
    drplan.destroy()
    assert aws.leftovers()["total"] == 0


def test_whole_network_deleted(drplan: Drplan, aws: Emulator) -> None:
    template = network()
    drplan.write("stack.yaml", template)
    drplan.apply()
    aws.reset()
    assert drplan.changes() == dict.fromkeys(template["Resources"], "create")
    drplan.apply()
    live.check_stack(aws, template, drplan.state())
    drplan.destroy()
    assert aws.leftovers()["total"] == 0


def test_retention_changed(drplan: Drplan, aws: Emulator) -> None:
    template = network()
    drplan.write("stack.yaml", template)
    drplan.apply()
    aws.client("logs").put_retention_policy(logGroupName="/dr/flow", retentionInDays=1)
    assert drplan.changes() == {"Logs": "update"}
    drplan.apply()
    live.check_stack(aws, template, drplan.state())


def test_foreign_rules_are_kept_where_none_is_written(drplan: Drplan, aws: Emulator) -> None:
    """A group without written ingress: other people's rules are shown, not removed."""
    drplan.write("stack.yaml", network())
    drplan.apply()
    ids = drplan.ids()
    aws.client("ec2").authorize_security_group_ingress(GroupId=ids["Db"], IpPermissions=rule(22))
    drplan.clean()
    group = live.security_group(aws, ids["Db"], {})
    assert group and any(r.get("FromPort") == 22 for r in group["SecurityGroupIngress"])
    drplan.destroy()
    assert aws.leftovers()["total"] == 0


def test_foreign_tags_are_kept(drplan: Drplan, aws: Emulator) -> None:
    """A tag that nobody wrote is removed only when it was once written."""
    drplan.write("stack.yaml", network())
    drplan.apply()
    ids = drplan.ids()
    aws.client("ec2").create_tags(Resources=[ids["SubnetB"]], Tags=[{"Key": "aws-owner", "Value": "x"}])
    drplan.clean()
    aws.client("ec2").delete_tags(Resources=[ids["SubnetB"]], Tags=[{"Key": "drplan:address"}])
    drplan.clean()
