# Meridian in a small image, as an ordinary user. The config is mounted at /etc/meridian/meridian.toml.
FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /build
COPY . .
RUN cargo build --release --locked && strip target/release/meridian

FROM debian:bookworm-slim
RUN useradd --system --uid 10053 --home-dir /var/lib/meridian --shell /usr/sbin/nologin meridian \
    && install -d -o meridian -g meridian /etc/meridian /var/lib/meridian /run/meridian
COPY --from=build /build/target/release/meridian /usr/local/bin/meridian
USER meridian
WORKDIR /var/lib/meridian
VOLUME /var/lib/meridian
# DNS on a port that needs no privilege (map it to 53 outside), and the read-only page with /metrics.
EXPOSE 5353/udp 5353/tcp 8053/tcp
ENV MERIDIAN_SOCKET=/run/meridian/meridian.sock
# glibc gives back what a load took: a location table of 39 MiB is 25.
ENV MALLOC_TRIM_THRESHOLD_=131072
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["meridian", "status", "--json"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["meridian"]
CMD ["serve", "--config", "/etc/meridian/meridian.toml"]
