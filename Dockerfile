# One image for web, scheduler, coordinator and workers; compose.yaml says which is which.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DARKREACH_HOME=/var/lib/darkreach \
    DARKREACH_STATIC_ROOT=/srv/darkreach/static \
    NUMBA_CACHE_DIR=/var/lib/darkreach/numba

RUN useradd --system --create-home --home-dir /var/lib/darkreach darkreach
WORKDIR /srv/darkreach

COPY requirements.txt ./
RUN pip install --require-hashes --only-binary :all: -r requirements.txt

COPY . .
RUN pip install --no-deps --no-build-isolation --editable . \
    && python manage.py collectstatic --noinput \
    && rm -f /var/lib/darkreach/secret_key \
    && mkdir /srv/exports \
    && chown -R darkreach /var/lib/darkreach /srv/exports

USER darkreach
# Each container keeps results that are not accepted yet in a volume of its own.
VOLUME /var/lib/darkreach
EXPOSE 8000
CMD ["python", "-m", "uvicorn", "darkreach_site.asgi:application", \
     "--host", "0.0.0.0", "--port", "8000", "--lifespan", "off", "--no-access-log"]
