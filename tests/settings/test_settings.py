"""Settings: where they come from, what they default to, and what is said when one is wrong."""

import os
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest

from gql_chat.errors import BadUserInput
from gql_chat.infra.net.destinations import AllowedEndpoint
from gql_chat.settings import Settings, SettingsError, follows_file, load_settings, reread, written

ROOT = Path(__file__).parents[2]
SECRET = "s3cret-" * 6
ORIGIN_FORM = "must be origins such as https://chat.example.com, comma-separated, or *"
HOST_FORM = "must be host names without a port, such as chat.example.com or *.example.com, comma-separated, or *"
ALLOWED_FORMS = (
    "must be networks such as 10.0.0.0/8, with a port or not, or hosts such as ollama:11434, comma-separated"
)
POSTGRES = "postgres://chat:hunter2@db/chat"


def load(tmp_path: Path, **variables: str) -> Settings:
    """Load from these variables alone, without their prefix, with a data folder that may be written."""
    return load_settings(
        {"GQL_CHAT_DATA_DIR": str(tmp_path / "data")} | {f"GQL_CHAT_{name}": value for name, value in variables.items()}
    )


def fault(tmp_path: Path, **variables: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, **variables)
    return str(caught.value)


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.database_url.get_secret_value() == f"sqlite://{tmp_path}/data/gql-chat.sqlite3"
    assert settings.is_embedded
    assert settings.demo_model
    assert settings.personas_file == ROOT / "style.yaml"
    assert settings.openai_api_key is None
    assert (settings.rate_limits, settings.introspection) == (True, True)


def test_variables_are_parsed(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        PORT="0",
        RATE_LIMITS="off",
        LOG_LEVEL="debug",
        ALLOWED_NETWORKS="127.0.0.0/8, fd00::/8, 10.0.0.5:25, [fd00::/8]:8000, Ollama:11434",
        BASE_URL_PORTS="443, 8000-8999",
        REDIS_PREFIX="chat:",
        ALLOWED_ORIGINS="https://chat.example.com,http://localhost:5173",
        LLM_FIRST_TOKEN_TIMEOUT_SECONDS="1.5",
        SECRET_KEY=SECRET,
    )
    assert settings.port == 0
    assert settings.rate_limits is False
    assert settings.redis_prefix == "chat:"
    assert settings.log_level == "DEBUG"
    assert settings.allowed_networks == (
        ip_network("127.0.0.0/8"), ip_network("fd00::/8"), AllowedEndpoint(ip_network("10.0.0.5"), 25),
        AllowedEndpoint(ip_network("fd00::/8"), 8000), AllowedEndpoint("ollama", 11434),
    )  # fmt: skip
    assert settings.base_url_ports == (range(443, 444), range(8000, 9000))
    assert written(settings.allowed_networks) == "127.0.0.0/8,fd00::/8,10.0.0.5/32:25,[fd00::/8]:8000,ollama:11434"
    assert written(settings.base_url_ports) == "443,8000-8999"
    assert settings.allowed_origins == ("https://chat.example.com", "http://localhost:5173")
    assert settings.llm_first_token_timeout_seconds == 1.5
    assert settings.secret_key.get_secret_value() == SECRET


def test_variables_come_before_the_file_and_empty_ones_do_not_count(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("port: 9000\nhost: 0.0.0.0\nrate_limits: off\nallowed_networks: [10.0.0.0/8]\n")
    settings = load(tmp_path, CONFIG=str(config), PORT="9001", HOST="")
    assert (settings.port, settings.host, settings.rate_limits) == (9001, "0.0.0.0", False)
    assert settings.allowed_networks == (ip_network("10.0.0.0/8"),)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PORT", "70000", "must be less than or equal to 65535"),
        ("PORT", "http", "must be a whole number"),
        ("WORKERS", "0", "must be greater than or equal to 1"),
        ("DATABASE_URL", "mysql://localhost/chat", "must begin with sqlite:// or postgres:// or postgresql://"),
        *[
            ("DATABASE_URL", url, "must name a host and a database: postgres://user:password@host:5432/name")
            for url in ("postgres://", "postgres://:p@", "postgres://db", "postgresql://u:p@db:5432/?sslmode=on")
        ],
        *[
            ("STORE_URL", url, "must be file:///folder, s3://bucket or s3://bucket/prefix")
            for url in (
                "s3://",
                "s3:bucket",
                "gs://bucket",
                "file://",
                "s3://a bucket",
                "s3://bucket/../x y",
                "/srv/files",
            )
        ],
        ("STORE_ENDPOINT", "minio:9000", "must be an address that begins with https:// or http://"),
        (
            "REDIS_URL",
            "localhost:6379",
            "must begin with redis:// or rediss:// or unix:// or redis+sentinel:// or rediss+sentinel://"
            " or redis+cluster:// or rediss+cluster://",
        ),
        *[
            ("REDIS_PREFIX", prefix, "must not contain braces, by which a cluster chooses the node of a key")
            for prefix in ("{}", "a{", "a}")
        ],
        ("REDIS_CA_FILE", "/nonexistent.pem", "must be the path of a file that exists"),
        ("SECRET_KEY", "short", "must have at least 32 characters"),
        *[
            ("ALLOWED_NETWORKS", value, ALLOWED_FORMS)
            for value in ("10.0.0.0/8,10.0.0.1/8", "ollama", "ollama:0", "ollama:65536", "a b:80", "fd00::1:80x", ":80")
        ],
        *[
            ("BASE_URL_PORTS", value, "must be ports and ranges of them, such as 443,8000-8999")
            for value in ("http", "0", "65536", "9-8", "1-70000", "-1")
        ],
        ("ALLOWED_ORIGINS", "chat.example.com", ORIGIN_FORM),
        *[
            ("ALLOWED_ORIGINS", value, ORIGIN_FORM)
            for value in (
                "https://",
                "https://a b",
                "https://a/",
                "https://a?x",
                "https://u@a",
                "https://a:x",
                "ftp://a",
                "https://[x]",
            )
        ],
        *[
            ("ALLOWED_HOSTS", value, HOST_FORM)
            for value in (
                "chat.example.com:443",
                "https://chat.example.com",
                "*chat.example.com",
                "a b",
                "a/b",
                "*.",
                "[x]",
            )
        ],
        ("RATE_LIMITS", "perhaps", "must be on or off"),
        ("LOG_LEVEL", "loud", "must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("LLM_TOTAL_TIMEOUT_SECONDS", "0", "must be greater than 0"),
        ("PERSONAS_FILE", "/nonexistent.yaml", "must be the path of a file that exists"),
        ("TRUSTED_DOCUMENTS", "some", "must be 'off', 'on' or 'only'"),
        ("TRUSTED_DOCUMENTS_FILE", "/nonexistent.json", "must be the path of a file that exists"),
        (
            "OPENAI_BASE_URL",
            "https://api.example.com",
            "must be set with the others; any text if the server wants none",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(tmp_path: Path, name: str, value: str, reason: str) -> None:
    at_fault = "OPENAI_API_KEY" if name == "OPENAI_BASE_URL" else name
    assert fault(tmp_path, **{name: value}) == f"GQL_CHAT_{at_fault}: {reason}"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "chat.example.com"])
@pytest.mark.parametrize("registration", ["open", "code"])
def test_a_key_of_the_operators_is_lent_to_strangers_only_when_that_is_said(
    tmp_path: Path, host: str, registration: str
) -> None:
    lent = {"HOST": host, "OPENAI_API_KEY": "sk-operators"}
    assert fault(tmp_path, **lent) == (
        "GQL_CHAT_REGISTRATION: must be set with GQL_CHAT_OPENAI_API_KEY on a host that is not a loopback address: "
        "open or code lets strangers use that key, closed does not"
    )
    assert load(tmp_path, **lent, REGISTRATION=registration).monthly_tokens_per_user == 20_000_000
    chosen = load(tmp_path, **lent, REGISTRATION=registration, MONTHLY_TOKENS_PER_USER="5")
    assert chosen.monthly_tokens_per_user == 5
    assert load(tmp_path, **lent, REGISTRATION="closed").monthly_tokens_per_user is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.53", "::1", "localhost"])
def test_on_a_loopback_address_and_without_the_operators_key_nothing_needs_to_be_said(
    tmp_path: Path, host: str
) -> None:
    for settings in (load(tmp_path, HOST=host, OPENAI_API_KEY="sk-mine"), load(tmp_path, HOST="0.0.0.0")):
        assert (settings.registration, settings.monthly_tokens_per_user) == ("open", None)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, True),
        ({"HOST": "::1"}, True),
        ({"HOST": "0.0.0.0"}, False),
        ({"DATABASE_URL": POSTGRES, "SECRET_KEY": SECRET}, False),
        ({"HOST": "0.0.0.0", "INTROSPECTION": "on"}, True),
        ({"INTROSPECTION": "off"}, False),
    ],
)
def test_the_schema_is_read_from_the_api_by_default_only_in_development(
    tmp_path: Path, variables: dict[str, str], expected: bool
) -> None:
    assert load(tmp_path, **variables).introspection is expected


def test_every_wrong_setting_has_one_line(tmp_path: Path) -> None:
    assert fault(tmp_path, PORT="x", LOG_FORMAT="xml", ALLOWED_NETWORKS="a,b", DATBASE_URL="x").splitlines() == [
        "GQL_CHAT_PORT: must be a whole number",
        f"GQL_CHAT_ALLOWED_NETWORKS: {ALLOWED_FORMS}",
        "GQL_CHAT_LOG_FORMAT: must be 'auto', 'json' or 'text'",
        "GQL_CHAT_DATBASE_URL: unknown setting; did you mean GQL_CHAT_DATABASE_URL?",
    ]


def test_what_does_not_go_together_is_told_with_the_rest(tmp_path: Path) -> None:
    assert fault(tmp_path, DATABASE_URL=POSTGRES, OPENAI_MODEL="m", MAILER="smtp").splitlines() == [
        "GQL_CHAT_OPENAI_API_KEY: must be set with the others; any text if the server wants none",
        "GQL_CHAT_SECRET_KEY: must be set with PostgreSQL, where every worker has to know the same one",
        "GQL_CHAT_SMTP_HOST: must be set when GQL_CHAT_MAILER is smtp",
        "GQL_CHAT_MAIL_FROM: must be set when GQL_CHAT_MAILER is smtp",
    ]
    assert fault(tmp_path, PORT="x", OPENAI_MODEL="m").splitlines() == [
        "GQL_CHAT_PORT: must be a whole number",
        "GQL_CHAT_OPENAI_API_KEY: must be set with the others; any text if the server wants none",
    ]


def test_a_manifest_goes_with_trusted_documents(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    manifest = str(tmp_path / "manifest.json")
    assert fault(tmp_path, TRUSTED_DOCUMENTS="only") == (
        "GQL_CHAT_TRUSTED_DOCUMENTS_FILE: must be set when GQL_CHAT_TRUSTED_DOCUMENTS is only"
    )
    assert fault(tmp_path, TRUSTED_DOCUMENTS_FILE=manifest) == (
        "GQL_CHAT_TRUSTED_DOCUMENTS: must be on or only when GQL_CHAT_TRUSTED_DOCUMENTS_FILE is set"
    )
    assert load(tmp_path, TRUSTED_DOCUMENTS="on").trusted_documents_file is None
    assert load(tmp_path, TRUSTED_DOCUMENTS="only", TRUSTED_DOCUMENTS_FILE=manifest).trusted_documents == "only"


def test_a_wrong_setting_is_not_told_a_second_time_by_what_depends_on_it(tmp_path: Path) -> None:
    assert fault(tmp_path, DATABASE_URL=POSTGRES, SECRET_KEY="short") == (
        "GQL_CHAT_SECRET_KEY: must have at least 32 characters"
    )
    assert fault(tmp_path, MAILER="pigeon", SMTP_HOST="mail.example.com").splitlines() == [
        "GQL_CHAT_MAILER: must be 'console' or 'smtp'"
    ]


def test_a_base_url_is_an_address(tmp_path: Path) -> None:
    assert fault(tmp_path, OPENAI_API_KEY="sk-1", OPENAI_BASE_URL="localhost:11434") == (
        "GQL_CHAT_OPENAI_BASE_URL: must be an address that begins with https:// or http://"
    )


def test_a_file_may_be_empty_and_its_types_are_checked(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("# nothing yet\n")
    assert load(tmp_path, CONFIG=str(config)).port == 8000
    config.write_text("log_level: 1\nmaster_keys: []\n")
    assert fault(tmp_path, CONFIG=str(config)).splitlines() == [
        "GQL_CHAT_MASTER_KEYS: must be kid:key with the base64 of 32 bytes, comma-separated",
        "GQL_CHAT_LOG_LEVEL: must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'",
    ]


def test_an_unknown_name_in_the_file_is_an_error(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("prot: 9000\n")
    assert fault(tmp_path, CONFIG=str(config)) == "prot: unknown setting; did you mean port?"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("port: 1\nsecret_key: *hunter2\n", "{}, line 2: this is not YAML"),
        ("secret_key: 2026-13-45\n", "{}: this is not YAML"),
        ("- port\n", "{}: must contain settings, one `name: value` on each line"),
    ],
)
def test_a_file_that_holds_no_settings_is_an_error(tmp_path: Path, text: str, reason: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(text)
    assert fault(tmp_path, CONFIG=str(config)) == reason.format(config)


def test_a_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    assert fault(tmp_path, CONFIG=str(tmp_path / "none.yaml")).startswith("GQL_CHAT_CONFIG: must name a readable file")


def test_settings_are_loaded_again_only_if_their_file_has_changed(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("port: 9000\n")
    settings = load(tmp_path, CONFIG=str(config))
    first = reread(settings)
    assert first.port == 9000
    assert reread(settings) is first
    config.write_text("port: nine\n")
    for _ in range(2):
        with pytest.raises(BadUserInput, match="GQL_CHAT_PORT"):
            reread(settings)
    config.write_text("port: 9001\n")
    assert reread(settings).port == 9001
    config.unlink()
    with pytest.raises(BadUserInput, match="must name a readable file"):
        reread(settings)


def test_settings_without_a_file_stay_as_they_are(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.touch()
    settings = load(tmp_path)
    assert reread(settings) is reread(settings)
    assert not follows_file(settings)
    assert follows_file(load(tmp_path, CONFIG=str(config)))


def test_with_postgresql_nothing_is_made_and_no_demo_answers(tmp_path: Path) -> None:
    assert fault(tmp_path, DATABASE_URL=POSTGRES) == (
        "GQL_CHAT_SECRET_KEY: must be set with PostgreSQL, where every worker has to know the same one"
    )
    settings = load(tmp_path, DATABASE_URL=POSTGRES, SECRET_KEY=SECRET)
    assert not settings.is_embedded
    assert not settings.demo_model
    assert not (tmp_path / "data").exists()


def test_a_server_key_takes_the_place_of_the_demo_model(tmp_path: Path) -> None:
    settings = load(tmp_path, OPENAI_API_KEY="sk-1", OPENAI_BASE_URL="http://localhost:11434/v1/", OPENAI_MODEL="qwen3")
    assert settings.openai_base_url == "http://localhost:11434/v1"
    assert not settings.demo_model
    assert load(tmp_path, OPENAI_API_KEY="sk-1", DEMO_MODEL="on").demo_model


def test_several_workers_need_postgresql_and_redis(tmp_path: Path) -> None:
    assert fault(tmp_path, WORKERS="2").splitlines() == [
        "GQL_CHAT_DATABASE_URL: must be a PostgreSQL with several workers; SQLite is for one",
        "GQL_CHAT_REDIS_URL: must be set with several workers, which reach each other by Redis",
    ]
    several = {"WORKERS": "2", "DATABASE_URL": POSTGRES, "SECRET_KEY": SECRET}
    assert fault(tmp_path, **several).startswith("GQL_CHAT_REDIS_URL: ")
    assert load(tmp_path, **several, REDIS_URL="redis://cache").workers == 2


SMTP = {"MAILER": "smtp", "SMTP_HOST": "mail.example.com", "MAIL_FROM": "chat@example.com"}
LOGIN = {"SMTP_USERNAME": "chat", "SMTP_PASSWORD": SECRET}


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        (
            {"MAILER": "smtp", "MAIL_FROM": "chat@example.com"},
            "GQL_CHAT_SMTP_HOST: must be set when GQL_CHAT_MAILER is smtp",
        ),
        (
            {"MAILER": "smtp", "SMTP_HOST": "mail.example.com"},
            "GQL_CHAT_MAIL_FROM: must be set when GQL_CHAT_MAILER is smtp",
        ),
        ({"SMTP_HOST": "mail.example.com"}, "GQL_CHAT_MAILER: must be smtp when a mail server is set"),
        (
            SMTP | {"SMTP_USERNAME": "chat"},
            "GQL_CHAT_SMTP_PASSWORD: must be set, or neither the username nor the password",
        ),
        (
            SMTP | {"SMTP_PASSWORD": SECRET},
            "GQL_CHAT_SMTP_USERNAME: must be set, or neither the username nor the password",
        ),
        (
            SMTP | LOGIN | {"SMTP_SECURITY": "none"},
            "GQL_CHAT_SMTP_SECURITY: must be starttls or tls, or the password could be read on the way",
        ),
        (SMTP | {"SMTP_SECURITY": "ssl"}, "GQL_CHAT_SMTP_SECURITY: must be 'none', 'starttls' or 'tls'"),
        (
            SMTP | {"MAIL_FROM": "chat@example.com, bob@example.com"},
            "GQL_CHAT_MAIL_FROM: must be an address such as chat@example.com, or Chat <chat@example.com>",
        ),
        (
            SMTP | {"MAIL_FROM": "Chat"},
            "GQL_CHAT_MAIL_FROM: must be an address such as chat@example.com, or Chat <chat@example.com>",
        ),
        ({"REGISTRATION": "off"}, "GQL_CHAT_REGISTRATION: must be 'open', 'code' or 'closed'"),
    ],
)
def test_what_mail_and_registration_lack_is_named(tmp_path: Path, variables: dict[str, str], reason: str) -> None:
    assert fault(tmp_path, **variables) == reason


@pytest.mark.parametrize(("security", "port"), [("none", 25), ("starttls", 587), ("tls", 465)])
def test_the_mail_servers_port_follows_from_its_security(tmp_path: Path, security: str, port: int) -> None:
    assert load(tmp_path, **SMTP, SMTP_SECURITY=security).smtp_port == port
    assert load(tmp_path, **SMTP, SMTP_SECURITY=security, SMTP_PORT="2525").smtp_port == 2525


def test_a_mail_server_is_used_encrypted_by_default(tmp_path: Path) -> None:
    settings = load(tmp_path, **SMTP | LOGIN | {"MAIL_FROM": "聊天 <chat@example.com>"})
    assert (settings.smtp_security, settings.smtp_port, settings.mail_from) == (
        "starttls", 587, "聊天 <chat@example.com>",
    )  # fmt: skip
    assert SECRET not in repr(settings)


def test_the_reference_of_settings_is_current() -> None:
    check = subprocess.run(
        [sys.executable, ROOT / "scripts" / "settings", "--check"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert check.stderr == ""
    assert check.returncode == 0


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        (
            {"STORE_ENDPOINT": "http://minio:9000"},
            "GQL_CHAT_STORE_URL: must be s3://bucket when another GQL_CHAT_STORE_… is set",
        ),
        (
            {"STORE_URL": "s3://bucket", "STORE_SECRET_ACCESS_KEY": "hunter2"},
            "GQL_CHAT_STORE_ACCESS_KEY_ID: must be set, or neither the access key's id nor its secret",
        ),
        (
            {"STORE_URL": "s3://bucket", "STORE_ACCESS_KEY_ID": "id"},
            "GQL_CHAT_STORE_SECRET_ACCESS_KEY: must be set, or neither the access key's id nor its secret",
        ),
        (
            {"STORE_URL": "s3://bucket", "STORE_PUBLIC_ENDPOINT": "https://files.example.com"},
            "GQL_CHAT_STORE_ENDPOINT: must be set when GQL_CHAT_STORE_PUBLIC_ENDPOINT is",
        ),
    ],
)
def test_a_store_that_is_half_set_is_an_error(tmp_path: Path, variables: dict[str, str], reason: str) -> None:
    assert fault(tmp_path, **variables) == reason


def test_files_are_kept_in_the_data_folder_unless_a_bucket_is_named(tmp_path: Path) -> None:
    assert load(tmp_path).store_url == f"file://{tmp_path}/data/files"
    assert load(tmp_path, STORE_URL="s3://bucket").store_virtual_hosts
    assert not load(tmp_path, STORE_URL="s3://bucket", STORE_ENDPOINT="http://minio:9000").store_virtual_hosts


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://B\u00fccher.example:8443/Chat/", "https://xn--bcher-kva.example:8443/Chat"),
        ("http://[0:0::1]:80", "http://[::1]"),
        ("HTTPS://Chat.Example.com:443/", "https://chat.example.com"),
        ("https://chat.example.com", "https://chat.example.com"),
    ],
)
def test_addresses_for_browsers_have_the_form_in_which_these_send_them(tmp_path: Path, given: str, used: str) -> None:
    assert load(tmp_path, PUBLIC_URL=given).public_url == used
    store = {"STORE_URL": "s3://bucket", "STORE_ENDPOINT": given, "STORE_PUBLIC_ENDPOINT": given}
    settings = load(tmp_path, **store)  # another host than the browser's breaks the signature of a link
    assert (settings.store_endpoint, settings.store_public_endpoint) == (used, used)


@pytest.mark.parametrize(
    "url", ["chat.example.com", "https://a..b", "https://a:99999", "https://a/?b", "https://a/#b", "https://ada:pw@a"]
)
def test_a_public_address_to_which_no_path_can_be_added_is_an_error(tmp_path: Path, url: str) -> None:
    reason = "must be an address that begins with https:// or http://"
    assert fault(tmp_path, PUBLIC_URL=url) == f"GQL_CHAT_PUBLIC_URL: {reason}"


def test_origins_and_hosts_have_the_form_in_which_browsers_send_them(tmp_path: Path) -> None:
    origins = (
        "HTTPS://Chat.Example.com:443, http://a:80,https://a:80, https://b\u00fccher.example, http://[0:0::1]:5173, *"
    )
    hosts = "Chat.Example.com.,*.B\u00dcCHER.example,[::1],127.0.0.1,*"
    settings = load(tmp_path, ALLOWED_ORIGINS=origins, ALLOWED_HOSTS=hosts)
    assert settings.allowed_origins == (
        "https://chat.example.com", "http://a", "https://a:80", "https://xn--bcher-kva.example", "http://[::1]:5173",
        "*",
    )  # fmt: skip
    assert settings.allowed_hosts == ("chat.example.com", "*.xn--bcher-kva.example", "[::1]", "127.0.0.1", "*")
