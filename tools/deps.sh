#!/bin/sh
# Install what building and testing need (Debian names). Idempotent and quiet when nothing is missing; when not root
# it prints the command that root would run. DEPS=no skips it.
[ "${DEPS:-yes}" = no ] && exit 0
want="gcc make pkg-config libcurl4-openssl-dev libssl-dev libyaml-dev libsqlite3-dev libxxhash-dev libexpat1-dev
libpcre2-dev zlib1g-dev libzip-dev libcmocka-dev clang clang-format python3 python3-venv ca-certificates"
command -v dpkg-query >/dev/null 2>&1 || {
	echo "deps: not a Debian system: install the equivalents of:" $want >&2
	exit 0
}
missing=
for p in $want; do
	dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null | grep -q '^installed$' || missing="$missing $p"
done
[ -z "$missing" ] && exit 0
cmd="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
	echo "deps: missing:$missing" >&2
	echo "deps: run as root:  apt-get update && $cmd" >&2
	exit 1
fi
echo "deps: installing$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
{ apt-get update -qq && $cmd -qq; } >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
