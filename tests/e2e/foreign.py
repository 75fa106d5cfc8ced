"""One of each type as somebody else makes it, with boto3 alone: what drplan imports. Each maker answers what a stack would
say of it and the id to import it by; what it stands on is made with boto3 too and named by its id."""
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import matrix_ec2
import matrix_lambda
from conftest import REGION, Json
from matrix_iam import allow

ACCOUNT = "123456789012"
TAGS = [{"Key": "Name", "Value": "theirs"}, {"Key": "Stage", "Value": "test"}]
LOWER = [{k.lower(): v for k, v in t.items()} for t in TAGS]
MAP = {t["Key"]: t["Value"] for t in TAGS}
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
HOME = {"iam": "us-east-1", "route53": "us-east-1"}


def trust(service: str) -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}


class Hand:
    """Somebody at boto3, with one name for all that is made."""

    def __init__(self, client: Callable[[str, str], Any], name: str) -> None:
        self.of, self.name = client, name

    def __getattr__(self, service: str) -> Any:
        return self.of(service, HOME.get(service, REGION))

    def vpc(self, cidr: str = "10.0.0.0/16") -> str:
        return self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]

    def subnet(self, vpc: str | None = None, cidr: str = "10.0.1.0/24", zone: str = "a") -> str:
        return self.ec2.create_subnet(VpcId=vpc or self.vpc(), CidrBlock=cidr, AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"]

    def group(self, vpc: str) -> str:
        return self.ec2.create_security_group(GroupName=self.name, Description=self.name, VpcId=vpc)["GroupId"]

    def table(self, vpc: str) -> str:
        return self.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]

    def gateway(self, vpc: str = "") -> str:
        made = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        if vpc:
            self.ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
        return made

    def acl(self, vpc: str) -> str:
        return self.ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]

    def address(self) -> str:
        return self.ec2.allocate_address(Domain="vpc")["AllocationId"]

    def card(self) -> str:
        return self.ec2.create_network_interface(SubnetId=self.subnet())["NetworkInterface"]["NetworkInterfaceId"]

    def machine(self) -> str:
        return self.ec2.run_instances(ImageId=matrix_ec2.IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=self.subnet())["Instances"][0]["InstanceId"]

    def role(self, service: str = "lambda.amazonaws.com") -> str:
        return self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(trust(service)))["Role"]["Arn"]

    def function(self) -> str:
        code = matrix_lambda.packed({"index.py": matrix_lambda.SOURCE})
        return self.of("lambda", REGION).create_function(FunctionName=self.name, Runtime="python3.12", Handler="index.handler", Role=self.role(), Code={"ZipFile": code})["FunctionName"]

    def bucket(self, more: str = "") -> str:
        name = self.name + more
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name

    def topic(self) -> str:
        return self.sns.create_topic(Name=self.name)["TopicArn"]

    def queue(self) -> str:
        return self.sqs.create_queue(QueueName=self.name)["QueueUrl"]

    def balancer(self) -> tuple[str, str]:
        vpc = self.vpc()
        made = self.elbv2.create_load_balancer(Name=self.name, Subnets=[self.subnet(vpc), self.subnet(vpc, "10.0.2.0/24", "b")], SecurityGroups=[self.group(vpc)], Type="application")
        return made["LoadBalancers"][0]["LoadBalancerArn"], vpc

    def targets(self, vpc: str) -> str:
        return self.elbv2.create_target_group(Name=self.name, Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"]

    def listener(self) -> tuple[str, str]:
        balancer, vpc = self.balancer()
        return self.elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[
            {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}])["Listeners"][0]["ListenerArn"], vpc

    def template(self) -> str:
        return self.ec2.create_launch_template(LaunchTemplateName=self.name, LaunchTemplateData={"ImageId": matrix_ec2.IMAGE, "InstanceType": "t3.micro"})["LaunchTemplate"]["LaunchTemplateId"]

    def scaled(self) -> str:
        self.autoscaling.create_auto_scaling_group(AutoScalingGroupName=self.name, MinSize=0, MaxSize=4, AvailabilityZones=[REGION + "a"],
                                                   LaunchTemplate={"LaunchTemplateId": self.template(), "Version": "1"})
        return self.name

    def zone(self) -> str:
        return self.route53.create_hosted_zone(Name="example.com", CallerReference=self.name)["HostedZone"]["Id"].rpartition("/")[2]

    def key(self, region: str = REGION, many: bool = False) -> str:
        return self.of("kms", region).create_key(Description=self.name, MultiRegion=many, Policy=json.dumps(KEY_POLICY))["KeyMetadata"]["Arn"]

    def secret(self, value: str = '{"username":"app","password":"one two three"}') -> str:
        return self.secretsmanager.create_secret(Name=self.name, SecretString=value)["ARN"]

    def cluster(self, region: str = REGION, **more: Any) -> Json:
        return self.of("rds", region).create_db_cluster(DBClusterIdentifier=self.name, Engine="aurora-mysql", MasterUsername="admin", MasterUserPassword="one-two-three", **more)["DBCluster"]

    def drs_started(self) -> None:
        self.drs.initialize_service()


KEY_POLICY = allow("kms:*", Principal={"AWS": ROOT})
Maker = Callable[[Hand], tuple[Json, str]]
MADE: dict[str, Maker] = {}


def maker(kind: str) -> Callable[[Maker], Maker]:
    def register(fn: Maker) -> Maker:
        MADE[kind] = fn
        return fn
    return register


def tagged(kind: str) -> list[Json]:
    return [{"ResourceType": kind, "Tags": TAGS}]
