"""Every type by its id alone: what drplan made is forgotten, imported by the ids that it had, and the next plan finds
nothing to do. The cases are those of the matrices, each with the property that it is about. What drplan did not make is
imported in test_import_foreign.py."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matrix
import matrix_ec2
import matrix_iam
import matrix_lambda
import matrix_lists
import matrix_ops
import pytest
import test_compute
import test_data
import test_lambda
import test_ops
import test_storage
from conftest import Drplan, Emulator, Json, att, ref, res, stack
from test_import import lose_state

SKIPS: dict[str, str] = json.loads((Path(__file__).parent / "matrix-skips.json").read_text())


def shown(case: matrix.Case) -> bool:
    """In the form with the property: the changed one, unless it is removed."""
    return case.value is not None


def prepare(template: str, aws: Emulator) -> str:
    """What has to be there first, and is nobody's: key pairs, buckets for logs, a zone, whose id is answered."""
    if "AWS::EC2::Instance" in template:
        for name in ("a", "b"):
            aws.client("ec2").create_key_pair(KeyName=name)
    for bucket in ("matrix-a", "matrix-b") if '"LogDestinationType": "s3"' in template else ():
        aws.client("s3", "us-east-1").create_bucket(Bucket=bucket)
    if '"ZONE"' not in template:
        return ""
    return aws.client("route53", "us-east-1").create_hosted_zone(Name="example.com", CallerReference="import")["HostedZone"]["Id"].rpartition("/")[2]


KEY_POLICY = matrix_iam.allow("kms:*") | {"Statement": [matrix_iam.allow("kms:*")["Statement"][0] | {"Principal": matrix_iam.ROOT}]}
READ_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": att("Bucket", "Arn")}]}
#: Types that no matrix has, and what stands in two regions.
OTHERS: dict[str, Json] = {
    "global": test_data.ADOPTED,
    "replica-key": test_data.two_regions(Key=res("AWS::KMS::Key", MultiRegion=True, KeyPolicy=KEY_POLICY) | {"Target": "primary"},
                                         Copy=res("AWS::KMS::ReplicaKey", PrimaryKeyArn=att("Key", "Arn"), KeyPolicy=KEY_POLICY, Description="copy", Tags=matrix.TAGS)),
    "bucket-policy": stack(Bucket=res("AWS::S3::Bucket", BucketName="import-policy"), Policy=res("AWS::S3::BucketPolicy", Bucket=ref("Bucket"), PolicyDocument=READ_POLICY)),
    "volume": stack(Machine=res("AWS::EC2::Instance", ImageId=matrix_ec2.IMAGE, InstanceType="t3.micro", AvailabilityZone="us-west-2a"),
                    Disk=res("AWS::EC2::Volume", AvailabilityZone="us-west-2a", Size=5, Tags=matrix.TAGS),
                    Tie=res("AWS::EC2::VolumeAttachment", VolumeId=ref("Disk"), InstanceId=ref("Machine"), Device="/dev/sdf")),
    "records": stack(Records=res("AWS::Route53::RecordSetGroup", HostedZoneId="ZONE", RecordSets=[
        {"Name": f"{name}.example.com", "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"]} for name in ("one", "two")])),
    "file": stack(File=res("DR::Local::File", Path="out/run.sh", Content="#!/bin/sh\n", Mode="0755")),
}


def stacks() -> dict[str, Json]:
    found: dict[str, Json] = {}
    for case in [*matrix.CASES, *matrix.REMOVALS, *matrix_ec2.CASES, *matrix_ec2.REMOVALS, *matrix_ec2.MORE.values(), *matrix_iam.CASES, *matrix_iam.REMOVALS,
                 *matrix_lists.CASES, *matrix_lists.REMOVALS, *matrix_ops.CASES, *matrix_ops.REMOVALS]:
        found[case.name] = test_ops.template(case, shown(case), "ZONE")
    for case in [*matrix_lambda.CASES, *matrix_lambda.REMOVALS]:
        found[case.name] = test_lambda.template(case, shown(case))
    for data in test_data.CASES:
        found["data-" + data.name] = test_data.subject(data, data.base | {k: v for k, v in data.change.items() if v is not None})
    for family, stages in test_storage.STAGES.items():
        found |= {f"{family}-{i}": stage for i, stage in enumerate(stages)}
    for name, made in test_compute.STACKS.items():
        found[name] = made()
    found |= OTHERS
    return {name: template for name, template in found.items() if name not in SKIPS}


STACKS = stacks()


def by_ids(world: Drplan, template: Json) -> None:
    world.write("stack.yaml", template)
    world.apply()
    world.clean()
    ids = world.ids()
    lose_state(world)
    world.write("ids.yaml", ids)
    world.run("import", "-from=ids.yaml")
    assert world.ids() == ids
    world.clean()


@pytest.mark.parametrize("name", STACKS)
def test_by_ids(name: str, drplan: Drplan, aws: Emulator) -> None:
    template = json.dumps(STACKS[name])
    zone = prepare(template, aws)
    by_ids(drplan, json.loads(template.replace('"ZONE"', json.dumps(zone))))


def test_every_type_is_there(tmp_path: Path) -> None:
    """Each type that can be imported stands in one of the stacks."""
    types: dict[str, Any] = json.loads(Drplan(tmp_path, None).run("schema", "-json").out)["types"]
    seen = {r["Type"] for template in STACKS.values() for r in template["Resources"].values()}
    missing = [t for t, facts in types.items() if "import" in facts["abilities"] and t not in seen]
    assert not missing, missing
