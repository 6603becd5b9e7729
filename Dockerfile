# One image for every service: docker run IMAGE signer --config /etc/hsm-attestor/signer.yaml
#
# Its one step of set-up is the script that `npm start` and the tests run too; everything that it installs is pinned by
# this repository's lock files or comes from the distribution. Run each service as a container of its own, under a user of
# its own (--user), with --read-only, --cap-drop ALL, --security-opt no-new-privileges and --ulimit core=0:
# docs/run-in-production.md has the volumes and the whole commands.
FROM debian:12-slim

RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates nodejs npm \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/hsm-attestor
COPY . .
RUN node scripts/bootstrap.mjs setup && rm -rf /var/lib/apt/lists/* /root/.npm

USER 65534:65534
ENV NODE_OPTIONS=--disable-sigusr1
ENTRYPOINT ["/opt/hsm-attestor/attestor"]
CMD ["--help"]
