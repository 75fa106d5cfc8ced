"""drplan drift: seen, said by the exit status, and nothing is written anywhere."""
from __future__ import annotations

import fcntl
import hashlib
from typing import Any

from conftest import Drplan, Emulator, res, stack

VPC = stack(Net=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16", Tags=[{"Key": "Name", "Value": "n"}]), Other=res("AWS::EC2::VPC", CidrBlock="10.1.0.0/16"))


def digest(world: Drplan) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in (world.folder / ".drplan").iterdir() if f.suffix == ".db"}


def test_drift(aws: Emulator, drplan: Drplan) -> None:
    drplan.write("stack.yaml", VPC)
    drplan.apply()
    before = digest(drplan)
    assert "No changes" in drplan.run("drift").out
    ec2: Any = aws.client("ec2")
    ids = drplan.ids()
    ec2.create_tags(Resources=[ids["Net"]], Tags=[{"Key": "Name", "Value": "moved"}])
    ec2.delete_vpc(VpcId=ids["Other"])
    with open(next((drplan.folder / ".drplan").glob("*.lock")), "a") as lock:      # a run that goes on
        fcntl.flock(lock, fcntl.LOCK_EX)
        fcntl.lockf(lock, fcntl.LOCK_EX)
        since = aws.mark()
        got = drplan.run("drift", code=2)
    assert '"n"' in got.out and '"moved"' in got.out and "Other" in got.out and "it was deleted" in got.out
    assert all(call["operation"].startswith(("Describe", "Get", "List")) for call in aws.log(since))
    assert digest(drplan) == before
    drplan.apply()
    drplan.run("drift")
    drplan.destroy()


def test_nothing_applied(sim: Drplan) -> None:
    sim.write("stack.yaml", VPC)
    assert "nothing was applied yet" in sim.run("drift", code=1).err
