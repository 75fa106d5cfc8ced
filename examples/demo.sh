#!/bin/sh
# The demo: a recovery region's network from nothing to nothing, on the built-in simulator. No account, no Python.
#   examples/demo.sh [PATH-OF-DRPLAN]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
drplan=$(cd "$(dirname "${1:-./drplan}")" && pwd)/$(basename "${1:-./drplan}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp -R "$here/dr-webapp" "$dir/"
cd "$dir"

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '\n== %s\n' "$*"; }
run() { printf '$ drplan %s\n' "$*"; "$drplan" "$@"; }

say "Plan: what would be made, in phase order"
run plan dr-webapp --sim

say "Apply: phase by phase"
run apply dr-webapp --sim -auto-approve

say "A second plan finds nothing to do (exit status 0 with -detailed-exitcode)"
run plan dr-webapp --sim -detailed-exitcode

say "A change: instances in the second public subnet get no public address any more"
awk '/PublicSubnetB:/ {b=1} b && /MapPublicIpOnLaunch/ {sub("true", "false"); b=0} {print}' \
	dr-webapp/networking.yaml >edited.yaml && mv edited.yaml dr-webapp/networking.yaml
run apply dr-webapp --sim -auto-approve

say "A replacement: another address range for the second private subnet; the new one stands before the old one goes"
awk '/PrivateSubnetB:/ {b=1} b && /CidrBlock/ {sub("3, !Cidr \\[!Ref VpcCidr, 4", "9, !Cidr [!Ref VpcCidr, 10"); b=0} {print}' \
	dr-webapp/networking.yaml >edited.yaml && mv edited.yaml dr-webapp/networking.yaml
run plan dr-webapp --sim
run apply dr-webapp --sim -auto-approve

say "No changes again"
run plan dr-webapp --sim -detailed-exitcode

say "Destroy: back to nothing"
run destroy dr-webapp --sim -auto-approve
run state list --sim

say "Done. Try it on a template of your own:"
echo "  ./drplan plan template.yaml --sim"
