"""Machines through their lives: stopped and started for a change, what others attached, secrets, waits."""
from __future__ import annotations

from typing import Any

import matrix_ec2
from conftest import Drplan, Emulator, Json, ref, res
from test_ec2 import machines

STACK = {"Resources": {"Vpc": res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"), "Net": res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.1.0/24"),
                       "X": res("AWS::EC2::Instance", **matrix_ec2.BARE, SubnetId=ref("Net"))}}


def changed(**props: Any) -> Json:
    return STACK | {"Resources": STACK["Resources"] | {"X": res("AWS::EC2::Instance", **matrix_ec2.BARE, SubnetId=ref("Net"), **props)}}


def test_it_runs_again_when_aws_refuses_the_change(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", changed(EbsOptimized=False))
    drplan.apply()
    aws.fault(service="ec2", operation="ModifyInstanceAttribute", kind="error-code", code="InvalidParameterCombination", status=400, nth=1)
    drplan.write("stack.yaml", changed(EbsOptimized=True))
    failed = drplan.apply(code=1)
    assert "InvalidParameterCombination" in failed.err + failed.out
    assert [m["State"]["Name"] for m in machines(aws)] == ["running"]
    drplan.apply()
    drplan.clean()


def test_it_waits_through_the_states(drplan: Drplan, aws: Emulator) -> None:
    aws.control("POST", "holds", {"preset_polls": 2})
    drplan.write("stack.yaml", STACK)
    drplan.apply()
    drplan.write("stack.yaml", changed(EbsOptimized=True))
    drplan.apply()
    drplan.clean()
    drplan.destroy()
    assert not machines(aws)


def test_what_others_attached_is_theirs(drplan: Drplan, aws: Emulator) -> None:
    """Written: one disk and no volumes; the image's own disk and a volume attached by hand stay."""
    drplan.write("stack.yaml", changed(BlockDeviceMappings=[matrix_ec2.disk()]))
    drplan.apply()
    zone = machines(aws)[0]["Placement"]["AvailabilityZone"]
    volume = aws.client("ec2").create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
    aws.client("ec2").attach_volume(VolumeId=volume, InstanceId=machines(aws)[0]["InstanceId"], Device="/dev/sdz")
    drplan.clean()
    drplan.write("stack.yaml", changed(BlockDeviceMappings=[matrix_ec2.disk(kept=True)]))
    drplan.apply()
    drplan.clean()
    assert "/dev/sdz" in [m["DeviceName"] for m in machines(aws)[0]["BlockDeviceMappings"]]


def test_tags_go_to_the_volumes_when_asked(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", changed(BlockDeviceMappings=[matrix_ec2.disk()], PropagateTagsToVolumeOnCreation=True))
    drplan.apply()
    drplan.clean()
    ident = machines(aws)[0]["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    tags = {t["Key"]: t["Value"] for t in aws.client("ec2").describe_volumes(VolumeIds=[ident])["Volumes"][0]["Tags"]}
    assert {t["Key"]: t["Value"] for t in matrix_ec2.TAGS}.items() <= tags.items()


def test_user_data_are_never_shown(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", changed(UserData=matrix_ec2.HELLO))
    shown = drplan.run("plan").out + drplan.apply().out + drplan.run("show").out + drplan.run("show", "-json").out
    assert matrix_ec2.HELLO not in shown
