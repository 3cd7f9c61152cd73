FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/rtpng && /opt/rtpng/bin/pip install --no-cache-dir .

FROM python:3.11-slim-bookworm
COPY --from=build /opt/rtpng /opt/rtpng
ENV PATH=/opt/rtpng/bin:$PATH PYTHONUNBUFFERED=1
HEALTHCHECK --interval=10s --timeout=3s CMD ["rtpng", "ping"]
# Takes rtpengine's command line. NET_ADMIN is all that in-kernel forwarding needs:
#   docker run --network=host --cap-add=NET_ADMIN rtpng --interface=ADDRESS --listen-ng=127.0.0.1:2223 --table=0
ENTRYPOINT ["rtpengine", "--foreground", "--log-stderr"]
