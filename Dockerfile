# scansion in a container:
#
#   docker build --tag scansion .
#   docker run --rm --volume "$PWD:/work" scansion run suite --server xmpp.example.org
#
# That is 17 MB. The program is linked statically, so it also runs in any other image, beside a server under test:
#
#   COPY --from=scansion /usr/bin/scansion /usr/bin/
#
# An image with nothing but the program cannot launch a server, nor be the image of a job in a pipeline, which needs a
# shell. Two that can are Debian with a server for `--launch`; Prosody adds 52 MB to it, ejabberd 70 MB:
#
#   docker build --target with-prosody --tag scansion:with-prosody .
#   docker build --target with-ejabberd --tag scansion:with-ejabberd .

FROM rust:1-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
# They are not built, yet Cargo.toml names them.
COPY benches benches
COPY grammar grammar
COPY src src
# Not built, but without it Cargo does not take the folder for the whole it is.
COPY fuzz fuzz
# OpenSSL and glibc are Debian's. Since 2.34, glibc's static library looks up names in /etc/hosts and the DNS by itself.
# --target keeps the flag from programs of the build itself; libraries for the compiler among them cannot be static.
ENV OPENSSL_STATIC=1 OPENSSL_INCLUDE_DIR=/usr/include RUSTFLAGS="-C target-feature=+crt-static" \
    CARGO_PROFILE_RELEASE_STRIP=true
RUN OPENSSL_LIB_DIR="/usr/lib/$(uname -m)-linux-gnu" \
    cargo install --locked --no-track --path . --root /image/usr --target "$(rustc --print host-tuple)" \
    && mkdir -p /image/etc/ssl/certs /work \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM debian:bookworm-slim AS with-prosody
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates prosody \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 scansion
COPY --from=build /image/usr/bin/scansion /usr/bin/
COPY --from=build --chown=1000:1000 /work /work
USER 1000:1000
WORKDIR /work
ENTRYPOINT ["/usr/bin/scansion"]

FROM debian:bookworm-slim AS with-ejabberd
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates ejabberd \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 scansion
COPY --from=build /image/usr/bin/scansion /usr/bin/
COPY --from=build --chown=1000:1000 /work /work
USER 1000:1000
WORKDIR /work
ENTRYPOINT ["/usr/bin/scansion"]

FROM scratch AS runner
COPY --from=build /image/ /
COPY --from=build --chown=1000:1000 /work /work
USER 1000:1000
WORKDIR /work
ENTRYPOINT ["/usr/bin/scansion"]
