"""Turns the replication round: every recovery instance of the project replicates back to where it came from.

Failback of EC2 servers is an ordinary recovery in the other direction (ReverseReplication, wait until the replication is
continuous, StartRecovery in the origin region); this function does the first step, and says how far the second is.
"""
import os

import boto3

PROJECT = os.environ["PROJECT"]


def instances(drs):
    for page in drs.get_paginator("describe_recovery_instances").paginate():
        for i in page["items"]:
            if not i.get("isDrill") and i.get("tags", {}).get("Project") == PROJECT:
                yield i


def reverse(drs):
    """{instance: what was done or why not}; asking again for one that replicates already is no error."""
    answers = {}
    for i in instances(drs):
        try:
            drs.reverse_replication(recoveryInstanceID=i["recoveryInstanceID"])
            answers[i["recoveryInstanceID"]] = "reversed"
        except drs.exceptions.ConflictException as e:
            answers[i["recoveryInstanceID"]] = str(e)
    return answers


def progress(drs):
    """{server: state} of the servers that replicate into the primary region"""
    return {s["sourceServerID"]: s.get("dataReplicationInfo", {}).get("dataReplicationState", "unknown")
            for page in drs.get_paginator("describe_source_servers").paginate()
            for s in page["items"] if s.get("tags", {}).get("Project") == PROJECT}


def handler(event, context):
    answers = reverse(boto3.client("drs"))
    state = progress(boto3.client("drs", region_name=os.environ["PRIMARY_REGION"]))
    boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Subject=f"{PROJECT} - replication reversed",
                                Message=f"{answers}\n{state}")
    return {"reversed": answers, "replicating": state}
