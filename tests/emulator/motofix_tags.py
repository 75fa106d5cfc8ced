"""Corrections to moto (see motofix.py): tags and keys that AWS keeps with a resource and moto forgets."""
from __future__ import annotations

from typing import Any

from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.rds.models import RDSBackend, rds_backends
from moto.rds.responses import RDSResponse
from moto.secretsmanager.models import FakeSecret

from motofix import replaces

Json = dict[str, Any]


@replaces(RDSResponse, "create_global_cluster")
def create_global_cluster(original: Any, self: RDSResponse) -> Any:
    result = original(self)
    self.global_backend.global_clusters[self.params["GlobalClusterIdentifier"]].tags = self.params.get("Tags")
    return result


@replaces(RDSBackend, "_get_resource_for_tagging")
def rds_resource_for_tagging(original: Any, self: RDSBackend, arn: str) -> Any:
    """The ARN of a global cluster names no region; its tags are reached through any."""
    kind, _, name = arn.split(":", 5)[-1].partition(":")
    if kind == "global-cluster":
        for backend in rds_backends[self.account_id].values():
            if name in backend.global_clusters:
                return backend.global_clusters[name]
    return original(self, arn)


@replaces(CloudWatchResponse, "put_dashboard")
def put_dashboard(original: Any, self: CloudWatchResponse) -> Any:
    """Tags are taken when a dashboard is made, and ignored when it is put again."""
    name = self._get_param("DashboardName")
    exists = name in self.cloudwatch_backend.dashboards
    result = original(self)
    if not exists:
        arn = self.cloudwatch_backend.dashboards[name].arn
        self.cloudwatch_backend.tagger.tag_resource(arn, self._get_param("Tags", []))
    return result


@replaces(CloudWatchBackend, "tag_resource")
def tag_resource(original: Any, self: CloudWatchBackend, arn: str, tags: Any) -> Any:
    """A dashboard can be tagged too, in any region: it belongs to none."""
    if any(d.arn == arn for d in self.dashboards.values()):
        return self.tagger.tag_resource(arn, [{"Key": k, "Value": v} for k, v in tags.items()])
    return original(self, arn, tags)


@replaces(CloudWatchBackend, "delete_dashboards")
def delete_dashboards(original: Any, self: CloudWatchBackend, dashboards: list[str]) -> Any:
    for name in dashboards:
        if name in self.dashboards:
            self.tagger.delete_all_tags_for_resource(self.dashboards[name].arn)
    return original(self, dashboards)


@replaces(FakeSecret, "create_replicas")
def create_replicas(original: Any, self: FakeSecret, replica_regions: list[Json], force_overwrite: bool) -> Any:
    """A replica is encrypted under the key that was asked for."""
    replicas = original(self, replica_regions, force_overwrite)
    for replica, wanted in zip(replicas, replica_regions):
        if wanted.get("KmsKeyId"):
            replica.config["KmsKeyId"] = wanted["KmsKeyId"]
    return replicas
