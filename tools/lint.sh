#!/bin/sh
# Lint: banned functions, printing outside cmd/, layering, long files and lines, both compilers, shell and YAML syntax.
# Prints one line per finding; exit 1 if there was any.
B=${1:-build}
found=0
say() { echo "lint: $*"; found=$((found + 1)); }
code=$(git ls-files '*.c' '*.h' | grep -v '_gen')

# Functions that have a bounded or checked replacement in base/.
ban='strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|atoi|atol|atof|gets|alloca|setlocale|system|popen|tmpnam|mktemp'
for hit in $(grep -nE "(^|[^A-Za-z0-9_>.])($ban)[[:space:]]*\(" $code /dev/null | cut -d: -f1,2 | sort -u); do
	say "$hit: banned function"
done

# Only cmd/ (and host tools and tests) prints or exits.
lib=$(printf '%s\n' $code | grep -E '^(base|model|stacks|planner|state|providers)/' | grep -v 'typec')
for hit in $(grep -nE '(^|[^A-Za-z0-9_])(printf|puts|putchar|perror|exit)[[:space:]]*\(' $lib /dev/null |
	grep -vE '^base/(arena|log)\.c:' | cut -d: -f1,2 | sort -u); do
	say "$hit: prints or exits outside cmd/"
done

# Arrows go one way: lower rooms never include upper ones.
layer() {	# room forbidden-regex
	for hit in $(grep -nE "^#include \"($2)" $(printf '%s\n' $code | grep "^$1/") /dev/null | cut -d: -f1,2); do
		say "$hit: $1/ must not include that"
	done
}
layer base 'model|stacks|state|planner|providers|cmd'
layer model 'stacks|state|planner|providers|cmd'
layer stacks 'state|planner|providers|cmd'
layer state 'stacks|planner|providers|cmd'
layer planner 'providers/(aws|sim)|cmd'
for hit in $(grep -nE '^#include "(stacks|state|planner|cmd)/' $(printf '%s\n' $code | grep '^providers/' | grep -v typec) /dev/null | cut -d: -f1,2); do
	say "$hit: a provider must not include that"
done
for hit in $(grep -nE 'AWS::(EC2|RDS|S3|IAM|Logs)' $(printf '%s\n' $code | grep '^planner/') /dev/null | cut -d: -f1,2); do
	say "$hit: planner/ never heard of AWS"
done

for f in $code; do
	n=$(wc -l <"$f")
	[ "$n" -le 500 ] || case $f in tests/*) ;; *) say "$f: $n lines (500 at most)" ;; esac
done
for hit in $(awk 'length($0) > 150 {print FILENAME ":" FNR}' $code); do
	say "$hit: line is over 150 characters"
done

# Nothing of a particular machine.
for hit in $(git grep -nIE '/(work|root|home)/[a-z]+/' -- ':!tests/emulator' ':!tools/lint.sh' ':!*_gen*.c' ':!tests/fuzz/corpus' | cut -d: -f1,2); do
	say "$hit: a machine's path"
done

for f in $(git ls-files '*.sh') .ci/run; do
	sh -n "$f" 2>/dev/null || bash -n "$f" || say "$f: does not parse"
done

# No page leads nowhere.
tools/links.sh || found=$((found + 1))

# The other compiler's opinion, without building.
if command -v clang >/dev/null 2>&1; then
	for f in $(printf '%s\n' $code | grep '\.c$' | grep -vE '^tests/(unit|fuzz|wire|drive)'); do
		clang -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Werror \
			-I. -I"$B" -DDRPLAN_VERSION='"0"' -fsyntax-only "$f" || say "$f: clang objects"
	done
fi
[ "$found" -eq 0 ] && echo "lint: clean"
[ "$found" -eq 0 ]
