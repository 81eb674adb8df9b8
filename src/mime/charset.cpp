#include "mime/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <unordered_map>

#include "base/text.h"
#include "base/utf8.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

struct Encoding {
  const char* iconv_name;
  std::string_view labels;  // with blanks between them; lower case, without '-', '_', ':' and '.'
  std::size_t unit = 1;     // bytes to skip when something cannot be read
};

constexpr const char* utf8 = "UTF-8";
constexpr const char* windows_1252 = "CP1252";
// These two are converted to another encoding first, see below.
constexpr const char* iso_2022_jp = "ISO-2022-JP";
constexpr const char* hz = "HZ-GB-2312";

// The encodings people write mail in. A fixed list instead of all that iconv knows, because the
// name comes from a stranger: the rarely used converters of C libraries have had memory errors
// (CVE-2024-2961, CVE-2021-3326), and GMime keeps every name it ever saw.
constexpr auto encodings = std::to_array<Encoding>({
    {utf8, "utf8 unicode11utf8 unicode20utf8 xunicode20utf8 utf8mac"},
    {windows_1252,
     "iso88591 88591 latin1 l1 isoir100 csisolatin1 iso885911987 ibm819 cp819 windows1252 win1252 "
     "cp1252 xcp1252 ansi1252 msansi"},
    {"ISO-8859-2", "iso88592 88592 latin2 l2 isoir101 csisolatin2 iso885921987"},
    {"ISO-8859-3", "iso88593 latin3 l3 isoir109 csisolatin3 iso885931988"},
    {"ISO-8859-4", "iso88594 latin4 l4 isoir110 csisolatin4 iso885941988"},
    {"ISO-8859-5", "iso88595 cyrillic isoir144 csisolatincyrillic iso885951988"},
    {"ISO-8859-6",
     "iso88596 iso88596e iso88596i arabic isoir127 csisolatinarabic ecma114 asmo708 iso885961987"},
    {"ISO-8859-7",
     "iso88597 greek greek8 suneugreek isoir126 csisolatingreek ecma118 elot928 iso885971987"},
    {"ISO-8859-8",
     "iso88598 iso88598i iso88598e hebrew visual logical isoir138 csisolatinhebrew iso885981988"},
    {"CP1254",
     "iso88599 latin5 l5 isoir148 csisolatin5 iso885991989 windows1254 win1254 cp1254 xcp1254"},
    {"ISO-8859-10", "iso885910 latin6 l6 isoir157 csisolatin6"},
    {"CP874", "iso885911 tis620 tis6202533 windows874 win874 cp874 dos874"},
    {"ISO-8859-13", "iso885913"},
    {"ISO-8859-14", "iso885914 latin8 l8"},
    {"ISO-8859-15", "iso885915 latin9 l9 csisolatin9"},
    {"ISO-8859-16", "iso885916 latin10 l10"},
    {"CP1250", "windows1250 win1250 cp1250 xcp1250"},
    {"CP1251", "windows1251 win1251 cp1251 xcp1251 ansi1251"},
    {"CP1253", "windows1253 win1253 cp1253 xcp1253"},
    {"CP1255", "windows1255 win1255 cp1255 xcp1255"},
    {"CP1256", "windows1256 win1256 cp1256 xcp1256"},
    {"CP1257", "windows1257 win1257 cp1257 xcp1257"},
    {"CP1258", "windows1258 win1258 cp1258 xcp1258"},
    {"KOI8-R", "koi8r koi8 koi cskoi8r"},
    {"KOI8-U", "koi8u koi8ru"},
    {"KOI8-T", "koi8t"},
    {"CP437", "cp437 ibm437 dos437 437"},
    {"CP737", "cp737 ibm737 dos737"},
    {"CP775", "cp775 ibm775 dos775"},
    {"CP850", "cp850 ibm850 dos850 850 cspc850multilingual"},
    {"CP852", "cp852 ibm852 dos852 852 cspcp852"},
    {"CP855", "cp855 ibm855 dos855"},
    {"CP857", "cp857 ibm857 dos857"},
    {"IBM858", "cp858 ibm858 ibm00858 cp00858 dos858"},
    {"CP860", "cp860 ibm860"},
    {"CP861", "cp861 ibm861"},
    {"CP862", "cp862 ibm862 dos862"},
    {"CP863", "cp863 ibm863"},
    {"CP865", "cp865 ibm865"},
    {"CP866", "cp866 ibm866 dos866 866 csibm866"},
    {"CP869", "cp869 ibm869"},
    {"CP1125", "cp1125 ibm1125"},
    {"MACINTOSH", "macintosh mac macroman xmacroman csmacintosh"},
    {"MAC-CYRILLIC", "xmaccyrillic maccyrillic"},
    {"MAC-UK", "xmacukrainian macukrainian"},
    {"MAC-CENTRALEUROPE", "xmacce macce xmaccentraleurroman xmaccentraleurope maccentraleurope"},
    {"GB18030",
     "gb2312 gb231280 csgb2312 csiso58gb231280 isoir58 chinese gbk xgbk cp936 ms936 windows936 "
     "euccn xeuccn gb18030 xmacchinesesimp"},
    {hz, "hzgb2312 hz"},
    {"BIG5-HKSCS", "big5 big5hkscs big5eten xxbig5 cnbig5 csbig5 cp950 windows950 xmacchinesetrad"},
    {"EUC-TW", "euctw xeuctw"},
    {"UHC",
     "euckr ksc56011987 ksc56011989 ksc5601 cseuckr csksc56011987 isoir149 korean cp949 ms949 "
     "windows949 xwindows949 uhc xmackorean"},
    {"ISO-2022-KR", "iso2022kr csiso2022kr"},
    {"JOHAB", "johab cp1361"},
    {"CP932",
     "shiftjis sjis xsjis csshiftjis sjiswin mskanji cp932 ms932 cp943 windows932 windows31j "
     "cswindows31j xmacjapanese"},
    {"EUC-JP-MS", "eucjp xeucjp eucjpms eucjpwin cseucpkdfmtjapanese"},
    {iso_2022_jp,
     "iso2022jp csiso2022jp iso2022jp1 iso2022jp2 iso2022jpms cp50220 cp50221 cp50222 jis"},
    {"VISCII", "viscii csviscii"},
    {"TCVN", "tcvn tcvn5712"},
    {"ARMSCII-8", "armscii8"},
    {"PT154", "pt154 ptcp154 cyrillicasian"},
    {"UTF-7", "utf7 unicode11utf7 csunicode11utf7"},
    {"UTF-16", "utf16 unicode csunicode", 2},
    {"UTF-16LE", "utf16le ucs2le unicodefeff", 2},
    {"UTF-16BE", "utf16be ucs2 ucs2be iso10646ucs2 unicodefffe", 2},
    {"UTF-32", "utf32", 4},
    {"UTF-32LE", "utf32le", 4},
    {"UTF-32BE", "utf32be ucs4 iso10646ucs4", 4},
});

// By each label.
std::unordered_map<std::string_view, const Encoding*> labelled_encodings() {
  std::unordered_map<std::string_view, const Encoding*> found;
  for (const auto& one : encodings) {
    auto words = one.labels;
    while (!words.empty()) {
      const auto end = std::min(words.find(' '), words.size());
      found.emplace(words.substr(0, end), &one);
      words.remove_prefix(std::min(end + 1, words.size()));
    }
  }
  return found;
}

// nullptr when nothing useful was declared.
const Encoding* find_encoding(std::string_view charset) {
  static const auto by_label = labelled_encodings();
  if (charset.empty() || charset.size() > 40) return nullptr;
  if (charset == "utf-8") return encodings.data();  // nearly always, and spelled like this
  std::string label = to_lower_ascii(charset);
  std::erase_if(label, [](char c) {
    return std::string_view{"-_:. \t\"'"}.find(c) != std::string_view::npos;
  });
  const auto found = by_label.find(label);
  return found == by_label.end() ? nullptr : found->second;
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
    // Large enough for most texts; iconv continues with what did not fit.
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
    // Some encodings hold a character back, because a combining one may follow.
    char* output = buffer.data();
    auto room = buffer.size();
    iconv(handle_, nullptr, nullptr, &output, &room);
    out.append(buffer.data(), buffer.size() - room);
    return out;
  }

 private:
  iconv_t handle_;
};

char with_high_bit(char c) { return static_cast<char>(static_cast<unsigned char>(c) | 0x80U); }

bool is_graphic(char c) { return c > ' ' && c < '\x7F'; }

// Converts ISO-2022-JP (RFC 1468, RFC 2237) to the same text in EUC-JP-MS. iconv's own reader knows
// neither the half-width katakana nor the vendor characters (①, ㈱) that Japanese mail is full of.
std::string iso_2022_jp_to_euc(std::string_view bytes) {
  enum class Set { ascii, katakana, kanji, more_kanji };
  std::string out;
  out.reserve(bytes.size());
  Set set = Set::ascii;
  bool is_second = false;  // of two bytes that are one character
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    const auto escape = bytes.substr(i, 3);
    if (c == '\x1B' && escape.size() == 3 && (escape[1] == '$' || escape[1] == '(')) {
      set = escape[1] == '$' ? Set::kanji : escape[2] == 'I' ? Set::katakana : Set::ascii;
      i += 2;
      // "ESC $ ( D" is JIS X 0212; "ESC $ ( B" is the same as "ESC $ B".
      if (escape.substr(1) == "$(" && i + 1 < bytes.size()) {
        set = bytes[++i] == 'D' ? Set::more_kanji : Set::kanji;
      }
      is_second = false;
      continue;
    }
    if (c == '\r' || c == '\n') set = Set::ascii;  // a line starts in ASCII
    if (set == Set::ascii || !is_graphic(c)) {
      out += c;
      is_second = false;
      continue;
    }
    if (set == Set::katakana) out += '\x8E';
    if (set == Set::more_kanji && !is_second) out += '\x8F';
    is_second = !is_second;
    out += with_high_bit(c);
  }
  return out;
}

// Converts HZ (RFC 1843) to the same text in GB18030: "~{" begins Chinese, "~}" ends it.
std::string hz_to_gb18030(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  bool is_chinese = false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    const char next = i + 1 < bytes.size() ? bytes[i + 1] : '\0';
    if (c == '\n') is_chinese = false;  // a line starts in ASCII
    if (is_chinese && is_graphic(c) && is_graphic(next) && c != '~') {
      out += with_high_bit(c);
      out += with_high_bit(next);
      ++i;
    } else if (c == '~' && (next == '{' || next == '}' || next == '~' || next == '\n')) {
      if (next == '~') out += '~';
      is_chinese = next == '{';
      ++i;
    } else {
      out += c;
    }
  }
  return out;
}

std::string convert(std::string_view bytes, const Encoding& encoding) {
  const bool is_japanese = encoding.iconv_name == iso_2022_jp;
  const bool is_hz = encoding.iconv_name == hz;
  Converter converter{is_japanese ? "EUC-JP-MS" : is_hz ? "GB18030" : encoding.iconv_name};
  if (!converter.is_open()) return repair_utf8(bytes);
  if (is_japanese) return converter.convert(iso_2022_jp_to_euc(bytes), 1);
  if (is_hz) return converter.convert(hz_to_gb18030(bytes), 1);
  return converter.convert(bytes, encoding.unit);
}

bool is_high(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// Text that was declared as UTF-8 but is not valid: in damaged UTF-8 the good characters are kept;
// anything else is taken for windows-1252.
std::string recover(std::string_view bytes) {
  auto repaired = repair_utf8(bytes);
  std::size_t broken = 0;
  for (auto at = repaired.find(replacement); at != std::string::npos;
       at = repaired.find(replacement, at + replacement.size())) {
    ++broken;
  }
  const auto high = static_cast<std::size_t>(std::ranges::count_if(bytes, is_high));
  if (broken * 2 <= high) return repaired;
  return convert(bytes, {windows_1252, {}});
}

}  // namespace

bool is_known_charset(std::string_view charset) { return find_encoding(charset) != nullptr; }

Utf8Kind utf8_kind(std::string_view bytes) {
  const auto ascii = ascii_prefix(bytes);
  if (ascii == bytes.size()) return Utf8Kind::ascii;
  return is_valid_utf8(bytes.substr(ascii)) ? Utf8Kind::beyond_ascii : Utf8Kind::malformed;
}

std::string text_to_utf8(std::string_view bytes, std::string_view charset) {
  std::string text{bytes};
  make_utf8(text, charset);
  return text;
}

void make_utf8(std::string& text, std::string_view charset) {
  if (!text.empty()) make_utf8(text, charset, utf8_kind(text));
}

void make_utf8(std::string& text, std::string_view charset, Utf8Kind kind) {
  if (text.empty()) return;
  const auto* encoding = find_encoding(charset);
  if (encoding != nullptr && encoding->iconv_name != utf8) {
    text = convert(text, *encoding);
  } else if (kind == Utf8Kind::malformed) {
    text = encoding != nullptr ? recover(text) : convert(text, {windows_1252, {}});
  }
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  if (text.find('\0') != std::string::npos) std::erase(text, '\0');
}

}  // namespace gmail_mcp::mime
