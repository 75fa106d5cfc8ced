"""The example stacks, made ready for a test: beside a primary region, with what they expect to find there.

What needs a world outside is put aside: on the emulator no load balancer answers, so the Http checks of gates go; of
runbooks they go to a server of the test's own.
"""
from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import Any

import matrix_lambda
from conftest import TOP, Drplan, Emulator, Json

NAMES = ("dr-webapp", "dr-automation")
REGIONS = ("us-east-1", "us-west-2")
PASSWORD = "-var=DbPassword=correct-horse"
CERTIFICATE = "arn:aws:acm:us-west-2:123456789012:certificate/11111111-2222-3333-4444-555555555555"


def without_http(text: str) -> str:
    """Checks on one line each, as the examples write them."""
    return re.sub(r"^ *- Http: .*\n", "", text, flags=re.M)


def nonempty(found: Json) -> Json:
    return {f"{kind} in {region}": ids for kind, places in found.items() for region, ids in places.items() if ids}


def purge_secrets(aws: Emulator) -> None:
    """A deleted secret keeps its name for days; a test that makes it again does not wait for that."""
    for region in REGIONS:
        client = aws.client("secretsmanager", region)
        for s in client.list_secrets(IncludePlannedDeletion=True)["SecretList"]:
            if "DeletedDate" in s:
                client.delete_secret(SecretId=s["ARN"], ForceDeleteWithoutRecovery=True)


class Example:
    """A copy of an example in the folder of a Drplan, and how to say its parameters."""

    def __init__(self, drplan: Drplan, name: str, aws: Emulator | None, edit: Callable[[str], str] = without_http) -> None:
        self.drplan, self.name, self.aws = drplan, name, aws
        suffix = ".sim.db" if drplan.sim else ".db"
        self.state, self.primary = f".drplan/{name}{suffix}", f".drplan/primary-region{suffix}"
        for stack in (name, "primary-region"):
            shutil.copytree(TOP / "examples" / stack, drplan.folder / stack)
        if aws:
            for path in (drplan.folder / name).glob("*.yaml"):
                path.write_text(edit(path.read_text()))
        drplan.apply("primary-region", PASSWORD)
        ids = self.ids_of_primary()
        self.args = [f"-var=HostedZoneId={ids['Zone']}"]
        if name == "dr-webapp":
            self.args += [f"-var=CertificateArn={self.certificate()}", "-var=Protect=false"]
        else:
            self.args += [f"-var=PrimaryStagingSubnetId={ids['SubnetA']}"]
        if aws:
            self.replicate()
        drplan.env["DRPLAN_STATE"] = self.state
        self.before = self.leftovers()

    def ids_of_primary(self) -> dict[str, str]:
        self.drplan.env["DRPLAN_STATE"] = self.primary
        ids = self.drplan.ids()
        del self.drplan.env["DRPLAN_STATE"]
        return ids

    def certificate(self) -> str:
        if not self.aws:
            return CERTIFICATE
        return self.aws.client("acm", "us-west-2").request_certificate(DomainName="app.example.com", ValidationMethod="DNS")["CertificateArn"]

    def replicate(self) -> None:
        """What AWS would measure of a replication that goes well."""
        for cluster, region in (("dr-webapp-dr-cluster", "us-west-2"), ("dr-webapp-primary", "us-east-1")):
            self.aws.client("cloudwatch", region).put_metric_data(Namespace="AWS/RDS", MetricData=[
                {"MetricName": "AuroraGlobalDBRPOLag", "Dimensions": [{"Name": "DBClusterIdentifier", "Value": cluster}], "Value": 420.0}])
        rule = {"SourceBucket": "dr-webapp-dr-data", "DestinationBucket": "dr-webapp-primary-data", "RuleId": "back-to-primary"}
        self.aws.client("cloudwatch", "us-west-2").put_metric_data(Namespace="AWS/S3", MetricData=[
            {"MetricName": "BytesPendingReplication", "Dimensions": [{"Name": k, "Value": v} for k, v in rule.items()], "Value": 0.0}])

    def leftovers(self) -> Json:
        """Everything that boto3 finds: ids by kind and region, without what AWS deletes by and by."""
        if not self.aws:
            return {}
        found = self.aws.oracle(REGIONS).inventory()
        return {kind: {region: sorted(i for i, props in items.items() if props.get("KeyState") != "PendingDeletion") for region, items in places.items()}
                for kind, places in found.items()}

    def apply(self, *args: str, path: str = "") -> None:
        self.drplan.apply(path or self.name, *self.args, *args)

    def clean(self, *args: str, path: str = "") -> None:
        self.drplan.clean(path or self.name, *self.args, *args)

    def destroy(self, *args: str, path: str = "", but: tuple[str, ...] = ()) -> None:
        """And nothing is left of it, but what a test looks at itself."""
        self.drplan.destroy(path or self.name, *self.args, *args)
        assert self.drplan.state() == {}
        if self.aws:
            found, before = ({k: v for k, v in nonempty(i).items() if k not in but} for i in (self.leftovers(), self.before))
            assert found == before, {k: set(v) ^ set(before.get(k, [])) for k, v in found.items() if v != before.get(k)}


# --- how boto3 sees what the readers of the matrices do not ask for ---

def topic(e: Any, ident: str, props: Json) -> Json:
    client = e.client("sns")
    attributes = client.get_topic_attributes(TopicArn=ident)["Attributes"]
    subscriptions = client.list_subscriptions_by_topic(TopicArn=ident)["Subscriptions"]
    return {"TopicName": attributes["TopicArn"].rsplit(":", 1)[1], "Tags": client.list_tags_for_resource(ResourceArn=ident)["Tags"],
            "Subscription": [{"Protocol": s["Protocol"], "Endpoint": s["Endpoint"]} for s in subscriptions]}


def dashboard(e: Any, ident: str, props: Json) -> Json:
    client = e.client("cloudwatch")
    got = client.get_dashboard(DashboardName=ident)
    return {"DashboardName": ident, "DashboardBody": got["DashboardBody"], "Tags": client.list_tags_for_resource(ResourceARN=got["DashboardArn"])["Tags"]}


def secret(e: Any, ident: str, props: Json) -> Json:
    got = e.client("secretsmanager").describe_secret(SecretId=ident)
    replicas = [{k: r[k] for k in ("Region", "KmsKeyId")} for r in got["ReplicationStatus"]]
    return {"Name": got["Name"], "Description": got["Description"], "Tags": got["Tags"], "ReplicaRegions": replicas,
            "GenerateSecretString": props["GenerateSecretString"]}


def function(e: Any, ident: str, props: Json) -> Json:
    """Packed code is remembered by where it is and its digest, which AWS tells too."""
    live = matrix_lambda.OWN["AWS::Lambda::Function"](e, ident, props)
    digest = e.client("lambda").get_function_configuration(FunctionName=ident)["CodeSha256"]
    return live | {"Code": {"ZipFile": props["Code"]["ZipFile"].rsplit(":", 1)[0] + ":" + digest}}


def permission(e: Any, ident: str, props: Json) -> Json:
    return matrix_lambda.OWN["AWS::Lambda::Permission"](e, ident, props) | {"Id": props["Id"]}


READERS = {"AWS::SNS::Topic": topic, "AWS::CloudWatch::Dashboard": dashboard, "AWS::SecretsManager::Secret": secret, "AWS::Lambda::Function": function,
           "AWS::Lambda::Permission": permission}
