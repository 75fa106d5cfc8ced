"""A drill of servers that is killed at any of its changing calls goes on with --resume: each tier is launched once, and at its
end no drill instance is left and every launch template is as it was."""
from __future__ import annotations

import pytest

from conftest import Drplan, Emulator, Json, ref, res
from faultstage import killed, sample
from test_verbs import APP, DR, PRIMARY, recoveries, servers, templates


def stack() -> Json:
    launch = {"Target": "dr", "Servers": APP, "Drill": True, "Tiers": ["database", "web"], "Subnet": "Quarantine"}
    return {
        "Stack": "servers", "Targets": {"primary": {"Region": PRIMARY, "Role": "primary"}, "dr": {"Region": DR, "Role": "recovery"}}, "Defaults": {"Target": "dr"},
        "Resources": {"Vpc": res("AWS::EC2::VPC", CidrBlock="10.7.0.0/16"), "Quarantine": res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.7.1.0/24")},
        "Runbooks": {"drill": {"To": "dr", "Steps": [
            {"Name": "launch", "Recover": launch, "Timeout": "2m"},
            {"Name": "servers-boot", "Check": [{"State": {"Servers": APP, "Drill": True, "Is": "running"}}], "StopsClock": True}],
            "Always": [{"Name": "clean", "CleanUp": {"Target": "dr", "RecoveryInstances": {"Drill": True, **APP}}, "Timeout": "2m"}]}}}


@pytest.mark.parametrize(("nth", "phase"), sample([(n, p) for n in range(1, 13) for p in ("hold-before", "hold-after")], 4))
def test_killed(drplan: Drplan, aws: Emulator, nth: int, phase: str) -> None:
    drplan.write("stack.yaml", stack())
    drplan.apply()
    servers(aws, 1, "database")
    servers(aws, 1, "web")
    since = aws.mark()
    if not killed(drplan, aws, phase, nth, "drill", "-auto-approve"):
        pytest.skip("there are fewer changing calls")
    drplan.run("drill", "--resume", "-auto-approve", timeout=120)
    assert recoveries(aws) == [] and templates(aws) == [(1, 1, [])] * 2
    carried_out = [e["operation"] for e in aws.log(since) if e.get("fault") != "hold-before"]
    assert carried_out.count("StartRecovery") == 2
    drplan.clean()
    drplan.destroy()
