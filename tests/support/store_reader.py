"""Reads the store of a running appliance beside it, with the libraries that the binary itself is linked with. For checks
that must know whether anything was changed; it never writes."""
import base64
import ctypes
import hashlib
import hmac
import json
import subprocess
from pathlib import Path

ROW, OK = 100, 0
INTEGER, TEXT, BLOB, NULL = 1, 3, 4, 5


def linked_library(binary, name):
    for line in subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout.splitlines():
        if name in line and "=>" in line:
            return ctypes.CDLL(line.split("=>")[1].split()[0])
    raise AssertionError(f"{binary} is not linked with {name}, so its store cannot be read")


def hkdf_sha256(key, salt, info):
    """The first 32 bytes (RFC 5869)."""
    return hmac.digest(hmac.digest(salt, key, "sha256"), info + b"\1", "sha256")


def open_aes_gcm(library, key, nonce, associated, sealed, tag):
    for name in ("EVP_CIPHER_CTX_new", "EVP_aes_256_gcm"):
        getattr(library, name).restype = ctypes.c_void_p
    context, length, out = ctypes.c_void_p(library.EVP_CIPHER_CTX_new()), ctypes.c_int(), ctypes.create_string_buffer(64)
    try:
        library.EVP_DecryptInit_ex(context, ctypes.c_void_p(library.EVP_aes_256_gcm()), None, key, nonce)
        library.EVP_DecryptUpdate(context, None, ctypes.byref(length), associated, len(associated))
        library.EVP_DecryptUpdate(context, out, ctypes.byref(length), sealed, len(sealed))
        library.EVP_CIPHER_CTX_ctrl(context, 0x11, 16, tag)  # EVP_CTRL_AEAD_SET_TAG
        plain = out.raw[:length.value]
        if library.EVP_DecryptFinal_ex(context, out, ctypes.byref(length)) != 1:
            raise AssertionError("the key file does not open the keyring")
        return plain
    finally:
        library.EVP_CIPHER_CTX_free(context)


def database_key(binary, data, key_file):
    ring = json.loads((Path(data) / "keyring.json").read_text())
    master = bytes.fromhex(Path(key_file).read_text().strip())
    wrapped = next(key for key in ring["keys"] if key["name"] == "database")
    install = ring["install_id"]
    associated = f"patchbay/keyring/v1|{install}|database|{wrapped['version']}|{wrapped['state']}".encode()
    parts = [base64.urlsafe_b64decode(wrapped[name] + "==") for name in ("nonce", "ct", "tag")]
    kek = hkdf_sha256(master, install.encode(), b"patchbay/v1/kek")
    return open_aes_gcm(linked_library(binary, "libcrypto"), kek, parts[0], associated, parts[1], parts[2])


class StoreReader:
    # The trail itself with what is added up of it, and when somebody was last seen with what.
    OTHER_TABLES = {"event", "event_anchor", "event_journal", "event_change", "call_count", "call_count_mark", "client_seen", "key_use"}
    OTHER_COLUMNS = {"last_seen_at", "last_used_at", "last_client"}

    def __init__(self, binary, data, key_file):
        self.library, self.handle = linked_library(binary, "sqlcipher"), ctypes.c_void_p()
        self.library.sqlite3_column_blob.restype = ctypes.c_void_p
        self.library.sqlite3_column_int64.restype = ctypes.c_int64
        self.library.sqlite3_column_name.restype = ctypes.c_char_p
        self.library.sqlite3_errmsg.restype = ctypes.c_char_p
        self.check(self.library.sqlite3_open(str(Path(data) / "store.db").encode(), ctypes.byref(self.handle)))
        literal = f"x'{database_key(binary, data, key_file).hex()}'".encode()
        self.check(self.library.sqlite3_key(self.handle, literal, len(literal)))
        self.library.sqlite3_busy_timeout(self.handle, 5000)
        settings = ["cipher_page_size = 4096"]
        if not str(self.query("pragma cipher_version")[0][0]).startswith("3."):
            settings += ["cipher_hmac_algorithm = HMAC_SHA1", "cipher_kdf_algorithm = PBKDF2_HMAC_SHA1", "kdf_iter = 64000"]
        for setting in [*settings, "query_only = on"]:
            self.query(f"pragma {setting}")

    def check(self, code):
        if code != OK:
            raise AssertionError(f"sqlite {code}: {self.library.sqlite3_errmsg(self.handle).decode()}")

    def value(self, statement, column):
        kind = self.library.sqlite3_column_type(statement, column)
        if kind == INTEGER:
            return self.library.sqlite3_column_int64(statement, column)
        if kind == NULL:
            return None
        at = self.library.sqlite3_column_blob(statement, column)
        raw = ctypes.string_at(at, self.library.sqlite3_column_bytes(statement, column)) if at else b""
        return raw.decode("utf-8", "replace") if kind == TEXT else raw

    def query(self, text, columns=None):
        """The rows as tuples; `columns` receives their names."""
        statement = ctypes.c_void_p()
        self.check(self.library.sqlite3_prepare_v2(self.handle, text.encode(), -1, ctypes.byref(statement), None))
        try:
            count = self.library.sqlite3_column_count(statement)
            if columns is not None:
                columns += [self.library.sqlite3_column_name(statement, n).decode() for n in range(count)]
            rows = []
            while (code := self.library.sqlite3_step(statement)) == ROW:
                rows.append(tuple(self.value(statement, n) for n in range(count)))
            if code != 101:
                self.check(code)
            return rows
        finally:
            self.library.sqlite3_finalize(statement)

    def state(self):
        """A hash of each table."""
        found = {}
        for (table,) in self.query("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"):
            if table in self.OTHER_TABLES:
                continue
            columns = []
            rows = self.query(f'select * from "{table}"', columns)
            kept = [n for n, name in enumerate(columns) if name not in self.OTHER_COLUMNS]
            text = repr(sorted(repr([row[n] for n in kept]) for row in rows))
            found[table] = hashlib.sha256(text.encode()).hexdigest()
        return found

    def close(self):
        self.library.sqlite3_close(self.handle)
        self.handle = ctypes.c_void_p()
