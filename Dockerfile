# Two images of one checkout: `web` (pages, API, sockets, worker; no ML libraries) and `ml` (the detector service).
#   docker build --target web -t modelship-web .
#   docker build --target ml -t modelship-ml .
FROM python:3.11-slim AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/opt/venv/bin:$PATH
WORKDIR /app
RUN useradd --system --uid 10001 --create-home modelship

FROM base AS build
RUN pip install --no-cache-dir uv && python -m venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv UV_COMPILE_BYTECODE=0 UV_LINK_MODE=copy

FROM build AS web-packages
COPY requirements/ requirements/
# Clouds as sources, and language models: about 100 MB; `--build-arg EXTRAS=` leaves them out.
ARG EXTRAS="sources language"
RUN for name in production $EXTRAS; do uv pip install --no-cache -r requirements/$name.txt || exit 1; done

FROM build AS ml-packages
COPY requirements/ requirements/
RUN uv pip install --no-cache -r requirements/inference.txt && uv pip install --no-cache --no-deps -r requirements/sahi.txt

FROM base AS web
COPY --from=web-packages /opt/venv /opt/venv
COPY manage.py pyproject.toml ./
COPY modelship/ modelship/
COPY datasets/ datasets/
COPY annotations/ annotations/
COPY inference/ inference/
COPY templates/ templates/
COPY static/ static/
RUN mkdir /data && chown modelship /data
ENV MODELSHIP_HOME=/data HOST=0.0.0.0 PORT=8000
VOLUME /data
USER modelship
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
CMD ["sh", "-c", "python manage.py prepare --host 0.0.0.0 --port 8000 && exec python manage.py serve --port 8000"]

FROM base AS ml
COPY --from=ml-packages /opt/venv /opt/venv
# Of our own code the engine, its service and what both are made of; Django is not even installed.
COPY modelship/__init__.py modelship/__init__.py
COPY modelship/lib/ modelship/lib/
COPY inference/__init__.py inference/wire.py inference/asking.py inference/shelf.py inference/
COPY inference/engine/ inference/engine/
COPY inference/service/ inference/service/
COPY inference/builtin/ inference/builtin/
RUN mkdir /models && chown modelship /models
ENV MODELSHIP_ML_MODELS=/models
VOLUME /models
USER modelship
EXPOSE 8001
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8001/api/ml/health', timeout=2)"]
# Needs MODELSHIP_ML_TOKEN: it refuses to listen beyond loopback without one.
CMD ["python", "-m", "inference.service", "--host", "0.0.0.0", "--port", "8001"]
