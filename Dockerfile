# syntax=docker/dockerfile:1
# Targets: `agent` (the default) is the product; `chains` adds anvil and runs a local world.

FROM python:3.11-slim AS wheel
WORKDIR /source
COPY requirements-dev.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-dev.lock
COPY pyproject.toml README.md LICENSE ./
COPY beamer_agent beamer_agent
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels .

FROM python:3.11-slim AS install
RUN python -m venv /opt/beamer-agent
COPY requirements.lock ./
RUN /opt/beamer-agent/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --from=wheel /wheels /wheels
RUN /opt/beamer-agent/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.11-slim AS runtime
RUN useradd --system --uid 10001 --no-create-home beamer \
    && install -d -o beamer /devnet
COPY --from=install /opt/beamer-agent /opt/beamer-agent
ENV PATH=/opt/beamer-agent/bin:$PATH PYTHONUNBUFFERED=1
USER beamer
ENTRYPOINT ["beamer-agent"]

FROM node:20-slim AS anvil
WORKDIR /contracts
COPY contracts/package.json contracts/package-lock.json contracts/.npmrc ./
RUN npm ci && cp node_modules/@foundry-rs/anvil-linux-*/bin/anvil /anvil

FROM runtime AS chains
COPY --from=anvil /anvil /usr/local/bin/anvil
CMD ["devnet", "up", "--folder", "/devnet"]

FROM runtime AS agent
# Asks the agent in the container; it knows where from BEAMER_AGENT_CONFIG and `prometheus-port`.
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["beamer-agent", "health", "--live"]
