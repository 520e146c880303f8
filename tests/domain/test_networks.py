import pytest

from mailcap.domain.networks import block_of, parse_host, site_of


@pytest.mark.parametrize(
    ("host", "block", "site"),
    [
        ("192.0.2.7", "192.0.2.0/24", "192.0.2.0/24"),
        ("127.0.1.1", "127.0.1.0/24", "127.0.1.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24", "192.0.2.0/24"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64", "2001:db8::/48"),
    ],
)
def test_an_address_belongs_to_a_block_and_a_site(host, block, site):
    assert block_of(parse_host(host)) == block
    assert site_of(host) == site
