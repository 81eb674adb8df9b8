"""HTTP as an application speaks it (`request`) and as a person's browser does (`Browser`)."""

import html.parser
import http.client
import http.cookiejar
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request


class Answer:
    def __init__(self, status, headers, body, url=""):
        self.status, self.headers, self.body, self.url = status, headers, body, url

    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        return f"{self.status} {self.text[:400]}"


def request(method, url, body=None, headers=None, timeout=300):
    """One exchange on a connection of its own; redirects are not followed. What is sent is JSON unless `headers` say otherwise;
    a header whose value is a list is sent several times."""
    parts = urllib.parse.urlsplit(url)
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    if body:
        headers.setdefault("Content-Type", "application/json")
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            parts.netloc, timeout=timeout, context=ssl._create_unverified_context())
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection.putrequest(method, target, skip_host="Host" in headers)
        if body is not None:
            headers.setdefault("Content-Length", str(len(body)))
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                connection.putheader(name, one)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.status, dict((k.lower(), v) for k, v in answer.getheaders()),
                      answer.read(), url)
    finally:
        connection.close()


class Form:
    def __init__(self, action, method):
        self.action, self.method = action, method
        self.values = []   # (name, value) of what is sent whichever button is pressed
        self.buttons = []  # (name, value, text)


class _Forms(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms, self._button = [], None

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.forms.append(Form(a.get("action") or "", (a.get("method") or "get").upper()))
        elif self.forms and tag == "button":
            self._button = [a.get("name"), a.get("value") or "", ""]
            self.forms[-1].buttons.append(self._button)
        elif self.forms and tag == "input":
            kind = a.get("type", "text")
            if kind == "submit":
                self.forms[-1].buttons.append([a.get("name"), a.get("value") or "", a.get("value") or ""])
            elif a.get("name") and (kind not in ("checkbox", "radio") or "checked" in a):
                self.forms[-1].values.append((a["name"], a.get("value") or ""))

    def handle_endtag(self, tag):
        if tag == "button":
            self._button = None

    def handle_data(self, data):
        if self._button:
            self._button[2] = (self._button[2] + " " + data.strip()).strip()


class _Redirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, stays_before):
        self.stays_before = stays_before

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if self.stays_before and urllib.parse.urlsplit(newurl).path == self.stays_before:
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Browser:
    """Keeps cookies, follows redirects (but not to the path `stays_before`), presses buttons. Runs
    no script: the pages need none."""

    def __init__(self, stays_before=None):
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar),
            _Redirects(stays_before))
        self.page = None

    def open(self, url, fields=None):
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        try:
            with self._opener.open(urllib.request.Request(url, data), timeout=300) as answer:
                self.page = Answer(answer.status, answer.headers, answer.read(), answer.url)
        except urllib.error.HTTPError as error:
            self.page = Answer(error.code, error.headers, error.read(), error.url)
        return self.page

    def forms(self):
        parser = _Forms()
        parser.feed(self.page.text)
        return parser.forms

    def press(self, text, **changes):
        """Presses the first button whose text holds `text`; `changes` fill in fields."""
        for form in self.forms():
            if any(text in label for _, _, label in form.buttons):
                return self.submit(form, text, **changes)
        raise AssertionError(f"no button {text!r} on {self.page.url}: {self.page.text[-1500:]}")

    def submit(self, form, text="", **changes):
        fields = [(n, v) for n, v in form.values if n not in changes] + list(changes.items())
        fields += [(n, v) for n, v, label in form.buttons if n and text in label][:1]
        url = urllib.parse.urljoin(self.page.url, form.action)
        if form.method == "GET":
            return self.open(url + "?" + urllib.parse.urlencode(fields))
        return self.open(url, fields)
