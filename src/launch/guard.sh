# Runs a server for as long as the pipe on its standard input is open; then ends it and removes its
# folder. The pipe closes on every way out of the program that holds its other end, even if that
# program is killed.
#
#   sh -c GUARD guard FOLDER SIGNAL PATIENCE COMMAND...
#
# FOLDER is the server's. SIGNAL asks the server to end; after PATIENCE seconds it is killed. Lines
# that come by the pipe are handed on to the server's standard input, but for one of `keep`: from
# then on the server runs until it ends, or until this guard gets a SIGTERM. The folder gets what the
# server prints (server.out) and its exit code (server.exit).
folder=$1 signal=$2 patience=$3
shift 3

# Another signal than KILL goes to the whole process group, as what was started may be a shell.
stop() {
	trap '' TERM
	if [ "$signal" = KILL ]; then
		kill -KILL "$server"
	else
		kill -s "$signal" 0
		{ sleep "$patience"; kill -KILL "$server"; } &
	fi
}

obey() {
	while IFS= read -r line; do
		[ "$line" != keep ] || return
		printf '%s\n' "$line" >&3
	done
	kill -TERM $$
}

umask 077
exec 4<&0 </dev/null >/dev/null 2>&1
mkfifo "$folder/control" || exit
"$@" <"$folder/control" >"$folder/server.out" 2>&1 4<&- &
server=$!
exec 3<>"$folder/control" # for writing alone, opening would wait for a reader, who may be gone
trap stop TERM
obey <&4 &
lifeline=$!
exec 4<&-

until wait "$server"; code=$?; ! kill -0 "$server"; do :; done
trap : TERM
echo "$code" >"$folder/server.exit"
wait "$lifeline"
rm -rf "$folder"
kill -KILL 0 # whatever the server left behind, and with it this guard
