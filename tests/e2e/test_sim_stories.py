"""Both examples from apply to destroy on the simulator: failover planned and unplanned, failback, drill, each followed by a
plan without changes. Time is virtual, so the hours of a replication are over at once."""
from __future__ import annotations

import shutil

import pytest
from conftest import TOP, Drplan, Json

CERTIFICATE = "arn:aws:acm:us-west-2:123456789012:certificate/11111111-2222-3333-4444-555555555555"


class Story:
    def __init__(self, sim: Drplan, name: str, *seed: str) -> None:
        self.sim, self.name, self.seed = sim, name, seed

    def run(self, *args: str, code: int = 0) -> str:
        got = self.sim.run(*args, "--sim", "-auto-approve", code=code, timeout=120)
        return got.out + got.err

    def clean(self) -> None:
        self.sim.run("plan", self.name, "--sim", "-detailed-exitcode", timeout=120)

    def book(self, *args: str) -> Json:
        lines = self.sim.run(*args, "--sim", "-auto-approve", "-json", timeout=120).lines()
        return next(m for m in lines if m["type"] == "runbook_summary")


@pytest.fixture
def region(sim: Drplan) -> Drplan:
    """The region that a team has before, beside which the examples stand."""
    for name in ("primary-region", "dr-webapp", "dr-automation"):
        shutil.copytree(TOP / "examples" / name, sim.folder / name)
    sim.env["DRPLAN_STATE"] = ".drplan/primary-region.sim.db"
    sim.run("apply", "primary-region", "--sim", "-auto-approve", "-var=DbPassword=correct-horse", timeout=120)
    outputs = {o: sim.run("output", "--sim", "-raw", o).out.strip() for o in ("HostedZoneId", "StagingSubnetId")}
    sim.env |= {"DRPLAN_VAR_HostedZoneId": outputs["HostedZoneId"], "DRPLAN_VAR_PrimaryStagingSubnetId": outputs["StagingSubnetId"],
                "DRPLAN_VAR_CertificateArn": CERTIFICATE, "DRPLAN_VAR_Protect": "false"}
    return sim


def rehearse(region: Drplan) -> int:
    """The RTO that is foretold, on a copy of the world and on what the state alone tells; nothing changes."""
    foretold: list[int] = []
    state = region.folder / region.env["DRPLAN_STATE"]
    before = state.read_bytes()
    for world in ("sim.db", "away.db"):
        lines = region.run("rehearse", "failover", "--planned", "--sim", "-json", timeout=120).lines()
        got = next(m for m in lines if m["type"] == "rehearsal_summary")
        assert got["outcome"] == "done" and got["met"]
        foretold.append(got["rto_ms"])
        if world == "sim.db":
            (region.folder / ".drplan" / "sim.db").rename(region.folder / ".drplan" / "away.db")
    (region.folder / ".drplan" / "away.db").rename(region.folder / ".drplan" / "sim.db")
    assert state.read_bytes() == before and foretold[0] == foretold[1]
    return foretold[0]


@pytest.mark.parametrize("name, planned", [("dr-webapp", ()), ("dr-automation", ("--approve=quiesced",))])
def test_story(region: Drplan, name: str, planned: tuple[str, ...]) -> None:
    region.env["DRPLAN_STATE"] = f".drplan/{name}.sim.db"
    story = Story(region, name)
    story.run("apply", name)
    if name == "dr-automation":
        assert "5 of 5 servers" in region.run("status", "--sim", "--seed", f"{name}/servers.yaml").out
    story.clean()
    foretold = rehearse(region)
    assert story.book("drill")["outcome"] == "done"
    for how in (("--planned", *planned), ("--unplanned",)):
        went = story.book("failover", *how)
        assert went["outcome"] == "done" and went["rto_ms"] <= 1800000 and ("--planned" not in how or went["rto_ms"] == foretold)
        story.clean()
        assert "the stack is in mode active" in story.run("destroy", name, "--allow-data-loss", code=1)
        assert story.book("failback", "--approve=go", "--approve=lost-writes-reconciled")["outcome"] == "done"
        story.clean()
    assert story.book("drill")["outcome"] == "done"
    story.run("destroy", name, "--allow-data-loss")
    assert region.state() == {}


def test_seeds_need_the_simulator(sim: Drplan) -> None:
    sim.write("stack.yaml", {"Stack": "web", "Targets": {"dr": {"Region": "us-west-2"}}, "Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}})
    sim.write("seeds.yaml", {"Resources": [{"Region": "us-west-2", "Type": "AWS::EC2::VPC", "Properties": {"Cidr": "10.0.0.0/16"}}]})
    sim.sim = False
    assert "--seed is for the simulator" in sim.run("plan", "--seed", "seeds.yaml", code=1).err
    got = sim.run("plan", "--sim", "--seed", "seeds.yaml", code=1)
    assert "seeds.yaml:" in got.err and "AWS::EC2::VPC cannot be seeded" in got.err
