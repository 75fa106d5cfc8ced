"""Saved plans: carried out exactly, once; refused when stale, replayed, altered or of another stack."""
from __future__ import annotations

import json
import os

import live
import pytest
from conftest import Drplan, Emulator, res, stack
from test_lifecycle import network


def group(name: str = "one") -> dict[str, object]:
    return stack(G=res("AWS::EC2::InternetGateway", Tags=[{"Key": "Name", "Value": name}]))


def test_apply_does_what_was_shown(world: Drplan) -> None:
    template = network()
    world.write("stack.yaml", template)
    shown = world.run("plan", "-out=p").out
    assert world.run("show", "p", code=0).out.split("\nSaved.")[0].strip() in shown
    assert os.stat(world.folder / "p").st_mode & 0o077 == 0
    world.run("apply", "-auto-approve", "p")
    assert set(world.state()) == set(template["Resources"])
    world.clean()


def test_a_plan_is_applied_once(world: Drplan) -> None:
    world.write("stack.yaml", group())
    world.run("plan", "-out=p")
    world.run("apply", "-auto-approve", "p")
    before = world.ids()
    got = world.run("apply", "-auto-approve", "p", code=1)
    assert "error" in got.err
    assert world.ids() == before


def test_stale_state(world: Drplan) -> None:
    world.write("stack.yaml", group())
    world.run("plan", "-out=p")
    world.apply()
    before = world.ids()
    world.run("apply", "-auto-approve", "p", code=1)
    assert world.ids() == before


def test_stack_changed_since(world: Drplan) -> None:
    world.write("stack.yaml", group())
    world.run("plan", "-out=p")
    world.write("stack.yaml", group("two"))
    world.run("apply", "-auto-approve", "p", code=1)
    assert world.state() == {}


@pytest.mark.parametrize("old, new", [("InternetGateway", "InternetGatewax"), ('"one"', '"eno"'), ("create", "delete")])
def test_altered(old: str, new: str, world: Drplan) -> None:
    world.write("stack.yaml", group())
    world.run("plan", "-out=p")
    path = world.folder / "p"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    got = world.run("apply", "-auto-approve", "p", code=1)
    assert "error" in got.err
    assert world.state() == {}


@pytest.mark.parametrize("cut", [1, 10, 100, -1, -2, -50])
def test_cut_short(cut: int, sim: Drplan) -> None:
    sim.write("stack.yaml", group())
    sim.run("plan", "-out=p")
    path = sim.folder / "p"
    path.write_bytes(path.read_bytes()[:cut])
    sim.run("apply", "-auto-approve", "p", code=1)
    assert sim.state() == {}


def test_another_state(sim: Drplan) -> None:
    sim.write("stack.yaml", group())
    sim.run("plan", "-out=p")
    sim.run("apply", "-auto-approve", "-state=other.db", "p", code=1)


def test_secrets_are_not_in_it(drplan: Drplan, aws: Emulator) -> None:
    secret = "correct-horse-battery"
    drplan.write("stack.yaml", {"Parameters": {"Word": {"Type": "String", "NoEcho": True}}} | stack(
        G=res("AWS::EC2::InternetGateway", Tags=[{"Key": "Word", "Value": {"Ref": "Word"}}])))
    got = drplan.run("plan", "-out=p", "-var", f"Word={secret}")
    assert secret not in got.out + got.err
    assert secret.encode() not in (drplan.folder / "p").read_bytes()
    drplan.run("apply", "-auto-approve", "p", code=1)
    drplan.run("apply", "-auto-approve", "p", "-var", "Word=another", code=1)
    assert drplan.state() == {}
    got = drplan.run("apply", "-auto-approve", "p", "-var", f"Word={secret}")
    assert secret not in got.out + got.err
    gateway = live.internet_gateway(aws, drplan.ids()["G"], {})
    assert gateway and {"Key": "Word", "Value": secret} in gateway["Tags"]
    for path in drplan.folder.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path
    drplan.clean("-var", f"Word={secret}")


def test_terraform_shape(world: Drplan) -> None:
    template = network()
    world.write("stack.yaml", template)
    world.run("plan", "-out=p")
    doc = json.loads(world.run("show", "-json", "p").out)
    assert doc["format_version"].split(".")[0] == "1"
    changes = {c["address"]: c for c in doc["resource_changes"]}
    assert set(changes) == set(template["Resources"])
    vpc = changes["Vpc"]
    assert vpc["type"] == "AWS::EC2::VPC" and vpc["mode"] == "managed"
    assert vpc["change"]["actions"] == ["create"] and vpc["change"]["before"] is None
    assert vpc["change"]["after"]["CidrBlock"] == "10.20.0.0/16"
    assert changes["SubnetA"]["change"]["after_unknown"]["VpcId"] is True
