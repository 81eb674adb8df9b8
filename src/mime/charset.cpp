#include "mime/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>

#include "base/text.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

struct Encoding {
  std::string_view label;  // lower case, without '-', '_' and blanks
  const char* iconv_name;
  std::size_t unit = 1;  // bytes to skip when something cannot be read
};

constexpr const char* utf8 = "UTF-8";
constexpr const char* windows_1252 = "CP1252";
constexpr const char* iso_2022_jp = "ISO-2022-JP";

// The encodings people write mail in. It is a list, not "whatever iconv knows", because the name
// comes from a stranger: the rarely used converters of C libraries have had memory errors
// (CVE-2024-2961, CVE-2021-3326), and GMime keeps every name it ever saw.
constexpr auto encodings = std::to_array<Encoding>({
    {"utf8", utf8},
    {"unicode11utf8", utf8},
    {"iso88591", windows_1252},
    {"latin1", windows_1252},
    {"windows1252", windows_1252},
    {"cp1252", windows_1252},
    {"iso88592", "ISO-8859-2"},
    {"latin2", "ISO-8859-2"},
    {"iso88593", "ISO-8859-3"},
    {"iso88594", "ISO-8859-4"},
    {"iso88595", "ISO-8859-5"},
    {"iso88596", "ISO-8859-6"},
    {"iso88597", "ISO-8859-7"},
    {"iso88598", "ISO-8859-8"},
    {"iso88598i", "ISO-8859-8"},
    {"iso88599", "CP1254"},
    {"latin5", "CP1254"},
    {"iso885910", "ISO-8859-10"},
    {"iso885911", "CP874"},
    {"tis620", "CP874"},
    {"windows874", "CP874"},
    {"iso885913", "ISO-8859-13"},
    {"iso885914", "ISO-8859-14"},
    {"iso885915", "ISO-8859-15"},
    {"latin9", "ISO-8859-15"},
    {"iso885916", "ISO-8859-16"},
    {"windows1250", "CP1250"},
    {"cp1250", "CP1250"},
    {"windows1251", "CP1251"},
    {"cp1251", "CP1251"},
    {"windows1253", "CP1253"},
    {"cp1253", "CP1253"},
    {"windows1254", "CP1254"},
    {"cp1254", "CP1254"},
    {"windows1255", "CP1255"},
    {"cp1255", "CP1255"},
    {"windows1256", "CP1256"},
    {"cp1256", "CP1256"},
    {"windows1257", "CP1257"},
    {"cp1257", "CP1257"},
    {"windows1258", "CP1258"},
    {"cp1258", "CP1258"},
    {"koi8r", "KOI8-R"},
    {"koi8u", "KOI8-U"},
    {"koi8ru", "KOI8-U"},
    {"cp437", "CP437"},
    {"ibm437", "CP437"},
    {"cp850", "CP850"},
    {"ibm850", "CP850"},
    {"cp852", "CP852"},
    {"ibm852", "CP852"},
    {"cp866", "CP866"},
    {"ibm866", "CP866"},
    {"macintosh", "MACINTOSH"},
    {"xmacroman", "MACINTOSH"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"xgbk", "GB18030"},
    {"cp936", "GB18030"},
    {"windows936", "GB18030"},
    {"euccn", "GB18030"},
    {"gb18030", "GB18030"},
    {"big5", "BIG5-HKSCS"},
    {"cnbig5", "BIG5-HKSCS"},
    {"cp950", "BIG5-HKSCS"},
    {"big5hkscs", "BIG5-HKSCS"},
    {"euckr", "UHC"},
    {"ksc56011987", "UHC"},
    {"ksc5601", "UHC"},
    {"cp949", "UHC"},
    {"windows949", "UHC"},
    {"uhc", "UHC"},
    {"iso2022kr", "ISO-2022-KR"},
    {"shiftjis", "CP932"},
    {"sjis", "CP932"},
    {"xsjis", "CP932"},
    {"mskanji", "CP932"},
    {"cp932", "CP932"},
    {"windows31j", "CP932"},
    {"eucjp", "EUC-JP-MS"},
    {"xeucjp", "EUC-JP-MS"},
    {"iso2022jp", iso_2022_jp},
    {"csiso2022jp", iso_2022_jp},
    {"iso2022jpms", iso_2022_jp},
    {"cp50220", iso_2022_jp},
    {"cp50221", iso_2022_jp},
    {"utf7", "UTF-7"},
    {"unicode11utf7", "UTF-7"},
    {"utf16", "UTF-16", 2},
    {"utf16le", "UTF-16LE", 2},
    {"utf16be", "UTF-16BE", 2},
    {"utf32", "UTF-32", 4},
    {"utf32le", "UTF-32LE", 4},
    {"utf32be", "UTF-32BE", 4},
});

// nullopt for "nothing useful was declared".
std::optional<Encoding> find_encoding(std::string_view charset) {
  if (charset.size() > 40) return std::nullopt;
  std::string label = to_lower_ascii(charset);
  std::erase_if(
      label, [](char c) { return std::string_view{"-_ \t\"'"}.find(c) != std::string_view::npos; });
  const auto* found = std::ranges::find(encodings, label, &Encoding::label);
  if (found == encodings.end()) return std::nullopt;
  return *found;
}

class Converter {
 public:
  explicit Converter(const char* from) : handle_{iconv_open("UTF-8", from)} {}
  ~Converter() {
    if (is_open()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool is_open() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  std::string convert(std::string_view bytes, std::size_t unit) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 2);
    // Room for most texts at once: iconv reads anew what did not fit.
    std::string buffer(std::clamp<std::size_t>(2 * bytes.size(), 64, 64 << 10), '\0');
    auto* input = const_cast<char*>(bytes.data());  // iconv's signature; it only reads
    auto left = bytes.size();
    while (left > 0) {
      char* output = buffer.data();
      auto room = buffer.size();
      const auto result = iconv(handle_, &input, &left, &output, &room);
      const int problem = result == static_cast<std::size_t>(-1) ? errno : 0;
      out.append(buffer.data(), buffer.size() - room);
      if (problem == 0 || problem == E2BIG) continue;
      out += replacement;
      if (problem != EILSEQ) break;  // EINVAL: the text ends within a character
      const auto skipped = std::min(unit, left);
      input += skipped;
      left -= skipped;
    }
    // Some encodings hold a character back, in case a combining one follows.
    char* output = buffer.data();
    auto room = buffer.size();
    iconv(handle_, nullptr, nullptr, &output, &room);
    out.append(buffer.data(), buffer.size() - room);
    return out;
  }

 private:
  iconv_t handle_;
};

// ISO-2022-JP (RFC 1468) as the EUC-JP-MS that means the same. iconv's own reader knows neither the
// half-width katakana nor the vendor characters (①, ㈱) that Japanese mail is full of.
std::string iso_2022_jp_to_euc(std::string_view bytes) {
  enum class Set { ascii, katakana, kanji };
  std::string out;
  out.reserve(bytes.size());
  Set set = Set::ascii;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    const auto escape = bytes.substr(i, 3);
    if (c == '\x1B' && escape.size() == 3 && (escape[1] == '$' || escape[1] == '(')) {
      set = escape[1] == '$' ? Set::kanji : escape[2] == 'I' ? Set::katakana : Set::ascii;
      i += 2;
      continue;
    }
    if (c == '\r' || c == '\n') set = Set::ascii;  // a line starts in ASCII
    const bool is_graphic = c > ' ' && c < '\x7F';
    if (set == Set::ascii || !is_graphic) {
      out += c;
      continue;
    }
    if (set == Set::katakana) out += '\x8E';
    out += static_cast<char>(static_cast<unsigned char>(c) | 0x80U);
  }
  return out;
}

std::string convert(std::string_view bytes, const Encoding& encoding) {
  const bool is_japanese = encoding.iconv_name == iso_2022_jp;
  Converter converter{is_japanese ? "EUC-JP-MS" : encoding.iconv_name};
  if (!converter.is_open()) return repair_utf8(bytes);
  return is_japanese ? converter.convert(iso_2022_jp_to_euc(bytes), 1)
                     : converter.convert(bytes, encoding.unit);
}

bool is_high(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// What was declared UTF-8 and is not: damaged UTF-8 keeps what it has, anything else is taken for
// windows-1252.
std::string recover(std::string_view bytes) {
  auto repaired = repair_utf8(bytes);
  std::size_t broken = 0;
  for (auto at = repaired.find(replacement); at != std::string::npos;
       at = repaired.find(replacement, at + replacement.size())) {
    ++broken;
  }
  const auto high = static_cast<std::size_t>(std::ranges::count_if(bytes, is_high));
  if (broken * 2 <= high) return repaired;
  return convert(bytes, {"windows1252", windows_1252});
}

}  // namespace

std::string text_to_utf8(std::string_view bytes, std::string_view charset) {
  const auto encoding = find_encoding(charset);
  std::string text;
  if (!encoding || encoding->iconv_name == utf8) {
    if (is_valid_utf8(bytes)) {
      text = bytes;
    } else {
      text = encoding ? recover(bytes) : convert(bytes, {"windows1252", windows_1252});
    }
  } else {
    text = convert(bytes, *encoding);
  }
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  std::erase(text, '\0');
  return text;
}

}  // namespace gmail_mcp::mime
