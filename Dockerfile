# syntax=docker/dockerfile:1
# gmail-mcp on Debian 12. What it needs to know and how to run it: docs/06-docker-deployment.md.
#
#     docker build -t gmail-mcp .        # --build-arg JOBS=1 on a small machine: 1 GB of memory a job

FROM debian:bookworm-slim AS build
WORKDIR /src
# By themselves, so that a change of the source does not install the compiler again.
COPY scripts/setup scripts/install-packages scripts/packages.txt scripts/
RUN scripts/setup --build-only
COPY . .
ARG JOBS=
RUN cmake --preset release -DGMAIL_MCP_BUILD_TESTS=OFF -DGMAIL_MCP_LINT_TESTS=OFF
RUN cmake --build build/release --target gmail-mcp -j "${JOBS:-$(nproc)}"
RUN DESTDIR=/out cmake --install build/release --prefix /usr --strip

FROM debian:bookworm-slim
# The libraries the programs are linked with or load, and the authorities it trusts; nothing else.
RUN apt-get update -q \
 && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
      ca-certificates \
      libcurl4 \
      libfmt9 \
      libgcc-s1 \
      libgmime-3.0-0 \
      libpq5 \
      libprometheus-cpp-core1.0 \
      libsqlite3-0 \
      libssl3 \
      libstdc++6 \
      zlib1g \
 && rm -rf /var/lib/apt/lists/*
# A number that no other account has by chance: it owns the files of a volume.
RUN groupadd --gid 10001 gmail-mcp \
 && useradd --uid 10001 --gid gmail-mcp --home-dir /app --shell /usr/sbin/nologin --no-create-home gmail-mcp \
 && install -d -o gmail-mcp -g gmail-mcp -m 700 /app/data
COPY --from=build /out/usr/bin/gmail-mcp /out/usr/bin/gmail-mcp-sandbox /usr/bin/
USER 10001:10001
WORKDIR /app
ENV GMAIL_MCP_STORAGE_SQLITE_PATH=/app/data/gmail.db \
    GMAIL_MCP_LOG_FORMAT=json
VOLUME /app/data
EXPOSE 8080
# Asks the server whether it is set up and able to work; says what is wrong when it is not.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["gmail-mcp", "health", "--url", "http://127.0.0.1:8080"]
ENTRYPOINT ["gmail-mcp"]
CMD ["serve", "--transport", "http", "--host", "0.0.0.0", "--port", "8080"]
