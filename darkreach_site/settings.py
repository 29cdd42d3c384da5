"""All settings of the platform, read from the environment once.

Two profiles run the same code: embedded (nothing set: SQLite and a bell of our own,
both in the home folder) and production (DATABASE_URL and REDIS_URL set). A wrong value
stops the process, with the variable's name and what would be right.
"""

from __future__ import annotations

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from darkreach_site.environment import (
    bell_addresses,
    env_bool,
    env_choice,
    env_int,
    env_list,
    env_networks,
    env_secret,
    env_text,
    generated_secret,
)
from darkreach_site.home import REPOSITORY, bell_socket, home_folder, make_home
from fleet import hardware

BASE_DIR = REPOSITORY
HOME = make_home(home_folder())

#: What this process does: `web` answers requests and must never wait long. asgi.py sets
#: it.
ROLE = env_choice("DARKREACH_ROLE", ("command", "web"), "command")

# -- Django ----------------------------------------------------------------------------

DEBUG = env_bool("DARKREACH_DEBUG", False)
SECRET_KEY = env_secret("DARKREACH_SECRET_KEY") or generated_secret(HOME / "secret_key")
ALLOWED_HOSTS = env_list("DARKREACH_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env_list("DARKREACH_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    # Only the site looks for admin pages (urls.py): workers start without them.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "searches",
    "fleet",
    "verification",
    "darkreach_site",
    "darkreach_site.webhooks",
    "darkreach_site.agents",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "darkreach_site.pages.policy.content_security_policy",
]

ROOT_URLCONF = "darkreach_site.urls"
ASGI_APPLICATION = "darkreach_site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "darkreach_site.pages.context.site",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
#: How the admin writes times, which are UTC as everywhere.
DATETIME_FORMAT = r"Y-m-d H:i:s\Z"
DATE_FORMAT = "Y-m-d"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
# A laptop serves the files where they lie; an image names the folder they are collected
# in.
STATIC_ROOT = env_text("DARKREACH_STATIC_ROOT") or None
WHITENOISE_USE_FINDERS = STATIC_ROOT is None

# Behind a proxy that ends TLS; harmless on loopback because the cookie flags follow it.
HTTPS_ONLY = env_bool("DARKREACH_HTTPS", False)
SESSION_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_SECURE = HTTPS_ONLY
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
#: The proxy tells scheme and address of who asks; nobody else could reach us.
BEHIND_PROXY = env_bool("DARKREACH_BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"
#: Where a login leads that was not asked for by a page.
LOGIN_REDIRECT_URL = "/admin/"

# -- ledger ----------------------------------------------------------------------------

#: Seconds that a request may wait for the ledger or the bell before it names the
#: culprit.
WEB_PATIENCE = 1.5
#: Seconds that a lease lasts, by the ledger's clock.
LEASE_TTL = env_int("DARKREACH_LEASE_TTL", 60, least=3)

try:
    _database = dj_database_url.parse(
        env_secret("DATABASE_URL", f"sqlite:///{HOME / 'ledger.sqlite3'}")
    )
except ValueError:
    raise ImproperlyConfigured(
        "DATABASE_URL is no address such as postgresql://user@host/name or sqlite:////path"
    ) from None
LEDGER_IS_SQLITE = _database["ENGINE"] == "django.db.backends.sqlite3"
if LEDGER_IS_SQLITE:
    # IMMEDIATE: a transaction that will write takes its place in the queue at its
    # start, instead of failing in the middle because another one wrote first.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": WEB_PATIENCE if ROLE == "web" else 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
    }
elif _database["ENGINE"] == "django.db.backends.postgresql":
    _database["CONN_MAX_AGE"] = 0
    _database["DISABLE_SERVER_SIDE_CURSORS"] = env_bool("DARKREACH_PGBOUNCER", False)
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        "connect_timeout": 2 if ROLE == "web" else 10,
        "application_name": f"darkreach {ROLE}",
        # A peer that vanished is noticed within about half a minute.
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }
    if not _database["DISABLE_SERVER_SIDE_CURSORS"]:  # PgBouncer takes no `options`
        # A process that freezes or vanishes within a transaction must not keep its
        # locks: it loses them with its lease, and its host is missed as soon.
        limits = {
            "idle_in_transaction_session_timeout": f"{LEASE_TTL}s",
            "tcp_keepalives_idle": 10,
            "tcp_keepalives_interval": 5,
            "tcp_keepalives_count": 3,
        }
        _database["OPTIONS"]["options"] = " ".join(
            [
                *(f"-c {name}={value}" for name, value in limits.items()),
                _database["OPTIONS"].get("options", ""),
            ]
        ).strip()
else:
    raise ImproperlyConfigured(
        "DATABASE_URL must be sqlite:///path or postgresql://user@host/name"
    )
DATABASES = {"default": _database}

# -- bell ------------------------------------------------------------------------------

#: No REDIS_URL: the process that starts the platform starts a bell on this socket.
BELL_IS_EMBEDDED = not (env_text("REDIS_URL") or env_text("REDIS_URL_FILE"))
BELL_SOCKET = bell_socket(HOME)
BELL_URL, BROKER_URL = bell_addresses(env_secret("REDIS_URL", f"unix://{BELL_SOCKET}"))
#: Passed to redis-py by whoever opens a client: a frozen bell is named, not waited for.
BELL_OPTIONS = {
    "socket_timeout": 1.0,
    "socket_connect_timeout": 1.0,
    "retry": Retry(NoBackoff(), 0),
}

# -- queues and leases -----------------------------------------------------------------

STAGES = ("sieve", "pm1", "prp", "prove")
HARDWARE_CLASSES = hardware.CLASSES
COORDINATOR_QUEUE = "coordinator"
#: The closed list: a worker that asks for another queue exits at once.
QUEUES = (
    *STAGES,
    *(f"{stage}.{hardware}" for stage in STAGES for hardware in HARDWARE_CLASSES),
    COORDINATOR_QUEUE,
)
#: What this host is, and the class that somebody named or that suits it.
HARDWARE = hardware.detect()
HARDWARE_CLASS = env_choice(
    "DARKREACH_HARDWARE_CLASS", HARDWARE_CLASSES, HARDWARE.suits
)
if contradiction := hardware.contradiction(HARDWARE_CLASS, HARDWARE):
    raise ImproperlyConfigured(
        f"DARKREACH_HARDWARE_CLASS={HARDWARE_CLASS}: {contradiction}"
    )

# What the workers of this host may do and use.
#: Forms whose searches they take; empty: all.
FORMS = env_list("DARKREACH_FORMS", [])
#: MB of memory of all slots together; 0: as much as there is.
MAX_MEMORY = env_int("DARKREACH_MAX_MEMORY_MB", 0, least=0)
#: Percent of the time that a slot computes.
MAX_CPU = env_int("DARKREACH_MAX_CPU_PERCENT", 100, least=1, most=100)
NICE = env_int("DARKREACH_NICE", 0, least=0, most=19)
#: Threads that a slot may use for one large number.
THREADS = env_int("DARKREACH_THREADS", 1, least=1, most=64)
#: Measure this host at its first start.
BENCHMARK = env_bool("DARKREACH_BENCHMARK", True)
#: Compute known answers before the first lease and daily; take no work where one fails.
SELF_TEST = env_bool("DARKREACH_SELF_TEST", True)

# Seconds, all of them. The ledger's clock decides about leases, the bell's about
# heartbeats.
LEASE_RENEWAL = env_int("DARKREACH_LEASE_RENEWAL", 20, least=1)
HEARTBEAT = env_int("DARKREACH_HEARTBEAT", 10, least=1)
HEARTBEAT_TTL = env_int("DARKREACH_HEARTBEAT_TTL", 60, least=3)
RECLAIM_EVERY = env_int("DARKREACH_RECLAIM_EVERY", 10, least=1)
PROGRESS_DEADLINE_FLOOR = env_int("DARKREACH_PROGRESS_DEADLINE_FLOOR", 120, least=1)
CHECKPOINT_EVERY = env_int("DARKREACH_CHECKPOINT_EVERY", 60, least=1)
RECLAIMS_TO_QUARANTINE = 3
TARGET_SECONDS = env_int("DARKREACH_TARGET_SECONDS", 60, least=1)

# -- schedule --------------------------------------------------------------------------

#: How often each task of fleet/tasks.py runs.
SCHEDULE = {
    "dispatch": 3,
    "advance": 5,
    "reclaim": RECLAIM_EVERY,
    "remind": 10,
    "stragglers": 10,
    "relay": 5,
    "presence": 30,
    "limits": 30,
    "figures": 10,
    "cleanup": 600,
    "audit": 3600,
    "exports": 86_400,
    "opinions": 600,
    "deliveries": 3600,
}
#: A leader of the schedulers that says nothing for so long is deposed.
LEADER_TTL = env_int("DARKREACH_LEADER_TTL", 15, least=2)
#: The ledger past its pooler, for the leader's lock; empty: DATABASE_URL is direct.
DIRECT_DATABASE_URL = env_secret("DARKREACH_DIRECT_DATABASE_URL", "")

#: A search that waits for so long on a queue is served there as if its priority were
#: one higher: it passes all others after ten times that.
PRIORITY_AGING = env_int("DARKREACH_PRIORITY_AGING", 60, least=1)

#: The evidence that a composite of a search needs unless the search says otherwise.
EVIDENCE_LEVEL = env_choice(
    "DARKREACH_EVIDENCE_LEVEL", ("single", "double-checked", "proven"), "single"
)
#: Of the tests of trusted hosts these shares are repeated, and are of known answers.
RECHECK_SHARE = env_int("DARKREACH_RECHECK_PERCENT", 2, least=1) / 100
CANARY_SHARE = env_int("DARKREACH_CANARY_PERCENT", 1, least=0) / 100
#: Room for the files of test proofs that are not decided yet; without it, numbers get a
#: second test.
TEST_PROOF_BYTES = env_int("DARKREACH_TEST_PROOF_MB", 1024, least=0) * 2**20

#: Digits from which a prime that no list has may be a record: other programs are asked.
RECORD_DIGITS = env_int("DARKREACH_RECORD_DIGITS", 100_000, least=1)

#: Hours for which a new prime is not shown to the public, verified as it is: none on a
#: laptop.
EMBARGO_HOURS = env_int(
    "DARKREACH_EMBARGO_HOURS", 0 if LEDGER_IS_SQLITE else 24, least=0
)

if LEASE_RENEWAL * 3 > LEASE_TTL:
    raise ImproperlyConfigured(
        f"DARKREACH_LEASE_RENEWAL={LEASE_RENEWAL}, DARKREACH_LEASE_TTL={LEASE_TTL}: "
        "two renewals may fail before a lease ends, so want renewal * 3 <= ttl"
    )
if HEARTBEAT * 3 > HEARTBEAT_TTL:
    raise ImproperlyConfigured(
        f"DARKREACH_HEARTBEAT={HEARTBEAT}, DARKREACH_HEARTBEAT_TTL={HEARTBEAT_TTL}: "
        "want heartbeat * 3 <= ttl"
    )
if PROGRESS_DEADLINE_FLOOR < LEASE_TTL:
    raise ImproperlyConfigured(
        "DARKREACH_PROGRESS_DEADLINE_FLOOR is below the lease's ttl: want it longer"
    )

#: Nobody but this installation is on the network between its parts.
PRIVATE_NETWORK = env_bool("DARKREACH_PRIVATE_NETWORK", False)
#: Where the nightly files lie; a folder that coordinator and site share.
EXPORTS = env_text("DARKREACH_EXPORTS") or str(HOME / "exports")
#: Under which code primes are sent to t5k.org.
PROOF_CODE = env_text("DARKREACH_PROOF_CODE", "-")

#: Requests of one address to the API in a minute.
API_RATE = env_int("DARKREACH_API_RATE", 600, least=1)

#: Networks that webhooks may reach though they are not of the public internet.
WEBHOOK_NETWORKS = env_networks("DARKREACH_WEBHOOK_NETWORKS")
#: Failed attempts after which an event is given up for a webhook: about a day.
WEBHOOK_ATTEMPTS = env_int("DARKREACH_WEBHOOK_ATTEMPTS", 32, least=1)

#: Who shows this may read /metrics; without one only this host may.
METRICS_TOKEN = env_secret("DARKREACH_METRICS_TOKEN", "")

# -- logging ---------------------------------------------------------------------------

LOG_FORMAT = env_choice("DARKREACH_LOG_FORMAT", ("line", "json"), "line")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "fleet.logs.Line"},
        "json": {"()": "fleet.logs.Json"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
    },
    "root": {
        "handlers": ["stderr"],
        "level": env_choice(
            "DARKREACH_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "WARNING"
        ),
    },
}
