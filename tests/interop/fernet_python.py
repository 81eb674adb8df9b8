"""Fernet as Python's `cryptography` reads and writes it, for src/crypto/fernet_interop_test.cpp.

    fernet_python.py encrypt KEY   lines of hexadecimal bytes -> tokens
    fernet_python.py decrypt KEY   tokens -> lines of hexadecimal bytes
"""

import sys

from cryptography.fernet import Fernet


def main() -> None:
    verb, key = sys.argv[1], sys.argv[2]
    fernet = Fernet(key)
    for line in sys.stdin.read().split("\n")[:-1]:
        if verb == "encrypt":
            print(fernet.encrypt(bytes.fromhex(line)).decode())
        else:
            print(fernet.decrypt(line.encode()).hex())


main()
