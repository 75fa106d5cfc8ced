"""Several stacks in one folder: exports that another stack imports, secrets that another resource owns, which state is meant."""
from __future__ import annotations

import json

from conftest import Drplan, Json, att, ref, res, stack

PRODUCER = stack(Vpc=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")) | {"Stack": "base", "Outputs": {"Id": {"Value": ref("Vpc"), "Export": {"Name": "base-vpc"}}}}
CONSUMER = stack(Net=res("AWS::EC2::Subnet", VpcId={"Fn::ImportValue": "base-vpc"}, CidrBlock="10.0.1.0/24")) | {"Stack": "app"}


def two(world: Drplan) -> None:
    world.write("base.yaml", PRODUCER)
    world.write("app.yaml", CONSUMER)
    world.apply("base.yaml")
    world.apply("app.yaml")


def refused(world: Drplan, verb: str) -> None:
    told = world.run(verb, "-auto-approve", "--allow-data-loss", "base.yaml", code=1).err
    assert "the export 'base-vpc' cannot go" in told and "app" in told, told


def test_what_another_stack_imports_cannot_go(world: Drplan) -> None:
    two(world)
    refused(world, "destroy")
    world.write("base.yaml", PRODUCER | {"Outputs": {"Id": {"Value": ref("Vpc")}}})
    refused(world, "apply")
    world.write("base.yaml", PRODUCER)
    world.clean("base.yaml")
    world.destroy("app.yaml")
    world.destroy("base.yaml")


def test_it_can_go_when_it_is_no_longer_imported(world: Drplan) -> None:
    two(world)
    world.write("app.yaml", stack(Net=res("AWS::EC2::Subnet", VpcId=json.loads(world.run("output", "-json", "-state", state(world, "base")).out)["Id"]["value"],
                                          CidrBlock="10.0.1.0/24")) | {"Stack": "app"})
    world.apply("app.yaml")
    world.write("base.yaml", PRODUCER | {"Outputs": {"Id": {"Value": ref("Vpc")}}})
    world.apply("base.yaml")


def state(world: Drplan, name: str) -> str:
    return f".drplan/{name}.sim.db" if world.sim else f".drplan/{name}.db"


def test_the_state_of_the_stack_at_hand(sim: Drplan) -> None:
    two(sim)
    told = sim.run("show", code=1).err
    assert state(sim, "app") in told and state(sim, "base") in told
    sim.write("stack.yaml", CONSUMER)
    assert "Net (AWS::EC2::Subnet)" in sim.run("show").out
    assert sim.run("state", "list").out.split() == ["Net"]
    assert sim.run("output", "-state", state(sim, "base")).out.startswith("Id = ")


def test_a_secret_attribute_in_a_saved_plan(world: Drplan) -> None:
    """What stands in no file is read again from its owner, which the plan leaves as it is."""
    def machine(value: object) -> Json:
        return stack(Vpc=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"), Net=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.1.0/24"),
                     Machine=res("AWS::EC2::Instance", ImageId="ami-12c6146b", SubnetId=ref("Net"), UserData="IyEvYmluL3NoCmVjaG8gaGVsbG8K"),
                     Kept=res("AWS::SSM::Parameter", Name="/kept", Type="String", Value=value))
    world.write("stack.yaml", machine("none"))
    world.apply()
    world.write("stack.yaml", machine(att("Machine", "UserData")))
    world.run("plan", "-out=saved")
    assert "IyEvYmluL3NoCmVjaG8gaGVsbG8K" not in (world.folder / "saved").read_text()
    world.apply("saved")
    world.clean()
