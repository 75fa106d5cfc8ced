#!/bin/sh
# The links of the documents: each one that is not an address leads to a file of the tree, and its #part to a heading
# of that page, named as GitHub does; a page of docs/ that code or text names is there, and each page is linked to.
# Prints one line per dead one; exit 1 if there was any. tools/lint.sh runs it.
slugs() {	# file: the anchors of its headings
	awk '/^```/ {code = !code} !code && /^#+ / {
		sub(/^#+ /, ""); $0 = tolower($0); gsub(/[^a-z0-9 _-]/, ""); gsub(/ /, "-"); print}' "$1"
}
links() {	# file: the targets of its links, code left out
	awk '/^```/ {code = !code} !code {gsub(/`[^`]*`/, ""); print}' "$1" | grep -oE '\]\([^)]+\)' | sed 's/^](//; s/)$//'
}
dead=0
for page in $(git ls-files '*.md' | grep -v '^tests/fuzz/corpus/'); do
	[ -f "$page" ] || continue
	for link in $(links "$page"); do
		case $link in
		*://* | mailto:*) continue ;;
		\#*) file=$page ;;
		*) file=$(dirname "$page")/${link%%#*} ;;
		esac
		case $link in *\#*) part=${link#*#} ;; *) part= ;; esac
		if [ ! -e "$file" ]; then
			echo "$page: dead link: $link"
			dead=1
		elif [ -n "$part" ] && ! slugs "$file" | grep -qxF "$part"; then
			echo "$page: no such heading: $link"
			dead=1
		fi
	done
done
for name in $(git grep -hoIE 'docs/[a-z-]+\.(md|1)\b' | sort -u); do
	[ -e "$name" ] || { echo "$name is named, and not there"; dead=1; }
done
for page in docs/*.md; do
	git grep -qE "\]\(([a-z/.]*/)?$(basename "$page")[)#]" -- '*.md' || { echo "$page: no page leads there"; dead=1; }
done
exit $dead
