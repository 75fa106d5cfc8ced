"""One resource of each type with as many creating calls as the type has, what it stands on, and a change of it that AWS
carries out in place: what the tests take that go through all types. Made of the bases of the matrices and of the stacks
beside them."""
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import live
import matrix
import matrix_dr
import matrix_ec2
import matrix_iam
import matrix_lambda
import matrix_lists
import matrix_ops
import test_compute
import test_data
import test_lambda
import test_ops
import test_storage
from conftest import Emulator, Json, att, ref, res, stack

SKIPS: dict[str, str] = json.loads((Path(__file__).parent / "matrix-skips.json").read_text())
Template = Callable[[matrix.Case, bool], Json]
Reader = Callable[[Emulator, str, Json], "Json | None"]


@dataclass(frozen=True)
class Subject:
    """The resource at `address` of `template`; `changed` is the template with it changed, or the same where no property of
    the type can change in place. `read` looks at it with boto3."""
    kind: str
    address: str
    template: Any
    changed: Any
    read: Reader | None = None

    @property
    def context(self) -> Json:
        """What it stands on, without it."""
        return self.template | {"Resources": {k: v for k, v in self.template["Resources"].items() if k != self.address}}

    @property
    def regions(self) -> tuple[str, ...]:
        return ("us-west-2", "us-east-1") if "Targets" in self.template else ("us-west-2",)

    @property
    def kinds(self) -> set[str]:
        return {r["Type"] for r in self.template["Resources"].values()}


#: Properties beside the base that cost calls of their own.
RICH: dict[str, Json] = {
    "AWS::EC2::VPC": {"EnableDnsSupport": True, "EnableDnsHostnames": True},
    "AWS::EC2::Subnet": {"MapPublicIpOnLaunch": True},
    "AWS::EC2::Instance": {"SourceDestCheck": False, "Volumes": matrix_ec2.attached("DiskA"), "IamInstanceProfile": ref("MachineProfileA")},
    "AWS::EC2::SecurityGroup": {"SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}],
                                "SecurityGroupEgress": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}]},
    "AWS::IAM::Role": {"Policies": matrix_iam.INLINE, "ManagedPolicyArns": [ref("PolicyA"), ref("PolicyB")]},
    "AWS::IAM::ManagedPolicy": {"Roles": [ref("RoleA"), ref("RoleB")]},
    "AWS::IAM::Policy": {"Roles": [ref("RoleA"), ref("RoleB")]},
    "AWS::KMS::Key": {"EnableKeyRotation": True, "Enabled": True},
    "AWS::SecretsManager::Secret": {"SecretString": "one-of-two", "ReplicaRegions": [{"Region": matrix_iam.OTHER}]},
    "AWS::SNS::TopicPolicy": {"Topics": [ref("TopicA"), ref("TopicB")]},
    "AWS::SQS::QueuePolicy": {"Queues": [ref("QueueA"), ref("QueueB")]},
    "AWS::SNS::Subscription": {"RawMessageDelivery": True, "FilterPolicy": {"a": ["one"]}},
    "AWS::Lambda::Function": {"ReservedConcurrentExecutions": 5, "Timeout": 10},
    "AWS::Lambda::Alias": {"FunctionVersion": att("VersionA", "Version"), "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2}},
    "AWS::Route53::HostedZone": {"VPCs": [{"VPCId": ref(v), "VPCRegion": "us-west-2"} for v in ("VpcA", "VpcB")]},
    "AWS::Backup::BackupVault": {"AccessPolicy": matrix_dr.deny("backup:DeleteRecoveryPoint"), "Notifications": matrix_dr.EVENTS, "LockConfiguration": matrix_dr.LOCK},
    "AWS::DynamoDB::Table": {"TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True}, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                             "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}},
    "AWS::RDS::DBParameterGroup": {"Parameters": test_data.MANY},
    "AWS::Logs::LogGroup": {"RetentionInDays": 7},
}
#: Where the case that is taken by itself is no change in place: this property's.
PREFERRED = {"AWS::EC2::Instance": "Tags", "AWS::Lambda::Function": "Description", "AWS::DRS::ReplicationConfigurationTemplate": "BandwidthThrottling",
             "AWS::EC2::VPCEndpoint": "PrivateDnsEnabled", "AWS::Lambda::Alias": "Description", "AWS::IAM::Role": "Description", "AWS::KMS::Key": "Description",
             "AWS::IAM::ManagedPolicy": "PolicyDocument", "AWS::SecretsManager::Secret": "Description", "AWS::SNS::Subscription": "DeliveryPolicy",
             "AWS::SNS::TopicPolicy": "PolicyDocument", "AWS::SQS::QueuePolicy": "PolicyDocument", "AWS::IAM::Policy": "PolicyDocument",
             "AWS::Route53::HostedZone": "HostedZoneTags", "AWS::Backup::BackupVault": "BackupVaultTags", "AWS::StepFunctions::StateMachine": "DefinitionString"}
#: Where no case of the matrix is a change in place of what is above; tags are one everywhere else.
CHANGED: dict[str, Json] = {
    "AWS::EC2::SecurityGroup": {"SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIp": "10.0.0.0/8"}]},
    "AWS::EC2::Subnet": {"MapPublicIpOnLaunch": False},
}
#: Taken from a stack, although a matrix has them.
STANDING = {"AWS::EC2::EIP"}
ZONE = "Z0123456789ABCDEFGHIJ"           # stands for the zone that prepare() makes
KEY_POLICY = matrix_iam.allow("kms:*") | {"Statement": [matrix_iam.allow("kms:*")["Statement"][0] | {"Principal": matrix_iam.ROOT}]}
READ_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": att("Bucket", "Arn")}]}


def kms(description: str) -> Json:
    return test_data.two_regions(Key=res("AWS::KMS::Key", MultiRegion=True, KeyPolicy=KEY_POLICY) | {"Target": "primary"},
                                 Copy=res("AWS::KMS::ReplicaKey", PrimaryKeyArn=att("Key", "Arn"), KeyPolicy=KEY_POLICY, Description=description, Tags=matrix.TAGS))


def bucket_policy(effect: str) -> Json:
    document = READ_POLICY | {"Statement": [READ_POLICY["Statement"][0] | {"Action": effect}]}
    return stack(Bucket=res("AWS::S3::Bucket", BucketName="import-policy"), Policy=res("AWS::S3::BucketPolicy", Bucket=ref("Bucket"), PolicyDocument=document))


def records(address: str) -> Json:
    return stack(Records=res("AWS::Route53::RecordSetGroup", HostedZoneId=ZONE, RecordSets=[
        {"Name": f"{name}.example.com", "Type": "A", "TTL": "60", "ResourceRecords": [address]} for name in ("one", "two")]))


def gateway(name: str) -> Json:
    return stack(Gate=res("AWS::EC2::InternetGateway", Tags=[{"Key": "Name", "Value": name}]))


VERSION = stack(**{name: matrix_lambda.CONTEXT[name] for name in ("RoleA", "FnA", "VersionA")})
VOLUME = stack(Machine=res("AWS::EC2::Instance", ImageId=matrix_ec2.IMAGE, InstanceType="t3.micro", AvailabilityZone="us-west-2a"),
               Disk=res("AWS::EC2::Volume", AvailabilityZone="us-west-2a", Size=5, Tags=matrix.TAGS),
               Tie=res("AWS::EC2::VolumeAttachment", VolumeId=ref("Disk"), InstanceId=ref("Machine"), Device="/dev/sdf"))
DELETED = {"DeletionPolicy": "Delete"}
GLOBAL = test_data.ADOPTED | {"Resources": {k: v | (DELETED if k == "Primary" else {}) for k, v in test_data.ADOPTED["Resources"].items()}}
#: address, template, changed template; where several types stand in one stack, one line each.
STACKS: list[tuple[str, Json, Json]] = [
    ("Copy", kms("copy"), kms("other")), ("Policy", bucket_policy("s3:DeleteBucket"), bucket_policy("s3:GetObject")), ("Tie", VOLUME, VOLUME),
    ("Records", records("10.0.0.1"), records("10.0.0.2")), ("Global", GLOBAL, GLOBAL),
    *((name, test_compute.web(), test_compute.changed("web")) for name in ("Balancer", "Targets", "Listener", "Rule")),
    *((name, test_compute.fleet(), test_compute.changed("fleet")) for name in ("Template", "Group", "Scaling", "Hook", "Night")),
    *((name, test_compute.disks(), test_compute.changed("disks")) for name in ("Way", "Disk", "Address", "Card", "Bound", "Nets", "Key")),
    ("From", test_storage.FULL, test_storage.STAGES["bucket"][1]), ("T", *test_storage.STAGES["topic"][:2]), ("Q", *test_storage.STAGES["queue"][:2]),
    ("R", *test_storage.STAGES["rule"][:2]),
    ("Gate", gateway("one"), gateway("two")), ("VersionA", VERSION, VERSION),
    ("Service", stack(Service=res("DR::DRS::Service")), stack(Service=res("DR::DRS::Service"))),
]


def closed(template: Json, address: str) -> Json:
    """The resource with all that it needs, and nothing beside."""
    resources = template["Resources"]
    needed, todo = {address}, [address]
    while todo:
        resource = resources[todo.pop()]
        after = resource.get("DependsOn", [])
        more = (matrix.references(resource.get("Properties", {})) | set([after] if isinstance(after, str) else after)) & set(resources) - needed
        needed |= more
        todo += more
    return {k: v for k, v in template.items() if k != "Outputs"} | {"Resources": {k: v for k, v in resources.items() if k in needed}}


def of_stack(address: str, template: Json, changed: Json) -> Subject:
    """The change is of this resource alone; its context is that of the changed form, which may need more."""
    kind, full = template["Resources"][address]["Type"], closed(changed, address)
    before = template | {"Resources": closed(template, address)["Resources"] | {k: v for k, v in full["Resources"].items() if k != address}}
    before["Resources"] |= {k: v for k, v in closed(template, address)["Resources"].items()}
    after = before | {"Resources": before["Resources"] | {address: full["Resources"][address]}}
    before.pop("Outputs", None)
    after.pop("Outputs", None)
    return Subject(kind, address, before, after)


def with_more(case: matrix.Case) -> matrix.Case:
    """What the case is about wins."""
    return matrix.Case(case.kind, case.prop, RICH.get(case.kind, {}) | case.props, case.value, case.action, case.also)


def in_place(case: matrix.Case, schema: Json) -> bool:
    return (case.action == "update" or (not case.action and not schema[case.kind]["properties"][case.prop].get("create_only"))) and case.value is not None


def chosen(cases: list[matrix.Case], schema: Json) -> matrix.Case:
    """The preferred case of a type, else the first that is a change in place, else the first."""
    kept = [c for c in cases if c.name not in SKIPS] or cases
    wanted = PREFERRED.get(cases[0].kind)
    return next((c for c in kept if c.prop == wanted), None) or next((c for c in kept if in_place(c, schema)), kept[0])


def of_cases(found: dict[str, Subject], schema: Json, cases: list[matrix.Case], template: Template, readers: dict[str, Reader]) -> None:
    for kind in dict.fromkeys(c.kind for c in cases):
        if kind in found or kind in STANDING:
            continue
        case = with_more(chosen([c for c in cases if c.kind == kind], schema))
        before, after = template(case, False), template(case, True)
        after["Resources"] = before["Resources"] | after["Resources"]
        before["Resources"] = after["Resources"] | {"X": before["Resources"]["X"]}
        if kind in CHANGED or not in_place(case, schema):
            props = before["Resources"]["X"]["Properties"]
            other = CHANGED.get(kind, {"Tags": [{"Key": "Name", "Value": "two"}]} if "Tags" in props else {})
            after = before | {"Resources": before["Resources"] | {"X": before["Resources"]["X"] | {"Properties": props | other}}}
        found[kind] = Subject(kind, "X", before, after, readers.get(kind))


def alone(template: Json) -> Json:
    """A stack is never empty: what stands on nothing has something beside it."""
    return template if len(template["Resources"]) > 1 else template | {"Resources": template["Resources"] | {"Beside": res("AWS::EC2::InternetGateway")}}


def subjects(schema: Json) -> dict[str, Subject]:
    """By type; DR::Local::File makes no call and is not among them."""
    found: dict[str, Subject] = {}

    def zoned(case: matrix.Case, changed: bool) -> Json:
        return test_ops.template(case, changed, ZONE)
    of_cases(found, schema, matrix.CASES, matrix.template, live.READERS)
    of_cases(found, schema, [c for c in matrix_ec2.CASES if c.prop != "InstanceTenancy"], matrix.template, matrix_ec2.OWN)
    of_cases(found, schema, matrix_iam.CASES, matrix.template, matrix_iam.OWN)
    of_cases(found, schema, matrix_ops.CASES, zoned, matrix_ops.OWN)
    of_cases(found, schema, matrix_lambda.CASES, test_lambda.template, matrix_lambda.OWN)
    of_cases(found, schema, matrix_lists.CASES, matrix.template, matrix_lists.OWN)
    for data in test_data.CASES:
        if data.kind not in found and data.action == "update":
            base = data.base | RICH.get(data.kind, {})
            found[data.kind] = Subject(data.kind, "X", test_data.subject(data, base), test_data.subject(data, base | data.change))
    for address, template, changed in STACKS:
        made = of_stack(address, template, changed)
        if made.kind not in found:
            found[made.kind] = made
    return {kind: Subject(kind, s.address, alone(s.template), alone(s.changed), s.read) for kind, s in found.items()}


def prepare(subject: Subject, aws: Emulator) -> Subject:
    """Made by somebody else and there before: a zone. The subject with its id."""
    text = json.dumps([subject.template, subject.changed])
    if ZONE not in text:
        return subject
    made = aws.client("route53", "us-east-1").create_hosted_zone(Name="example.com", CallerReference="matrix")["HostedZone"]["Id"].rpartition("/")[2]
    template, changed = json.loads(text.replace(ZONE, made))
    return Subject(subject.kind, subject.address, template, changed, subject.read)
