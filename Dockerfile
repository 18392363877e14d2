# docker build -t patchbay .
#
# The data directory is a volume; the key is mounted beside it and never part of the image or of the volume:
#   docker run -v patchbay:/var/lib/patchbay -v ./master.key:/run/secrets/patchbay.key:ro -p 127.0.0.1:8800:8800 patchbay
FROM debian:trixie-slim AS build
COPY dev /src/dev
RUN /src/dev setup build
COPY . /src
RUN cmake -S /src -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DPATCHBAY_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr \
 && ninja -C /build \
 && DESTDIR=/out cmake --install /build --strip

FROM debian:trixie-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ca-certificates libcpp-httplib0.18 libspdlog1.15 libsqlcipher1 libssl3t64 libstemmer0d libutf8proc3 \
      libyaml-cpp0.8 zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 patchbay \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin patchbay \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/patchbay
COPY --from=build /out/usr /usr
USER 10001:10001
ENV PATCHBAY_DATA=/var/lib/patchbay PATCHBAY_KEY_FILE=/run/secrets/patchbay.key
VOLUME /var/lib/patchbay
EXPOSE 8800
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --retries=3 CMD ["patchbay", "status", "--health"]
ENTRYPOINT ["patchbay"]
CMD ["serve", "--listen", "0.0.0.0:8800"]
