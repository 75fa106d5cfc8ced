#!/bin/sh
# The demo: a recovery region from nothing, a failover, the way back, and to nothing again, on the built-in simulator.
# No account, no Python.   examples/demo.sh [PATH-OF-DRPLAN]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
drplan=$(cd "$(dirname "${1:-./drplan}")" && pwd)/$(basename "${1:-./drplan}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp -R "$here/dr-webapp" "$here/primary-region" "$dir/"
cd "$dir"

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '\n== %s\n' "$*"; }
run() { printf '$ drplan %s\n' "$*"; "$drplan" "$@"; }
# One line for each resource: what `drplan plan` prints is longer, property by property.
brief() { printf '$ drplan %s\n' "$*"; "$drplan" "$@" >out 2>err || { cat out err >&2; exit 1; }; grep -E '^(phase|Plan|No changes| *[-+~/<=]+ [A-Z][A-Za-z0-9]+ \()' out; }
edit() { sed "$1" "$2" >edited && mv edited "$2"; }

say "What a team has before it thinks of recovery: one region"
run apply primary-region --sim -auto-approve -var DbPassword=correct-horse >/dev/null 2>&1
export DRPLAN_STATE=.drplan/dr-webapp.sim.db
export DRPLAN_VAR_HostedZoneId=$("$drplan" output --sim -state=.drplan/primary-region.sim.db -raw HostedZoneId)
export DRPLAN_VAR_CertificateArn=arn:aws:acm:us-west-2:123456789012:certificate/11111111-2222-3333-4444-555555555555
export DRPLAN_VAR_Protect=false
echo "20 resources in us-east-1: network, Aurora, bucket, load balancer, instances, domain"

say "Plan: the recovery side of it, in phase order"
brief plan dr-webapp --sim

say "Apply: phase by phase, each with its gate"
run apply dr-webapp --sim -auto-approve >out
tail -8 out

say "A second plan finds nothing to do (exit status 0 with -detailed-exitcode)"
run plan dr-webapp --sim -detailed-exitcode

say "A change: the database may be further behind before somebody is woken"
edit '/AlarmName: .*aurora-lag/,/Threshold:/s/Threshold: 60000/Threshold: 90000/' dr-webapp/monitoring.yaml
run apply dr-webapp --sim -auto-approve

say "A replacement: another description of a security group; the new one stands before the old one goes"
edit 's/Application instances, from the load balancer only/Application instances/' dr-webapp/security.yaml
brief plan dr-webapp --sim
run apply dr-webapp --sim -auto-approve >/dev/null
run plan dr-webapp --sim -detailed-exitcode

say "The worst day, announced: production moves to the recovery region, and the clock runs"
run failover --planned --sim -auto-approve

say "The stack is in mode active; a plan of the same files undoes nothing of it"
run plan dr-webapp --sim -detailed-exitcode

say "And back"
run failback --sim -auto-approve --approve=go
run plan dr-webapp --sim -detailed-exitcode

say "Destroy: back to nothing"
run destroy dr-webapp --sim -auto-approve --allow-data-loss >out 2>/dev/null
tail -1 out
run state list --sim

say "Done. Try it on a template of your own:"
echo "  ./drplan plan template.yaml --sim"
