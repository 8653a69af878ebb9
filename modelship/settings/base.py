"""Every setting of ModelShip. docs/settings.md lists the variables; nothing else reads the environment."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from modelship.lib.memory import total_bytes
from modelship.settings import env

BASE_DIR = Path(__file__).resolve().parents[2]

# --- where a running instance writes -------------------------------------------------------------
MODELSHIP_HOME = env.folder("MODELSHIP_HOME", BASE_DIR / "var")
SECRET_KEY = env.secret_key(MODELSHIP_HOME)
# Keys that were in use before: what they signed or sealed stays readable, new things get the key above.
SECRET_KEY_FALLBACKS = env.words("MODELSHIP_OLD_SECRET_KEYS")
DEBUG = env.flag("MODELSHIP_DEBUG", False)
MODELSHIP_BIND = env.text("HOST", "127.0.0.1")
MODELSHIP_PORT = env.number("PORT", 8000, low=1, high=65_535)
if DEBUG and MODELSHIP_BIND not in ("127.0.0.1", "localhost", "::1"):
    raise ImproperlyConfigured("MODELSHIP_DEBUG may only be on while HOST is a loopback address.")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *env.words("MODELSHIP_ALLOWED_HOSTS")]
# Full origins (scheme://host:port) besides the page's own that may open sockets and post forms.
MODELSHIP_ORIGINS = env.words("MODELSHIP_ORIGINS")
CSRF_TRUSTED_ORIGINS = MODELSHIP_ORIGINS
MODELSHIP_CORS_ORIGINS = env.words("MODELSHIP_CORS_ORIGINS")
MODELSHIP_TLS = env.flag("MODELSHIP_TLS", False)

# --- the parts -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "django_htmx",
    "lucide",
    "csp",
    "modelship.audit",
    "modelship.accounts",
    "modelship.projects",
    "modelship.usage",
    "modelship.jobs",
    "modelship.notices",
    "modelship.ops",
    "datasets",
    "annotations",
    "inference",
    "modelship.web",
]
MIDDLEWARE = [
    "modelship.ops.requests.RequestMiddleware",
    "modelship.ops.cors.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "modelship.ops.failures.ProblemMiddleware",
]
ROOT_URLCONF = "modelship.urls"
ASGI_APPLICATION = "modelship.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "modelship.web.context.shell",
            ],
        },
    }
]

# --- database, cache, storage --------------------------------------------------------------------
DATABASES = {"default": env.database(env.text("DATABASE_URL", f"sqlite:///{MODELSHIP_HOME / 'db.sqlite3'}"))}
MODELSHIP_REDIS_URL = env.text("MODELSHIP_REDIS_URL")
if MODELSHIP_REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": MODELSHIP_REDIS_URL,
            "KEY_PREFIX": "modelship",
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # redis-py 8 sets a 5 s socket timeout, which breaks the layer's blocking pop.
            "CONFIG": {"hosts": [{"address": MODELSHIP_REDIS_URL, "socket_timeout": None}]},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
MEDIA_ROOT = MODELSHIP_HOME / "media"
MODELSHIP_S3_BUCKET = env.text("MODELSHIP_S3_BUCKET")
MODELSHIP_S3_ENDPOINT = env.text("MODELSHIP_S3_ENDPOINT")
MODELSHIP_S3_REGION = env.text("MODELSHIP_S3_REGION")
# How browsers reach the store, where that differs from how the server does.
MODELSHIP_S3_PUBLIC_ENDPOINT = env.text("MODELSHIP_S3_PUBLIC_ENDPOINT")
STORAGES: dict[str, dict] = {
    "default": {
        "BACKEND": "datasets.storage.LocalStorage",
        "OPTIONS": {"location": MEDIA_ROOT},
    },
    "staticfiles": {"BACKEND": "modelship.ops.static.ModuleManifestStorage"},
}
STORE_ORIGINS: list[str] = []
if MODELSHIP_S3_BUCKET:
    public = MODELSHIP_S3_PUBLIC_ENDPOINT or MODELSHIP_S3_ENDPOINT
    STORE_ORIGINS = [env.store_origin(public, MODELSHIP_S3_BUCKET, MODELSHIP_S3_REGION)]
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": MODELSHIP_S3_BUCKET,
            "endpoint_url": MODELSHIP_S3_ENDPOINT or None,
            "region_name": MODELSHIP_S3_REGION or None,
            "access_key": env.text("MODELSHIP_S3_ACCESS_KEY") or None,
            "secret_key": env.text("MODELSHIP_S3_SECRET_KEY") or None,
            "default_acl": None,
            # The only kind of signature that covers the headers of a presigned upload.
            "signature_version": "s3v4",
            "file_overwrite": True,
        },
    }
STATIC_URL = "/static/"
STATIC_ROOT = MODELSHIP_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

# --- people --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
ACCOUNT_ADAPTER = "modelship.accounts.adapter.ClosedSignup"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
# Without a mail server nobody is offered mail.
MODELSHIP_EMAIL_URL = env.text("MODELSHIP_EMAIL_URL")
globals().update(env.mail(MODELSHIP_EMAIL_URL))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("MODELSHIP_EMAIL_FROM", "modelship@localhost")
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "modelship.ops.failures.csrf_failed"

# Indexes carry further columns on PostgreSQL; SQLite leaves those out, which costs nothing but the note.
SILENCED_SYSTEM_CHECKS = ["models.W040"]

# --- the browser's rules -------------------------------------------------------------------------
if MODELSHIP_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        # Browsers put uploads straight into the store.
        "connect-src": ["'self'", *STORE_ORIGINS],
        "worker-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- limits (shown in refusals) ------------------------------------------------------------------
MODELSHIP_MAX_JSON_BYTES = env.number("MODELSHIP_MAX_JSON_BYTES", 2_621_440, low=65_536, high=1 << 30)
MODELSHIP_MAX_ANONYMOUS_BYTES = 65_536
MODELSHIP_MAX_UPLOAD_BYTES = env.number("MODELSHIP_MAX_UPLOAD_BYTES", 2 << 30, low=1 << 20, high=1 << 40)
# What a tenant may store in all unless the admin site gives it a limit of its own; 0 for any amount.
MODELSHIP_TENANT_STORAGE_BYTES = env.number("MODELSHIP_TENANT_STORAGE_BYTES", 0, low=0, high=1 << 60)
MODELSHIP_MAX_FILE_BYTES = env.number("MODELSHIP_MAX_FILE_BYTES", 512 << 20, low=1 << 10, high=1 << 36)
# An upload of its own may be larger than what goes into one multipart body, and an archive larger still.
MODELSHIP_MAX_ARCHIVE_BYTES = env.number("MODELSHIP_MAX_ARCHIVE_BYTES", 20 << 30, low=1 << 10, high=1 << 42)
MODELSHIP_MAX_ARCHIVE_ENTRIES = env.number("MODELSHIP_MAX_ARCHIVE_ENTRIES", 20_000, low=1, high=1_000_000)
MODELSHIP_MAX_ARCHIVE_RATIO = env.number("MODELSHIP_MAX_ARCHIVE_RATIO", 100, low=1, high=10_000)
MODELSHIP_MAX_UNPACKED_BYTES = env.number(
    "MODELSHIP_MAX_UNPACKED_BYTES", 100 << 30, low=1 << 10, high=1 << 44
)
# An upload that got no byte for so long is given up, and what arrived of it is deleted.
MODELSHIP_UPLOAD_HOURS = env.number("MODELSHIP_UPLOAD_HOURS", 24, low=1, high=24 * 365)
# What is larger goes into an object store in parts of this size: S3 takes 5 MiB to 5 GiB.
MODELSHIP_PART_BYTES = env.number("MODELSHIP_PART_BYTES", 32 << 20, low=5 << 20, high=5 << 30)
MODELSHIP_MAX_PIXELS = env.number("MODELSHIP_MAX_PIXELS", 50_000_000, low=10_000, high=4_000_000_000)
MODELSHIP_MAX_SIDE = env.number("MODELSHIP_MAX_SIDE", 20_000, low=100, high=200_000)
# JPEG, PNG and TIFF larger than that are read as a stream, in the same memory.
MODELSHIP_MAX_STREAMED_PIXELS = env.number(
    "MODELSHIP_MAX_STREAMED_PIXELS", 1_000_000_000, low=10_000, high=10_000_000_000
)
MODELSHIP_MAX_STREAMED_SIDE = env.number("MODELSHIP_MAX_STREAMED_SIDE", 100_000, low=100, high=1_000_000)
MODELSHIP_MAX_FRAMES = env.number("MODELSHIP_MAX_FRAMES", 1_000, low=1, high=1_000_000)
MODELSHIP_DECODE_SECONDS = env.number("MODELSHIP_DECODE_SECONDS", 30, low=1, high=3600)
MODELSHIP_MAX_BOXES = env.number("MODELSHIP_MAX_BOXES", 10_000, low=100, high=1_000_000)
MODELSHIP_AUTOMATIC_VERSIONS = env.number("MODELSHIP_AUTOMATIC_VERSIONS", 50, low=2, high=10_000)
MODELSHIP_MAX_MODEL_BYTES = env.number("MODELSHIP_MAX_MODEL_BYTES", 500 << 20, low=1 << 10, high=1 << 36)
MODELSHIP_BODY_IDLE_SECONDS = env.number("MODELSHIP_BODY_IDLE_SECONDS", 10, low=1, high=600)
DATA_UPLOAD_MAX_MEMORY_SIZE = MODELSHIP_MAX_JSON_BYTES
DATA_UPLOAD_MAX_NUMBER_FILES = 10_000
# The class editor sends a thousand rows of five.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6_000
FILE_UPLOAD_TEMP_DIR = env.folder("MODELSHIP_TEMP", MODELSHIP_HOME / "tmp")

# --- background work -----------------------------------------------------------------------------
MODELSHIP_JOB_LEASE_SECONDS = env.number("MODELSHIP_JOB_LEASE_SECONDS", 20, low=2, high=3600)
MODELSHIP_WORKER_THREADS = env.number("MODELSHIP_WORKER_THREADS", 2, low=1, high=64)
# What the models may take that a process keeps open between calls; a quarter of the memory where nothing is said.
MODELSHIP_INFERENCE_MEMORY_BYTES = env.number(
    "MODELSHIP_INFERENCE_MEMORY_BYTES", (total_bytes() or 4 << 30) // 4, low=1, high=1 << 46
)
MODELSHIP_INFERENCE_SESSIONS = env.number("MODELSHIP_INFERENCE_SESSIONS", 2, low=1, high=128)
# What models run on: cpu, cuda or openvino. What onnxruntime's build here does not know falls back on the processor.
MODELSHIP_INFERENCE_PROVIDER = env.choice("MODELSHIP_INFERENCE_PROVIDER", ("cpu", "cuda", "openvino"))
# Where the detector service is; without one, detectors run in limited children of this process.
MODELSHIP_ML_SERVICE_URL = env.origin("MODELSHIP_ML_SERVICE_URL")
MODELSHIP_ML_SERVICE_TOKEN = env.text("MODELSHIP_ML_SERVICE_TOKEN")
MODELSHIP_ML_CONNECT_SECONDS = env.number("MODELSHIP_ML_CONNECT_SECONDS", 3, low=1, high=60)
MODELSHIP_CHILDREN = env.number("MODELSHIP_CHILDREN", 2, low=1, high=64)
# What a detector may use for one picture, and for its self-test before it is let in.
MODELSHIP_DETECT_SECONDS = env.number("MODELSHIP_DETECT_SECONDS", 300, low=1, high=86_400)
MODELSHIP_DETECT_MEMORY_BYTES = env.number(
    "MODELSHIP_DETECT_MEMORY_BYTES", 4 << 30, low=64 << 20, high=1 << 42
)
# What the search for near duplicates may take, however alike the pictures are.
MODELSHIP_CLEAN_SECONDS = env.number("MODELSHIP_CLEAN_SECONDS", 600, low=10, high=86_400)
MODELSHIP_MODEL_TEST_SECONDS = env.number("MODELSHIP_MODEL_TEST_SECONDS", 60, low=1, high=3600)
MODELSHIP_MODEL_CACHE = MODELSHIP_HOME / "cache" / "models"
# How many pictures the sample project has; without any, none is made at the first start.
MODELSHIP_DEMO_PICTURES = env.number("MODELSHIP_DEMO_PICTURES", 12, low=0, high=12)
# What a training needs while it runs: its pictures and its checkpoint, a folder for each job.
MODELSHIP_TRAINING = MODELSHIP_HOME / "training"

# --- the world outside ---------------------------------------------------------------------------
# host:port of private or unencrypted places that outgoing calls may reach; none by default.
MODELSHIP_OUTBOUND_ALLOW = env.words("MODELSHIP_OUTBOUND_ALLOW")
# Folders of this machine that sources may read, with everything below them; none by default.
MODELSHIP_SOURCE_FOLDERS = env.words("MODELSHIP_SOURCE_FOLDERS")
# How long one request to a language model may take; a question with all its pauses five times as long.
# What is known of the answers of language models, of each endpoint.
MODELSHIP_LANGUAGE_ANSWERS = env.number("MODELSHIP_LANGUAGE_ANSWERS", 200_000, low=0, high=100_000_000)
MODELSHIP_LANGUAGE_ANSWER_DAYS = env.number("MODELSHIP_LANGUAGE_ANSWER_DAYS", 90, low=1, high=36_500)
MODELSHIP_LANGUAGE_SECONDS = env.number("MODELSHIP_LANGUAGE_SECONDS", 60, low=1, high=600)
# Tokens of language models that every tenant may use in a month; 0 is any number.
MODELSHIP_TENANT_LANGUAGE_TOKENS = env.number("MODELSHIP_TENANT_LANGUAGE_TOKENS", 0, low=0, high=1 << 50)
# Where the catalogue's files lie instead of at their makers: <mirror>/<file name>.
MODELSHIP_MODEL_MIRROR = env.text("MODELSHIP_MODEL_MIRROR")

# --- API -----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["modelship.api.auth.KeyAuth", "modelship.api.auth.SessionAuth"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["modelship.api.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["modelship.api.rendering.OrjsonRenderer"],
    "DEFAULT_SCHEMA_CLASS": "modelship.api.schema.Schema",
    "EXCEPTION_HANDLER": "modelship.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "ModelShip API",
    "DESCRIPTION": "Upload, label, review and export. Errors are RFC 9457 problem documents.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "modelship.api.schema.describe_refusals",
    ],
}

# --- time, language, logs ------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
MODELSHIP_LOG_LEVEL = env.text("MODELSHIP_LOG_LEVEL", "INFO").upper()
MODELSHIP_LOG_FORMAT = env.text("MODELSHIP_LOG_FORMAT", "json")
LOGGING_CONFIG = "modelship.ops.logs.configure"
LOGGING = {"level": MODELSHIP_LOG_LEVEL, "format": MODELSHIP_LOG_FORMAT}
