# make test   all tests, some of them on throw-away servers; installs what they need
# make servers  brings other servers below target/servers, for tests and to try; make test does it
# make run    the scripts in spec/ and examples/, against such a server
# make matrix what comes of spec/ on each server that can be had, ROUNDS times (3), for docs/servers.md
# make bench  what stories cost, on such a server; FULL=1 for all sizes, ONLY=bd for some parts (docs/benchmarks.md)
# make endurance  N scripts in one run (10000), and Ctrl-C at 100 moments: does anything grow, is anything left?
# make lint   formatting, clippy, documentation, and what deny.toml says of dependencies; warnings denied
# make audit  whether the dependencies have known vulnerabilities; asks a data base on GitHub

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.PHONY: test servers run matrix bench endurance lint audit tools rust

# Where rustup puts cargo, for shells that read no profile.
export PATH := $(PATH):$(HOME)/.cargo/bin

packages := prosody ejabberd lua5.4 openssl gcc libc6-dev pkg-config libssl-dev \
	chromium chromium-driver perl python3 python3-venv sqlite3
# What others wrote to read reports, for tests/report_readers.rs.
readers := target/readers
# Servers that tests start by recipes: of each what tests/servers/fetch knows by its name.
servers := prosody-13 prosody-13-source ejabberd-24 ejabberd-26 jabberd2 pyjabber
# What judges the dependencies.
deny := target/deny
# The library that is measured beside us.
slixmpp := target/bench-venv

test: tools rust $(readers)/ready
	# What fails keeps nothing else from being tried. Servers are fetched while tests are compiled.
	failed=0
	$(MAKE) --no-print-directory servers & fetched=$$!
	cargo test --workspace --no-run || failed=1
	wait $$fetched || failed=1
	cargo test --workspace --no-fail-fast || failed=1
	cargo test --bench parser --bench matcher || failed=1
	exit $$failed

# One that is not to be had here is said to be missing, and is no reason to try nothing else.
servers: tools
	for name in $(servers); do
		tests/servers/fetch $$name target/servers/$$name || [ $$? = 3 ]
	done

run: tools rust
	cargo build --release
	tests/with-prosody target/release/scansion run spec examples --server 127.0.0.1:{c2s} \
		--component-server 127.0.0.1:{component} --ca {ca}

matrix: tools rust
	cargo build --release
	tests/servers/matrix target/release/scansion target/matrix $(or $(ROUNDS),3) $(MORE)

bench: tools rust $(slixmpp)/ready
	cargo bench --bench table -- $(if $(FULL),--full) $(ONLY)

endurance: tools rust
	cargo build --release
	SCANSION=target/release/scansion SCANSION_SCRIPTS=$(or $(N),10000) \
		cargo test --test endurance -- --nocapture
	SCANSION_MOMENTS=100 cargo test --test interrupts chance -- --nocapture

$(slixmpp)/ready: benches/requirements.txt | tools
	python3 -m venv --clear $(slixmpp)
	$(slixmpp)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(readers)/ready: tests/readers/requirements.txt | tools
	python3 -m venv --clear $(readers)
	$(readers)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

lint: tools rust $(deny)/ready
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps
	$(deny)/bin/cargo-deny --workspace check licenses bans sources

audit: rust $(deny)/ready
	$(deny)/bin/cargo-deny --workspace check

$(deny)/ready: ci/requirements.txt | rust
	python3 -m venv --clear $(deny)
	$(deny)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

rust:
	@if ! type -P cargo >/dev/null; then
		echo "cargo is not installed, and Debian's is too old; get Rust from https://rustup.rs" >&2
		exit 1
	fi

# Only what is missing is installed. The servers' system services are not wanted: a policy keeps the
# packages from starting them now, and they are disabled for the next start of the machine.
tools:
	@if type -P prosody ejabberdctl lua5.4 openssl cc pkg-config chromium chromedriver prove \
		python3 sqlite3 >/dev/null && \
		pkg-config --exists openssl && python3 -c 'import ensurepip, venv' 2>/dev/null; then exit; fi
	if ! type -P apt-get >/dev/null; then
		echo "please install what these Debian packages hold: $(packages)" >&2
		exit 1
	fi
	if [ "$$(id -u)" = 0 ]; then as_root=; elif type -P sudo >/dev/null; then as_root=sudo; else
		echo "please run as root: apt-get install $(packages)" >&2
		exit 1
	fi
	policy=/usr/sbin/policy-rc.d
	if [ ! -e $$policy ]; then
		trap '$$as_root rm -f $$policy' EXIT
		printf '#!/bin/sh\nexit 101\n' | $$as_root tee $$policy >/dev/null
		$$as_root chmod 755 $$policy
	fi
	new=; for server in prosody ejabberd; do
		[ -n "$$(type -P $$server $${server}ctl)" ] || new="$$new $$server"
	done
	$$as_root apt-get update --quiet
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes \
		--no-install-recommends --no-upgrade $(packages) </dev/null
	if [ -n "$$new" ] && type -P systemctl >/dev/null; then
		$$as_root systemctl disable $$new || true
	fi
