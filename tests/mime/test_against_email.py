"""Well-formed mail has the structure that the standard library finds too."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from hypothesis import given, settings
from hypothesis import strategies as st

from mailcap.mime import addresses, bodies, content, headers, structure
from mailcap.mime.structure import Part

TEXTS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029"
    ),
    max_size=60,
)
FILES = st.tuples(st.binary(max_size=80), st.sampled_from(["a.png", "übung.pdf", "x y.bin"]))


@st.composite
def messages(draw: st.DrawFn) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = draw(TEXTS.map(str.strip))
    message["From"] = "Jürgen <juergen@example.org>"
    message.set_content(draw(TEXTS))
    if draw(st.booleans()):
        message.add_alternative(f"<p>{draw(TEXTS)}</p>", subtype="html")
    for data, name in draw(st.lists(FILES, max_size=3)):
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


def assert_same(body: bytes, part: Part, theirs: EmailMessage) -> None:
    assert part.content_type == theirs.get_content_type()
    children = list(theirs.iter_parts()) if theirs.is_multipart() else []
    assert len(part.children) == len(children)
    for mine, other in zip(part.children, children, strict=True):
        assert_same(body, mine, other)
    if not children:
        assert content.octets(body, part) == theirs.get_payload(decode=True)


@settings(max_examples=150, deadline=None)
@given(messages())
def test_the_same_tree_and_the_same_contents(message: EmailMessage) -> None:
    body = message.as_bytes()
    root = structure.scan(body)
    assert_same(body, root, message_from_bytes(body, policy=policy.SMTP))


@settings(max_examples=100, deadline=None)
@given(messages())
def test_the_same_text_and_header(message: EmailMessage) -> None:
    body = message.as_bytes()
    root = structure.scan(body)
    theirs = message_from_bytes(body, policy=policy.SMTP)
    plain = theirs.get_body(("plain",))
    assert plain is not None
    assert bodies.text(body, root).splitlines() == plain.get_content().splitlines()
    fields = headers.parse(body, root.start, root.content)
    assert [name for name, _ in fields] == theirs.keys()
    assert list(addresses.mailboxes(fields.all("from"))) == [("juergen@example.org", "Jürgen")]


def test_a_nested_message_is_one_leaf_with_a_structure_of_its_own() -> None:
    inner = EmailMessage(policy=policy.SMTP)
    inner.set_content("inside")
    outer = EmailMessage(policy=policy.SMTP)
    outer.set_content("outside")
    outer.add_attachment(inner)
    body = outer.as_bytes()
    root = structure.scan(body)
    assert [(part.number, part.content_type) for part in root.walk()] == [
        ("", "multipart/mixed"),
        ("1", "text/plain"),
        ("2", "message/rfc822"),
        ("2.1", "text/plain"),
    ]
    assert [part.number for part in root.leaves()] == ["1", "2"]
