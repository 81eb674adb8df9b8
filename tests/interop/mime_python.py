#!/usr/bin/python3
"""Reads the message of src/mime/writer_test.cpp (full_draft) with Python's own parser.

usage: mime_python.py FILE
"""
import email
import email.policy
import sys


def main(path):
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)

    assert message["Subject"] == "Grüße", message["Subject"]
    mailboxes = {name: [(a.display_name, a.addr_spec) for a in message[name].addresses]
                 for name in ("From", "To", "Cc", "Bcc", "Reply-To")}
    assert mailboxes == {
        "From": [("Ann Lee", "ann@example.org")],
        "To": [("Jörg Groß", "joerg@example.org")],
        "Cc": [("", "carl@example.org"), ("Lee, Bob", "bob@example.org")],
        "Bcc": [("", "secret@example.org")],
        "Reply-To": [("", "replies@example.org")],
    }, mailboxes
    assert message["References"] == "<r1@example.org> <0@example.org>"
    assert message["Date"].datetime.isoformat() == "2026-01-01T00:00:00+00:00"

    plain, html = (message.get_body((kind,)).get_content().splitlines() for kind in ("plain", "html"))
    assert plain == ["Hello, 世界", "Über " + 2000 * "x"], plain
    assert html == ["<p>Hello, 世界</p>"], html

    attachments = list(message.iter_attachments())
    assert [a.get_filename() for a in attachments] == [
        'Übersicht "2026", final; v2.pdf', "data.csv", "mail.eml", None]
    assert attachments[0].get_content() == bytes(i % 256 for i in range(1000))
    assert attachments[1].get_payload(decode=True) == b"a;b\nc;d\r\ne"
    assert attachments[2].get_content()["Subject"] == "inner"
    assert attachments[3].get_content() == b"no name"

    for part in message.walk():
        assert not part.defects, (part.get_content_type(), part.defects)
        for name, value in part.items():
            assert not value.defects, (name, value.defects)


if __name__ == "__main__":
    main(sys.argv[1])
