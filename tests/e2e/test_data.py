"""RDS, Aurora and DynamoDB: every property that can change is changed and removed, read back with boto3; global databases
are taken apart in the only order that AWS accepts; final snapshots are taken where they are worth it."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from conftest import REGION, Drplan, Emulator, Json, att, ref, res, stack

OTHER = "us-east-1"
TAGS = [{"Key": "Stage", "Value": "test"}]
NETWORK: Json = {
    "Vpc": res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"),
    "A": res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.1.0/24", AvailabilityZone="us-west-2a"),
    "B": res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.2.0/24", AvailabilityZone="us-west-2b"),
    "C": res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.3.0/24", AvailabilityZone="us-west-2c"),
}
CLUSTER: Json = {"DBClusterIdentifier": "matrix", "Engine": "aurora-mysql", "MasterUsername": "admin", "MasterUserPassword": "matrix-password-1", "Tags": TAGS}
INSTANCE: Json = {"DBInstanceIdentifier": "matrix", "Engine": "mysql", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": "20", "MasterUsername": "admin",
                  "MasterUserPassword": "matrix-password-1", "Tags": TAGS}
TABLE: Json = {"TableName": "matrix", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "one")],
               "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "Tags": TAGS,
               "GlobalSecondaryIndexes": [{"IndexName": "one", "KeySchema": [{"AttributeName": "one", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}]}
PROVISIONED: Json = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3}}


def index(name: str, **more: Any) -> Json:
    return {"IndexName": name, "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}} | more


def attributes(*names: str) -> list[Json]:
    return [{"AttributeName": n, "AttributeType": "S"} for n in names]


def cluster(aws: Emulator) -> Json:
    return aws.client("rds").describe_db_clusters(DBClusterIdentifier="matrix")["DBClusters"][0]


def instance(aws: Emulator) -> Json:
    return aws.client("rds").describe_db_instances(DBInstanceIdentifier="matrix")["DBInstances"][0]


def table(aws: Emulator) -> Json:
    return aws.client("dynamodb").describe_table(TableName="matrix")["Table"]


def parameters(of: str) -> Callable[[Emulator], Json]:
    def read(aws: Emulator) -> Json:
        if of == "cluster":
            got = aws.client("rds").describe_db_cluster_parameters(DBClusterParameterGroupName="matrix", Source="user")
        else:
            got = aws.client("rds").describe_db_parameters(DBParameterGroupName="matrix", Source="user")
        return {p["ParameterName"]: p["ParameterValue"] for p in got["Parameters"]}
    return read


def tags(got: list[Json]) -> dict[str, str]:
    return {t["Key"]: t["Value"] for t in got if not t["Key"].startswith("drplan:")}


@dataclass(frozen=True)
class Case:
    """X with other properties (None: removed), and what boto3 has to see then."""
    name: str
    kind: str
    base: Any
    change: Any
    seen: Callable[[Emulator], Any]
    wanted: Any
    action: str = "update"
    beside: Any = field(default_factory=dict)


GROUP = {"DBSubnetGroupName": "Matrix", "DBSubnetGroupDescription": "one", "SubnetIds": [ref("A"), ref("B")], "Tags": TAGS}
CPG = {"DBClusterParameterGroupName": "matrix", "Description": "x", "Family": "aurora-mysql8.0", "Parameters": {"binlog_format": "ROW", "max_connections": 100}}
PG = {"DBParameterGroupName": "matrix", "Description": "x", "Family": "mysql8.0", "Parameters": {"long_query_time": 2, "max_connections": 100}}
MANY = {f"parameter_{i}": i for i in range(45)}


def subnet_group(aws: Emulator) -> Json:
    return aws.client("rds").describe_db_subnet_groups(DBSubnetGroupName="matrix")["DBSubnetGroups"][0]


def of_cluster(prop: str, before: Any, after: Any, member: str = "", wanted: Any = None, action: str = "update") -> Case:
    base = CLUSTER | ({prop: before} if before is not None else {})
    return Case(f"cluster-{prop}", "AWS::RDS::DBCluster", base, {prop: after}, lambda aws: cluster(aws).get(member or prop), after if wanted is None else wanted, action)


def of_instance(prop: str, before: Any, after: Any, member: str = "", wanted: Any = None, action: str = "update") -> Case:
    base = INSTANCE | ({prop: before} if before is not None else {})
    return Case(f"instance-{prop}", "AWS::RDS::DBInstance", base, {prop: after}, lambda aws: instance(aws).get(member or prop), after if wanted is None else wanted, action)


CASES = [
    Case("group-subnets", "AWS::RDS::DBSubnetGroup", GROUP, {"SubnetIds": [ref("B"), ref("C")]}, lambda aws: len(subnet_group(aws)["Subnets"]), 2, beside=NETWORK),
    Case("group-description", "AWS::RDS::DBSubnetGroup", GROUP, {"DBSubnetGroupDescription": "two"}, lambda aws: subnet_group(aws)["DBSubnetGroupDescription"], "two", beside=NETWORK),
    Case("cluster-parameters", "AWS::RDS::DBClusterParameterGroup", CPG, {"Parameters": {"max_connections": 200, "slow_query_log": "1"}}, parameters("cluster"),
         {"max_connections": "200", "slow_query_log": "1"}),
    Case("parameters", "AWS::RDS::DBParameterGroup", PG, {"Parameters": {"max_connections": 200}}, parameters("instance"), {"max_connections": "200"}),
    Case("parameters-removed", "AWS::RDS::DBParameterGroup", PG, {"Parameters": None}, parameters("instance"), {}),
    Case("parameters-many", "AWS::RDS::DBParameterGroup", PG, {"Parameters": MANY}, parameters("instance"), {k: str(v) for k, v in MANY.items()}),
    of_cluster("BackupRetentionPeriod", 3, 7),
    of_cluster("CopyTagsToSnapshot", False, True),
    of_cluster("DeletionProtection", True, None, wanted=False),
    of_cluster("EnableCloudwatchLogsExports", ["error"], ["slowquery", "audit"], "EnabledCloudwatchLogsExports"),
    of_cluster("PreferredBackupWindow", "01:00-02:00", "03:00-04:00"),
    of_cluster("PreferredMaintenanceWindow", "mon:01:00-mon:02:00", "tue:01:00-tue:02:00"),
    of_cluster("DBClusterIdentifier", None, "matrix", action="none"),
    Case("cluster-tags", "AWS::RDS::DBCluster", CLUSTER, {"Tags": [{"Key": "Other", "Value": "x"}]}, lambda aws: tags(cluster(aws)["TagList"]), {"Other": "x"}),
    of_instance("AllocatedStorage", None, "40", wanted=40),
    of_instance("BackupRetentionPeriod", 3, 7),
    of_instance("DBInstanceClass", None, "db.t3.small"),
    of_instance("MultiAZ", False, True),
    of_instance("MultiAZ", True, None, wanted=False),
    of_instance("EnableCloudwatchLogsExports", ["error"], None, "EnabledCloudwatchLogsExports", wanted=[]),
    of_instance("DeletionProtection", True, None, wanted=False),
    of_instance("PreferredMaintenanceWindow", "mon:01:00-mon:02:00", "tue:01:00-tue:02:00"),
    Case("table-provisioned", "AWS::DynamoDB::Table", TABLE, PROVISIONED | {"GlobalSecondaryIndexes": [index("one", ProvisionedThroughput={"ReadCapacityUnits": 4, "WriteCapacityUnits": 5})]},
         lambda aws: [table(aws)["ProvisionedThroughput"]["ReadCapacityUnits"], table(aws)["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"]], [2, 4]),
    Case("table-throughput", "AWS::DynamoDB::Table", TABLE | PROVISIONED | {"GlobalSecondaryIndexes": None, "AttributeDefinitions": attributes("pk")},
         {"ProvisionedThroughput": {"ReadCapacityUnits": 9, "WriteCapacityUnits": 9}}, lambda aws: table(aws)["ProvisionedThroughput"]["WriteCapacityUnits"], 9),
    Case("table-two-indexes", "AWS::DynamoDB::Table", TABLE, {"AttributeDefinitions": attributes("pk", "two", "three"), "GlobalSecondaryIndexes": [index("two"), index("three")]},
         lambda aws: sorted(i["IndexName"] for i in table(aws)["GlobalSecondaryIndexes"]), ["three", "two"]),
    Case("table-stream", "AWS::DynamoDB::Table", TABLE | {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}, {"StreamSpecification": None},
         lambda aws: table(aws).get("StreamSpecification", {}).get("StreamEnabled", False), False),
    Case("table-stream-added", "AWS::DynamoDB::Table", TABLE, {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}},
         lambda aws: table(aws)["StreamSpecification"]["StreamViewType"], "NEW_IMAGE"),
    Case("table-ttl", "AWS::DynamoDB::Table", TABLE | {"TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True}}, {"TimeToLiveSpecification": None},
         lambda aws: aws.client("dynamodb").describe_time_to_live(TableName="matrix")["TimeToLiveDescription"]["TimeToLiveStatus"], "DISABLED"),
    Case("table-recovery", "AWS::DynamoDB::Table", TABLE | {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}, {"PointInTimeRecoverySpecification": None},
         lambda aws: aws.client("dynamodb").describe_continuous_backups(TableName="matrix")["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
         "DISABLED"),
    Case("table-protection", "AWS::DynamoDB::Table", TABLE | {"DeletionProtectionEnabled": True}, {"DeletionProtectionEnabled": None},
         lambda aws: table(aws)["DeletionProtectionEnabled"], False),
    Case("table-key", "AWS::DynamoDB::Table", TABLE | {"GlobalSecondaryIndexes": None, "AttributeDefinitions": attributes("pk")},
         {"AttributeDefinitions": attributes("id"), "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}, lambda aws: table(aws)["KeySchema"][0]["AttributeName"], "id", "replace"),
    Case("table-tags", "AWS::DynamoDB::Table", TABLE, {"Tags": [{"Key": "Other", "Value": "x"}]},
         lambda aws: tags(aws.client("dynamodb").list_tags_of_resource(ResourceArn=table(aws)["TableArn"])["Tags"]), {"Other": "x"}),
]


def subject(case: Case, props: Json) -> Json:
    x = res(case.kind, **{k: v for k, v in props.items() if v is not None})
    return stack(**case.beside, X=x | ({"DeletionPolicy": "Delete"} if "RDS::DB" in case.kind else {}))


def leftovers(aws: Emulator) -> list[str]:
    found = []
    for region in (REGION, OTHER):
        rds = aws.client("rds", region)
        found += [c["DBClusterIdentifier"] for c in rds.describe_db_clusters()["DBClusters"]]
        found += [i["DBInstanceIdentifier"] for i in rds.describe_db_instances()["DBInstances"]]
        found += [g["DBSubnetGroupName"] for g in rds.describe_db_subnet_groups()["DBSubnetGroups"]]
        found += [g["DBParameterGroupName"] for g in rds.describe_db_parameter_groups()["DBParameterGroups"] if not g["DBParameterGroupName"].startswith("default.")]
        found += [g["DBClusterParameterGroupName"] for g in rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
                  if not g["DBClusterParameterGroupName"].startswith("default.")]
        found += aws.client("dynamodb", region).list_tables()["TableNames"]
    return found + [g["GlobalClusterIdentifier"] for g in aws.client("rds").describe_global_clusters()["GlobalClusters"]]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name + ("-removed" if None in c.change.values() else ""))
def test_change(case: Case, drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", subject(case, case.base))
    drplan.apply()
    drplan.clean()
    drplan.write("stack.yaml", subject(case, case.base | case.change))
    assert drplan.changes() == ({} if case.action == "none" else {"X": case.action})
    drplan.apply()
    drplan.clean()
    assert case.seen(aws) == case.wanted
    drplan.destroy()
    assert not leftovers(aws) and aws.leftovers()["total"] == 0


@pytest.mark.parametrize("case", [c for i, c in enumerate(CASES) if c.kind not in [d.kind for d in CASES[:i]]], ids=lambda c: c.kind.split("::", 1)[1])
def test_change_on_the_simulator(case: Case, sim: Drplan) -> None:
    sim.write("stack.yaml", subject(case, case.base))
    sim.apply()
    sim.clean()
    sim.write("stack.yaml", subject(case, case.base | case.change))
    sim.apply()
    sim.clean()
    sim.destroy()
    assert sim.state() == {}


def two_regions(**resources: Json) -> Json:
    return {"Targets": {"primary": {"Profile": "primary", "Region": OTHER}, "dr": {"Profile": "dr", "Region": REGION}}, "Defaults": {"Target": "dr"}, "Resources": resources}


PRIMARY = res("AWS::RDS::DBCluster", DBClusterIdentifier="app-primary", Engine="aurora-mysql", MasterUsername="admin", MasterUserPassword="matrix-password-1")
SECONDARY = res("AWS::RDS::DBCluster", DBClusterIdentifier="app-dr", Engine="aurora-mysql", GlobalClusterIdentifier=ref("Global"))
WRITER = res("AWS::RDS::DBInstance", DBInstanceIdentifier="app-dr-1", DBClusterIdentifier=ref("Dr"), Engine="aurora-mysql", DBInstanceClass="db.r6g.large")
ADOPTED = two_regions(Primary=PRIMARY | {"Target": "primary"}, Dr=SECONDARY, Writer=WRITER,
                      Global=res("AWS::RDS::GlobalCluster", GlobalClusterIdentifier="app", SourceDBClusterIdentifier=att("Primary", "DBClusterArn")) | {"Target": "primary"})


def snapshots(aws: Emulator, region: str) -> list[str]:
    return [s["DBClusterSnapshotIdentifier"] for s in aws.client("rds", region).describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]]


def test_global_database_from_a_cluster(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", ADOPTED | {"Outputs": {"Writer": {"Value": att("Global", "GlobalEndpoint.Address")}}})
    assert "app.global-" in drplan.apply().out
    drplan.clean()
    members = aws.client("rds", OTHER).describe_global_clusters(GlobalClusterIdentifier="app")["GlobalClusters"][0]["GlobalClusterMembers"]
    assert sorted((m["DBClusterArn"].rsplit(":", 1)[1], m["IsWriter"]) for m in members) == [("app-dr", False), ("app-primary", True)]
    since = aws.mark()
    drplan.destroy()
    calls = [e["operation"] for e in aws.log(since) if e["operation"].startswith(("Delete", "Remove"))]
    assert calls.index("DeleteDBInstance") < calls.index("RemoveFromGlobalCluster") < calls.index("DeleteDBCluster") < calls.index("DeleteGlobalCluster")
    assert not leftovers(aws)
    assert not [s for s in snapshots(aws, REGION) if "final" in s], "a secondary leaves no snapshot"
    assert [s for s in snapshots(aws, OTHER) if s.startswith("app-primary-final-")], "the primary's default policy is a final snapshot"


def test_global_database_on_the_simulator(sim: Drplan) -> None:
    sim.write("stack.yaml", ADOPTED)
    sim.apply()
    sim.clean()
    sim.destroy()
    assert sim.state() == {}


def test_new_global_database(drplan: Drplan, aws: Emulator) -> None:
    """Nothing orders primary and secondary but the group that both join: the secondary waits, and the primary leaves last."""
    primary = PRIMARY | {"Target": "primary", "DeletionPolicy": "Delete"}
    primary["Properties"] = primary["Properties"] | {"GlobalClusterIdentifier": ref("Global")}
    made = two_regions(Global=res("AWS::RDS::GlobalCluster", GlobalClusterIdentifier="app", Engine="aurora-mysql") | {"Target": "primary"}, Primary=primary,
                       Dr=SECONDARY | {"DependsOn": "Primary"}, Writer=WRITER)
    drplan.write("stack.yaml", made)
    drplan.apply()
    drplan.clean()
    drplan.destroy()
    assert not leftovers(aws)


def test_passwords_do_not_leak(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", stack(X=res("AWS::RDS::DBCluster", **CLUSTER) | {"DeletionPolicy": "Delete"}))
    shown = drplan.apply().text + drplan.run("state", "list", "-json").text + drplan.run("plan", "-json").text
    assert "matrix-password" not in shown
    for path in drplan.folder.rglob("*.db*"):
        assert b"matrix-password" not in path.read_bytes(), path
    drplan.destroy()
