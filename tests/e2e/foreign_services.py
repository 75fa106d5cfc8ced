"""What somebody else makes with boto3 of identities, data, code, alarms and names: see foreign.py."""
from __future__ import annotations

import json
from typing import Any

import matrix_lambda
import matrix_ops
from conftest import REGION, Json
from foreign import MADE, ACCOUNT, KEY_POLICY, LOWER, MAP, ROOT, TAGS, Hand, maker, trust
from matrix_iam import CONTENT, allow


@maker("AWS::IAM::Role")
def role(h: Hand) -> tuple[Json, str]:
    policy = h.iam.create_policy(PolicyName=h.name, PolicyDocument=json.dumps(allow("s3:GetObject")))["Policy"]["Arn"]
    h.iam.create_role(RoleName=h.name, AssumeRolePolicyDocument=json.dumps(trust("ec2.amazonaws.com")), Description=h.name, Tags=TAGS)
    h.iam.put_role_policy(RoleName=h.name, PolicyName="one", PolicyDocument=json.dumps(allow("s3:ListBucket")))
    h.iam.attach_role_policy(RoleName=h.name, PolicyArn=policy)
    return {"RoleName": h.name, "AssumeRolePolicyDocument": trust("ec2.amazonaws.com"), "Description": h.name, "ManagedPolicyArns": [policy], "Tags": TAGS,
            "Policies": [{"PolicyName": "one", "PolicyDocument": allow("s3:ListBucket")}]}, h.name


def inline(h: Hand) -> None:
    h.role()
    h.iam.put_role_policy(RoleName=h.name, PolicyName="one", PolicyDocument=json.dumps(allow("s3:ListBucket")))


@maker("AWS::IAM::RolePolicy")
def role_policy(h: Hand) -> tuple[Json, str]:
    inline(h)
    return {"RoleName": h.name, "PolicyName": "one", "PolicyDocument": allow("s3:ListBucket")}, f"one|{h.name}"


@maker("AWS::IAM::Policy")
def policy(h: Hand) -> tuple[Json, str]:
    inline(h)
    return {"Roles": [h.name], "PolicyName": "one", "PolicyDocument": allow("s3:ListBucket")}, f"one|{h.name}|"


@maker("AWS::IAM::ManagedPolicy")
def managed_policy(h: Hand) -> tuple[Json, str]:
    h.role()
    made = h.iam.create_policy(PolicyName=h.name, Description=h.name, PolicyDocument=json.dumps(allow("s3:GetObject")))["Policy"]["Arn"]
    h.iam.attach_role_policy(RoleName=h.name, PolicyArn=made)
    return {"ManagedPolicyName": h.name, "Description": h.name, "PolicyDocument": allow("s3:GetObject"), "Roles": [h.name]}, made


@maker("AWS::IAM::InstanceProfile")
def profile(h: Hand) -> tuple[Json, str]:
    h.role("ec2.amazonaws.com")
    h.iam.create_instance_profile(InstanceProfileName=h.name)
    h.iam.add_role_to_instance_profile(InstanceProfileName=h.name, RoleName=h.name)
    return {"InstanceProfileName": h.name, "Roles": [h.name]}, h.name


@maker("AWS::IAM::ServiceLinkedRole")
def linked_role(h: Hand) -> tuple[Json, str]:
    made = h.iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix=h.name, Description=h.name)["Role"]["RoleName"]
    return {"AWSServiceName": "autoscaling.amazonaws.com", "CustomSuffix": h.name, "Description": h.name}, made


@maker("AWS::KMS::Key")
def key(h: Hand) -> tuple[Json, str]:
    made = h.kms.create_key(Description=h.name, Policy=json.dumps(KEY_POLICY), Tags=[{"TagKey": t["Key"], "TagValue": t["Value"]} for t in TAGS])["KeyMetadata"]["KeyId"]
    h.kms.enable_key_rotation(KeyId=made)
    return {"Description": h.name, "KeyPolicy": KEY_POLICY, "EnableKeyRotation": True, "Tags": TAGS}, made


@maker("AWS::KMS::ReplicaKey")
def replica_key(h: Hand) -> tuple[Json, str]:
    primary = h.key("us-east-1", many=True)
    made = h.of("kms", "us-east-1").replicate_key(KeyId=primary, ReplicaRegion=REGION, Policy=json.dumps(KEY_POLICY), Description=h.name)["ReplicaKeyMetadata"]["KeyId"]
    return {"PrimaryKeyArn": primary, "KeyPolicy": KEY_POLICY, "Description": h.name}, made


@maker("AWS::KMS::Alias")
def key_alias(h: Hand) -> tuple[Json, str]:
    target = h.key().rpartition("/")[2]
    h.kms.create_alias(AliasName=f"alias/{h.name}", TargetKeyId=target)
    return {"AliasName": f"alias/{h.name}", "TargetKeyId": target}, f"alias/{h.name}"


@maker("AWS::SecretsManager::Secret")
def secret(h: Hand) -> tuple[Json, str]:
    made = h.secretsmanager.create_secret(Name=h.name, Description=h.name, SecretString=h.name, Tags=TAGS)["ARN"]
    return {"Name": h.name, "Description": h.name, "Tags": TAGS}, made


@maker("AWS::SecretsManager::ResourcePolicy")
def secret_policy(h: Hand) -> tuple[Json, str]:
    document, arn = allow("secretsmanager:GetSecretValue", Principal={"AWS": ROOT}), h.secret()
    h.secretsmanager.put_resource_policy(SecretId=arn, ResourcePolicy=json.dumps(document))
    return {"SecretId": arn, "ResourcePolicy": document}, arn


@maker("AWS::SecretsManager::SecretTargetAttachment")
def secret_target(h: Hand) -> tuple[Json, str]:
    cluster = h.cluster()
    said = {"username": "app", "password": "one two three", "engine": cluster["Engine"], "host": cluster["Endpoint"], "port": cluster["Port"], "dbClusterIdentifier": h.name}
    arn = h.secret(json.dumps(said))
    return {"SecretId": arn, "TargetId": h.name, "TargetType": "AWS::RDS::DBCluster"}, arn


@maker("AWS::SSM::Parameter")
def parameter(h: Hand) -> tuple[Json, str]:
    h.ssm.put_parameter(Name=f"/{h.name}", Type="String", Value="one", Description=h.name, Tags=TAGS)
    return {"Name": f"/{h.name}", "Type": "String", "Value": "one", "Description": h.name, "Tags": MAP}, f"/{h.name}"


@maker("AWS::SSM::Document")
def document(h: Hand) -> tuple[Json, str]:
    h.ssm.create_document(Name=h.name, DocumentType="Command", Content=json.dumps(CONTENT), Tags=TAGS)
    return {"Name": h.name, "DocumentType": "Command", "Content": CONTENT, "Tags": TAGS}, h.name


@maker("AWS::S3::Bucket")
def bucket(h: Hand) -> tuple[Json, str]:
    name, rules = h.bucket(), [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 90}}]
    by_kms = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]}
    h.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    h.s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=by_kms)
    h.s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    h.s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True})
    h.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": TAGS})
    return {"BucketName": name, "VersioningConfiguration": {"Status": "Enabled"}, "Tags": TAGS,
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]},
            "LifecycleConfiguration": {"Rules": [{"Id": "old", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 90}}]},
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}}, name


@maker("AWS::S3::BucketPolicy")
def bucket_policy(h: Hand) -> tuple[Json, str]:
    said = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": f"arn:aws:s3:::{h.name}"}]}
    name = h.bucket()
    h.s3.put_bucket_policy(Bucket=name, Policy=json.dumps(said))
    return {"Bucket": name, "PolicyDocument": said}, name


@maker("DR::S3::BucketReplication")
def bucket_rules(h: Hand) -> tuple[Json, str]:
    name, to, who = h.bucket(), h.bucket("-too"), h.role("s3.amazonaws.com")
    for one in (name, to):
        h.s3.put_bucket_versioning(Bucket=one, VersioningConfiguration={"Status": "Enabled"})
    rule: Any = {"Status": "Enabled", "Priority": 1, "Filter": {"Prefix": "a"}, "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": f"arn:aws:s3:::{to}"}}
    h.s3.put_bucket_replication(Bucket=name, ReplicationConfiguration={"Role": who, "Rules": [rule | {"ID": "one"}]})
    return {"Bucket": name, "Role": who, "Rules": [rule | {"Id": "one"}]}, name


@maker("AWS::SNS::Topic")
def topic(h: Hand) -> tuple[Json, str]:
    return {"TopicName": h.name, "DisplayName": "them", "Tags": TAGS}, h.sns.create_topic(Name=h.name, Attributes={"DisplayName": "them"}, Tags=TAGS)["TopicArn"]


def sender(service: str, action: str, arn: str) -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": arn}]}


@maker("AWS::SNS::TopicPolicy")
def topic_policy(h: Hand) -> tuple[Json, str]:
    arn = h.topic()
    said = sender("s3.amazonaws.com", "sns:Publish", arn)
    h.sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(said))
    return {"Topics": [arn], "PolicyDocument": said}, arn


@maker("AWS::SNS::Subscription")
def subscription(h: Hand) -> tuple[Json, str]:
    arn, queue = h.topic(), h.queue()
    to = h.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    props = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": to}
    return props | {"RawMessageDelivery": True}, h.sns.subscribe(**props, Attributes={"RawMessageDelivery": "true"}, ReturnSubscriptionArn=True)["SubscriptionArn"]


@maker("AWS::SQS::Queue")
def queue(h: Hand) -> tuple[Json, str]:
    return {"QueueName": h.name, "DelaySeconds": 5, "Tags": TAGS}, h.sqs.create_queue(QueueName=h.name, Attributes={"DelaySeconds": "5"}, tags=MAP)["QueueUrl"]


@maker("AWS::SQS::QueuePolicy")
def queue_policy(h: Hand) -> tuple[Json, str]:
    url = h.queue()
    said = sender("sns.amazonaws.com", "sqs:SendMessage", "*")
    h.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(said)})
    return {"Queues": [url], "PolicyDocument": said}, url


@maker("AWS::Events::Rule")
def rule(h: Hand) -> tuple[Json, str]:
    targets = [{"Id": "a", "Arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:x", "Input": '{"a": 1}'}]
    h.events.put_rule(Name=h.name, ScheduleExpression="rate(1 day)", Description=h.name, State="ENABLED", Tags=TAGS)
    h.events.put_targets(Rule=h.name, Targets=targets)
    return {"Name": h.name, "ScheduleExpression": "rate(1 day)", "Description": h.name, "State": "ENABLED", "Targets": targets, "Tags": TAGS}, h.name


@maker("AWS::RDS::DBSubnetGroup")
def subnet_group(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    props = {"DBSubnetGroupDescription": h.name, "SubnetIds": [h.subnet(net), h.subnet(net, "10.0.2.0/24", "b")]}
    h.rds.create_db_subnet_group(DBSubnetGroupName=h.name, Tags=TAGS, **props)
    return props | {"DBSubnetGroupName": h.name, "Tags": TAGS}, h.name


@maker("AWS::RDS::DBClusterParameterGroup")
def cluster_parameters(h: Hand) -> tuple[Json, str]:
    h.rds.create_db_cluster_parameter_group(DBClusterParameterGroupName=h.name, DBParameterGroupFamily="aurora-mysql8.0", Description=h.name, Tags=TAGS)
    h.rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName=h.name, Parameters=[{"ParameterName": "binlog_format", "ParameterValue": "ROW", "ApplyMethod": "pending-reboot"}])
    return {"DBClusterParameterGroupName": h.name, "Family": "aurora-mysql8.0", "Description": h.name, "Parameters": {"binlog_format": "ROW"}, "Tags": TAGS}, h.name


@maker("AWS::RDS::DBParameterGroup")
def parameters(h: Hand) -> tuple[Json, str]:
    h.rds.create_db_parameter_group(DBParameterGroupName=h.name, DBParameterGroupFamily="mysql8.0", Description=h.name, Tags=TAGS)
    h.rds.modify_db_parameter_group(DBParameterGroupName=h.name, Parameters=[{"ParameterName": "max_connections", "ParameterValue": "100", "ApplyMethod": "pending-reboot"}])
    return {"DBParameterGroupName": h.name, "Family": "mysql8.0", "Description": h.name, "Parameters": {"max_connections": 100}, "Tags": TAGS}, h.name


@maker("AWS::RDS::DBCluster")
def cluster(h: Hand) -> tuple[Json, str]:
    h.cluster(Tags=TAGS, BackupRetentionPeriod=3)
    return {"DBClusterIdentifier": h.name, "Engine": "aurora-mysql", "MasterUsername": "admin", "MasterUserPassword": "one-two-three", "BackupRetentionPeriod": 3, "Tags": TAGS}, h.name


@maker("AWS::RDS::DBInstance")
def instance(h: Hand) -> tuple[Json, str]:
    props = {"DBInstanceIdentifier": h.name, "Engine": "mysql", "DBInstanceClass": "db.t3.micro", "MasterUsername": "admin", "MasterUserPassword": "one-two-three"}
    h.rds.create_db_instance(**props, AllocatedStorage=20, Tags=TAGS)
    return props | {"AllocatedStorage": "20", "Tags": TAGS}, h.name


@maker("AWS::RDS::GlobalCluster")
def global_cluster(h: Hand) -> tuple[Json, str]:
    h.rds.create_global_cluster(GlobalClusterIdentifier=h.name, Engine="aurora-mysql")
    return {"GlobalClusterIdentifier": h.name, "Engine": "aurora-mysql"}, h.name


@maker("AWS::DynamoDB::Table")
def table(h: Hand) -> tuple[Json, str]:
    props = {"TableName": h.name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
             "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}
    h.dynamodb.create_table(**props, Tags=TAGS)
    h.dynamodb.update_continuous_backups(TableName=h.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    h.dynamodb.update_time_to_live(TableName=h.name, TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True})
    return props | {"Tags": TAGS, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}, "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True}}, h.name


@maker("AWS::Lambda::Function")
def function(h: Hand) -> tuple[Json, str]:
    props = {"FunctionName": h.name, "Runtime": "python3.12", "Handler": "index.handler", "Role": h.role(), "Timeout": 10, "Environment": {"Variables": {"STAGE": "one"}}}
    h.of("lambda", REGION).create_function(**props, Code={"ZipFile": matrix_lambda.packed({"index.py": matrix_lambda.SOURCE})}, Tags=MAP)
    return props | {"Code": {"ZipFile": matrix_lambda.SOURCE}, "Tags": TAGS}, h.name


@maker("AWS::Lambda::Version")
def version(h: Hand) -> tuple[Json, str]:
    name = h.function()
    return {"FunctionName": name}, h.of("lambda", REGION).publish_version(FunctionName=name)["FunctionArn"]


@maker("AWS::Lambda::Alias")
def alias(h: Hand) -> tuple[Json, str]:
    name = h.function()
    h.of("lambda", REGION).create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST", Description=h.name)
    return {"FunctionName": name, "Name": "live", "FunctionVersion": "$LATEST", "Description": h.name}, f"{name}|live"


@maker("AWS::Lambda::Url")
def url(h: Hand) -> tuple[Json, str]:
    name = h.function()
    h.of("lambda", REGION).create_function_url_config(FunctionName=name, AuthType="AWS_IAM", Cors={"AllowOrigins": ["*"], "MaxAge": 5})
    return {"TargetFunctionArn": name, "AuthType": "AWS_IAM", "Cors": {"AllowOrigins": ["*"], "MaxAge": 5}}, f"{name}|"


@maker("AWS::Lambda::Permission")
def permission(h: Hand) -> tuple[Json, str]:
    props = {"FunctionName": h.function(), "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/a"}
    h.of("lambda", REGION).add_permission(**props, StatementId=h.name)
    return props, f"{props['FunctionName']}|{h.name}"


@maker("AWS::Lambda::EventSourceMapping")
def mapping(h: Hand) -> tuple[Json, str]:
    url = h.queue()
    source = h.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    props = {"FunctionName": h.function(), "EventSourceArn": source, "BatchSize": 5, "Enabled": True}
    return props, h.of("lambda", REGION).create_event_source_mapping(**props)["UUID"]


@maker("AWS::Logs::LogGroup")
def log_group(h: Hand) -> tuple[Json, str]:
    h.logs.create_log_group(logGroupName=f"/{h.name}", tags=MAP)
    h.logs.put_retention_policy(logGroupName=f"/{h.name}", retentionInDays=7)
    return {"LogGroupName": f"/{h.name}", "RetentionInDays": 7, "Tags": TAGS}, f"/{h.name}"


@maker("AWS::Logs::MetricFilter")
def metric_filter(h: Hand) -> tuple[Json, str]:
    h.logs.create_log_group(logGroupName=f"/{h.name}")
    h.logs.put_metric_filter(logGroupName=f"/{h.name}", filterName=h.name, filterPattern="ERROR", metricTransformations=[
        {"metricName": "errors", "metricNamespace": "Theirs", "metricValue": "1"}])
    return {"LogGroupName": f"/{h.name}", "FilterName": h.name, "FilterPattern": "ERROR",
            "MetricTransformations": [{"MetricName": "errors", "MetricNamespace": "Theirs", "MetricValue": "1"}]}, f"/{h.name}|{h.name}"


@maker("AWS::Logs::QueryDefinition")
def query(h: Hand) -> tuple[Json, str]:
    return {"Name": f"{h.name}/query", "QueryString": "fields @message"}, h.logs.put_query_definition(name=f"{h.name}/query", queryString="fields @message")["queryDefinitionId"]


@maker("AWS::StepFunctions::StateMachine")
def machine(h: Hand) -> tuple[Json, str]:
    who, said = h.role("states.amazonaws.com"), matrix_lambda.machine(1)
    made = h.stepfunctions.create_state_machine(name=h.name, roleArn=who, definition=said, tags=LOWER)["stateMachineArn"]
    return {"StateMachineName": h.name, "RoleArn": who, "DefinitionString": said, "Tags": TAGS}, made


@maker("AWS::CloudWatch::Alarm")
def alarm(h: Hand) -> tuple[Json, str]:
    props = {k: v for k, v in matrix_ops.ALARM.items() if k != "Tags"} | {"AlarmName": h.name, "AlarmActions": [matrix_ops.TOPIC + "a"], "TreatMissingData": "breaching"}
    h.cloudwatch.put_metric_alarm(**props, Tags=TAGS)
    return props | {"Tags": TAGS}, h.name


@maker("AWS::CloudWatch::CompositeAlarm")
def composite(h: Hand) -> tuple[Json, str]:
    h.cloudwatch.put_composite_alarm(AlarmName=h.name, AlarmRule="TRUE", AlarmDescription=h.name, Tags=TAGS)
    return {"AlarmName": h.name, "AlarmRule": "TRUE", "AlarmDescription": h.name, "Tags": TAGS}, h.name


@maker("AWS::CloudWatch::Dashboard")
def dashboard(h: Hand) -> tuple[Json, str]:
    h.cloudwatch.put_dashboard(DashboardName=h.name, DashboardBody=matrix_ops.body(h.name))
    return {"DashboardName": h.name, "DashboardBody": matrix_ops.body(h.name)}, h.name


@maker("AWS::CloudWatch::AnomalyDetector")
def detector(h: Hand) -> tuple[Json, str]:
    metric = {"Namespace": "Theirs", "MetricName": "Lag", "Stat": "Average"}
    h.cloudwatch.put_anomaly_detector(SingleMetricAnomalyDetector=metric)
    return metric, h.cloudwatch.describe_anomaly_detectors()["AnomalyDetectors"][0]["AnomalyDetectorId"]


@maker("AWS::Route53::HostedZone")
def zone(h: Hand) -> tuple[Json, str]:
    made = h.route53.create_hosted_zone(Name="example.org", CallerReference=h.name, HostedZoneConfig={"Comment": h.name})["HostedZone"]["Id"].rpartition("/")[2]
    h.route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=made, AddTags=TAGS)
    return {"Name": "example.org", "HostedZoneConfig": {"Comment": h.name}, "HostedZoneTags": TAGS}, made


@maker("AWS::Route53::HealthCheck")
def health_check(h: Hand) -> tuple[Json, str]:
    made = h.route53.create_health_check(CallerReference=h.name, HealthCheckConfig=matrix_ops.HTTPS)["HealthCheck"]["Id"]
    h.route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=made, AddTags=TAGS)
    return {"HealthCheckConfig": matrix_ops.HTTPS, "HealthCheckTags": TAGS}, made


def change(h: Hand, *names: str) -> str:
    where = h.zone()
    h.route53.change_resource_record_sets(HostedZoneId=where, ChangeBatch={"Changes": [
        {"Action": "CREATE", "ResourceRecordSet": {"Name": n, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}} for n in names]})
    return where


@maker("AWS::Route53::RecordSet")
def record(h: Hand) -> tuple[Json, str]:
    where = change(h, "one.example.com")
    return {"HostedZoneId": where, "Name": "one.example.com", "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"]}, f"{where}|one.example.com|A|"


@maker("AWS::Route53::RecordSetGroup")
def record_group(h: Hand) -> tuple[Json, str]:
    names = ("one.example.com", "two.example.com")
    where = change(h, *names)
    return {"HostedZoneId": where, "RecordSets": [{"Name": n, "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"]} for n in names]}, where


@maker("AWS::Backup::BackupVault")
def vault(h: Hand) -> tuple[Json, str]:
    h.backup.create_backup_vault(BackupVaultName=h.name, BackupVaultTags=MAP)
    h.backup.put_backup_vault_lock_configuration(BackupVaultName=h.name, MinRetentionDays=7, MaxRetentionDays=70)
    return {"BackupVaultName": h.name, "BackupVaultTags": MAP, "LockConfiguration": {"MinRetentionDays": 7, "MaxRetentionDays": 70}}, h.name


def plan_of(h: Hand) -> str:
    h.backup.create_backup_vault(BackupVaultName=h.name)
    return h.backup.create_backup_plan(BackupPlan={"BackupPlanName": h.name, "Rules": [
        {"RuleName": "daily", "TargetBackupVaultName": h.name, "ScheduleExpression": "cron(0 1 ? * * *)"}]}, BackupPlanTags=MAP)["BackupPlanId"]


@maker("AWS::Backup::BackupPlan")
def plan(h: Hand) -> tuple[Json, str]:
    made = plan_of(h)
    rules = [{"RuleName": "daily", "TargetBackupVault": h.name, "ScheduleExpression": "cron(0 1 ? * * *)"}]
    return {"BackupPlan": {"BackupPlanName": h.name, "BackupPlanRule": rules}, "BackupPlanTags": MAP}, made


@maker("AWS::Backup::BackupSelection")
def selection(h: Hand) -> tuple[Json, str]:
    said = {"SelectionName": h.name, "IamRoleArn": h.role("backup.amazonaws.com"), "Resources": ["arn:aws:ec2:*:*:volume/*"]}
    of = plan_of(h)
    return {"BackupPlanId": of, "BackupSelection": said}, f"{of}|{h.backup.create_backup_selection(BackupPlanId=of, BackupSelection=said)['SelectionId']}"


@maker("DR::DRS::Service")
def drs_service(h: Hand) -> tuple[Json, str]:
    h.drs_started()
    return {}, f"{ACCOUNT}|{REGION}"


def lowered(value: Any) -> Any:
    """As the service spells members; a tag is not one."""
    if isinstance(value, dict):
        return {k if k == "Project" else k[0].lower() + k[1:]: lowered(v) for k, v in value.items()}
    return [lowered(v) for v in value] if isinstance(value, list) else value


@maker("AWS::DRS::ReplicationConfigurationTemplate")
def replication(h: Hand) -> tuple[Json, str]:
    h.drs_started()
    net = h.vpc()
    props = {k: v for k, v in matrix_ops.REPLICATION.items() if k != "Tags"} | {"StagingAreaSubnetId": h.subnet(net), "ReplicationServersSecurityGroupsIDs": [h.group(net)]}
    return props | {"Tags": TAGS}, h.drs.create_replication_configuration_template(**lowered(props), tags=MAP)["replicationConfigurationTemplateID"]


@maker("AWS::DRS::LaunchConfigurationTemplate")
def launch(h: Hand) -> tuple[Json, str]:
    h.drs_started()
    props = {"LaunchDisposition": "STARTED", "CopyTags": True, "CopyPrivateIp": False, "TargetInstanceTypeRightSizingMethod": "BASIC"}
    return props | {"Tags": TAGS}, h.drs.create_launch_configuration_template(**lowered(props), tags=MAP)["launchConfigurationTemplate"]["launchConfigurationTemplateID"]


@maker("AWS::DRS::SourceNetwork")
def source_network(h: Hand) -> tuple[Json, str]:
    h.drs_started()
    made = h.drs.create_source_network(vpcID="vpc-0123456789abcdef0", originAccountID=ACCOUNT, originRegion="us-east-1", tags=MAP)["sourceNetworkID"]
    return {"VpcID": "vpc-0123456789abcdef0", "OriginAccountID": ACCOUNT, "OriginRegion": "us-east-1", "Tags": TAGS}, made


@maker("AWS::DRS::RecoveryPlan")
def recovery_plan(h: Hand) -> tuple[Json, str]:
    h.drs_started()
    return {"Name": h.name, "Description": h.name, "Tags": TAGS}, h.drs.create_recovery_plan(name=h.name, description=h.name, tags=MAP)["recoveryPlan"]["recoveryPlanArn"]
