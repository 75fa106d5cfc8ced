"""Corrections to moto (see motofix.py): DynamoDB's streams and tables that are not there, and how databases tell their keys."""
from __future__ import annotations

from typing import Any

from moto.dynamodb.exceptions import MockValidationException, ResourceNotFoundException
from moto.dynamodb.models import DynamoDBBackend
from moto.kms.models import kms_backends
from moto.rds.models import RDSBackend

from motofix import replaces

Json = dict[str, Any]


@replaces(DynamoDBBackend, "update_table_streams")
def update_table_streams(original: Any, self: DynamoDBBackend, table: Any, stream_specification: Json) -> None:
    """A stream that was disabled keeps its label, and makes room for another one."""
    on = (table.stream_specification or {}).get("StreamEnabled")
    if stream_specification.get("StreamEnabled") and on:
        raise MockValidationException("Table already has an enabled stream: TableName: " + table.name)
    if not stream_specification.get("StreamEnabled") and not on:
        raise MockValidationException("Table is not enabled for streams: TableName: " + table.name)
    table.set_stream_specification(stream_specification)


@replaces(DynamoDBBackend, "describe_time_to_live")
def describe_time_to_live(original: Any, self: DynamoDBBackend, table_name: str) -> Json:
    """Of no table: with the service's own code."""
    if table_name not in self.tables:
        raise ResourceNotFoundException(table_name=table_name)
    return original(self, table_name)


def key_arn(account: str, region: str, key: str) -> str:
    """The ARN of a key that is named by its id or an alias."""
    keys = kms_backends[account][region]
    try:
        return keys.describe_key(key).arn
    except KeyError:
        return key


def default_key(self: RDSBackend, thing: Any) -> None:
    """What is not encrypted has no key; what is, and names none, has RDS's own."""
    if thing.kms_key_id == "default_kms_key_id":
        thing.kms_key_id = key_arn(self.account_id, self.region_name, "alias/aws/rds") if thing.storage_encrypted else None


@replaces(RDSBackend, "create_db_cluster")
def create_db_cluster(original: Any, self: RDSBackend, kwargs: Json) -> Any:
    cluster = original(self, kwargs)
    if kwargs.get("kms_key_id"):
        cluster.kms_key_id = key_arn(self.account_id, self.region_name, kwargs["kms_key_id"])
    default_key(self, cluster)
    return cluster


@replaces(RDSBackend, "create_db_instance")
def create_db_instance(original: Any, self: RDSBackend, db_kwargs: Json) -> Any:
    instance = original(self, db_kwargs)
    if db_kwargs.get("kms_key_id") and not db_kwargs.get("db_cluster_identifier"):
        instance.kms_key_id = key_arn(self.account_id, self.region_name, db_kwargs["kms_key_id"])
    default_key(self, instance)
    return instance
