import pytest

from mailcap.throttling.blocks import block_of


@pytest.mark.parametrize(
    ("host", "block"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("127.0.1.1", "127.0.1.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
    ],
)
def test_an_address_belongs_to_a_block(host, block):
    assert block_of(host) == block
