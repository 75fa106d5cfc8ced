"""Import: what exists becomes the stack's by its id, nothing is changed in AWS, and the next plan is clean or says where
the two differ."""
from __future__ import annotations

import json
from typing import Any

from conftest import Drplan, Emulator, ref, res, stack
from test_lifecycle import network

NETWORK = stack(Net=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16", Tags=[{"Key": "Name", "Value": "n"}]), Sub=res("AWS::EC2::Subnet", VpcId=ref("Net"), CidrBlock="10.0.1.0/24"),
                Table=res("AWS::EC2::RouteTable", VpcId=ref("Net")), Tie=res("AWS::EC2::SubnetRouteTableAssociation", SubnetId=ref("Sub"), RouteTableId=ref("Table")))


def lose_state(world: Drplan) -> None:
    for file in (world.folder / ".drplan").glob("stack.*db*"):
        file.unlink()


def test_all_or_none(world: Drplan) -> None:
    world.write("stack.yaml", NETWORK)
    world.apply()
    ids = world.ids()
    lose_state(world)
    world.write("ids.yaml", ids | {"Tie": "rtbassoc-00000000000000000"})
    got = world.run("import", "-from=ids.yaml", code=1)
    assert "there is no AWS::EC2::SubnetRouteTableAssociation 'rtbassoc-00000000000000000'" in got.err and "ids.yaml" in got.err
    assert world.state() == {}
    world.write("ids.yaml", ids)
    done = json.loads(world.run("import", "-from=ids.yaml", "-json").out)
    assert {i["address"]: i["id"] for i in done} == ids
    world.clean()
    world.destroy()


def test_made_by_others(world: Drplan, emulator: Emulator) -> None:
    """Made by boto3: where it differs from what the stack says is shown, and put right by the next apply."""
    if world.sim:
        return
    ec2: Any = emulator.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    world.write("stack.yaml", NETWORK)
    assert "Net imported" in world.run("import", "Net", vpc).out
    assert world.changes() == {"Net": "update", "Sub": "create", "Table": "create", "Tie": "create"}
    world.apply()
    world.clean()
    assert {t["Key"]: t["Value"] for t in ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"]}["Name"] == "n"
    world.destroy()
    assert not ec2.describe_vpcs(VpcIds=[], Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Vpcs"]


def test_refusals(sim: Drplan) -> None:
    sim.write("stack.yaml", NETWORK)
    sim.apply()
    net = sim.ids()["Net"]
    for args, words in ((("Nat", "x"), "did you mean 'Net'"), (("Net", net), "the state holds it"), (("Net", "vpc-1"), "the state holds it")):
        assert words in sim.run("import", *args, code=1).err
    sim.run("state", "forget", "Table")
    sim.write("stack.yaml", stack(**NETWORK["Resources"], Other=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")))
    assert f"{net} is Net in this state" in sim.run("import", "Other", net, code=1).err
    for args in (("import",), ("import", "Net"), ("import", "stack.yaml", "Net"), ("import", "-from=x", "a", "b")):
        sim.run(*args, code=64)


def named(**more: Any) -> Any:
    """Everything of a network, and what is said of the state itself."""
    made = network(**more)
    made["Resources"]["Vpc"]["Properties"]["Tags"] = [{"Key": "Stack", "Value": {"Ref": "AWS::StackId"}}]
    return made


def test_lost_state(world: Drplan) -> None:
    """All is found again, under the same lineage, and there is nothing to do."""
    world.write("stack.yaml", named())
    world.apply()
    rows, lineage = world.state(), json.loads(world.run("show", "-json").out)["lineage"]
    lose_state(world)
    done = json.loads(world.run("import", "--from-tags", "-json").out)
    assert {i["address"]: i["id"] for i in done} == {a: r["id"] for a, r in rows.items()}
    assert json.loads(world.run("show", "-json").out)["lineage"] == lineage
    world.clean()
    assert {a: r.get("depends_on") for a, r in world.state().items()} == {a: r.get("depends_on") for a, r in rows.items()}
    assert "0 resources" in world.run("import", "--from-tags").out
    world.destroy()
    assert world.state() == {}


def test_partly_lost_state(world: Drplan) -> None:
    """What is gone is told with the command that imports it, and so is what it alone would have led to."""
    world.write("stack.yaml", named())
    world.apply()
    ids = world.ids()
    for address in ("Table", "Route", "SubnetA", "Web"):
        world.run("state", "forget", address)
    world.write("stack.yaml", stack(**named()["Resources"], Never=res("AWS::EC2::RouteTable", VpcId=ref("Vpc")),
                                    Below=res("AWS::EC2::Route", RouteTableId=ref("Never"), DestinationCidrBlock="0.0.0.0/0", GatewayId=ref("Gateway"))))
    got = world.run("import", "--from-tags", code=1)
    assert "`drplan import Never ID`" in got.err and "`drplan import Below ID`" in got.err and "Complete: 4" in got.out.replace("complete", "Complete")
    assert world.ids() == ids
    assert world.changes() == {"Never": "create", "Below": "create"}


def test_of_another_state(world: Drplan) -> None:
    """Two states of one stack's name: neither takes over what is the other's."""
    world.write("stack.yaml", stack(Net=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")))
    world.apply()
    world.write("stack.yaml", stack(Net=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"), Other=res("AWS::EC2::VPC", CidrBlock="10.1.0.0/16")))
    world.apply("-state=second.db")
    world.run("state", "forget", "Other", "-state=second.db")
    got = world.run("import", "--from-tags", code=1)
    assert "Other" in got.err and "belongs to another state" in got.err
