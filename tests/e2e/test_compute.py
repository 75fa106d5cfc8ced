"""Load balancers, Auto Scaling groups, launch templates, disks and interfaces: made, read back with boto3, changed, taken
back, deleted; and the same on the simulator."""
from __future__ import annotations

import copy
from typing import Any

import pytest
from conftest import REGION, Drplan, Emulator, Json, att, ref, res, stack

TAGS = [{"Key": "Name", "Value": "one"}, {"Key": "Stage", "Value": "test"}]
GROUP = "compute-group"


def web() -> Json:
    """A load balancer with what hangs from it, as the example stacks have it."""
    return stack(
        Vpc=res("AWS::EC2::VPC", CidrBlock="10.30.0.0/16"),
        Gateway=res("AWS::EC2::InternetGateway"),
        Attachment=res("AWS::EC2::VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Gateway")),
        A=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.30.1.0/24", AvailabilityZone=f"{REGION}a"),
        B=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.30.2.0/24", AvailabilityZone=f"{REGION}b"),
        C=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.30.3.0/24", AvailabilityZone=f"{REGION}c"),
        Web=res("AWS::EC2::SecurityGroup", GroupDescription="web", VpcId=ref("Vpc")),
        Admin=res("AWS::EC2::SecurityGroup", GroupDescription="admin", VpcId=ref("Vpc")),
        Balancer=res("AWS::ElasticLoadBalancingV2::LoadBalancer", Name="compute-alb", Type="application", Scheme="internet-facing", Subnets=[ref("A"), ref("B")],
                     SecurityGroups=[ref("Web")], LoadBalancerAttributes=[{"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"}], Tags=TAGS)
        | {"DependsOn": "Attachment"},
        Targets=res("AWS::ElasticLoadBalancingV2::TargetGroup", VpcId=ref("Vpc"), Protocol="HTTP", Port=8080, TargetType="instance", HealthCheckPath="/health",
                    HealthCheckIntervalSeconds=10, HealthyThresholdCount=3, UnhealthyThresholdCount=3, Matcher={"HttpCode": "200"},
                    TargetGroupAttributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}], Tags=TAGS),
        Listener=res("AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Balancer"), Port=80, Protocol="HTTP",
                     DefaultActions=[{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]),
        Rule=res("AWS::ElasticLoadBalancingV2::ListenerRule", ListenerArn=ref("Listener"), Priority=10,
                 Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/x/*"]}}], Actions=[{"Type": "forward", "TargetGroupArn": ref("Targets")}]),
    ) | {"Outputs": {"Full": {"Value": att("Balancer", "LoadBalancerFullName")}, "Zone": {"Value": att("Balancer", "CanonicalHostedZoneID")}}}


def fleet() -> Json:
    """A launch template and a group of it, with its policy, hook and schedule."""
    return stack(
        Vpc=res("AWS::EC2::VPC", CidrBlock="10.31.0.0/16"),
        A=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.31.1.0/24", AvailabilityZone=f"{REGION}a"),
        B=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.31.2.0/24", AvailabilityZone=f"{REGION}b"),
        App=res("AWS::EC2::SecurityGroup", GroupDescription="app", VpcId=ref("Vpc")),
        Targets=res("AWS::ElasticLoadBalancingV2::TargetGroup", VpcId=ref("Vpc"), Protocol="HTTP", Port=8080),
        Template=res("AWS::EC2::LaunchTemplate", LaunchTemplateData={
            "ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.micro", "SecurityGroupIds": [ref("App")], "MetadataOptions": {"HttpTokens": "required"},
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Encrypted": True}}],
            "UserData": {"Fn::Base64": "#!/bin/bash\necho app\n"}, "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "app"}]}]}),
        Group=res("AWS::AutoScaling::AutoScalingGroup", AutoScalingGroupName=GROUP, MinSize="0", DesiredCapacity="1", MaxSize="10", VPCZoneIdentifier=[ref("A"), ref("B")],
                  LaunchTemplate={"LaunchTemplateId": ref("Template"), "Version": att("Template", "LatestVersionNumber")}, TargetGroupARNs=[ref("Targets")],
                  HealthCheckType="ELB", HealthCheckGracePeriod=120, Tags=[{"Key": "Name", "Value": "app", "PropagateAtLaunch": True}]),
        Scaling=res("AWS::AutoScaling::ScalingPolicy", AutoScalingGroupName=ref("Group"), PolicyType="TargetTrackingScaling",
                    TargetTrackingConfiguration={"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": 60}),
        Hook=res("AWS::AutoScaling::LifecycleHook", AutoScalingGroupName=ref("Group"), LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING", HeartbeatTimeout=60),
        Night=res("AWS::AutoScaling::ScheduledAction", AutoScalingGroupName=ref("Group"), MinSize=0, MaxSize=1, Recurrence="0 22 * * *"),
    )


def disks() -> Json:
    return stack(
        Vpc=res("AWS::EC2::VPC", CidrBlock="10.32.0.0/16"),
        A=res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.32.1.0/24", AvailabilityZone=f"{REGION}a"),
        One=res("AWS::EC2::SecurityGroup", GroupDescription="one", VpcId=ref("Vpc")),
        Two=res("AWS::EC2::SecurityGroup", GroupDescription="two", VpcId=ref("Vpc")),
        Way=res("AWS::EC2::EgressOnlyInternetGateway", VpcId=ref("Vpc")),
        Disk=res("AWS::EC2::Volume", AvailabilityZone=f"{REGION}a", Size=10, VolumeType="gp3", Encrypted=True, Tags=TAGS),
        Address=res("AWS::EC2::EIP", Domain="vpc"),
        Card=res("AWS::EC2::NetworkInterface", SubnetId=ref("A"), Description="one", GroupSet=[ref("One")], SourceDestCheck=False, Tags=TAGS),
        Bound=res("AWS::EC2::EIPAssociation", AllocationId=att("Address", "AllocationId"), NetworkInterfaceId=ref("Card")),
        Nets=res("AWS::EC2::PrefixList", PrefixListName="one", AddressFamily="IPv4", MaxEntries=5,
                 Entries=[{"Cidr": "10.0.0.0/8", "Description": "x"}, {"Cidr": "11.0.0.0/8"}]),
        Key=res("AWS::EC2::KeyPair", KeyName="compute-key", PublicKeyMaterial="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO0pZ6Wm8Rj0sGmJ0m0m5m1y8m4o0Wj9Yv1e5Zb0c3dX me"),
    )


#: What is changed at once, for each stack; None: removed. All of it is done in place but for what REPLACED names.
CHANGES: dict[str, Json] = {
    "web": {
        "Balancer": {"Subnets": [ref("A"), ref("B"), ref("C")], "SecurityGroups": [ref("Web"), ref("Admin")], "IpAddressType": "dualstack",
                     "LoadBalancerAttributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "70"}], "Tags": TAGS[:1]},
        "Targets": {"HealthCheckPath": "/ready", "Matcher": {"HttpCode": "200-299"}, "HealthyThresholdCount": None,
                    "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "40"}]},
        "Listener": {"Port": 81, "DefaultActions": [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_302"}}]},
        "Rule": {"Priority": 11, "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/y/*"]}}]},
    },
    "fleet": {
        "Template": {"LaunchTemplateData": {"ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.small", "SecurityGroupIds": [ref("App")]}},
        "Group": {"MaxSize": "9", "VPCZoneIdentifier": [ref("A")], "HealthCheckGracePeriod": 90, "Cooldown": "100",
                  "Tags": [{"Key": "Name", "Value": "app", "PropagateAtLaunch": False}, {"Key": "Other", "Value": "x", "PropagateAtLaunch": True}]},
        "Scaling": {"TargetTrackingConfiguration": {"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": 50}},
        "Hook": {"HeartbeatTimeout": 70},
        "Night": {"MaxSize": 2},
    },
    "disks": {
        "Disk": {"Size": 12, "Tags": TAGS[:1]},
        "Card": {"Description": "two", "GroupSet": [ref("Two")], "SourceDestCheck": True},
        "Nets": {"PrefixListName": "two", "Entries": [{"Cidr": "10.0.0.0/8", "Description": "y"}, {"Cidr": "12.0.0.0/8"}]},
    },
}
STACKS = {"web": web, "fleet": fleet, "disks": disks}


def changed(name: str) -> Json:
    template = copy.deepcopy(STACKS[name]())
    for address, props in CHANGES[name].items():
        for prop, value in props.items():
            if value is None:
                del template["Resources"][address]["Properties"][prop]
            else:
                template["Resources"][address]["Properties"][prop] = value
    return template


def life(drplan: Drplan, name: str) -> dict[str, str]:
    """Made, nothing to do; changed in place, nothing to do; back again, nothing to do."""
    drplan.write("stack.yaml", STACKS[name]())
    drplan.apply()
    drplan.clean()
    before = drplan.ids()
    for template in (changed(name), STACKS[name](), changed(name)):
        drplan.write("stack.yaml", template)
        assert set(drplan.changes().values()) == {"update"}
        drplan.apply()
        drplan.clean()
        assert drplan.ids() == before
    return before


@pytest.mark.parametrize("name", ["web", "fleet"])
def test_life_on_the_simulator(name: str, sim: Drplan) -> None:
    life(sim, name)
    sim.destroy()
    assert sim.state() == {}


def test_load_balancer(drplan: Drplan, aws: Emulator) -> None:
    aws.control("POST", "holds", {"preset_polls": 2})
    ids = life(drplan, "web")
    elb = aws.client("elbv2")
    balancer = elb.describe_load_balancers(Names=["compute-alb"])["LoadBalancers"][0]
    assert balancer["LoadBalancerArn"] == ids["Balancer"] and balancer["IpAddressType"] == "dualstack"
    assert {z["SubnetId"] for z in balancer["AvailabilityZones"]} == {ids["A"], ids["B"], ids["C"]}
    assert set(balancer["SecurityGroups"]) == {ids["Web"], ids["Admin"]}
    attributes = {a["Key"]: a["Value"] for a in elb.describe_load_balancer_attributes(LoadBalancerArn=ids["Balancer"])["Attributes"]}
    assert attributes["idle_timeout.timeout_seconds"] == "70"
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "false", "what was removed went back to its default"
    tags = {t["Key"]: t["Value"] for t in elb.describe_tags(ResourceArns=[ids["Balancer"]])["TagDescriptions"][0]["Tags"]}
    assert tags["Name"] == "one" and "Stage" not in tags and tags["drplan:address"] == "Balancer"
    group = elb.describe_target_groups(TargetGroupArns=[ids["Targets"]])["TargetGroups"][0]
    assert (group["HealthCheckPath"], group["Matcher"], group["HealthyThresholdCount"]) == ("/ready", {"HttpCode": "200-299"}, 5)
    listener = elb.describe_listeners(ListenerArns=[ids["Listener"]])["Listeners"][0]
    assert listener["Port"] == 81 and listener["DefaultActions"][0]["RedirectConfig"]["StatusCode"] == "HTTP_302"
    rule = elb.describe_rules(RuleArns=[ids["Rule"]])["Rules"][0]
    assert rule["Priority"] == "11" and rule["Conditions"][0]["PathPatternConfig"]["Values"] == ["/y/*"]
    drplan.destroy()
    assert not elb.describe_load_balancers()["LoadBalancers"] and not elb.describe_target_groups()["TargetGroups"]
    assert aws.leftovers()["total"] == 0


def test_one_of_many_that_is_gone(drplan: Drplan, aws: Emulator) -> None:
    """AWS fails a whole read by ids for one that is gone: only that one is made again."""
    template = web()
    template["Resources"]["Other"] = res("AWS::ElasticLoadBalancingV2::TargetGroup", VpcId=ref("Vpc"), Protocol="HTTP", Port=81)
    drplan.write("stack.yaml", template)
    drplan.apply()
    aws.client("elbv2").delete_target_group(TargetGroupArn=drplan.ids()["Other"])
    assert drplan.changes() == {"Other": "create"}


def test_attribute_drift(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", web())
    drplan.apply()
    arn = drplan.ids()["Balancer"]
    change = aws.client("elbv2").modify_load_balancer_attributes
    change(LoadBalancerArn=arn, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "99"}])
    drplan.clean()
    change(LoadBalancerArn=arn, Attributes=[{"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "false"}])
    assert drplan.changes() == {"Balancer": "update"}
    drplan.apply()
    drplan.clean()


def test_fleet(drplan: Drplan, aws: Emulator) -> None:
    ids = life(drplan, "fleet")
    scaling, ec2 = aws.client("autoscaling"), aws.client("ec2")
    group = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]
    assert (group["MinSize"], group["MaxSize"], group["DefaultCooldown"], group["HealthCheckGracePeriod"]) == (0, 9, 100, 90)
    assert group["VPCZoneIdentifier"] == ids["A"] and group["TargetGroupARNs"] == [ids["Targets"]]
    assert {t["Key"]: t["PropagateAtLaunch"] for t in group["Tags"] if not t["Key"].startswith("drplan:")} == {"Name": False, "Other": True}
    versions = ec2.describe_launch_template_versions(LaunchTemplateId=ids["Template"])["LaunchTemplateVersions"]
    assert group["LaunchTemplate"]["Version"] == str(len(versions)) == "4", "each change is a version, and the group follows it in the same run"
    assert versions[-1]["LaunchTemplateData"]["InstanceType"] == "t3.small" or versions[0]["LaunchTemplateData"]["InstanceType"] == "t3.small"
    policy = scaling.describe_policies(AutoScalingGroupName=GROUP)["ScalingPolicies"]
    assert [p["TargetTrackingConfiguration"]["TargetValue"] for p in policy] == [50.0] and policy[0]["PolicyARN"] == ids["Scaling"]
    assert scaling.describe_lifecycle_hooks(AutoScalingGroupName=GROUP)["LifecycleHooks"][0]["HeartbeatTimeout"] == 70
    assert scaling.describe_scheduled_actions(AutoScalingGroupName=GROUP)["ScheduledUpdateGroupActions"][0]["MaxSize"] == 2
    drplan.destroy()
    assert not scaling.describe_auto_scaling_groups()["AutoScalingGroups"] and not ec2.describe_launch_templates()["LaunchTemplates"]
    assert aws.leftovers()["total"] == 0


def test_desired_capacity_moves(drplan: Drplan, aws: Emulator) -> None:
    """What a scaling policy or an operator did is shown, and left alone."""
    drplan.write("stack.yaml", fleet())
    drplan.apply()
    aws.client("autoscaling").set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=3)
    drplan.clean()
    template = fleet()
    template["Resources"]["Group"]["Properties"]["MaxSize"] = "8"
    drplan.write("stack.yaml", template)
    drplan.apply()
    group = aws.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]
    assert (group["DesiredCapacity"], group["MaxSize"]) == (3, 8)


def test_disks(drplan: Drplan, aws: Emulator) -> None:
    ids = disks_life(drplan)
    ec2 = aws.client("ec2")
    assert ec2.describe_volumes(VolumeIds=[ids["Disk"]])["Volumes"][0]["Size"] == 12
    card = ec2.describe_network_interfaces(NetworkInterfaceIds=[ids["Card"]])["NetworkInterfaces"][0]
    assert (card["Description"], card["SourceDestCheck"], card["Groups"][0]["GroupId"]) == ("two", True, ids["Two"])
    assert ec2.describe_addresses()["Addresses"][0]["NetworkInterfaceId"] == ids["Card"]
    entries = ec2.get_managed_prefix_list_entries(PrefixListId=ids["Nets"])["Entries"]
    assert {e["Cidr"]: e.get("Description") for e in entries} == {"10.0.0.0/8": "y", "12.0.0.0/8": None}
    assert ec2.describe_key_pairs(KeyNames=["compute-key"])["KeyPairs"]
    drplan.destroy()
    assert aws.leftovers()["total"] == 0


def disks_life(drplan: Drplan) -> dict[str, str]:
    """A volume only grows, so there is no way back."""
    drplan.write("stack.yaml", disks())
    drplan.apply()
    drplan.clean()
    before = drplan.ids()
    drplan.write("stack.yaml", changed("disks"))
    assert set(drplan.changes().values()) == {"update"}
    drplan.apply()
    drplan.clean()
    assert drplan.ids() == before
    return before


def test_key_pair_is_replaced(drplan: Drplan, aws: Emulator) -> None:
    template: Any = disks()
    drplan.write("stack.yaml", template)
    drplan.apply()
    template["Resources"]["Key"]["Properties"]["KeyName"] = "compute-other"
    drplan.write("stack.yaml", template)
    assert drplan.changes() == {"Key": "replace"}
    drplan.apply()
    drplan.clean()
    assert [k["KeyName"] for k in aws.client("ec2").describe_key_pairs()["KeyPairs"]] == ["compute-other"]


@pytest.mark.parametrize(("operation", "address"), [("CreateLoadBalancer", "Balancer"), ("CreateTargetGroup", "Targets"), ("CreateListener", "Listener"), ("CreateRule", "Rule")])
def test_lost_answer(operation: str, address: str, drplan: Drplan, aws: Emulator) -> None:
    """The connection is lost after the call was carried out: the next run finds what there is, and makes no second one."""
    drplan.write("stack.yaml", web())
    aws.fault(service="elbv2", operation=operation, nth=1, times=1, kind="drop-after")
    drplan.run("apply", "-auto-approve", code=None)
    drplan.apply()
    drplan.clean()
    elb, ids = aws.client("elbv2"), drplan.ids()
    assert [b["LoadBalancerArn"] for b in elb.describe_load_balancers()["LoadBalancers"]] == [ids["Balancer"]]
    assert [g["TargetGroupArn"] for g in elb.describe_target_groups()["TargetGroups"]] == [ids["Targets"]]
    assert address in ids
    assert [x["ListenerArn"] for x in elb.describe_listeners(LoadBalancerArn=ids["Balancer"])["Listeners"]] == [ids["Listener"]]
