/* Two versions of one stack for the tests of crashes and undos: updates, a removal, both kinds of replacement. */
#ifndef DRPLAN_TESTS_TWOSTACKS_H
#define DRPLAN_TESTS_TWOSTACKS_H

static const char first[] =
	"Stack: t\nResources:\n"
	"  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16, Tags: [{Key: Name, Value: dr}]}}\n"
	"  Igw: {Type: AWS::EC2::InternetGateway}\n"
	"  Attach: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Igw}}\n"
	"  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}\n"
	"  Route: {Type: AWS::EC2::Route, DependsOn: Attach, Properties: {RouteTableId: !Ref Table, GatewayId: !Ref Igw, "
	"DestinationCidrBlock: 0.0.0.0/0}}\n"
	"  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.1.0.0/24}}\n"
	"  Link: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Table}}\n"
	"  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Vpc, GroupDescription: web}}\n"
	"  Rule: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !GetAtt Group.GroupId, IpProtocol: tcp, "
	"FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}}\n"
	"  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 7}}\n";

/* The subnet moves to another zone (its range is kept: deleted first), the group is made anew (made first). */
static const char second[] =
	"Stack: t\nResources:\n"
	"  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16, Tags: [{Key: Name, Value: other}]}}\n"
	"  Igw: {Type: AWS::EC2::InternetGateway}\n"
	"  Attach: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Igw}}\n"
	"  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}\n"
	"  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.1.0.0/24, AvailabilityZone: us-west-2b}}\n"
	"  Link: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Table}}\n"
	"  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Vpc, GroupDescription: internal}}\n"
	"  Rule: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !GetAtt Group.GroupId, IpProtocol: tcp, "
	"FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}}\n"
	"  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 14}}\n";

#endif
