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


READ = ("text/plain", "text/html", "text/markdown", "text/x-markdown", "text/enriched", "text/richtext")


def texts(message):
    """The parts that are read, by the rule of our mime/part.h: not attached, and without a name unless it is declared
    inline or stands first or among alternatives. Each with the multiparts around it."""
    found, first = [], True

    def walk(part, among_alternatives):
        nonlocal first
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            for child in part.iter_parts():
                walk(child, part.get_content_subtype() == "alternative")
            return
        stands_first, first = first, False
        if part.get_content_type() not in READ or part.get_content_disposition() == "attachment":
            return
        shown = part.get_content_disposition() == "inline" or stands_first or among_alternatives
        if len(found) < 50 and (shown or not part.get_filename()):
            found.append(part)

    walk(message, False)
    return found


def forms(part, read):
    """The pieces of the letter in order, each as (texts, HTML and the texts among it)."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        pieces = [forms(child, read) for child in part.iter_parts()]
        if part.get_content_subtype() != "alternative":
            return [piece for of_child in pieces for piece in of_child]
        wholes = [whole(of_child) for of_child in pieces]
        plain = next((plain for plain, _ in wholes if plain), [])
        html = next((html for _, html in reversed(wholes) if html), [])
        return [(plain, html)] if plain or html else []
    if not any(part is one for one in read):
        return []
    return [([], [part])] if part.get_content_type() == "text/html" else [([part], [])]


def whole(pieces):
    any_html = any(html for _, html in pieces)
    plain = [part for texts_of, _ in pieces for part in texts_of] if all(one for one, _ in pieces) else []
    html = [part for texts_of, html_of in pieces for part in (html_of or texts_of)] if any_html else []
    return plain, html


def unflowed(text, deletes_space):
    """RFC 3676 §4, which the package does not know: the paragraphs of format=flowed on one line each."""
    out, depth, goes_on = [], None, False
    for line in text.split("\n"):
        content = line.lstrip(">")
        quotes = len(line) - len(content)
        content = content[1:] if content.startswith(" ") else content
        if goes_on and quotes == depth and content != "-- ":
            before = out.pop()
            out.append((before[:-1] if deletes_space else before) + content)
        else:
            out.append(">" * quotes + (" " if quotes and content else "") + content)
        depth, goes_on = quotes, content.endswith(" ") and content != "-- "
    return "\n".join(out)


def content_of_text(part):
    text = part.get_content()
    is_flowed = part.get_content_type() == "text/plain" and str(part.get_param("format", "")).lower() == "flowed"
    return unflowed(text, str(part.get_param("delsp", "")).lower() == "yes") if is_flowed else text


def joined(parts):
    """Texts one after the other, each on lines of its own."""
    text = ""
    for part in parts:
        if text and not text.endswith("\n"):
            text += "\n"
        text += content_of_text(part)
    return text


def joined_html(parts):
    """A text among HTML is <pre>."""
    text = ""
    for part in parts:
        said = content_of_text(part)
        if part.get_content_type() != "text/html" and said:
            said = "<pre>" + said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "</pre>"
        text += said
    return text


def date(message):
    moment = message["Date"] and message["Date"].datetime
    return int(moment.timestamp()) if moment else None


def leaves(part):
    """The parts that are no multipart, in order. A message inside is one of them, another form of the text that nobody
    has to see is not."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for child in part.iter_parts():
            is_form = part.get_content_subtype() == "alternative" and not child.get_filename() and \
                child.get_content_maintype() == "text" and child.get_content_subtype() != "calendar"
            if not is_form or child.get_content_type() in READ:
                yield from leaves(child)
    else:
        yield part


def is_listed(part, read_parts):
    """Everything but what is read; what has a name is listed even so."""
    return bool(part.get_filename()) or not any(part is one for one in read_parts)


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
    read_parts = or_error(lambda: texts(message))
    pieces = read_parts if isinstance(read_parts, str) else or_error(lambda: whole(forms(message, read_parts)))
    out = {name.lower().replace("-", "_"): or_error(lambda: addresses(message, name))
           for name in ("From", "To", "Cc", "Bcc", "Reply-To")}
    out["subject"] = or_error(lambda: str(message["Subject"] or ""))
    out["date"] = or_error(lambda: date(message))
    out["message_id"] = or_error(lambda: str(message["Message-ID"] or ""))
    out["references"] = or_error(lambda: str(message["References"] or "").split())
    if isinstance(pieces, str):
        out["plain"] = out["html"] = pieces
    else:
        out["plain"] = or_error(lambda: joined(pieces[0]))
        out["html"] = or_error(lambda: joined_html(pieces[1]) if pieces[1] else None)
    out["attachments"] = or_error(lambda: [
        {"filename": part.get_filename() or "", "mime_type": part.get_content_type(),
         "content": content(part), "exact": is_encoded(part)}
        for part in leaves(message) if is_listed(part, read_parts)])
    return out
