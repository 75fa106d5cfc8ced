"""A service that fails may have done what it was asked to: what a failed creation made is found by the next run, and so is what was accepted."""
from __future__ import annotations

import pytest
from conftest import Drplan, Emulator, ref, res, stack
from faultstage import forget_faults

BLOCK = "10.9.0.0/16"
FAILED = "<Response><Errors><Error><Code>InternalError</Code><Message>An internal error has occurred</Message></Error></Errors><RequestID>r-1</RequestID></Response>"


def networks(aws: Emulator) -> list[str]:
    return [v["VpcId"] for v in aws.client("ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": [BLOCK]}])["Vpcs"]]


@pytest.mark.parametrize("way", ["keep", "rollback"])
def test_a_creation_that_the_service_failed(way: str, drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", stack(Vpc=res("AWS::EC2::VPC", CidrBlock=BLOCK)))
    aws.fault(operation="CreateVpc", kind="answer", status=500, body=FAILED, times=1)
    assert "InternalError" in drplan.apply(f"--on-failure={way}", code=1).text
    forget_faults(aws)
    assert len(networks(aws)) == (way == "keep")
    drplan.apply()
    drplan.clean()
    assert networks(aws) == [drplan.ids()["Vpc"]]


def test_a_creation_whose_end_cannot_be_asked_for(drplan: Drplan, aws: Emulator) -> None:
    record = res("AWS::Route53::RecordSet", HostedZoneId=ref("Zone"), Name="a.example.com", Type="A", TTL="60", ResourceRecords=["192.0.2.1"])
    drplan.write("stack.yaml", stack(Zone=res("AWS::Route53::HostedZone", Name="example.com"), Record=record))
    aws.fault(operation="GetChange", kind="error-code", code="AccessDenied", status=403)
    assert "GetChange" in drplan.apply("--on-failure=keep", code=1).text
    forget_faults(aws)
    drplan.apply()
    drplan.clean()
    dns = aws.client("route53", "us-east-1")
    assert [z["Id"] for z in dns.list_hosted_zones()["HostedZones"]] == [f"/hostedzone/{drplan.ids()['Zone']}"]
    sets = dns.list_resource_record_sets(HostedZoneId=drplan.ids()["Zone"])["ResourceRecordSets"]
    assert [s["Type"] for s in sets if s["Name"] == "a.example.com."] == ["A"]
