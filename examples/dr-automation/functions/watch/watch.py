"""Publishes, each minute and from the recovery region, what no AWS metric says: whether the primary's endpoint answers,
how far the furthest server is behind, and how many servers do not replicate continuously.
"""
import os
import re
import urllib.request

import boto3

NAMESPACE, URL = os.environ["NAMESPACE"], os.environ["URL"]
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$")


def healthy(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return 200 <= answer.status < 300
    except OSError:
        return False


def seconds(duration):
    """ISO 8601, as DRS tells lags: "PT1M30S" -> 90.0"""
    m = DURATION.match(duration)
    if not m:
        raise ValueError(f"not a duration: {duration!r}")
    days, hours, minutes, rest = (float(x or 0) for x in m.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def replication(drs):
    lags, stalled = [], 0
    for page in drs.get_paginator("describe_source_servers").paginate():
        for server in page["items"]:
            info = server.get("dataReplicationInfo", {})
            if info.get("lagDuration"):
                lags.append(seconds(info["lagDuration"]))
            stalled += info.get("dataReplicationState") != "CONTINUOUS"
    return max(lags, default=0.0), stalled


def handler(event, context):
    lag, stalled = replication(boto3.client("drs"))
    values = {"PrimaryHealthy": float(healthy(URL)), "MaxLagSeconds": lag, "ServersNotContinuous": float(stalled)}
    boto3.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE, MetricData=[{"MetricName": k, "Value": v} for k, v in values.items()])
    return values
