"""IMAP4 as octets: what a client may say, and how answers are written.

Commands: all of IMAP4rev1 (RFC 3501) and IMAP4rev2 (RFC 9051), and those of ID (RFC 2971),
UNSELECT (3691), NAMESPACE (2342), IDLE (2177), SASL-IR (4959), LITERAL+ (7888), ENABLE
(5161), UIDPLUS (4315), MOVE (6851), CONDSTORE and QRESYNC (7162), ESEARCH (4731),
SEARCHRES (5182), WITHIN (5032), SORT and THREAD (5256), ESORT (5267), SORT=DISPLAY (5957),
LIST-EXTENDED (5258), LIST-STATUS (5819), SPECIAL-USE (6154), STATUS=SIZE (8438), BINARY
(3516), APPENDLIMIT (7889), MULTIAPPEND (3502), OBJECTID (8474), SAVEDATE (8514), PREVIEW
(8970), UTF8=ACCEPT (9755), COMPRESS (4978), QUOTA (9208), UNAUTHENTICATE (8437).

Left out: CATENATE and URLAUTH (nothing here has URLs), ACL (who may do what is the
account's, not the client's), METADATA, the charsets of SEARCH beyond UTF-8.

Decided: a line ends with CR LF or with a bare LF, as in other servers; a literal has exactly
the octets that it announces, so that nothing in it can end a command.
"""
