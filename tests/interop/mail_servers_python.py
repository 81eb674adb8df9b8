#!/usr/bin/python3
"""Uses the sandbox's IMAP and SMTP with Python's own clients.

usage: mail_servers_python.py IMAP_PORT SMTP_PORT SENDER SENDER_PASSWORD READER READER_PASSWORD
"""
import email
import email.message
import email.policy
import imaplib
import smtplib
import sys
import time


def good(answer):
    status, data = answer
    assert status == "OK", answer
    return data


def send(port, sender, password, reader):
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
        smtp.ehlo()
        for name in ("size", "8bitmime", "pipelining", "smtputf8", "enhancedstatuscodes"):
            assert smtp.has_extn(name), name
        try:
            smtp.login(sender, "wrong")
            raise AssertionError("a wrong password signs in")
        except smtplib.SMTPAuthenticationError as error:
            assert error.smtp_code == 535 and b"5.7.8" in error.smtp_error, error
        smtp.login(sender, password)
        message = email.message.EmailMessage()
        message["From"] = sender
        message["To"] = reader
        message["Subject"] = "Grüße"
        message["Message-ID"] = "<interop-1@example.org>"
        message.set_content("Erste Zeile\n.Punkt\n..zwei\n")
        message.add_attachment(bytes(range(256)) * 40, maintype="application",
                               subtype="octet-stream", filename="Übersicht.bin")
        assert smtp.send_message(message) == {}


def read(port, reader, password):
    imap = imaplib.IMAP4("127.0.0.1", port, timeout=60)
    assert "X-GM-EXT-1" in imap.capabilities
    imap.login(reader, password)
    good(imap.append('"[Gmail]/Drafts"', r"(\Draft)", imaplib.Time2Internaldate(time.time()),
                     b"Subject: Entwurf\r\n\r\nBald.\r\n"))
    imap._get_capabilities()  # they are others after login, which imaplib does not notice
    imap.enable("UTF8=ACCEPT")
    folders = good(imap.list())
    assert any(b"\\All" in folder for folder in folders), folders
    assert int(good(imap.select("INBOX"))[0]) == 1
    good(imap.search(None, "UNSEEN", "SUBJECT", '"Grüße"'))
    numbers = good(imap.uid("SEARCH", "X-GM-RAW", '"rfc822msgid:interop-1@example.org"'))
    uid = numbers[0].split()[0].decode()
    raw = good(imap.uid("FETCH", uid, "(BODY.PEEK[])"))[0][1]
    got = email.message_from_bytes(raw, policy=email.policy.default)
    assert got["Subject"] == "Grüße"
    assert got.get_body().get_content().splitlines() == [
        "Erste Zeile", ".Punkt", "..zwei"]
    attachment = next(got.iter_attachments())
    assert attachment.get_filename() == "Übersicht.bin"
    assert attachment.get_content() == bytes(range(256)) * 40
    size = good(imap.uid("FETCH", uid, "(RFC822.SIZE)"))[0]
    assert f"RFC822.SIZE {len(raw)}".encode() in size, (size, len(raw))
    good(imap.uid("STORE", uid, "+FLAGS", r"(\Seen \Flagged)"))
    flags = imaplib.ParseFlags(good(imap.uid("FETCH", uid, "(FLAGS)"))[0])
    assert set(flags) == {b"\\Seen", b"\\Flagged"}, flags
    good(imap.create("Projekte"))
    good(imap.uid("COPY", uid, "Projekte"))
    assert int(good(imap.select("Projekte"))[0]) == 1
    assert int(good(imap.select('"[Gmail]/Drafts"'))[0]) == 1
    good(imap.close())
    assert imap.logout()[0] == "BYE"


def main(imap_port, smtp_port, sender, sender_password, reader, reader_password):
    send(int(smtp_port), sender, sender_password, reader)
    read(int(imap_port), reader, reader_password)


if __name__ == "__main__":
    main(*sys.argv[1:])
