# A relay in rtpengine's place: its command line, not root, nothing to write to but /dev/shm. See deploy/container/README.md.
# Both bases need the same Python 3.11 or newer; BUILDER needs its venv module too.
ARG BASE=docker.io/library/python:3.11-slim-bookworm
ARG BUILDER=${BASE}

FROM ${BUILDER} AS build
# For hosts without an index: a folder of wheels that is mounted into the build.
ARG PIP_NO_INDEX
ARG PIP_FIND_LINKS
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# A copy of the interpreter, because it gets capabilities of its own.
RUN python3 -m venv --copies /opt/rtpng
WORKDIR /src
COPY pyproject.toml setup.cfg README.md LICENSE ./
COPY cli cli
COPY kernel kernel
COPY rtpng rtpng
COPY sipcore sipcore
COPY deploy/container deploy/container
RUN /opt/rtpng/bin/pip install --quiet . \
    && /opt/rtpng/bin/pip uninstall --quiet --yes pip setuptools \
    && rm /opt/rtpng/bin/rtpng-bridge \
    && cp deploy/container/entrypoint /opt/rtpng/bin/entrypoint \
    && python3 deploy/container/prepare.py /opt/rtpng

FROM ${BASE}
COPY --from=build /opt/rtpng /opt/rtpng
COPY --from=build /etc/passwd /etc/group /etc/
ENV PATH=/opt/rtpng/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER rtpengine
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["rtpng", "ping"]
ENTRYPOINT ["/opt/rtpng/bin/entrypoint"]
