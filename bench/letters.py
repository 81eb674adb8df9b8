"""Makes letters as Gmail gives them, the same ones each time, for bench/upstream.cpp.

Nobody in them exists, and every domain is one that is kept for examples. What is copied from real mail is
the shape: which header fields travel with a letter and how long they are, how much of it is text, how much
HTML, and how much of a newsletter is styles.

    bench/letters.py            prints the sizes
"""
import base64, json, pathlib, random

# Stand for the ids, which the upstream puts in; of the same length.
MESSAGE_MARK = "@message-number@"
THREAD_MARK = "@thread--number@"

# First digit of an id, by kind: bench/upstream.cpp knows them too.
TYPICAL, NEWSLETTER, SHORT = "1", "2", "3"

WORDS = (
    "the the the of and to a in that it is was for on are as with at be this have from or one had by "
    "but not what all were we when your can said there use an each which she do how their if will up other "
    "about out many then them these so some her would make like him into time has look two more write go "
    "see number no way could people my than first water been call who now find long down day did get come "
    "made may part over new sound take only little work know place years live back give most very after "
    "things our just name good sentence great think say help low line before turn cause same mean differ "
    "move right boy old too does tell set three want air well also play small end put home read hand port "
    "large spell add even land here must big high such follow act why ask men change went light kind off "
    "need house picture try us again animal point mother world near build self earth invoice meeting "
    "budget report project delivery contract schedule review customer order travel payment account design "
    "server update release question answer garden window kitchen bicycle mountain river station ticket "
    "package summary agenda draft proposal estimate deadline colleague office team quarter").split()
# Most letters are not ASCII alone.
FLOURISHES = ["café", "naïve", "Zürich", "–", "“as agreed”", "it’s", "we’ll", "€ 120", "São Paulo", "…"]
PEOPLE = [("Ann Lee", "ann.lee"), ("Björn Åkesson", "bjorn.akesson"), ("Chiara Rossi", "chiara"),
          ("Daniel O’Brien", "dobrien"), ("Emine Yılmaz", "emine.yilmaz"), ("François Dubois", "fdubois"),
          ("Grace Kim", "grace"), ("Hiro Tanaka", "h.tanaka"), ("Ines Müller", "ines.mueller")]
DOMAINS = ["shop.example", "studio.example", "mail.example.com", "office.example.org", "example.net"]
OWNER = "person@gmail.example"


def letters(kind, count, seed=20261129):
    """`count` messages of one kind, as users.messages.get gives them with format=full."""
    rng = random.Random(f"{seed} {kind}")
    make = {TYPICAL: typical, NEWSLETTER: newsletter, SHORT: short}[kind]
    return [make(rng, number) for number in range(count)]


def text_of(letter):
    """The text of a typical letter, as its writer typed it."""
    part = letter["payload"]
    while "parts" in part:
        part = part["parts"][0]
    return base64.urlsafe_b64decode(part["body"]["data"]).decode().replace("\r\n", "\n")


# --- three kinds ----------------------------------------------------------------------------------

def typical(rng, number):
    """Text and HTML, 17 header fields; every fifth carries a file."""
    paragraphs = [sentences(rng, size) for size in (260, 420, 180)]
    name, local = rng.choice(PEOPLE)
    quoted = sentences(rng, 300)
    text = "\r\n\r\n".join(["Hello,", *(fold(one) for one in paragraphs), f"Best regards\r\n{name}",
                            f"On Tue, 24 Nov 2026 at 10:02, Person <{OWNER}> wrote:\r\n"
                            + "\r\n".join("> " + line for line in fold(quoted).split("\r\n"))]) + "\r\n"
    style = ('style="font-family:arial,helvetica,sans-serif;font-size:14px;line-height:150%;color:rgb(34,34,34);'
             'margin:0 0 12px 0;padding:0"')
    html = ('<div dir="ltr"><div class="gmail_default" ' + style + ">Hello,</div>"
            + "".join(f"<p {style}>{escape(one)}</p>" for one in paragraphs)
            + f'<p {style}>See <a href="https://{rng.choice(DOMAINS)}/notes/{token(rng, 24)}?utm_source=mail" '
            f'style="color:#1155cc;text-decoration:underline" target="_blank">the notes</a>.</p>'
            f"<div {style}>Best regards<br>{escape(name)}</div>"
            '<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Tue, 24 Nov 2026 at 10:02, '
            f'Person &lt;<a href="mailto:{OWNER}">{OWNER}</a>&gt; wrote:<br></div>'
            '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid '
            f'rgb(204,204,204);padding-left:1ex"><div dir="ltr" {style}>{escape(quoted)}</div>'
            "</blockquote></div></div>\r\n")
    alternative = container("alternative", [leaf("text/plain", text), leaf("text/html", html)])
    payload = alternative
    if number % 5 == 0:
        payload = container("mixed", [alternative, file(rng, f"offer-{number}.pdf", 48_213)])
    labels = ["IMPORTANT", "CATEGORY_PERSONAL", "INBOX"] if number % 3 else ["UNREAD", "INBOX"]
    return message(rng, payload, full_headers(rng, name, f"{local}@{rng.choice(DOMAINS)}"),
                   text, labels, 70_113 if number % 5 == 0 else 9_876)


def newsletter(rng, number):
    """HTML alone, 70 kB, of which 20 are styles."""
    styles = []
    while sum(map(len, styles)) < 20_000:
        styles.append(f".c{len(styles)} td.{token(rng, 6)} a:hover {{ color: #{rng.randrange(1 << 24):06x}; "
                      f"padding: {rng.randrange(40)}px {rng.randrange(40)}px !important; "
                      "font-family: Helvetica, Arial, sans-serif; line-height: 150%; }\r\n")
    html = ('<!DOCTYPE html><html><head><meta charset="utf-8"><title>News</title><style type="text/css">\r\n'
            + "".join(styles) + '</style></head><body style="margin:0;padding:0;background:#f4f4f4">'
            '<div style="display:none;max-height:0;overflow:hidden">' + sentences(rng, 90) + "&zwnj;&nbsp;" * 40
            + '</div><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">')
    while len(html) < 69_500:
        html += ('<tr><td align="center" valign="top" style="padding:18px 24px 0 24px;border-collapse:collapse">'
                 '<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr>'
                 f'<td width="200"><img src="https://news.example/i/{token(rng, 40)}.png" width="180" height="120" '
                 f'alt="{sentences(rng, 30)}" style="display:block;border:0"></td><td style="font-size:15px">'
                 f'<h2 style="margin:0;color:#333333">{escape(sentences(rng, 40))}</h2>'
                 f'<p style="margin:8px 0 12px 0;color:#555555">{escape(sentences(rng, 220))}</p>'
                 f'<a href="https://news.example/c/{token(rng, 120)}" style="color:#0066cc">Read more</a>'
                 "</td></tr></table></td></tr>\r\n")
    html += "</table></body></html>\r\n"
    headers = full_headers(rng, "The Weekly Garden", "news@news.example")
    headers[-1:-1] = [("List-Unsubscribe", f"<https://news.example/u/{token(rng, 60)}>"),
                      ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
    return message(rng, leaf("text/html", html), headers, sentences(rng, 180),
                   ["CATEGORY_PROMOTIONS", "UNREAD", "INBOX"], 78_420)


def short(rng, number):
    """A kilobyte of text and nothing else."""
    text = fold(sentences(rng, 980)) + "\r\n"
    name, local = rng.choice(PEOPLE)
    headers = [header for header in full_headers(rng, name, f"{local}@{rng.choice(DOMAINS)}")
               if not header[0].startswith("ARC-")]
    return message(rng, leaf("text/plain", text), headers, text, ["INBOX"], 4_210)


# --- what they are made of ------------------------------------------------------------------------

def sentences(rng, size):
    """About `size` characters of prose."""
    text = ""
    while len(text) < size:
        words = rng.choices(WORDS, k=rng.randrange(6, 16))
        if rng.random() < 0.2:
            words.insert(rng.randrange(1, len(words)), rng.choice(FLOURISHES))
        words[0] = words[0].capitalize()
        text += (" " if text else "") + " ".join(words) + rng.choice(["."] * 4 + ["?", "!"])
    return text


def fold(text, width=72):
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    return "\r\n".join([*lines, line])


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def token(rng, length):
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", k=length))


def blob(rng, size):
    """Base64 of `size` bytes, folded with blanks as header fields are."""
    text = base64.b64encode(rng.randbytes(size)).decode()
    return " ".join(text[at:at + 64] for at in range(0, len(text), 64))


def full_headers(rng, name, address):
    """The 17 header fields of a letter from another provider, in the order Gmail has them."""
    domain = address.split("@")[1]
    host = f"mail-{token(rng, 4).lower()}.{domain}"
    moment = f"Tue, 24 Nov 2026 {rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02} -0800 (PST)"
    spf = (f"spf=pass (provider.example: domain of {address} designates 192.0.2.{rng.randrange(1, 255)} as permitted "
           f"sender) smtp.mailfrom={address}")
    verdict = (f"mx.provider.example; dkim=pass header.i=@{domain} header.s=s1 header.b={token(rng, 8)}; {spf}; "
               f"dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from={domain}")
    signed = "to:subject:message-id:date:from:mime-version:dkim-signature"
    return [
        ("Delivered-To", OWNER),
        ("Received", f"by 2002:a05:6402:{rng.randrange(1 << 12):x}:b0:{rng.randrange(1 << 12):x}:{token(rng, 12)} "
                     f"with SMTP id {token(rng, 16).lower()}csp{rng.randrange(10 ** 7)}ejd; {moment}"),
        ("ARC-Seal", f"i=1; a=rsa-sha256; t=1795{rng.randrange(10 ** 6):06}; cv=none; d=provider.example; "
                     f"s=arc-20240605; b={blob(rng, 256)}"),
        ("ARC-Message-Signature", "i=1; a=rsa-sha256; c=relaxed/relaxed; d=provider.example; s=arc-20240605; "
                                  f"h={signed}; bh={blob(rng, 32)}; fh={blob(rng, 32)}; b={blob(rng, 256)}; "
                                  "dara=provider.example"),
        ("ARC-Authentication-Results", f"i=1; {verdict}; dara=pass header.i=@gmail.example"),
        ("Return-Path", f"<{address}>"),
        ("Received", f"from {host} ({host}. [192.0.2.{rng.randrange(1, 255)}]) by mx.provider.example with ESMTPS id "
                     f"{token(rng, 30)}.{rng.randrange(1000)}.2026.11.24 for <{OWNER}> (version=TLS1_3 "
                     f"cipher=TLS_AES_256_GCM_SHA384 bits=256/256); {moment}"),
        ("Received-SPF", f"pass (provider.example: domain of {address} designates 192.0.2.7 as permitted sender) "
                         f"client-ip=192.0.2.7;"),
        ("Authentication-Results", verdict),
        ("DKIM-Signature", f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1; t=1795000000; "
                           f"x=1795604800; darn=gmail.example; h={signed}:reply-to; bh={blob(rng, 32)}; "
                           f"b={blob(rng, 128)}"),
        ("MIME-Version", "1.0"),
        ("From", f"{name} <{address}>"),
        ("Date", moment.replace(" (PST)", "")),
        ("Message-ID", f"<{token(rng, 50)}@{host}>"),
        ("Subject", sentences(rng, 40)[:60]),
        ("To", f"Person <{OWNER}>"),
        ("Content-Type", f'multipart/alternative; boundary="{token(rng, 28)}"'),
    ]


def field(name, value):
    return {"name": name, "value": value}


def base64url(content):
    return base64.urlsafe_b64encode(content).decode()


def leaf(mime_type, text):
    content = text.encode()
    return {"mimeType": mime_type, "filename": "",
            "headers": [field("Content-Type", f'{mime_type}; charset="UTF-8"'),
                        field("Content-Transfer-Encoding", "quoted-printable")],
            "body": {"size": len(content), "data": base64url(content)}}


def container(subtype, parts):
    return {"mimeType": f"multipart/{subtype}", "filename": "",
            "headers": [field("Content-Type", f'multipart/{subtype}; boundary="000000000000a1b2c3"')],
            "body": {"size": 0}, "parts": parts}


def file(rng, name, size):
    """Its bytes are fetched apart."""
    return {"mimeType": "application/pdf", "filename": name,
            "headers": [field("Content-Type", f'application/pdf; name="{name}"'),
                        field("Content-Disposition", f'attachment; filename="{name}"'),
                        field("Content-Transfer-Encoding", "base64"),
                        field("Content-ID", f"<f_{token(rng, 8)}>"),
                        field("X-Attachment-Id", f"f_{token(rng, 8)}")],
            "body": {"attachmentId": token(rng, 380), "size": size}}


def message(rng, payload, headers, text, labels, size):
    """What the program asks for, in the order Gmail writes it."""
    headers[-1] = ("Content-Type", payload["headers"][0]["value"])
    snippet = " ".join(text.split())[:190].replace("&", "&amp;").replace("<", "&lt;").replace("’", "&#39;")
    return {"id": MESSAGE_MARK, "threadId": THREAD_MARK, "labelIds": labels, "snippet": snippet,
            "payload": numbered({**payload, "headers": [field(*one) for one in headers]}, ""),
            "sizeEstimate": size, "internalDate": str(1_795_000_000_000 + rng.randrange(10 ** 9))}


def numbered(part, number):
    """With Gmail's part ids: the whole has none, its parts 0, 1, …, theirs 0.0, 0.1, …"""
    children = [numbered(child, f"{number}.{index}" if number else str(index))
                for index, child in enumerate(part.get("parts", []))]
    return {"partId": number, **part, **({"parts": children} if children else {})}


# --- the files bench/upstream.cpp reads -----------------------------------------------------------

def outline(part):
    """Without the bytes of texts: what a search asks for."""
    kept = {key: part[key] for key in ("partId", "mimeType", "filename", "headers") if key in part}
    kept["body"] = {key: value for key, value in part["body"].items() if key != "data"}
    if "parts" in part:
        kept["parts"] = [outline(child) for child in part["parts"]]
    return kept


def minimal(letter):
    return {key: value for key, value in letter.items() if key != "payload"}


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write(folder):
    """One JSON document a line, in files named by kind and by how much of a message they show."""
    folder = pathlib.Path(folder)
    for name, kind, count in (("typical", TYPICAL, 100), ("newsletter", NEWSLETTER, 20), ("short", SHORT, 100)):
        made = letters(kind, count)
        views = {"full": made, "outline": [{**one, "payload": outline(one["payload"])} for one in made],
                 "minimal": [minimal(one) for one in made]}
        for view, documents in views.items():
            (folder / f"{name}.{view}").write_text("".join(compact(one) + "\n" for one in documents))


def main():
    for name, kind in (("typical", TYPICAL), ("newsletter", NEWSLETTER), ("short", SHORT)):
        made = letters(kind, 20)
        sizes = [len(compact(one).encode()) for one in made]
        print(f"{name}: {sum(sizes) / len(sizes):,.0f} bytes of JSON, {len(made[1]['payload']['headers'])} header "
              f"fields; texts of", *(f"{size:,}" for size in text_sizes(made[1]["payload"])), "bytes")


def text_sizes(part):
    sizes = [part["body"]["size"]] if "data" in part["body"] else []
    return sizes + [size for child in part.get("parts", []) for size in text_sizes(child)]


if __name__ == "__main__":
    main()
