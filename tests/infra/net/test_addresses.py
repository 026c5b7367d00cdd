"""Addresses: one form for each, and one site for all that one household can choose from."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network

from hypothesis import given
from hypothesis import strategies as st

from gql_chat.infra.net.addresses import IPV6_SITE_BITS, parse_address, site_of, sites_of


def test_an_address_has_one_form() -> None:
    for text in ("2001:DB8:0:0:0:0:0:1", "2001:db8::1", "2001:db8::1%eth0"):
        assert parse_address(text) == IPv6Address("2001:db8::1")
    for text in ("192.0.2.7", "::ffff:192.0.2.7", "::ffff:c000:207"):
        assert parse_address(text) == IPv4Address("192.0.2.7")


def test_what_is_no_address_is_none() -> None:
    for text in (
        "", " ", "unknown", "_hidden", "localhost", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4:80",
        "[::1]", "١.2.3.4", "::1::", "1.2.3.4/8", "%eth0", "\0",
    ):  # fmt: skip
        assert parse_address(text) is None


def test_an_ipv4_address_is_a_site_and_64_bits_of_an_ipv6_address_are() -> None:
    assert site_of("192.0.2.7") == site_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert site_of("2001:db8:0:1::1") == site_of("2001:db8:0:1:ffff:ffff:ffff:ffff") == "2001:db8:0:1::/64"
    assert site_of("2001:db8:0:2::1") != site_of("2001:db8:0:1::1")
    assert site_of(None) == site_of(None) != site_of("192.0.2.7")


@given(st.integers(1 << 64, (1 << 128) - 1), st.integers(0, 127))
def test_who_changes_the_lower_half_stays_at_the_site_and_who_changes_the_upper_leaves_it(
    number: int, bit: int
) -> None:
    address, other = IPv6Address(number), IPv6Address(number ^ (1 << bit))
    assert (site_of(str(other)) == site_of(str(address))) is (bit < IPV6_SITE_BITS)


@given(st.integers(1 << 64, (1 << 128) - 1))
def test_networks_are_written_as_python_writes_them(number: int) -> None:
    written = tuple(str(IPv6Network((number, bits), strict=False)) for bits in (48, 56, 64))
    assert sites_of(str(IPv6Address(number))) == written


def test_an_ipv6_address_belongs_to_three_networks_the_largest_first() -> None:
    assert sites_of("2001:db8:a:bcde::1") == ("2001:db8:a::/48", "2001:db8:a:bc00::/56", "2001:db8:a:bcde::/64")
    assert sites_of("192.0.2.7") == sites_of("::ffff:192.0.2.7") == ("192.0.2.7",)
    assert sites_of(None) == sites_of(None) != sites_of("192.0.2.7")
    assert sites_of("2001:db8::1")[-1] == site_of("2001:db8::1")
