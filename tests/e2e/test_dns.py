"""Route 53: changes to one zone go as one, a refused one fails alone, what cannot stand beside its successor leaves first;
zones and backups are found again by their callers' references, and imported by their ids."""
from __future__ import annotations

from typing import Any

import pytest
from conftest import Drplan, Emulator, Json, ref, res, stack

MANY = 60


def zone_of(e: Emulator, name: str = "example.com") -> str:
    return e.client("route53", "us-east-1").create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"].rpartition("/")[2]


def record(zone: Any, name: str, **props: Any) -> Json:
    return res("AWS::Route53::RecordSet", **({"HostedZoneId": zone, "Name": f"{name}.example.com", "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"]} | props))


def names(e: Emulator, zone: str) -> set[str]:
    found = e.client("route53", "us-east-1").get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
    return {r["Name"] for page in found for r in page["ResourceRecordSets"] if r["Type"] not in ("NS", "SOA")}


def test_many_records_few_requests(drplan: Drplan, aws: Emulator) -> None:
    zone = zone_of(aws)
    aws.control("POST", "holds", {"preset_polls": 2})
    for made in (stack(**{f"R{i}": record(zone, f"h{i}") for i in range(MANY)}),
                 stack(**{f"R{i}": record(zone, f"h{i}", TTL="30" if i % 2 else "60") for i in range(MANY // 2, MANY)})):
        drplan.write("stack.yaml", made)
        since = aws.mark()
        drplan.apply("-parallelism=100")
        calls = aws.calls(since)
        assert calls["ChangeResourceRecordSets"] <= 6, calls
        assert calls["GetChange"] <= 20, calls
        assert len(names(aws, zone)) == len(made["Resources"])
        drplan.clean()
    since = aws.mark()
    drplan.destroy("-parallelism=100")
    assert aws.calls(since)["ChangeResourceRecordSets"] <= 6
    assert not names(aws, zone)


def test_a_refused_record_fails_alone(drplan: Drplan, aws: Emulator) -> None:
    zone = zone_of(aws)
    foreign = {"Name": "h3.example.com", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "10.9.9.9"}]}
    aws.client("route53", "us-east-1").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": foreign}]})
    drplan.write("stack.yaml", stack(**{f"R{i}": record(zone, f"h{i}") for i in range(8)}))
    got = drplan.apply("--on-failure=keep", code=1)
    assert [line.split(":")[1].strip() for line in got.err.splitlines() if line.startswith("error: R")] == ["R3"], got.text
    assert set(drplan.state()) == {f"R{i}" for i in range(8) if i != 3}
    assert names(aws, zone) == {f"h{i}.example.com." for i in range(8)}


@pytest.mark.parametrize(("before", "after"), [
    ({"Type": "A"}, {"Type": "CNAME", "ResourceRecords": ["a.example.com"]}),
    ({"SetIdentifier": "a", "Failover": "PRIMARY"}, {"SetIdentifier": "b", "Failover": "PRIMARY"}),
    ({"SetIdentifier": "a", "Region": "us-west-2"}, {"SetIdentifier": "b", "Region": "us-west-2"}),
    ({}, {"SetIdentifier": "one", "Weight": 1}),
], ids=["type", "role", "region", "simple to weighted"])
def test_the_old_record_leaves_first(before: Json, after: Json, drplan: Drplan, aws: Emulator) -> None:
    zone = zone_of(aws)
    for props in (before, after):
        drplan.write("stack.yaml", stack(R=record(zone, "www", **props)))
        drplan.apply()
        drplan.clean()
    drplan.destroy()
    assert not names(aws, zone)


def test_a_wildcard_is_told_as_written(drplan: Drplan, aws: Emulator) -> None:
    zone = zone_of(aws)
    drplan.write("stack.yaml", stack(R=record(zone, "*")) | {"Outputs": {"Name": {"Value": ref("R")}}})
    drplan.apply()
    drplan.clean()
    assert names(aws, zone) == {"\\052.example.com."}
    assert drplan.ids()["R"] == f"{zone}|*.example.com|A|"
    assert "*.example.com" in drplan.run("output").out


PLAN = res("AWS::Backup::BackupPlan", BackupPlan={"BackupPlanName": "found", "BackupPlanRule": [{"RuleName": "daily", "TargetBackupVault": ref("V")}]})
VAULT = res("AWS::Backup::BackupVault", BackupVaultName="found")
CHOICE = res("AWS::Backup::BackupSelection", BackupPlanId=ref("P"), BackupSelection={"SelectionName": "all", "IamRoleArn": "arn:aws:iam::123456789012:role/backup", "Resources": ["*"]})
ZONE = res("AWS::Route53::HostedZone", Name="found.example.org")
DETECTOR = res("AWS::CloudWatch::AnomalyDetector", Namespace="Found", MetricName="Lag", Stat="Average")
FOUND = {"CreateHostedZone": stack(X=ZONE), "CreateBackupVault": stack(V=VAULT), "CreateBackupPlan": stack(V=VAULT, P=PLAN),
         "CreateBackupSelection": stack(V=VAULT, P=PLAN, S=CHOICE), "PutAnomalyDetector": stack(X=DETECTOR),
         "PutCompositeAlarm": stack(X=res("AWS::CloudWatch::CompositeAlarm", AlarmName="found", AlarmRule="TRUE"))}


def counts(e: Emulator) -> Json:
    backup, watch = e.client("backup"), e.client("cloudwatch")
    plans = [p["BackupPlanId"] for p in backup.list_backup_plans()["BackupPlansList"]]
    return {"zones": len(e.client("route53", "us-east-1").list_hosted_zones()["HostedZones"]), "vaults": len(backup.list_backup_vaults()["BackupVaultList"]),
            "plans": len(plans), "selections": sum(len(backup.list_backup_selections(BackupPlanId=p)["BackupSelectionsList"]) for p in plans),
            "detectors": len(watch.describe_anomaly_detectors()["AnomalyDetectors"]), "alarms": len(watch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"])}


@pytest.mark.parametrize("operation", FOUND)
def test_a_create_without_an_answer_is_found(operation: str, drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", FOUND[operation])
    aws.control("POST", "faults", {"operation": operation, "kind": "drop-after", "nth": 1})
    drplan.run("apply", "-auto-approve", "--on-failure=keep", code=None)
    aws.control("DELETE", "faults")
    drplan.apply()
    drplan.clean()
    assert all(n <= 1 for n in counts(aws).values()), counts(aws)
    drplan.destroy()
    assert not any(counts(aws).values()), counts(aws)


def test_imported_by_id(drplan: Drplan, aws: Emulator) -> None:
    """Made by somebody else, taken over as they are."""
    backup, watch = aws.client("backup"), aws.client("cloudwatch")
    backup.create_backup_vault(BackupVaultName="found")
    plan = backup.create_backup_plan(BackupPlan={"BackupPlanName": "found", "Rules": [{"RuleName": "daily", "TargetBackupVaultName": "found"}]})["BackupPlanId"]
    choice = backup.create_backup_selection(BackupPlanId=plan, BackupSelection=CHOICE["Properties"]["BackupSelection"])["SelectionId"]
    detector = watch.put_anomaly_detector(Namespace="Found", MetricName="Lag", Stat="Average")["AnomalyDetectorId"]
    drplan.write("stack.yaml", stack(V=VAULT, P=PLAN, S=CHOICE, Z=ZONE, D=DETECTOR))
    for address, ident in {"V": "found", "P": plan, "S": f"{plan}|{choice}", "Z": zone_of(aws, "found.example.org"), "D": detector}.items():
        drplan.run("import", address, ident)
    assert not {a: what for a, what in drplan.changes().items() if what != "update"}
    drplan.apply()          # its tags
    drplan.clean()
    drplan.destroy()
    assert not any(counts(aws).values()), counts(aws)


def member(name: str, **props: Any) -> Json:
    return {k: v for k, v in record("", name, **props)["Properties"].items() if k != "HostedZoneId"}


def group(zone: str, *records: Json) -> Json:
    return stack(G=res("AWS::Route53::RecordSetGroup", HostedZoneId=zone, Comment="together", RecordSets=list(records)))


def change(e: Emulator, zone: str, action: str, name: str, **props: Any) -> None:
    changed = {"Name": f"{name}.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]} | props
    e.client("route53", "us-east-1").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": changed}]})


def held(e: Emulator, zone: str) -> set[tuple[str, str, int]]:
    found = e.client("route53", "us-east-1").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {(r["Name"].partition(".")[0], r["Type"], r.get("Weight", r.get("TTL", 0))) for r in found if r["Type"] not in ("NS", "SOA")}


LINK = {"Type": "CNAME", "ResourceRecords": ["a.example.com"]}
ALIAS = {"HostedZoneId": "Z1H1FL5HABSF5", "DNSName": "one.us-west-2.elb.amazonaws.com"}


def alias(name: str) -> Json:
    return {"Name": f"{name}.example.com.", "Type": "A", "AliasTarget": ALIAS}


STAGES = {
    "made": ([member("a"), member("b"), member("*"), alias("x")], {("a", "A", 60), ("b", "A", 60), ("\\052", "A", 60), ("x", "A", 0)}),
    "changed": ([member("a", TTL="30"), member("b"), member("*"), alias("x") | {"AliasTarget": ALIAS | {"EvaluateTargetHealth": True}}],
                {("a", "A", 30), ("b", "A", 60), ("\\052", "A", 60), ("x", "A", 0)}),
    "added and removed": ([member("b"), member("c"), member("a", TTL="30"), member("a", Type="AAAA", ResourceRecords=["::2"]), member("x")],
                          {("a", "A", 30), ("a", "AAAA", 60), ("b", "A", 60), ("c", "A", 60), ("x", "A", 60)}),
    "other type and sets": ([member("b", **LINK), member("c", SetIdentifier="one", Weight=1), member("c", SetIdentifier="two", Weight=2)],
                            {("b", "CNAME", 60), ("c", "A", 1), ("c", "A", 2)}),
    "one left": ([member("c", SetIdentifier="two", Weight=3)], {("c", "A", 3)}),
}


def test_a_group_of_records(drplan: Drplan, aws: Emulator) -> None:
    zone = zone_of(aws)
    change(aws, zone, "CREATE", "c", Type="AAAA", ResourceRecords=[{"Value": "::1"}])
    theirs = {("c", "AAAA", 60)}
    for name, (records, there) in STAGES.items():
        drplan.write("stack.yaml", group(zone, *records))
        since = aws.mark()
        drplan.apply()
        assert aws.calls(since)["ChangeResourceRecordSets"] <= 3, name
        assert held(aws, zone) == there | theirs, name
        drplan.clean()
    drplan.destroy()
    assert held(aws, zone) == theirs


def test_a_group_is_made_whole_or_not_at_all(drplan: Drplan, aws: Emulator) -> None:
    zone = zone_of(aws)
    change(aws, zone, "CREATE", "b", TTL=5)
    drplan.write("stack.yaml", group(zone, member("a"), member("b")))
    drplan.apply(code=1)
    assert held(aws, zone) == {("b", "A", 5)}
    assert not drplan.state()
    change(aws, zone, "DELETE", "b", TTL=5)
    drplan.apply()
    drplan.clean()
    drplan.write("stack.yaml", group(zone, member("a"), member("b"), member("c")))
    change(aws, zone, "CREATE", "c", TTL=5)
    drplan.apply(code=1)
    assert held(aws, zone) == {("a", "A", 60), ("b", "A", 60), ("c", "A", 5)}


def test_a_groups_record_drifts(drplan: Drplan, aws: Emulator) -> None:
    zone = zone_of(aws)
    drplan.write("stack.yaml", group(zone, member("a"), member("b"), member("c")))
    drplan.apply()
    change(aws, zone, "UPSERT", "a", TTL=5)
    change(aws, zone, "DELETE", "b")
    change(aws, zone, "CREATE", "d")
    assert drplan.changes() == {"G": "update"}
    drplan.apply()
    assert held(aws, zone) == {(name, "A", 60) for name in "abcd"}
    drplan.clean()
    for name in "abc":
        change(aws, zone, "DELETE", name)
    drplan.apply()
    assert held(aws, zone) == {(name, "A", 60) for name in "abcd"}
    drplan.clean()
    drplan.destroy()
    assert held(aws, zone) == {("d", "A", 60)}


def test_a_group_without_an_answer_is_found(drplan: Drplan, aws: Emulator) -> None:
    zone = zone_of(aws)
    drplan.write("stack.yaml", group(zone, member("a"), member("b")))
    aws.control("POST", "faults", {"operation": "ChangeResourceRecordSets", "kind": "drop-after", "nth": 1})
    drplan.run("apply", "-auto-approve", "--on-failure=keep", code=None)
    aws.control("DELETE", "faults")
    drplan.apply()
    drplan.clean()
    drplan.destroy()
    assert not held(aws, zone)


def test_a_group_is_imported_by_its_zone(drplan: Drplan, aws: Emulator) -> None:
    zone = zone_of(aws)
    for name in "abc":
        change(aws, zone, "CREATE", name)
    drplan.write("stack.yaml", group(zone, member("a"), member("b")))
    drplan.run("import", "G", zone)
    drplan.clean()
    drplan.destroy()
    assert held(aws, zone) == {("c", "A", 60)}


def named(name: str, **props: Any) -> Json:
    made = record("", name, **props)
    del made["Properties"]["HostedZoneId"]
    return made | {"Properties": {"HostedZoneName": "example.com."} | made["Properties"]}


def test_a_zone_by_its_name(drplan: Drplan, aws: Emulator) -> None:
    """Asked once for all records; from then on the ids have the zone."""
    zone = zone_of(aws)
    zone_of(aws, "an.example.com")
    made = stack(**{f"R{i}": named(f"h{i}") for i in range(20)},
                 G=res("AWS::Route53::RecordSetGroup", HostedZoneName="Example.com.", RecordSets=[member("a"), member("b")]))
    drplan.write("stack.yaml", made)
    since = aws.mark()
    drplan.apply("-parallelism=100")
    calls = aws.calls(since)
    assert calls["ListHostedZonesByName"] <= 4 and calls["ChangeResourceRecordSets"] <= 4, calls
    assert len(names(aws, zone)) == 22
    since = aws.mark()
    drplan.clean()
    calls = aws.calls(since)
    assert calls["ListHostedZones"] <= 2 and calls["ListResourceRecordSets"] <= 2, calls
    assert drplan.ids()["R0"] == f"{zone}|h0.example.com|A|" and drplan.ids()["G"] == zone
    made["Resources"]["R0"] = record(zone, "h0", TTL="30")
    made["Resources"]["R1"]["Properties"]["TTL"] = "30"
    made["Resources"]["G"]["Properties"]["RecordSets"].pop()
    drplan.write("stack.yaml", made)
    assert drplan.changes() == {"R0": "update", "R1": "update", "G": "update"}
    drplan.apply()
    drplan.clean()
    assert len(names(aws, zone)) == 21
    drplan.destroy()
    assert not names(aws, zone)


@pytest.mark.parametrize(("zones", "said"), [([], "there is nothing of that name"), (["a", "b"], "2 have that name")], ids=["none", "two"])
def test_a_zone_name_that_does_not_tell(zones: list[str], said: str, drplan: Drplan, aws: Emulator) -> None:
    client = aws.client("route53", "us-east-1")
    for reference in zones:
        client.create_hosted_zone(Name="example.com", CallerReference=reference)
    drplan.write("stack.yaml", stack(R=named("h")))
    got = drplan.apply(code=1)
    assert said in got.err, got.text
    assert not drplan.state()


@pytest.mark.parametrize("kind", ["record", "group"])
def test_a_zone_by_its_name_is_found_again(kind: str, drplan: Drplan, aws: Emulator) -> None:
    """After an answer that was lost, and by the id alone."""
    zone = zone_of(aws)
    made = stack(X=named("a") if kind == "record" else res("AWS::Route53::RecordSetGroup", HostedZoneName="example.com.", RecordSets=[member("a"), member("b")]))
    drplan.write("stack.yaml", made)
    aws.fault(operation="ChangeResourceRecordSets", kind="drop-after", nth=1)
    drplan.run("apply", "-auto-approve", "--on-failure=keep", code=None)
    aws.control("DELETE", "faults")
    drplan.apply()
    drplan.clean()
    ident = drplan.ids()["X"]
    (drplan.folder / ".drplan").rename(drplan.folder / "lost")
    drplan.run("import", "X", ident)
    drplan.clean()
    drplan.destroy()
    assert not names(aws, zone)


def test_a_zone_by_its_name_on_the_simulator(sim: Drplan) -> None:
    made = stack(Zone=res("AWS::Route53::HostedZone", Name="example.com"), R=named("h") | {"DependsOn": "Zone"},
                 G=res("AWS::Route53::RecordSetGroup", HostedZoneName="example.com.", RecordSets=[member("a"), member("b")]) | {"DependsOn": "Zone"})
    sim.write("stack.yaml", made)
    sim.apply()
    sim.clean()
    assert sim.ids()["R"].startswith(sim.ids()["Zone"] + "|")
    made["Resources"]["Other"] = res("AWS::Route53::HostedZone", Name="example.com")
    made["Resources"]["S"] = named("s") | {"DependsOn": "Other"}
    sim.write("stack.yaml", made)
    assert "several have the name" in sim.apply(code=1).err
