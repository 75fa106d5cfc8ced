"""Gates: approvals by file, checks that end with a signal, what is shown of them."""
from __future__ import annotations

import json
import re
import signal
import time

from conftest import Drplan, Emulator, Json, att, ref, res, stack


def gated(*checks: Json) -> Json:
    return stack(Vpc=res("AWS::EC2::VPC", CidrBlock="10.1.0.0/16")) | {"Phases": [{"Name": "networking", "Gate": list(checks)}]}


def saved(drplan: Drplan, *checks: Json) -> str:
    drplan.write("stack.yaml", gated(*checks))
    found = re.search(r"--approve-file: ([0-9a-f]{64})", drplan.run("plan", "-out=plan.json").out)
    assert found
    return found.group(1)


def test_approval_by_file(sim: Drplan) -> None:
    digest = saved(sim, {"Approval": {"Ask": "go?"}})
    sim.write("approvals", f"# {digest} networking\n{'0' * 64} networking\n{digest} security\n{digest}networking\n")
    got = sim.run("apply", "plan.json", "-auto-approve", "--approve-file=approvals", code=1)
    assert f"the line '{digest} networking' in approvals does" in got.err and sim.state() == {}
    digest = saved(sim, {"Approval": {"Ask": "go?"}})
    sim.write("approvals", f"{'0' * 64} networking\n  {digest}   networking  \n")
    sim.run("apply", "plan.json", "-auto-approve", "--approve-file=approvals")
    rows = json.loads(sim.run("show", "--gates", "-json").out)
    assert rows[0]["check"] == "Approval go?" and rows[0]["held"] and rows[0]["detail"] == "approved by approvals"


def test_approval_needs_a_saved_plan(sim: Drplan) -> None:
    sim.write("stack.yaml", gated({"Approval": {"Ask": "go?"}}))
    sim.write("approvals", f"{'0' * 64} networking\n")
    got = sim.run("apply", "-auto-approve", "--approve-file=approvals", code=64)
    assert "needs a saved plan" in got.err


def test_approval_that_comes_later(drplan: Drplan) -> None:
    digest = saved(drplan, {"Approval": {"Ask": "go?", "Within": "30s"}})
    running = drplan.start("apply", "plan.json", "-auto-approve", "--approve-file=approvals")
    time.sleep(1)
    assert running.poll() is None
    drplan.write("approvals", f"{digest} networking\n")
    out, err = running.communicate(timeout=20)
    assert running.returncode == 0 and "approved by approvals" in err, out + err


def test_signal_ends_a_check(sim: Drplan) -> None:
    sim.write("stack.yaml", gated({"Command": {"Argv": ["sleep", "60"]}}))
    running = sim.start("apply", "-auto-approve")
    time.sleep(1)
    running.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    out, err = running.communicate(timeout=20)
    assert time.monotonic() - begun < 1.5 and running.returncode == 143, out + err
    assert "interrupted" in out + err and set(sim.state()) == {"Vpc"}


def test_a_gate_that_did_not_pass_is_owed(sim: Drplan) -> None:
    def gate(*argv: str) -> Json:
        return gated({"Command": {"Argv": list(argv), "Within": "100ms"}})

    sim.write("stack.yaml", gate("false"))
    sim.run("apply", "-auto-approve", "--on-failure=keep", code=1)
    got = sim.run("apply", "-auto-approve", "--on-failure=keep", code=1)
    assert "No changes" in got.out and "the gate of phase networking does not hold" in got.err
    assert "The gate of phase networking did not pass yet" in got.out
    shown = sim.run("plan", "-json", "-detailed-exitcode", code=2).lines()
    assert [m["phase"] for m in shown if m["type"] == "gate_owed"] == ["networking"]
    assert "gate" not in sim.run("plan", "-destroy").out
    sim.write("stack.yaml", gate("true"))
    assert "gate networking: passed" in sim.apply().err
    assert "gate" not in sim.apply().err
    sim.clean()


def test_names(drplan: Drplan) -> None:
    drplan.write("stack.yaml", gated({"Dns": {"Name": "localhost", "Answers": ["192.0.2.1", "localhost"], "Within": "5s"}},
                                  {"Dns": {"Name": "localhost", "Answers": "192.0.2.1", "Within": "100ms"}}))
    got = drplan.run("apply", "-auto-approve", code=1)
    assert "Dns localhost: holds" in got.err and "Dns localhost: localhost is" in got.err


def test_no_gate_at_all(sim: Drplan) -> None:
    template = gated() | {"Phases": [{"Name": "networking", "Gate": []}]}
    sim.write("stack.yaml", template)
    sim.apply()
    assert sim.run("show", "--gates").out.startswith("No run came to a gate")


def test_servers_that_are_not_there_hold_nothing(sim: Drplan) -> None:
    sim.write("stack.yaml", gated({"State": {"Servers": {"Tags": {"a": "b"}}, "Is": "running", "Within": "1s"}}))
    got = sim.apply(code=1)
    assert "gate State: does not hold" in got.err and "gate networking: passed" not in got.err


def test_a_group_stands_with_its_machines(drplan: Drplan, aws: Emulator) -> None:
    """The built-in gate waits until the desired number is in service; what a signal cut off is asked by the next run, whole."""
    held = {"service": "autoscaling", "operation": "DescribeAutoScalingGroups", "element": "LifecycleState", "from": "InService", "to": "Pending"}
    template = stack(Vpc=res("AWS::EC2::VPC", CidrBlock="10.9.0.0/16"), Net=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.9.0.0/24"),
                     Lt=res("AWS::EC2::LaunchTemplate", LaunchTemplateData={"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}),
                     Asg=res("AWS::AutoScaling::AutoScalingGroup", MinSize="0", MaxSize="4", VPCZoneIdentifier=[ref("Net")],
                             LaunchTemplate={"LaunchTemplateId": ref("Lt"), "Version": att("Lt", "LatestVersionNumber")}))
    drplan.write("stack.yaml", template)
    aws.control("POST", "holds", [held | {"polls": 1000}])
    drplan.apply()                                  # a pilot light: none is wanted
    template["Resources"]["Asg"]["Properties"]["MinSize"] = template["Resources"]["Asg"]["Properties"]["DesiredCapacity"] = "2"
    drplan.write("stack.yaml", template)
    running = drplan.start("apply", "-auto-approve")
    time.sleep(3)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert running.returncode == 130 and "gate compute" not in err, out + err
    running = drplan.start("apply", "-auto-approve")
    time.sleep(3)
    assert running.poll() is None
    aws.control("DELETE", "holds")
    out, err = running.communicate(timeout=20)
    assert running.returncode == 0 and "No changes" in out and "gate compute: passed" in err, out + err
    drplan.clean()
