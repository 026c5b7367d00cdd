# The lock holds for every Python from 3.11 on: --build-arg PYTHON=3.13.9-slim-bookworm takes another.
ARG PYTHON=3.11.14-slim-bookworm

FROM python:${PYTHON} AS pages
WORKDIR /src
COPY requirements-dev.txt ./
COPY scripts scripts
# Node.js comes from PyPI, by the same lock as everywhere.
RUN python -m venv .venv && scripts/install-node
COPY schema schema
COPY clients clients
COPY pages pages
RUN scripts/pages

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/gql-chat
WORKDIR /src
COPY requirements-image.txt .
RUN /opt/gql-chat/bin/pip install --require-hashes --no-deps -r requirements-image.txt
COPY pyproject.toml hatch_build.py README.md LICENSE style.yaml ./
COPY migrations migrations
COPY gql_chat gql_chat
COPY --from=pages /src/gql_chat/web/built_pages gql_chat/web/built_pages
# What builds and installs has no business in a server, and `pip check` says if anything else needed it.
RUN /opt/gql-chat/bin/pip install --no-deps --no-build-isolation . \
    && /opt/gql-chat/bin/pip uninstall --yes hatchling pathspec pluggy trove-classifiers \
    && /opt/gql-chat/bin/pip check \
    && /opt/gql-chat/bin/pip uninstall --yes setuptools pip

FROM python:${PYTHON}
RUN useradd --no-log-init --uid 10001 --create-home gql-chat \
    && install --directory --owner=gql-chat --group=gql-chat --mode=0700 /data
COPY --from=build /opt/gql-chat /opt/gql-chat
ENV PATH=/opt/gql-chat/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GQL_CHAT_HOST=0.0.0.0 \
    GQL_CHAT_DATA_DIR=/data
WORKDIR /data
# It writes here and to /tmp only: with a volume here and a tmpfs there its root may be read-only.
VOLUME /data
# By number, so that Kubernetes can tell that it is not root.
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('GQL_CHAT_PORT', 8000)}/healthz\", timeout=4)"]
ENTRYPOINT ["gql-chat"]
CMD ["serve"]
