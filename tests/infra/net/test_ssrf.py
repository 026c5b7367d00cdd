"""The guard against server-side request forgery: addresses and the text of base URLs."""

from ipaddress import ip_network

import pytest

from gql_chat.errors import BadUserInput
from gql_chat.infra.net.destinations import parse_allowed
from gql_chat.infra.net.ssrf import check_base_url, is_allowed

QUERY_REFUSED = "The base URL must not contain a query or a fragment, except Azure's api-version."

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2a00:1450:4001::200e"],
)
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(address, ())


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",  # carrier-grade NAT; 100.100.100.200 is Alibaba's metadata server
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",  # Azure's host
        "169.254.169.254",  # everybody's metadata server
        "172.16.0.1",
        "192.0.0.192",  # Oracle's metadata server
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",  # IPv4-compatible
        "::ffff:127.0.0.1",  # IPv4-mapped
        "::ffff:a9fe:a9fe",
        "::ffff:0:127.0.0.1",  # IPv4-translated
        "64:ff9b::7f00:1",  # NAT64
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",  # local NAT64
        "100::1",
        "2001::1",  # Teredo
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001:db8::1",
        "2002:7f00:1::1",  # 6to4 of 127.0.0.1
        "2002:a9fe:a9fe::",
        "2002:0101:0101::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",  # AWS's metadata server
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not is_allowed(address, ())


@pytest.mark.parametrize(
    ("address", "network", "allowed"),
    [
        ("127.0.0.1", "127.0.0.0/8", True),
        ("::ffff:127.0.0.1", "127.0.0.0/8", True),
        ("10.0.0.1", "127.0.0.0/8", False),
        ("fd00::1", "fd00::/8", True),
        ("::1", "127.0.0.0/8", False),
        ("127.0.0.1", "::/0", False),
        ("169.254.169.254", "0.0.0.0/0", True),
    ],
)
def test_the_operator_may_allow_networks(address: str, network: str, allowed: bool) -> None:
    assert is_allowed(address, [ip_network(network)]) is allowed


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1///", "https://api.openai.com/v1"),
        ("https://api.deepseek.com", "https://api.deepseek.com"),
        ("HTTPS://API.OpenAI.com:443/V1/", "https://api.openai.com/V1"),
        ("http://api.example.com:80/", "http://api.example.com"),
        ("http://api.example.com:8080/a//b", "http://api.example.com:8080/a//b"),
        ("https://api.example.com./v1", "https://api.example.com/v1"),
        ("https://bücher.example/v1", "https://xn--bcher-kva.example/v1"),
        ("https://straße.example/v1", "https://xn--strae-oqa.example/v1"),  # strasse.example would get the key
        ("https://ＡＰＩ.example。com/v1", "https://api.example.com/v1"),
        ("https://模型.example/v1", "https://xn--xgs754b.example/v1"),
        ("https://[2606:4700:4700:0:0:0:0:1111]:8443/v1", "https://[2606:4700:4700::1111]:8443/v1"),
        ("http://16843009/v1", "http://1.1.1.1/v1"),
    ],
)
def test_a_base_url_is_brought_into_its_normal_form(url: str, normal: str) -> None:
    assert check_base_url(url, (), field="input.baseUrl") == normal
    assert check_base_url(normal, (), field="input.baseUrl") == normal


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "The base URL must begin with https:// or http://."),
        ("api.openai.com/v1", "The base URL must begin with https:// or http://."),
        ("ftp://api.example.com", "The base URL must begin with https:// or http://."),
        ("file:///etc/passwd", "The base URL must begin with https:// or http://."),
        ("https://", "The base URL has no host."),
        ("https:///v1", "The base URL has no host."),
        ("https://:443/v1", "The base URL has no host."),
        ("https://user@example.com", "The base URL must not contain a user name or password."),
        ("https://user:pass@example.com", "The base URL must not contain a user name or password."),
        ("https://@example.com", "The base URL must not contain a user name or password."),
        (
            "https://example.com/v1?key=1",
            QUERY_REFUSED,
        ),
        ("https://example.com/v1?", QUERY_REFUSED),
        (
            "https://example.com/v1#a",
            QUERY_REFUSED,
        ),
        ("https://exa mple.com", "The base URL contains white space, a backslash or a control character."),
        (" https://example.com", "The base URL contains white space, a backslash or a control character."),
        ("https://example.com\\@127.0.0.1", "The base URL contains white space, a backslash or a control character."),
        ("https://example.com/\n", "The base URL contains white space, a backslash or a control character."),
        ("https://example.com:99999", "The base URL is not a valid URL."),
        ("https://example.com:port", "The base URL is not a valid URL."),
        ("https://[::1", "The base URL is not a valid URL."),
        ("https://[fe80::1%25eth0]/", "The base URL is not a valid URL."),
        ("https://a..b/", "The base URL is not a valid URL."),
        ("https://ex%61mple.com/", "The base URL is not a valid URL."),
        (f"https://{'a' * 64}.com", "The base URL is not a valid URL."),
        (f"https://example.com/{'a' * 2048}", "The base URL is longer than 2048 characters."),
    ],
)
def test_what_cannot_be_a_base_url_is_refused_by_name(url: str, message: str) -> None:
    with pytest.raises(BadUserInput) as refused:
        check_base_url(url, LOOPBACK, field="input.baseUrl")
    assert (refused.value.message, refused.value.field) == (message, "input.baseUrl")


@pytest.mark.parametrize(
    ("allowed", "reached", "refused"),
    [
        ("10.0.0.5:25", ["10.0.0.5:25"], ["10.0.0.5:26", "10.0.0.5:8000", "10.0.0.6:25"]),
        ("10.0.0.0/24:8000", ["10.0.0.5:8000", "10.0.0.255:8000"], ["10.0.0.5:8001", "10.0.1.5:8000"]),
        ("[fd00::/8]:8000", ["[fd00::1]:8000"], ["[fd00::1]:8001", "[fe80::1]:8000"]),
        ("10.0.0.0/8", ["10.0.0.5:8000", "10.0.0.5:80"], ["10.0.0.5:22", "11.0.0.5:22"]),
        ("localhost:11434", ["localhost:11434", "LOCALHOST.:11434"], ["localhost:11435", "127.0.0.2:11434"]),
        ("0.0.0.0/0", ["1.1.1.1:443"], ["1.1.1.1:25"]),
    ],
)
def test_the_operator_may_allow_a_port_of_a_network_or_a_host(
    allowed: str, reached: list[str], refused: list[str]
) -> None:
    for place in reached:
        check_base_url(f"http://{place}/v1", [parse_allowed(allowed)], field="base_url")
    for place in refused:
        with pytest.raises(BadUserInput):
            check_base_url(f"http://{place}/v1", [parse_allowed(allowed)], field="base_url")


FORMS_OF_LOOPBACK = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "017700000001",
    "0177.0.0.1",
    "１２７.０.０.１",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "api.localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
]


@pytest.mark.parametrize("host", [*FORMS_OF_LOOPBACK, "0", "169.254.169.254", "[fd00::1]", "[64:ff9b::7f00:1]"])
def test_a_base_url_that_names_an_inner_address_is_refused_in_every_form(host: str) -> None:
    with pytest.raises(BadUserInput, match="address is not allowed"):
        check_base_url(f"http://{host}:11434/v1", (), field="input.baseUrl")


@pytest.mark.parametrize("host", FORMS_OF_LOOPBACK)
def test_a_base_url_in_an_allowed_network_is_good_in_every_form(host: str) -> None:
    assert check_base_url(f"http://{host}:11434/v1", LOOPBACK, field="input.baseUrl").endswith(":11434/v1")
