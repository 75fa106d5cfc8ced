"""Each scalar property of each type, changed once: the right action, applied, seen by boto3, clean again."""
from __future__ import annotations

import json
from pathlib import Path

import live
import matrix
import pytest
from conftest import Drplan, Emulator, Json

SKIPS: dict[str, str] = json.loads((Path(__file__).parent / "matrix-skips.json").read_text())


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Json:
    drplan = Drplan(tmp_path_factory.mktemp("schema"), None)
    return json.loads(drplan.run("schema", "-json").out)["types"]


def params(cases: list[matrix.Case]) -> list[object]:
    """A skipped case is one that the emulator cannot show; it must go on failing, or leave the list."""
    return [pytest.param(c, id=c.name, marks=[pytest.mark.xfail(reason=SKIPS[c.name], strict=True)] if c.name in SKIPS else []) for c in cases]


def expected(case: matrix.Case, schema: Json) -> str:
    if case.action:
        return case.action
    return "replace" if schema[case.kind]["properties"][case.prop].get("create_only") else "update"


def run(case: matrix.Case, action: str, drplan: Drplan, aws: Emulator) -> None:
    before, after = matrix.template(case, changed=False), matrix.template(case, changed=True)
    for bucket in ("matrix-a", "matrix-b") if case.props.get("LogDestinationType") == "s3" else ():
        aws.client("s3", "us-east-1").create_bucket(Bucket=bucket)
    drplan.write("stack.yaml", before)
    drplan.apply()
    live.check_stack(aws, before, drplan.state())
    drplan.clean()
    old = drplan.ids()
    drplan.write("stack.yaml", after)
    assert drplan.changes() == ({} if action == "none" else {"X": action})
    drplan.apply()
    rows = drplan.state()
    live.check_stack(aws, after, rows)
    drplan.clean()
    same = {a for a in old if rows[a]["id"] == old[a]} | {"X"}
    assert same == set(old), "only the changed resource may be replaced"
    if action == "update" and not case.kind.endswith(("Attachment", "Association", "Route")):
        assert rows["X"]["id"] == old["X"], "an update keeps the resource"
    drplan.destroy()
    assert aws.leftovers()["total"] == 0


@pytest.mark.parametrize("case", params(matrix.CASES))
def test_change(case: matrix.Case, schema: Json, drplan: Drplan, aws: Emulator) -> None:
    run(case, expected(case, schema), drplan, aws)


@pytest.mark.parametrize("case", params(matrix.REMOVALS))
def test_removal(case: matrix.Case, drplan: Drplan, aws: Emulator) -> None:
    run(case, case.action, drplan, aws)


@pytest.mark.parametrize("case", matrix.CASES + matrix.REMOVALS, ids=lambda c: c.name)
def test_on_the_simulator(case: matrix.Case, schema: Json, sim: Drplan) -> None:
    sim.write("stack.yaml", matrix.template(case, changed=False))
    sim.apply()
    sim.clean()
    sim.write("stack.yaml", matrix.template(case, changed=True))
    action = expected(case, schema)
    assert sim.changes() == ({} if action == "none" else {"X": action})
    sim.apply()
    sim.clean()
    sim.destroy()
    assert sim.state() == {}


def test_every_scalar_property_is_in_the_matrix(schema: Json) -> None:
    """What is not is named in UNTESTED, with the reason."""
    covered = {(c.kind, c.prop) for c in matrix.CASES}
    missing = [f"{kind}.{name}" for kind, t in schema.items() if kind in live.READERS for name, p in t["properties"].items()
               if set(p["type"]) & {"string", "integer", "number", "boolean"} and not p.get("read_only") and "json" not in p
               and (kind, name) not in covered and f"{kind}.{name}" not in UNTESTED]
    assert not missing, missing


#: Needs what a stack of these types cannot make, and the emulator has not got.
UNTESTED = {
    **dict.fromkeys(["AWS::EC2::EIP.Address", "AWS::EC2::EIP.TransferAddress"], "an address that another account gave up"),
    "AWS::EC2::EIP.Domain": "EC2-Classic is gone: vpc is the only value",
    **dict.fromkeys(["AWS::EC2::EIP.InstanceId", "AWS::EC2::Route.InstanceId", "AWS::EC2::Route.NetworkInterfaceId"], "an instance"),
    **dict.fromkeys(["AWS::EC2::EIP.IpamPoolId", "AWS::EC2::Subnet.Ipv4IpamPoolId", "AWS::EC2::Subnet.Ipv4NetmaskLength", "AWS::EC2::Subnet.Ipv6IpamPoolId",
                     "AWS::EC2::Subnet.Ipv6NetmaskLength", "AWS::EC2::VPC.Ipv4IpamPoolId", "AWS::EC2::VPC.Ipv4NetmaskLength"], "an IPAM pool"),
    **dict.fromkeys(["AWS::EC2::Subnet.Ipv6CidrBlock", "AWS::EC2::Subnet.Ipv6Native"], "an IPv6 range of the VPC"),
    **dict.fromkeys(["AWS::EC2::Subnet.OutpostArn", "AWS::EC2::Subnet.EnableLniAtDeviceIndex", "AWS::EC2::Route.LocalGatewayId"], "an Outpost"),
    **dict.fromkeys(["AWS::EC2::FlowLog.DeliverCrossAccountRole", "AWS::EC2::VPCPeeringConnection.PeerOwnerId", "AWS::EC2::VPCPeeringConnection.PeerRoleArn",
                     "AWS::EC2::VPCPeeringConnection.AssumeRoleRegion", "AWS::EC2::SecurityGroupIngress.SourceSecurityGroupOwnerId"], "another account"),
    "AWS::EC2::VPCPeeringConnection.PeerRegion": "a VPC in another region; test_lifecycle has one",
    **dict.fromkeys(["AWS::EC2::NatGateway.AvailabilityMode", "AWS::EC2::NatGateway.VpcId"], "a regional NAT gateway"),
    **dict.fromkeys(["AWS::EC2::NatGateway.MaxDrainDurationSeconds", "AWS::EC2::NatGateway.SecondaryPrivateIpAddressCount"], "write-only, without an effect that can be read"),
    **dict.fromkeys([f"AWS::EC2::Route.{p}" for p in ("CarrierGatewayId", "CoreNetworkArn", "OdbNetworkArn", "TransitGatewayId", "EgressOnlyInternetGatewayId", "VpcEndpointId")],
                    "a gateway of a type that is not supported"),
    **dict.fromkeys(["AWS::EC2::Route.DestinationPrefixListId", "AWS::EC2::SecurityGroupEgress.DestinationPrefixListId", "AWS::EC2::SecurityGroupIngress.SourcePrefixListId"],
                    "a prefix list"),
    **dict.fromkeys(["AWS::EC2::SecurityGroupIngress.GroupName", "AWS::EC2::SecurityGroupIngress.SourceSecurityGroupName"], "the default VPC"),
    **dict.fromkeys([f"AWS::EC2::VPCEndpoint.{p}" for p in ("ResourceConfigurationArn", "ServiceNetworkArn", "ServiceRegion")], "a VPC Lattice network, or a service in another region"),
    "AWS::EC2::VPCGatewayAttachment.VpnGatewayId": "a VPN gateway",
    "AWS::Logs::LogGroup.BearerTokenAuthenticationEnabled": "an operation that the emulator lacks",
}
