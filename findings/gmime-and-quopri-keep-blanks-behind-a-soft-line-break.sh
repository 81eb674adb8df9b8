#!/usr/bin/env bash
# GMime 3.2.13 (Debian 12, libgmime-3.0-0 and -dev 3.2.13+dfsg-2) and Python's quopri (Debian 12, 3.11.2), seen on
# 2026-11-29.
#
# RFC 2045 §6.7(3): white space at the end of a line of quoted-printable was added on the way and must be deleted, also
# behind the "=" of a soft line break. Neither decoder does: "=" and the blanks behind it stay in the text and the line is
# not joined, so that an address that was folded there is two words, and a letter that was split there is lost.
#
# Output seen:
#     GMime:  https://x.example/a= |bc
#     Python: https://x.example/a= |bc
#
# Exits 1 when either says something else.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq download libgmime-3.0-dev=3.2.13+dfsg-2 libgmime-3.0-0=3.2.13+dfsg-2
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat >decode.c <<'C'
#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  const char* text = "https://x.example/a= \nbc";
  char out[128];
  GMimeEncoding state;
  g_mime_init();
  g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  const size_t size = g_mime_encoding_step(&state, text, strlen(text), out);
  for (size_t i = 0; i < size; ++i) putchar(out[i] == '\n' ? '|' : out[i]);
  putchar('\n');
  return 0;
}
C
library=$(find root -name 'libgmime-3.0.so.0.*' | head -1)
# GLib comes from the system: GMime asks for any of 2.58 and later.
# shellcheck disable=SC2046
cc -Iroot/usr/include/gmime-3.0 $(pkg-config --cflags glib-2.0) decode.c -o decode "$library" \
  $(pkg-config --libs gobject-2.0 glib-2.0)
gmime=$(LD_LIBRARY_PATH=$(dirname "$library") ./decode)
python=$(python3 -c 'import quopri; print(quopri.decodestring(b"https://x.example/a= \nbc").decode().replace("\n", "|"))')
printf 'GMime:  %s\nPython: %s\n' "$gmime" "$python"
[ "$gmime" = 'https://x.example/a= |bc' ] && [ "$python" = "$gmime" ]
