"""The failover for whoever has a phone and the AWS console, and no drplan: the steps of runbooks.yaml that matter, each of
which looks first and acts only where its end is not reached. Invoke it again until "done" is true.

Event: {"Confirm": "FAILOVER"}. Without that word it only tells how things stand, and how far the database is behind.
Nothing here needs the primary region, Route 53's control plane or IAM.
"""
import os
from datetime import datetime, timedelta, timezone

import boto3

E = os.environ


def lag_ms(cloudwatch):
    """The newest sample of the last five minutes, or None: silence is an answer too, and not a good one."""
    end = datetime.now(timezone.utc)
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/RDS", MetricName="AuroraGlobalDBRPOLag",
        Dimensions=[{"Name": "DBClusterIdentifier", "Value": E["DB_CLUSTER"]}],
        StartTime=end - timedelta(minutes=5), EndTime=end, Period=60, Statistics=["Maximum"])["Datapoints"]
    return max(points, key=lambda p: p["Timestamp"])["Maximum"] if points else None


def capacity(autoscaling, act):
    """Instances in service, of how many are wanted."""
    wanted = int(E["FULL_CAPACITY"])
    group = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[E["GROUP"]])["AutoScalingGroups"][0]
    if act and group["DesiredCapacity"] < wanted:
        autoscaling.update_auto_scaling_group(AutoScalingGroupName=E["GROUP"], MinSize=wanted, DesiredCapacity=wanted)
    return sum(i["LifecycleState"] == "InService" for i in group["Instances"]), wanted


def database(rds, act):
    """Whether this region's cluster writes; promoting it takes minutes, and a second call while that goes on is refused."""
    group = rds.describe_global_clusters(GlobalClusterIdentifier=E["GLOBAL_CLUSTER"])["GlobalClusters"][0]
    writes = any(m["IsWriter"] and m["DBClusterArn"] == E["DB_CLUSTER_ARN"] for m in group["GlobalClusterMembers"])
    if act and not writes and group["Status"] == "available":
        rds.failover_global_cluster(GlobalClusterIdentifier=E["GLOBAL_CLUSTER"], AllowDataLoss=True,
                                    TargetDbClusterIdentifier=E["DB_CLUSTER_ARN"])
    return writes and group["Status"] == "available"


def traffic(cloudwatch, act):
    """The switch's alarm follows the metric within a minute or two, Route 53's checkers the alarm."""
    if act:
        cloudwatch.put_metric_data(Namespace=E["SWITCH_NAMESPACE"], MetricData=[{"MetricName": "FailedOver", "Value": 1.0}])
    alarm = cloudwatch.describe_alarms(AlarmNames=[E["SWITCH_ALARM"]])["MetricAlarms"][0]
    return alarm["StateValue"] == "ALARM"


def lambda_handler(event, context):
    act = event.get("Confirm") == "FAILOVER"
    cloudwatch = boto3.client("cloudwatch")
    answer = {"lag_ms": lag_ms(cloudwatch), "acted": act}
    answer["writes_here"] = database(boto3.client("rds"), act)
    running, wanted = capacity(boto3.client("autoscaling"), act)
    answer["instances"] = f"{running} of {wanted}"
    ready = answer["writes_here"] and running >= wanted
    answer["traffic_here"] = traffic(cloudwatch, act and ready)      # users come last, to what can serve them
    answer["done"] = ready and answer["traffic_here"]
    return answer
