#!/usr/bin/env bash
# The steps of the GitHub Action (../action.yml), each by its name:
#
#   action.sh locate   tells where the program is, or is to be built, and what a cache knows it by
#   action.sh build    builds it there, from the sources that this file comes with
#   action.sh server   installs the server that INPUT_LAUNCH names, if it is not there
#   action.sh run      runs the scripts or merges reports, and tells what came of it
#
# The inputs are in the environment, as INPUT_…: none of them ever becomes text that a shell reads.
set -euo pipefail
sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Ends the step, with the code of a run that could not be done.
give_up() {
	echo "::error title=scansion::$1"
	exit 2
}

# A result of the step.
output() {
	[[ $2 != *$'\n'* ]] || give_up "$1 has several lines: $(head -1 <<<"$2")…"
	echo "$1=$2" >>"$GITHUB_OUTPUT"
}

# What an installed program is made of, so that a changed source or another machine builds it anew.
key() {
	cd "$sources"
	find Cargo.toml Cargo.lock grammar src -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum |
		sha256sum | cut -c 1-16
}

locate() {
	local folder=$RUNNER_TEMP/scansion
	if [ -n "$INPUT_BINARY" ]; then
		type -P "$INPUT_BINARY" >/dev/null || give_up "there is no program $INPUT_BINARY"
		output binary "$(realpath -s "$(type -P "$INPUT_BINARY")")" # also seen from other folders
	else
		output binary "$folder/bin/scansion"
		output folder "$folder"
		output key "scansion-$RUNNER_OS-$RUNNER_ARCH-${ImageOS:-}-$(key)"
	fi
}

build() {
	type -P cargo >/dev/null || give_up "cargo is not installed; have a step install Rust, or give \`binary\`"
	cargo install --path "$sources" --locked --root "$RUNNER_TEMP/scansion"
}

server() {
	case $INPUT_LAUNCH in
	prosody | ejabberd) "$sources/ci/install" "$INPUT_LAUNCH" || give_up "please install $INPUT_LAUNCH in a step before" ;;
	esac
}

# Fills the array $1 with the words of $2, which may be quoted as for a shell; nothing in them is expanded.
split() {
	local file=$RUNNER_TEMP/scansion-words
	xargs -r printf '%s\0' <<<"$2" >"$file" 2>/dev/null || give_up "a quote is not closed: $2"
	mapfile -d '' -t "$1" <"$file"
}

# An option of the program, if it has a value.
option() {
	[ -z "$2" ] || options+=("$1=$2")
}

choose() {
	split more "$INPUT_ARGS"
	split scripts "$INPUT_SCRIPTS"
	option --launch "$INPUT_LAUNCH"
	option --launch-command "$INPUT_LAUNCH_COMMAND"
	option --launch-config "$INPUT_LAUNCH_CONFIG"
	[ -z "$INPUT_LAUNCH$INPUT_LAUNCH_COMMAND" ] || option --server-logs "$reports/server-logs"
	option --server "$INPUT_SERVER"
	option --baseline "$INPUT_BASELINE"
	option --partition "$INPUT_PARTITION"
	option --transcript "$reports/transcripts"
	[ "$INPUT_ANNOTATIONS" = false ] || option --report github
}

report() {
	rm -f "$reports"/{report.json,junit.xml,report.html,summary.md} # those of a run before
	option --report "json=$reports/report.json"
	option --report "junit=$reports/junit.xml"
	option --report "html=$reports/report.html"
	option --report "markdown=$reports/summary.md"
}

perform() {
	local more scripts
	choose
	report
	"$SCANSION" run "${options[@]}" "${more[@]}" -- "${scripts[@]}"
}

# The words are patterns of file names, as artifacts come in folders of their own.
merge() {
	local patterns pattern files=()
	split patterns "$INPUT_MERGE"
	for pattern in "${patterns[@]}"; do
		mapfile -t -O ${#files[@]} files < <(compgen -G "$pattern")
	done
	[ ${#files[@]} -gt 0 ] || give_up "there are no reports at $INPUT_MERGE"
	report
	"$SCANSION" report merge "${options[@]}" -- "${files[@]}"
}

# GitHub takes a megabyte a step, or nothing.
summarize() {
	[ "$INPUT_SUMMARY" = false ] || [ ! -e "$reports/summary.md" ] ||
		head -c 1000000 "$reports/summary.md" >>"$GITHUB_STEP_SUMMARY"
}

tell() {
	output exit-code "$1"
	output reports "$reports"
	[ ! -e "$reports/report.json" ] || output json "$reports/report.json"
	[ ! -e "$reports/junit.xml" ] || output junit "$reports/junit.xml"
	[ ! -e "$reports/report.html" ] || output html "$reports/report.html"
}

run() {
	local code=0 options=() reports
	cd "$INPUT_WORKING_DIRECTORY" || give_up "there is no folder $INPUT_WORKING_DIRECTORY"
	mkdir -p "$INPUT_REPORTS"
	reports=$(cd "$INPUT_REPORTS" && pwd)
	if [ -n "$INPUT_MERGE" ]; then merge || code=$?; else perform || code=$?; fi
	summarize
	tell $code
	exit $code
}

"$1"
