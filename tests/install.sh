#!/bin/sh
# `make install` into a scratch root: what must be there is, and the binary runs and is small.
B=${1:-build}
root=$(mktemp -d) || exit 1
trap 'rm -rf "$root"' EXIT
make --no-print-directory B="$B" DESTDIR="$root" PREFIX=/usr install >/dev/null || exit 1
for f in bin/drplan share/man/man1/drplan.1 share/bash-completion/completions/drplan \
	share/zsh/site-functions/_drplan share/fish/vendor_completions.d/drplan.fish; do
	[ -s "$root/usr/$f" ] || { echo "install: $f is missing or empty"; exit 1; }
done
"$root/usr/bin/drplan" version || exit 1
size=$(stat -c %s "$root/usr/bin/drplan")
echo "install: stripped binary $size bytes"
[ "$size" -lt 3145728 ] || { echo "install: over 3 MiB"; exit 1; }
bash -n "$root/usr/share/bash-completion/completions/drplan" || exit 1
