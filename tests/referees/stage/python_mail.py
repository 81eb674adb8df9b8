"""What Python's `email` (policy `default`) makes of a message, in the words of tests/interop/
read_messages.cpp. What Python cannot say, because it raises, is the error's name."""

import email
import email.policy
import email.utils

POLICY = email.policy.default
# The text of a message inside a message is asked back from Python, which must not fold it anew.
AS_SENT = POLICY.clone(refold_source="none", max_line_length=None)


def or_error(read):
    try:
        return read()
    except Exception as error:  # pylint: disable=broad-except
        return f"raises {type(error).__name__}"


def addresses(message, name):
    """The policy drops the comment of "ann@example.org (Ann Lee)"; Python's older reader knows it for
    the name."""
    as_sent = [value for field, value in message.raw_items() if field.lower() == name.lower()]
    in_comments = {address: comment for comment, address in email.utils.getaddresses(as_sent)}
    found = []
    for value in message.get_all(name, []):
        for address in value.addresses:
            spec = address.addr_spec.replace("<>", "")
            found.append([address.display_name or in_comments.get(spec, ""), spec])
    return found


def body(message, kind):
    """A text with a file name is a file."""
    part = message.get_body((kind,))
    return None if part is None or part.get_filename() else part


def date(message):
    moment = message["Date"] and message["Date"].datetime
    return int(moment.timestamp()) if moment else None


def leaves(part):
    """The parts that are no multipart, in order. A message inside is one of them."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for child in part.iter_parts():
            yield from leaves(child)
    else:
        yield part


def content(part):
    """The decoded bytes."""
    if part.is_multipart():  # a message inside
        return b"".join(child.as_bytes(policy=AS_SENT) for child in part.get_payload())
    return part.get_payload(decode=True) or b""


def is_encoded(part):
    return part.get("Content-Transfer-Encoding", "").strip().lower() == "base64"


def read(path):
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file, policy=POLICY)
    plain = or_error(lambda: body(message, "plain"))
    html = or_error(lambda: body(message, "html"))
    out = {name.lower().replace("-", "_"): or_error(lambda: addresses(message, name))
           for name in ("From", "To", "Cc", "Bcc", "Reply-To")}
    out["subject"] = or_error(lambda: str(message["Subject"] or ""))
    out["date"] = or_error(lambda: date(message))
    out["message_id"] = or_error(lambda: str(message["Message-ID"] or ""))
    out["references"] = or_error(lambda: str(message["References"] or "").split())
    for name, part in (("plain", plain), ("html", html)):
        out[name] = part if isinstance(part, str) else or_error(
            lambda: None if part is None else part.get_content())
    out["attachments"] = or_error(lambda: [
        {"filename": part.get_filename() or "", "mime_type": part.get_content_type(),
         "content": content(part), "exact": is_encoded(part)}
        for part in leaves(message) if part is not plain and part is not html])
    return out
