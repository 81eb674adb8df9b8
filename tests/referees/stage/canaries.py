"""Values that are to be met again only where they belong, and the forms they could be met in."""

import base64
import html
import json
import os
import urllib.parse


class Canaries:
    def __init__(self):
        self._secrets, self._private = {}, {}  # what it is -> (made up, the forms it could have)
        self._values = set()
        # How all those begin that are made up here: without it there is no need to look for each.
        self._beginning = "canary" + os.urandom(6).hex()
        self._traces = forms(self._beginning.encode())

    def secret(self, what, value=None):
        """A token, a password, a key, a code: to be seen by nobody. Made up, unless it is given."""
        return self._plant(self._secrets, what, value)

    def private(self, what, value=None):
        """What is in mail or asked about it: for who owns it."""
        return self._plant(self._private, what, value)

    def secrets_in(self, found):
        """The names of the secrets that are in these bytes, or in this text."""
        return self._met(self._secrets, found)

    def all_in(self, found):
        return self._met({**self._private, **self._secrets}, found)

    def names_in(self, found, *names):
        """Of these canaries, those that are there."""
        planted = {**self._private, **self._secrets}
        return self._met({name: planted[name] for name in names}, found)

    def __len__(self):
        return len(self._values)

    def _plant(self, where, what, value):
        is_made_up = value is None
        value = self._beginning + os.urandom(8).hex() if is_made_up else value
        raw = value if isinstance(value, bytes) else value.encode()
        assert len(raw) >= 12, f"{what} is too short to be told from chance"
        if raw in self._values:
            return value
        self._values.add(raw)
        where[what if what not in where else f"{what} #{len(self)}"] = is_made_up, forms(raw)
        return value

    def _met(self, where, found):
        found = found if isinstance(found, bytes) else found.encode()
        trace = any(one in found for one in self._traces)
        return sorted(what for what, (is_made_up, shapes) in where.items()
                      if (trace or not is_made_up) and any(one in found for one in shapes))


def forms(raw):
    """As it is, in hexadecimal, in base64 wherever it stands in what was encoded, and as text is
    written into a URL, into JSON and into a page."""
    shapes = {raw, raw.hex().encode(), raw.hex().upper().encode()}
    for before in range(3):
        # The characters at both ends also depend on what stands around it.
        begin, end = -(-before * 4 // 3), (before + len(raw)) * 4 // 3
        code = base64.b64encode(bytes(before) + raw)[begin:end]
        shapes |= {code, code.translate(bytes.maketrans(b"+/", b"-_"))}
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return shapes
    written = (urllib.parse.quote(text, safe=""), urllib.parse.quote_plus(text), json.dumps(text)[1:-1],
               html.escape(text))
    return shapes | {one.encode() for one in written}
