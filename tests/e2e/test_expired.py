"""Credentials that expire in the middle of a run: fetched once more where they can be, else a run that stops with what to do about
it, and a state from which the next one goes on."""
from __future__ import annotations

from typing import Any

import pytest
from conftest import KEY, SECRET, Drplan, Emulator, ref, res, stack
from faultstage import forget_faults

STACK = stack(Vpc=res("AWS::EC2::VPC", CidrBlock="10.9.0.0/16"), Net=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.9.0.0/24"),
              Logs=res("AWS::Logs::LogGroup"))


@pytest.fixture
def process(drplan: Drplan) -> Any:
    """The credentials come from a program; how often it was asked stands in a file."""
    asked = drplan.folder / "asked"
    program = drplan.write("home/credentials.sh", f"""#!/bin/sh
echo >> {asked}
echo '{{"Version": 1, "AccessKeyId": "{KEY}", "SecretAccessKey": "{SECRET}", "Expiration": "2099-01-01T00:00:00Z"}}'
""")
    program.chmod(0o700)
    drplan.write("home/.aws/config", f"[default]\ncredential_process = {program}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del drplan.env[name]
    return lambda: len(asked.read_text().splitlines())


@pytest.mark.parametrize("code", ["ExpiredToken", "RequestExpired"])
def test_once(code: str, process: Any, drplan: Drplan, aws: Emulator) -> None:
    drplan.write("s.yaml", STACK)
    aws.fault(operation="CreateSubnet", kind="error-code", code=code, status=400, times=1)
    drplan.apply("s.yaml")
    assert process() == 2
    assert aws.calls()["CreateSubnet"] == 2
    drplan.clean("s.yaml")


def test_for_ever(process: Any, drplan: Drplan, aws: Emulator) -> None:
    """Nothing can be made, read or undone from the second changing call on, until somebody signs in again."""
    drplan.write("s.yaml", STACK)
    for first in (6, 8):
        aws.fault(nth=list(range(first, 500)), kind="error-code", code="ExpiredToken", status=400)
        got = drplan.apply("s.yaml", code=1)
        assert "sign in again, or refresh the credentials" in got.err and "drplan apply" in got.err, got.text
        assert "sign in again" in drplan.run("plan", "s.yaml", code=1).err
        forget_faults(aws)
        drplan.apply("s.yaml")
        drplan.clean("s.yaml")
        assert [v["CidrBlock"] for v in aws.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]] == ["10.9.0.0/16"]
        assert len(aws.client("ec2").describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.9.0.0/24"]}])["Subnets"]) == 1
        assert len(aws.client("logs").describe_log_groups()["logGroups"]) == 1
        drplan.destroy("s.yaml")
        assert drplan.state() == {}
