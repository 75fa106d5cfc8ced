"""What somebody else makes with boto3 of networks: see foreign.py."""
from __future__ import annotations

import foreign
from conftest import REGION, Json
from foreign import MADE, TAGS, Hand, maker, tagged


@maker("AWS::EC2::VPC")
def vpc(h: Hand) -> tuple[Json, str]:
    made = h.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
    h.ec2.modify_vpc_attribute(VpcId=made, EnableDnsHostnames={"Value": True})
    return {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True, "EnableDnsHostnames": True, "Tags": TAGS}, made


@maker("AWS::EC2::Subnet")
def subnet(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    made = h.ec2.create_subnet(VpcId=net, CidrBlock="10.0.1.0/24", AvailabilityZone=REGION + "b", TagSpecifications=tagged("subnet"))["Subnet"]["SubnetId"]
    h.ec2.modify_subnet_attribute(SubnetId=made, MapPublicIpOnLaunch={"Value": True})
    return {"VpcId": net, "CidrBlock": "10.0.1.0/24", "AvailabilityZone": REGION + "b", "MapPublicIpOnLaunch": True, "Tags": TAGS}, made


@maker("AWS::EC2::InternetGateway")
def gateway(h: Hand) -> tuple[Json, str]:
    return {"Tags": TAGS}, h.ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway"))["InternetGateway"]["InternetGatewayId"]


@maker("AWS::EC2::EgressOnlyInternetGateway")
def egress_gateway(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    return {"VpcId": net}, h.ec2.create_egress_only_internet_gateway(VpcId=net)["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]


@maker("AWS::EC2::VPCGatewayAttachment")
def attachment(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    return {"VpcId": net, "InternetGatewayId": h.gateway(net)}, f"IGW|{net}"


@maker("AWS::EC2::EIP")
def address(h: Hand) -> tuple[Json, str]:
    made = h.ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))
    return {"Domain": "vpc", "Tags": TAGS}, made["AllocationId"]


@maker("AWS::EC2::EIPAssociation")
def bound(h: Hand) -> tuple[Json, str]:
    allocated, card = h.address(), h.card()
    return {"AllocationId": allocated, "NetworkInterfaceId": card}, h.ec2.associate_address(AllocationId=allocated, NetworkInterfaceId=card)["AssociationId"]


@maker("AWS::EC2::NatGateway")
def nat(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    h.gateway(net)
    place, allocated = h.subnet(net), h.address()
    made = h.ec2.create_nat_gateway(SubnetId=place, AllocationId=allocated, TagSpecifications=tagged("natgateway"))
    return {"SubnetId": place, "AllocationId": allocated, "ConnectivityType": "public", "Tags": TAGS}, made["NatGateway"]["NatGatewayId"]


@maker("AWS::EC2::RouteTable")
def table(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    return {"VpcId": net, "Tags": TAGS}, h.ec2.create_route_table(VpcId=net, TagSpecifications=tagged("route-table"))["RouteTable"]["RouteTableId"]


@maker("AWS::EC2::Route")
def route(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    where, way = h.table(net), h.gateway(net)
    h.ec2.create_route(RouteTableId=where, DestinationCidrBlock="0.0.0.0/0", GatewayId=way)
    return {"RouteTableId": where, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": way}, f"{where}|0.0.0.0/0"


@maker("AWS::EC2::SubnetRouteTableAssociation")
def table_of(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    props = {"SubnetId": h.subnet(net), "RouteTableId": h.table(net)}
    return props, h.ec2.associate_route_table(**props)["AssociationId"]


@maker("AWS::EC2::VPCEndpoint")
def endpoint(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    props = {"VpcId": net, "ServiceName": f"com.amazonaws.{REGION}.s3", "VpcEndpointType": "Gateway", "RouteTableIds": [h.table(net)]}
    return props | {"Tags": TAGS}, h.ec2.create_vpc_endpoint(**props, TagSpecifications=tagged("vpc-endpoint"))["VpcEndpoint"]["VpcEndpointId"]


RULE = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


@maker("AWS::EC2::SecurityGroup")
def group(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    made = h.ec2.create_security_group(GroupName=h.name, Description=h.name, VpcId=net, TagSpecifications=tagged("security-group"))["GroupId"]
    h.ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[RULE | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}, {"CidrIp": "11.0.0.0/8"}]}])
    return {"GroupName": h.name, "GroupDescription": h.name, "VpcId": net, "Tags": TAGS,
            "SecurityGroupIngress": [RULE | {"CidrIp": "10.0.0.0/8", "Description": "inside"}, RULE | {"CidrIp": "11.0.0.0/8"}]}, made


@maker("AWS::EC2::SecurityGroupIngress")
def ingress(h: Hand) -> tuple[Json, str]:
    where = h.group(h.vpc())
    made = h.ec2.authorize_security_group_ingress(GroupId=where, IpPermissions=[RULE | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}]}])
    return RULE | {"GroupId": where, "CidrIp": "10.0.0.0/8", "Description": "inside"}, made["SecurityGroupRules"][0]["SecurityGroupRuleId"]


@maker("AWS::EC2::SecurityGroupEgress")
def egress(h: Hand) -> tuple[Json, str]:
    where = h.group(h.vpc())
    made = h.ec2.authorize_security_group_egress(GroupId=where, IpPermissions=[RULE | {"UserIdGroupPairs": [{"GroupId": where}]}])
    return RULE | {"GroupId": where, "DestinationSecurityGroupId": where}, made["SecurityGroupRules"][0]["SecurityGroupRuleId"]


@maker("AWS::EC2::NetworkAcl")
def acl(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    return {"VpcId": net, "Tags": TAGS}, h.ec2.create_network_acl(VpcId=net, TagSpecifications=tagged("network-acl"))["NetworkAcl"]["NetworkAclId"]


@maker("AWS::EC2::NetworkAclEntry")
def acl_entry(h: Hand) -> tuple[Json, str]:
    where = h.acl(h.vpc())
    h.ec2.create_network_acl_entry(NetworkAclId=where, RuleNumber=100, Protocol="6", RuleAction="allow", Egress=False, CidrBlock="10.0.0.0/8", PortRange={"From": 80, "To": 81})
    return {"NetworkAclId": where, "RuleNumber": 100, "Protocol": 6, "RuleAction": "allow", "CidrBlock": "10.0.0.0/8", "PortRange": {"From": 80, "To": 81}}, f"{where}|100|false"


@maker("AWS::EC2::SubnetNetworkAclAssociation")
def acl_of(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    place, where = h.subnet(net), h.acl(net)
    old = h.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [place]}])["NetworkAcls"][0]["Associations"]
    born = next(a["NetworkAclAssociationId"] for a in old if a["SubnetId"] == place)
    return {"SubnetId": place, "NetworkAclId": where}, h.ec2.replace_network_acl_association(AssociationId=born, NetworkAclId=where)["NewAssociationId"]


@maker("AWS::EC2::VPCPeeringConnection")
def peering(h: Hand) -> tuple[Json, str]:
    props = {"VpcId": h.vpc(), "PeerVpcId": h.vpc("10.1.0.0/16")}
    made = h.ec2.create_vpc_peering_connection(**props, TagSpecifications=tagged("vpc-peering-connection"))["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    h.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made)
    return props | {"Tags": TAGS}, made


@maker("AWS::EC2::DHCPOptions")
def options(h: Hand) -> tuple[Json, str]:
    made = h.ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["a.example.com"]}, {"Key": "domain-name-servers", "Values": ["10.0.0.2", "10.0.0.3"]}],
                                     TagSpecifications=tagged("dhcp-options"))
    return {"DomainName": "a.example.com", "DomainNameServers": ["10.0.0.2", "10.0.0.3"], "Tags": TAGS}, made["DhcpOptions"]["DhcpOptionsId"]


@maker("AWS::EC2::VPCDHCPOptionsAssociation")
def options_of(h: Hand) -> tuple[Json, str]:
    net, chosen = h.vpc(), options(h)[1]
    h.ec2.associate_dhcp_options(VpcId=net, DhcpOptionsId=chosen)
    return {"VpcId": net, "DhcpOptionsId": chosen}, f"{chosen}|{net}"


@maker("AWS::EC2::VPCCidrBlock")
def block(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    return {"VpcId": net, "CidrBlock": "10.6.0.0/16"}, h.ec2.associate_vpc_cidr_block(VpcId=net, CidrBlock="10.6.0.0/16")["CidrBlockAssociation"]["AssociationId"]


@maker("AWS::EC2::FlowLog")
def flow_log(h: Hand) -> tuple[Json, str]:
    net, role = h.vpc(), h.role("vpc-flow-logs.amazonaws.com")
    h.logs.create_log_group(logGroupName=f"/{h.name}")
    made = h.ec2.create_flow_logs(ResourceIds=[net], ResourceType="VPC", TrafficType="REJECT", LogGroupName=f"/{h.name}", DeliverLogsPermissionArn=role, TagSpecifications=tagged("vpc-flow-log"))
    return {"ResourceId": net, "ResourceType": "VPC", "TrafficType": "REJECT", "LogGroupName": f"/{h.name}", "DeliverLogsPermissionArn": role, "Tags": TAGS}, made["FlowLogIds"][0]


@maker("AWS::EC2::Volume")
def volume(h: Hand) -> tuple[Json, str]:
    made = h.ec2.create_volume(AvailabilityZone=REGION + "a", Size=5, VolumeType="gp3", Encrypted=True, TagSpecifications=tagged("volume"))
    return {"AvailabilityZone": REGION + "a", "Size": 5, "VolumeType": "gp3", "Encrypted": True, "Tags": TAGS}, made["VolumeId"]


@maker("AWS::EC2::Instance")
def machine(h: Hand) -> tuple[Json, str]:
    place = h.subnet()
    made = h.ec2.run_instances(ImageId=foreign.matrix_ec2.IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=place, TagSpecifications=tagged("instance"))
    return {"ImageId": foreign.matrix_ec2.IMAGE, "InstanceType": "t3.micro", "SubnetId": place, "Tags": TAGS}, made["Instances"][0]["InstanceId"]


@maker("AWS::EC2::VolumeAttachment")
def tie(h: Hand) -> tuple[Json, str]:
    server = h.machine()
    zone = h.ec2.describe_instances(InstanceIds=[server])["Reservations"][0]["Instances"][0]["Placement"]["AvailabilityZone"]
    disk = h.ec2.create_volume(AvailabilityZone=zone, Size=5)["VolumeId"]
    h.ec2.attach_volume(VolumeId=disk, InstanceId=server, Device="/dev/sdf")
    return {"VolumeId": disk, "InstanceId": server, "Device": "/dev/sdf"}, f"{disk}|{server}"


@maker("AWS::EC2::NetworkInterface")
def card(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    place, guard = h.subnet(net), h.group(net)
    made = h.ec2.create_network_interface(SubnetId=place, Description=h.name, Groups=[guard], TagSpecifications=tagged("network-interface"))["NetworkInterface"]["NetworkInterfaceId"]
    h.ec2.modify_network_interface_attribute(NetworkInterfaceId=made, SourceDestCheck={"Value": False})
    return {"SubnetId": place, "Description": h.name, "GroupSet": [guard], "SourceDestCheck": False, "Tags": TAGS}, made


@maker("AWS::EC2::KeyPair")
def key_pair(h: Hand) -> tuple[Json, str]:
    public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO0pZ6Wm8Rj0sGmJ0m0m5m1y8m4o0Wj9Yv1e5Zb0c3dX me"
    h.ec2.import_key_pair(KeyName=h.name, PublicKeyMaterial=public.encode(), TagSpecifications=tagged("key-pair"))
    return {"KeyName": h.name, "PublicKeyMaterial": public, "Tags": TAGS}, h.name


@maker("AWS::EC2::PrefixList")
def prefixes(h: Hand) -> tuple[Json, str]:
    entries = [{"Cidr": "10.0.0.0/8", "Description": "x"}, {"Cidr": "11.0.0.0/8"}]
    props = {"PrefixListName": h.name, "AddressFamily": "IPv4", "MaxEntries": 5, "Entries": entries}
    return props | {"Tags": TAGS}, h.ec2.create_managed_prefix_list(**props, TagSpecifications=tagged("prefix-list"))["PrefixList"]["PrefixListId"]


@maker("AWS::EC2::LaunchTemplate")
def launch_template(h: Hand) -> tuple[Json, str]:
    data = {"ImageId": foreign.matrix_ec2.IMAGE, "InstanceType": "t3.micro", "MetadataOptions": {"HttpTokens": "required"}}
    made = h.ec2.create_launch_template(LaunchTemplateName=h.name, LaunchTemplateData=data)["LaunchTemplate"]["LaunchTemplateId"]
    return {"LaunchTemplateName": h.name, "LaunchTemplateData": data}, made


@maker("AWS::ElasticLoadBalancingV2::LoadBalancer")
def balancer(h: Hand) -> tuple[Json, str]:
    net = h.vpc()
    h.gateway(net)
    props = {"Name": h.name, "Subnets": [h.subnet(net), h.subnet(net, "10.0.2.0/24", "b")], "SecurityGroups": [h.group(net)], "Scheme": "internal", "Type": "application"}
    made = h.elbv2.create_load_balancer(**props, Tags=TAGS)["LoadBalancers"][0]["LoadBalancerArn"]
    timeout = [{"Key": "idle_timeout.timeout_seconds", "Value": "70"}]
    h.elbv2.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=timeout)
    return props | {"LoadBalancerAttributes": timeout, "Tags": TAGS}, made


@maker("AWS::ElasticLoadBalancingV2::TargetGroup")
def targets(h: Hand) -> tuple[Json, str]:
    props = {"Name": h.name, "Protocol": "HTTP", "Port": 8080, "VpcId": h.vpc(), "TargetType": "instance", "HealthCheckPath": "/health", "Matcher": {"HttpCode": "200"}}
    made = h.elbv2.create_target_group(**props, Tags=TAGS)["TargetGroups"][0]["TargetGroupArn"]
    delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]
    h.elbv2.modify_target_group_attributes(TargetGroupArn=made, Attributes=delay)
    return props | {"TargetGroupAttributes": delay, "Tags": TAGS}, made


@maker("AWS::ElasticLoadBalancingV2::Listener")
def listener(h: Hand) -> tuple[Json, str]:
    where, _ = h.balancer()
    props = {"LoadBalancerArn": where, "Protocol": "HTTP", "Port": 80,
             "DefaultActions": [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]}
    return props, h.elbv2.create_listener(**props)["Listeners"][0]["ListenerArn"]


@maker("AWS::ElasticLoadBalancingV2::ListenerRule")
def rule(h: Hand) -> tuple[Json, str]:
    where, net = h.listener()
    props = {"ListenerArn": where, "Priority": 10, "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/x/*"]}}],
             "Actions": [{"Type": "forward", "TargetGroupArn": h.targets(net)}]}
    return props, h.elbv2.create_rule(**props)["Rules"][0]["RuleArn"]


@maker("AWS::AutoScaling::AutoScalingGroup")
def scaled(h: Hand) -> tuple[Json, str]:
    chosen, place = h.template(), h.subnet()
    tags = [t | {"PropagateAtLaunch": True} for t in TAGS]
    h.autoscaling.create_auto_scaling_group(AutoScalingGroupName=h.name, MinSize=0, MaxSize=4, DesiredCapacity=1, VPCZoneIdentifier=place, HealthCheckGracePeriod=120,
                                            LaunchTemplate={"LaunchTemplateId": chosen, "Version": "1"}, Tags=[t | {"ResourceId": h.name, "ResourceType": "auto-scaling-group"} for t in tags])
    return {"AutoScalingGroupName": h.name, "MinSize": "0", "MaxSize": "4", "DesiredCapacity": "1", "VPCZoneIdentifier": [place], "HealthCheckGracePeriod": 120,
            "LaunchTemplate": {"LaunchTemplateId": chosen, "Version": "1"}, "Tags": tags}, h.name


@maker("AWS::AutoScaling::ScalingPolicy")
def scaling(h: Hand) -> tuple[Json, str]:
    of = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": 60.0}
    props = {"AutoScalingGroupName": h.scaled(), "PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": of}
    return props, h.autoscaling.put_scaling_policy(**props, PolicyName=h.name)["PolicyARN"]


@maker("AWS::AutoScaling::LifecycleHook")
def hook(h: Hand) -> tuple[Json, str]:
    props = {"AutoScalingGroupName": h.scaled(), "LifecycleHookName": h.name, "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "HeartbeatTimeout": 60}
    h.autoscaling.put_lifecycle_hook(**props)
    return props, f"{h.name}|{h.name}"


@maker("AWS::AutoScaling::ScheduledAction")
def night(h: Hand) -> tuple[Json, str]:
    props = {"AutoScalingGroupName": h.scaled(), "MinSize": 0, "MaxSize": 1, "Recurrence": "0 22 * * *"}
    h.autoscaling.put_scheduled_update_group_action(**props, ScheduledActionName=h.name)
    return props, f"{h.name}|{h.name}"
