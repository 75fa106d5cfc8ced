"""The matrix of EC2's machines and of what networks have beside them: cases as in matrix.py, and what boto3 sees."""
from __future__ import annotations

from typing import Any

import matrix
import matrix_iam
from conftest import Emulator, ref, res
from live import READERS, ask, filtered, first, reader
from matrix import Case, cases

Json = dict[str, Any]
TAGS = matrix.TAGS
IMAGE, IMAGE_B = "ami-12c6146b", "ami-1e749f67"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
matrix.CONTEXT |= {
    "MachineRole": res("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST),
    "MachineProfileA": res("AWS::IAM::InstanceProfile", InstanceProfileName="matrix-a", Roles=[ref("MachineRole")]),
    "MachineProfileB": res("AWS::IAM::InstanceProfile", InstanceProfileName="matrix-b", Roles=[ref("MachineRole")]),
    "DiskA": res("AWS::EC2::Volume", AvailabilityZone="us-west-2a", Size=1),
    "DiskB": res("AWS::EC2::Volume", AvailabilityZone="us-west-2a", Size=2),
    "ZonedA": res("AWS::EC2::Subnet", VpcId=ref("VpcA"), CidrBlock="10.0.5.0/24", AvailabilityZone="us-west-2a"),
    "ZonedB": res("AWS::EC2::Subnet", VpcId=ref("VpcA"), CidrBlock="10.0.6.0/24", AvailabilityZone="us-west-2b"),
    "TemplateA": res("AWS::EC2::LaunchTemplate", LaunchTemplateName="matrix-a", LaunchTemplateData={"ImageId": IMAGE}),
    "TemplateB": res("AWS::EC2::LaunchTemplate", LaunchTemplateName="matrix-b", LaunchTemplateData={"ImageId": IMAGE}),
}


def disk(size: int = 5, kept: bool = False, name: str = "/dev/xvdb") -> Json:
    return {"DeviceName": name, "Ebs": {"VolumeSize": size, "VolumeType": "gp3", "DeleteOnTermination": not kept}}


def card(subnet: str) -> list[Json]:
    return [{"DeviceIndex": "0", "SubnetId": ref(subnet), "GroupSet": [ref("GroupA")], "DeleteOnTermination": True}]


def attached(name: str) -> list[Json]:
    return [{"Device": "/dev/sdf", "VolumeId": ref(name)}]


HELLO, BYE = "IyEvYmluL3NoCmVjaG8gaGVsbG8K", "IyEvYmluL3NoCmVjaG8gYnllCg=="
MACHINE = {"ImageId": IMAGE, "InstanceType": "t3.micro", "SubnetId": ref("ZonedA"), "SecurityGroupIds": [ref("GroupA")], "Tags": TAGS}
BARE = {k: v for k, v in MACHINE.items() if k not in ("SubnetId", "SecurityGroupIds")}

CASES: list[Case] = [
    *cases("AWS::EC2::Instance", MACHINE,
           {"ImageId": IMAGE_B, "InstanceType": "t3.small", "SubnetId": ref("ZonedB"), "SecurityGroupIds": [ref("GroupA"), ref("GroupB")], "Tags": [{"Key": "Name", "Value": "two"}],
            "EbsOptimized": (True, {"EbsOptimized": False}), "DisableApiTermination": (False, {"DisableApiTermination": True}), "Monitoring": (True, {"Monitoring": False}),
            "SourceDestCheck": (False, {"SourceDestCheck": True}), "InstanceInitiatedShutdownBehavior": ("terminate", {"InstanceInitiatedShutdownBehavior": "stop"}),
            "UserData": (BYE, {"UserData": HELLO}), "IamInstanceProfile": (ref("MachineProfileB"), {"IamInstanceProfile": ref("MachineProfileA")}),
            "KernelId": ("aki-00000002", {"KernelId": "aki-00000001"}), "RamdiskId": ("ari-00000002", {"RamdiskId": "ari-00000001"}),
            "PrivateIpAddress": ("10.0.5.77", {"PrivateIpAddress": "10.0.5.66"}), "PlacementGroupName": ("b", {"PlacementGroupName": "a"}),
            "CreditSpecification": ({"CPUCredits": "unlimited"}, {"CreditSpecification": {"CPUCredits": "standard"}}),
            "CpuOptions": ({"CoreCount": 2, "ThreadsPerCore": 1}, {"CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2}}),
            "EnclaveOptions": ({"Enabled": True}, {"EnclaveOptions": {"Enabled": False}}),
            "MetadataOptions": ({"HttpTokens": "required", "HttpPutResponseHopLimit": 3}, {"MetadataOptions": {"HttpTokens": "optional", "HttpPutResponseHopLimit": 2}}),
            "PrivateDnsNameOptions": ({"HostnameType": "resource-name", "EnableResourceNameDnsARecord": True},
                                      {"PrivateDnsNameOptions": {"HostnameType": "ip-name", "EnableResourceNameDnsARecord": False}}),
            "Volumes": (attached("DiskB"), {"Volumes": attached("DiskA")})}),
    Case("AWS::EC2::Instance", "Tenancy", MACHINE | {"Tenancy": "dedicated"}, "host", "update"),
    Case("AWS::EC2::Instance", "KeyName", MACHINE | {"KeyName": "a"}, "b"),
    Case("AWS::EC2::Instance", "AvailabilityZone", BARE | {"AvailabilityZone": "us-west-2a"}, "us-west-2b"),
    Case("AWS::EC2::Instance", "NetworkInterfaces", BARE | {"NetworkInterfaces": card("ZonedA")}, card("ZonedB")),
    Case("AWS::EC2::Instance", "BlockDeviceMappings", MACHINE | {"BlockDeviceMappings": [disk()]}, [disk(6)], "replace"),
    Case("AWS::EC2::Instance", "LaunchTemplate", {k: v for k, v in MACHINE.items() if k != "ImageId"} | {"LaunchTemplate": {"LaunchTemplateId": ref("TemplateA"), "Version": "1"}},
         {"LaunchTemplateId": ref("TemplateB"), "Version": "1"}),
    *cases("AWS::EC2::VPCCidrBlock", {"VpcId": ref("VpcA"), "CidrBlock": "10.6.0.0/16"}, {"VpcId": ref("VpcB"), "CidrBlock": "10.7.0.0/16"}),
    *cases("AWS::EC2::VPCCidrBlock", {"VpcId": ref("VpcA"), "AmazonProvidedIpv6CidrBlock": True}, {"VpcId": ref("VpcB")}),
    *cases("AWS::EC2::NetworkAclEntry", {"NetworkAclId": ref("AclA"), "RuleNumber": 100, "Protocol": 1, "RuleAction": "allow", "CidrBlock": "10.0.0.0/8"},
           {"Icmp": ({"Type": 3, "Code": 4}, {"Icmp": {"Type": 8, "Code": -1}})}),
    Case("AWS::EC2::VPC", "InstanceTenancy", {"CidrBlock": "10.9.0.0/16", "InstanceTenancy": "dedicated"}, "default", "update"),
]

#: Further values of properties that are in the list above already.
MORE: dict[str, Case] = {
    "only whether it goes with the machine": Case("AWS::EC2::Instance", "BlockDeviceMappings", MACHINE | {"BlockDeviceMappings": [disk()]}, [disk(kept=True)], "update"),
    "one more disk": Case("AWS::EC2::Instance", "BlockDeviceMappings", MACHINE | {"BlockDeviceMappings": [disk()]}, [disk(), disk(name="/dev/xvdc")], "replace"),
    "one more volume": Case("AWS::EC2::Instance", "Volumes", MACHINE | {"Volumes": attached("DiskA")}, attached("DiskA") + [{"Device": "/dev/sdg", "VolumeId": ref("DiskB")}], "update"),
    "to a tenancy of its own": Case("AWS::EC2::Instance", "Tenancy", MACHINE | {"Tenancy": "default"}, "dedicated", "replace"),
    "several at once": Case("AWS::EC2::Instance", "InstanceType", MACHINE | {"UserData": HELLO, "EbsOptimized": False}, "t3.large", "update",
                            also={"UserData": BYE, "EbsOptimized": True, "SourceDestCheck": False}),
}

#: Removed: AWS's default comes back, or it is left as it is.
REMOVALS: list[Case] = [
    *(Case("AWS::EC2::Instance", prop, MACHINE | {prop: value}, None, action) for prop, value, action in (
        ("DisableApiTermination", True, "update"), ("EbsOptimized", True, "update"), ("IamInstanceProfile", ref("MachineProfileA"), "update"),
        ("InstanceInitiatedShutdownBehavior", "terminate", "update"), ("Monitoring", True, "update"), ("SourceDestCheck", False, "update"), ("UserData", HELLO, "update"),
        ("Volumes", attached("DiskA"), "update"), ("Tags", TAGS, "update"), ("MetadataOptions", {"HttpTokens": "required"}, "none"),
        ("CreditSpecification", {"CPUCredits": "unlimited"}, "none"), ("SecurityGroupIds", [ref("GroupA")], "none"))),
    Case("AWS::EC2::VPC", "InstanceTenancy", {"CidrBlock": "10.9.0.0/16", "InstanceTenancy": "dedicated"}, None, "update"),
]


@reader("AWS::EC2::Instance")
def instance(e: Emulator, ident: str, props: Json) -> Json | None:
    ec2 = e.client("ec2")
    got = first([i for r in ask(e, "describe_instances", "Reservations", Filters=filtered("instance-id", ident)) for i in r["Instances"]])
    if not got or got["State"]["Name"] in ("terminated", "shutting-down"):
        return None
    assert got["State"]["Name"] == "running"
    told = {name: ec2.describe_instance_attribute(InstanceId=ident, Attribute=name[0].lower() + name[1:]).get(name, {}).get("Value")
            for name in ("UserData", "DisableApiTermination", "InstanceInitiatedShutdownBehavior")}
    placed = got.get("Placement", {})
    live = got | told | {"Tenancy": placed.get("Tenancy"), "AvailabilityZone": placed.get("AvailabilityZone"), "PlacementGroupName": placed.get("GroupName"),
                         "Monitoring": got["Monitoring"]["State"] == "enabled", "SecurityGroupIds": [g["GroupId"] for g in got["SecurityGroups"]],
                         "IamInstanceProfile": got.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2] or None}
    for name in ("MetadataOptions", "PrivateDnsNameOptions"):
        live[name] = {k: got.get(name, {}).get(k) for k in props.get(name, {})}
    if "CreditSpecification" in props:
        live["CreditSpecification"] = {"CPUCredits": ec2.describe_instance_credit_specifications(InstanceIds=[ident])["InstanceCreditSpecifications"][0]["CpuCredits"]}
    if "LaunchTemplate" in props:
        tags = {t["Key"]: t["Value"] for t in got["Tags"]}
        live["LaunchTemplate"] = {"LaunchTemplateId": tags["aws:ec2launchtemplate:id"], "Version": tags["aws:ec2launchtemplate:version"]}
    disks = {a["Device"]: (v, a) for v in ask(e, "describe_volumes", "Volumes", Filters=filtered("attachment.instance-id", ident)) for a in v["Attachments"]}
    live["Volumes"] = [{"Device": m["Device"], "VolumeId": disks[m["Device"]][0]["VolumeId"]} for m in props.get("Volumes", []) if m["Device"] in disks]
    live["BlockDeviceMappings"] = [{"DeviceName": name, "Ebs": {"VolumeSize": disks[name][0]["Size"], "VolumeType": disks[name][0]["VolumeType"],
                                                                "DeleteOnTermination": disks[name][1]["DeleteOnTermination"]}}
                                   for name in (m["DeviceName"] for m in props.get("BlockDeviceMappings", [])) if name in disks]
    live["NetworkInterfaces"] = [{"DeviceIndex": n["Attachment"]["DeviceIndex"], "SubnetId": n["SubnetId"], "GroupSet": [g["GroupId"] for g in n["Groups"]],
                                  "DeleteOnTermination": n["Attachment"]["DeleteOnTermination"]} for n in got["NetworkInterfaces"]]
    return live


@reader("AWS::EC2::VPCCidrBlock")
def cidr_block(e: Emulator, ident: str, props: Json) -> Json | None:
    for vpc in ask(e, "describe_vpcs", "Vpcs", VpcIds=[props["VpcId"]]):
        for a in vpc.get("CidrBlockAssociationSet", []) + vpc.get("Ipv6CidrBlockAssociationSet", []):
            state = a.get("CidrBlockState", a.get("Ipv6CidrBlockState"))["State"]
            if a["AssociationId"] == ident and state != "disassociated":
                return {"VpcId": vpc["VpcId"], "CidrBlock": a.get("CidrBlock"), "AmazonProvidedIpv6CidrBlock": a.get("Ipv6Pool") == "Amazon" or None}
    return None


@reader("AWS::EC2::Volume")
def volume(e: Emulator, ident: str, props: Json) -> Json | None:
    return first(ask(e, "describe_volumes", "Volumes", Filters=filtered("volume-id", ident)))


@reader("AWS::EC2::LaunchTemplate")
def launch_template(e: Emulator, ident: str, props: Json) -> Json | None:
    got = first(ask(e, "describe_launch_template_versions", "LaunchTemplateVersions", LaunchTemplateId=ident, Versions=["$Latest"]))
    return got and {"LaunchTemplateName": got["LaunchTemplateName"], "LaunchTemplateData": {k: got["LaunchTemplateData"].get(k) for k in props["LaunchTemplateData"]}}


#: Not among the readers of every test: each type here has its own cases and nothing else.
OWN = {kind: READERS.pop(kind) for kind in ("AWS::EC2::Instance", "AWS::EC2::VPCCidrBlock", "AWS::EC2::Volume", "AWS::EC2::LaunchTemplate")} | matrix_iam.OWN
