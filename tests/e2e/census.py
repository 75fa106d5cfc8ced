"""What boto3 finds of each type, as names: one lister per type, in every region that is asked for. Two of a thing are two
names, what is left is a name that was not there before. No lister asks drplan, and none looks at properties (live.py does)."""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError
from conftest import Emulator

Json = dict[str, Any]
Client = Callable[[str], Any]
LISTERS: dict[str, Callable[[Client], Iterable[str]]] = {}
GLOBAL = {"iam": "us-east-1", "route53": "us-east-1"}
GONE = ("deleted", "deleting", "rejected", "failed", "terminated", "shutting-down", "disassociated", "PendingDeletion", "PendingReplicaDeletion")


def lister(kind: str) -> Callable[[Any], Any]:
    def register(fn: Any) -> Any:
        LISTERS[kind] = fn
        return fn
    return register


def pages(client: Any, method: str, key: str, **kw: Any) -> list[Any]:
    if not client.can_paginate(method):
        return getattr(client, method)(**kw).get(key) or []
    return [item for page in client.get_paginator(method).paginate(**kw) for item in page.get(key) or []]


def quiet(call: Any, **kw: Any) -> Json:
    """The answer, or nothing where there is no such thing."""
    try:
        return call(**kw)
    except ClientError as exc:
        if exc.response["ResponseMetadata"]["HTTPStatusCode"] >= 500 or exc.response["Error"]["Code"] in ("ValidationException", "AccessDenied"):
            raise
        return {}


def flat(kind: str, service: str, method: str, key: str, ident: str, **kw: Any) -> None:
    """A type that one call lists; what AWS still shows while it goes is gone."""
    def read(client: Client) -> Iterable[str]:
        for item in pages(client(service), method, key, **kw):
            state = item.get("State", item.get("Status"))
            state = state.get("Code", state.get("Name")) if isinstance(state, dict) else state
            if str(state).lower() not in GONE and item.get(ident):
                yield item[ident]
    LISTERS[kind] = read


for args in (
    ("AWS::EC2::VPC", "ec2", "describe_vpcs", "Vpcs", "VpcId"), ("AWS::EC2::Subnet", "ec2", "describe_subnets", "Subnets", "SubnetId"),
    ("AWS::EC2::InternetGateway", "ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ("AWS::EC2::EgressOnlyInternetGateway", "ec2", "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId"),
    ("AWS::EC2::EIP", "ec2", "describe_addresses", "Addresses", "AllocationId"), ("AWS::EC2::EIPAssociation", "ec2", "describe_addresses", "Addresses", "AssociationId"),
    ("AWS::EC2::NatGateway", "ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"), ("AWS::EC2::RouteTable", "ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    ("AWS::EC2::VPCEndpoint", "ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    ("AWS::EC2::SecurityGroup", "ec2", "describe_security_groups", "SecurityGroups", "GroupId"), ("AWS::EC2::FlowLog", "ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    ("AWS::EC2::VPCPeeringConnection", "ec2", "describe_vpc_peering_connections", "VpcPeeringConnections", "VpcPeeringConnectionId"),
    ("AWS::EC2::DHCPOptions", "ec2", "describe_dhcp_options", "DhcpOptions", "DhcpOptionsId"), ("AWS::EC2::Volume", "ec2", "describe_volumes", "Volumes", "VolumeId"),
    ("AWS::EC2::NetworkInterface", "ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"), ("AWS::EC2::KeyPair", "ec2", "describe_key_pairs", "KeyPairs", "KeyPairId"),
    ("AWS::EC2::PrefixList", "ec2", "describe_managed_prefix_lists", "PrefixLists", "PrefixListId"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "elbv2", "describe_target_groups", "TargetGroups", "TargetGroupArn"),
    ("AWS::AutoScaling::AutoScalingGroup", "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName"),
    ("AWS::AutoScaling::ScalingPolicy", "autoscaling", "describe_policies", "ScalingPolicies", "PolicyARN"),
    ("AWS::AutoScaling::ScheduledAction", "autoscaling", "describe_scheduled_actions", "ScheduledUpdateGroupActions", "ScheduledActionARN"),
    ("AWS::IAM::Role", "iam", "list_roles", "Roles", "RoleName"), ("AWS::IAM::ServiceLinkedRole", "iam", "list_roles", "Roles", "RoleName"),
    ("AWS::IAM::InstanceProfile", "iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
    ("AWS::KMS::Alias", "kms", "list_aliases", "Aliases", "AliasName"), ("AWS::SecretsManager::Secret", "secretsmanager", "list_secrets", "SecretList", "ARN"),
    ("AWS::SSM::Parameter", "ssm", "describe_parameters", "Parameters", "Name"), ("AWS::SNS::Topic", "sns", "list_topics", "Topics", "TopicArn"),
    ("AWS::Events::Rule", "events", "list_rules", "Rules", "Name"), ("AWS::S3::Bucket", "s3", "list_buckets", "Buckets", "Name"),
    ("AWS::RDS::DBSubnetGroup", "rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"), ("AWS::RDS::DBCluster", "rds", "describe_db_clusters", "DBClusters", "DBClusterArn"),
    ("AWS::RDS::DBClusterParameterGroup", "rds", "describe_db_cluster_parameter_groups", "DBClusterParameterGroups", "DBClusterParameterGroupName"),
    ("AWS::RDS::DBInstance", "rds", "describe_db_instances", "DBInstances", "DBInstanceArn"), ("AWS::RDS::GlobalCluster", "rds", "describe_global_clusters", "GlobalClusters", "GlobalClusterArn"),
    ("AWS::RDS::DBParameterGroup", "rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
    ("AWS::Lambda::Function", "lambda", "list_functions", "Functions", "FunctionName"), ("AWS::Lambda::EventSourceMapping", "lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    ("AWS::Logs::LogGroup", "logs", "describe_log_groups", "logGroups", "logGroupName"), ("AWS::Logs::QueryDefinition", "logs", "describe_query_definitions", "queryDefinitions", "queryDefinitionId"),
    ("AWS::StepFunctions::StateMachine", "stepfunctions", "list_state_machines", "stateMachines", "stateMachineArn"),
    ("AWS::CloudWatch::Alarm", "cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"), ("AWS::CloudWatch::Dashboard", "cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("AWS::CloudWatch::AnomalyDetector", "cloudwatch", "describe_anomaly_detectors", "AnomalyDetectors", "AnomalyDetectorId"),
    ("AWS::Route53::HealthCheck", "route53", "list_health_checks", "HealthChecks", "Id"), ("AWS::Route53::HostedZone", "route53", "list_hosted_zones", "HostedZones", "Id"),
    ("AWS::Backup::BackupVault", "backup", "list_backup_vaults", "BackupVaultList", "BackupVaultName"), ("AWS::Backup::BackupPlan", "backup", "list_backup_plans", "BackupPlansList", "BackupPlanId"),
):
    flat(*args)
LISTERS["AWS::SQS::Queue"] = lambda client: pages(client("sqs"), "list_queues", "QueueUrls")
LISTERS["AWS::DynamoDB::Table"] = lambda client: pages(client("dynamodb"), "list_tables", "TableNames")


@lister("AWS::EC2::Instance")
def instances(client: Client) -> Iterable[str]:
    return [i["InstanceId"] for r in pages(client("ec2"), "describe_instances", "Reservations") for i in r["Instances"] if i["State"]["Name"] not in GONE]


@lister("AWS::EC2::LaunchTemplate")
def launch_templates(client: Client) -> Iterable[str]:
    """Each version is one: a change that is made twice leaves one too many."""
    for t in pages(client("ec2"), "describe_launch_templates", "LaunchTemplates"):
        yield from (f"{t['LaunchTemplateId']} {v['VersionNumber']}" for v in
                    pages(client("ec2"), "describe_launch_template_versions", "LaunchTemplateVersions", LaunchTemplateId=t["LaunchTemplateId"]))


@lister("AWS::EC2::VPCGatewayAttachment")
def attachments(client: Client) -> Iterable[str]:
    return [f"{g['InternetGatewayId']} {a['VpcId']}" for g in pages(client("ec2"), "describe_internet_gateways", "InternetGateways") for a in g["Attachments"]]


@lister("AWS::EC2::Route")
def routes(client: Client) -> Iterable[str]:
    return [f"{t['RouteTableId']} {r.get('DestinationCidrBlock') or r.get('DestinationIpv6CidrBlock') or r.get('DestinationPrefixListId')}"
            for t in pages(client("ec2"), "describe_route_tables", "RouteTables") for r in t["Routes"] if r.get("GatewayId") != "local"]


@lister("AWS::EC2::SubnetRouteTableAssociation")
def table_associations(client: Client) -> Iterable[str]:
    return [a["RouteTableAssociationId"] for t in pages(client("ec2"), "describe_route_tables", "RouteTables") for a in t["Associations"] if not a.get("Main")]


def group_rules(client: Client, egress: bool) -> Iterable[str]:
    return [r["SecurityGroupRuleId"] for r in pages(client("ec2"), "describe_security_group_rules", "SecurityGroupRules") if r["IsEgress"] == egress]


LISTERS["AWS::EC2::SecurityGroupIngress"] = lambda client: group_rules(client, False)
LISTERS["AWS::EC2::SecurityGroupEgress"] = lambda client: group_rules(client, True)


def acls(client: Client) -> list[Json]:
    """Not those that come with a network."""
    return [a for a in pages(client("ec2"), "describe_network_acls", "NetworkAcls") if not a["IsDefault"]]


LISTERS["AWS::EC2::NetworkAcl"] = lambda client: [a["NetworkAclId"] for a in acls(client)]
LISTERS["AWS::EC2::NetworkAclEntry"] = lambda client: [f"{a['NetworkAclId']} {e['Egress']} {e['RuleNumber']}" for a in acls(client) for e in a["Entries"]]
LISTERS["AWS::EC2::SubnetNetworkAclAssociation"] = lambda client: [f"{x['NetworkAclId']} {x['SubnetId']}" for a in acls(client) for x in a["Associations"]]


@lister("AWS::EC2::VPCDHCPOptionsAssociation")
def options_of_vpcs(client: Client) -> Iterable[str]:
    return [f"{v['VpcId']} {v['DhcpOptionsId']}" for v in pages(client("ec2"), "describe_vpcs", "Vpcs")]


@lister("AWS::EC2::VPCCidrBlock")
def cidr_blocks(client: Client) -> Iterable[str]:
    return [a["AssociationId"] for v in pages(client("ec2"), "describe_vpcs", "Vpcs")
            for a in v.get("CidrBlockAssociationSet", []) + v.get("Ipv6CidrBlockAssociationSet", []) if a.get("CidrBlockState", a.get("Ipv6CidrBlockState"))["State"] not in GONE]


@lister("AWS::EC2::VolumeAttachment")
def volume_attachments(client: Client) -> Iterable[str]:
    return [f"{a['VolumeId']} {a['InstanceId']}" for v in pages(client("ec2"), "describe_volumes", "Volumes") for a in v["Attachments"]]


@lister("AWS::ElasticLoadBalancingV2::Listener")
def listeners(client: Client) -> Iterable[str]:
    return [x["ListenerArn"] for b in pages(client("elbv2"), "describe_load_balancers", "LoadBalancers")
            for x in pages(client("elbv2"), "describe_listeners", "Listeners", LoadBalancerArn=b["LoadBalancerArn"])]


@lister("AWS::ElasticLoadBalancingV2::ListenerRule")
def listener_rules(client: Client) -> Iterable[str]:
    return [r["RuleArn"] for arn in listeners(client) for r in pages(client("elbv2"), "describe_rules", "Rules", ListenerArn=arn)]


@lister("AWS::AutoScaling::LifecycleHook")
def hooks(client: Client) -> Iterable[str]:
    names = [g["AutoScalingGroupName"] for g in pages(client("autoscaling"), "describe_auto_scaling_groups", "AutoScalingGroups")]
    return [f"{n} {h['LifecycleHookName']}" for n in names for h in client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName=n)["LifecycleHooks"]]


@lister("AWS::IAM::ManagedPolicy")
def managed_policies(client: Client) -> Iterable[str]:
    """Each version is one, and so is each role that it is attached to."""
    iam = client("iam")
    for p in pages(iam, "list_policies", "Policies", Scope="Local"):
        yield from (f"{p['Arn']} {v['VersionId']}" for v in pages(iam, "list_policy_versions", "Versions", PolicyArn=p["Arn"]))
        yield from (f"{p['Arn']} {r['RoleName']}" for r in pages(iam, "list_entities_for_policy", "PolicyRoles", PolicyArn=p["Arn"]))


def inline(client: Client) -> Iterable[str]:
    return [f"{r['RoleName']} {name}" for r in pages(client("iam"), "list_roles", "Roles") for name in pages(client("iam"), "list_role_policies", "PolicyNames", RoleName=r["RoleName"])]


LISTERS["AWS::IAM::RolePolicy"] = LISTERS["AWS::IAM::Policy"] = inline


def keys(client: Client) -> Iterable[str]:
    found = (client("kms").describe_key(KeyId=k["KeyId"])["KeyMetadata"] for k in pages(client("kms"), "list_keys", "Keys"))
    return [m["Arn"] for m in found if m["KeyState"] not in GONE and m["KeyManager"] == "CUSTOMER"]


LISTERS["AWS::KMS::Key"] = LISTERS["AWS::KMS::ReplicaKey"] = keys


def secrets(client: Client) -> list[str]:
    return [s["ARN"] for s in pages(client("secretsmanager"), "list_secrets", "SecretList") if "DeletedDate" not in s]


@lister("AWS::SecretsManager::ResourcePolicy")
def secret_policies(client: Client) -> Iterable[str]:
    return [arn for arn in secrets(client) if quiet(client("secretsmanager").get_resource_policy, SecretId=arn).get("ResourcePolicy")]


@lister("AWS::SecretsManager::SecretTargetAttachment")
def secret_targets(client: Client) -> Iterable[str]:
    values = ((arn, quiet(client("secretsmanager").get_secret_value, SecretId=arn).get("SecretString", "")) for arn in secrets(client))
    return [arn for arn, value in values if "Identifier" in value]


@lister("AWS::SSM::Document")
def documents(client: Client) -> Iterable[str]:
    """Each version is one."""
    ssm = client("ssm")
    for d in pages(ssm, "list_documents", "DocumentIdentifiers", Filters=[{"Key": "Owner", "Values": ["Self"]}]):
        yield from (f"{d['Name']} {i + 1}" for i in range(int(ssm.describe_document(Name=d["Name"])["Document"]["LatestVersion"])))


@lister("AWS::SNS::Subscription")
def subscriptions(client: Client) -> Iterable[str]:
    return [f"{s['TopicArn']} {s['Endpoint']} {s['SubscriptionArn']}" for s in pages(client("sns"), "list_subscriptions", "Subscriptions")]


@lister("AWS::SNS::TopicPolicy")
def topic_policies(client: Client) -> Iterable[str]:
    documents = {t["TopicArn"]: client("sns").get_topic_attributes(TopicArn=t["TopicArn"])["Attributes"]["Policy"] for t in pages(client("sns"), "list_topics", "Topics")}
    return [arn for arn, text in documents.items() if json.loads(text).get("Id") != "__default_policy_ID"]


@lister("AWS::SQS::QueuePolicy")
def queue_policies(client: Client) -> Iterable[str]:
    sqs = client("sqs")
    return [u for u in pages(sqs, "list_queues", "QueueUrls") if sqs.get_queue_attributes(QueueUrl=u, AttributeNames=["Policy"]).get("Attributes", {}).get("Policy")]


def of_buckets(kind: str, method: str) -> None:
    def read(client: Client) -> Iterable[str]:
        s3 = client("s3")
        return [b["Name"] for b in pages(s3, "list_buckets", "Buckets") if quiet(getattr(s3, method), Bucket=b["Name"])]
    LISTERS[kind] = read


of_buckets("AWS::S3::BucketPolicy", "get_bucket_policy")
of_buckets("DR::S3::BucketReplication", "get_bucket_replication")


def of_functions(kind: str, read: Callable[[Any, str], Iterable[str]]) -> None:
    LISTERS[kind] = lambda client: [f"{f['FunctionName']} {x}" for f in pages(client("lambda"), "list_functions", "Functions") for x in read(client("lambda"), f["FunctionName"])]


def statements(client: Any, name: str) -> list[str]:
    return [s["Sid"] for s in json.loads(quiet(client.get_policy, FunctionName=name).get("Policy", '{"Statement": []}'))["Statement"]]


of_functions("AWS::Lambda::Alias", lambda client, name: [a["Name"] for a in pages(client, "list_aliases", "Aliases", FunctionName=name)])
of_functions("AWS::Lambda::Version", lambda client, name: [v["Version"] for v in pages(client, "list_versions_by_function", "Versions", FunctionName=name)])
of_functions("AWS::Lambda::Url", lambda client, name: [quiet(client.get_function_url_config, FunctionName=name).get("FunctionUrl")] if quiet(client.get_function_url_config, FunctionName=name) else [])
of_functions("AWS::Lambda::Permission", statements)


@lister("AWS::Logs::MetricFilter")
def metric_filters(client: Client) -> Iterable[str]:
    return [f"{f['logGroupName']} {f['filterName']}" for f in pages(client("logs"), "describe_metric_filters", "metricFilters")]


@lister("AWS::CloudWatch::CompositeAlarm")
def composites(client: Client) -> Iterable[str]:
    return [a["AlarmName"] for a in pages(client("cloudwatch"), "describe_alarms", "CompositeAlarms", AlarmTypes=["CompositeAlarm"])]


def records(client: Client) -> Iterable[str]:
    return [f"{z['Id']} {r['Name']} {r['Type']} {r.get('SetIdentifier')}" for z in pages(client("route53"), "list_hosted_zones", "HostedZones")
            for r in pages(client("route53"), "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=z["Id"]) if r["Type"] not in ("NS", "SOA")]


LISTERS["AWS::Route53::RecordSet"] = LISTERS["AWS::Route53::RecordSetGroup"] = records


@lister("AWS::Backup::BackupSelection")
def selections(client: Client) -> Iterable[str]:
    backup = client("backup")
    return [f"{p['BackupPlanId']} {s['SelectionId']}" for p in pages(backup, "list_backup_plans", "BackupPlansList")
            for s in pages(backup, "list_backup_selections", "BackupSelectionsList", BackupPlanId=p["BackupPlanId"])]


def of_drs(kind: str, method: str, key: str, ident: str) -> None:
    LISTERS[kind] = lambda client: [x[ident] for x in quiet(getattr(client("drs"), method)).get(key, [])]


of_drs("AWS::DRS::ReplicationConfigurationTemplate", "describe_replication_configuration_templates", "items", "replicationConfigurationTemplateID")
of_drs("AWS::DRS::LaunchConfigurationTemplate", "describe_launch_configuration_templates", "items", "launchConfigurationTemplateID")
of_drs("AWS::DRS::SourceNetwork", "describe_source_networks", "items", "sourceNetworkID")
of_drs("AWS::DRS::RecoveryPlan", "list_recovery_plans", "recoveryPlans", "recoveryPlanArn")


def census(aws: Emulator, kinds: Iterable[str], regions: Iterable[str]) -> dict[str, list[str]]:
    """What there is of these types: a sorted list of names for each."""
    found: dict[str, list[str]] = {}
    for kind in sorted(set(kinds) & set(LISTERS)):
        names: set[str] = set()
        for region in regions:
            names |= set(map(str, LISTERS[kind](lambda service, region=region: aws.client(service, GLOBAL.get(service, region)))))
        found[kind] = sorted(names)
    return found


def added(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    """What is there and was not, by type; what is the same is left out."""
    return {kind: new for kind, names in after.items() if (new := [n for n in names if n not in before.get(kind, [])])}
