"""Views of a message: bytes in, plain values out.

Nothing here does I/O and nothing here fails: every function takes any bytes at
all and gives a valid view of them, however broken they are.  Every function is
linear in what it reads; where a format would allow more (nesting, parameters,
parts, elements) there is a limit, and what is over the limit stays as plain
content or is left out of the view, never out of the message.

``headers`` RFC 5322 fields; ``encoded_words`` RFC 2047; ``addresses`` RFC 5322
section 3.4; ``parameters`` RFC 2045 and 2231; ``charsets`` and ``transfer`` what
those fields name; ``structure`` the tree of parts with byte offsets (RFC 2046);
``content`` what a part holds; ``bodies`` the text and the HTML of a message;
``markup`` tokens of HTML, on which ``generated``, ``links`` and ``safe_html``
stand; ``attachments`` everything else; ``summary`` what lists and searches show.

Left out on purpose: uuencoded files inside a text, TNEF, signatures and
encryption (their parts are attachments), and line ends of a lone CR.
"""
