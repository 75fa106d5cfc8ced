"""Schema patterns are ECMAScript; PCRE2 runs them. Each is compiled here as the product compiles it (UTF, ALT_BSUX)."""
import ctypes
import ctypes.util

from .layout import GenError

UTF, ALT_BSUX = 0x00080000, 0x00000002

# What ECMAScript reads one way and PCRE2 refuses; whole patterns, so that nothing else is touched by accident.
REWRITES = {}


class Checker:
    def __init__(self):
        name = ctypes.util.find_library("pcre2-8") or "libpcre2-8.so.0"
        self.lib = ctypes.CDLL(name)
        self.lib.pcre2_compile_8.restype = ctypes.c_void_p
        self.lib.pcre2_compile_8.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint32,
                                             ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_size_t),
                                             ctypes.c_void_p]
        self.lib.pcre2_code_free_8.argtypes = [ctypes.c_void_p]
        self.seen = set()

    def _error(self, pattern):
        data = pattern.encode()
        code, at = ctypes.c_int(), ctypes.c_size_t()
        compiled = self.lib.pcre2_compile_8(data, len(data), UTF | ALT_BSUX, ctypes.byref(code), ctypes.byref(at), None)
        if compiled:
            self.lib.pcre2_code_free_8(compiled)
            return None
        text = ctypes.create_string_buffer(256)
        self.lib.pcre2_get_error_message_8(code, text, ctypes.c_size_t(256))
        return f"{text.value.decode()} at {at.value}"

    def check(self, pattern, where):
        """The pattern as PCRE2 takes it."""
        pattern = REWRITES.get(pattern, pattern)
        if pattern not in self.seen:
            error = self._error(pattern)
            if error:
                raise GenError(f"{where}: pattern {pattern!r}: {error}; add a rewrite")
            self.seen.add(pattern)
        return pattern
